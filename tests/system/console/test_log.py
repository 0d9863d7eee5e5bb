"""
The log: search, filter, pause, clear, save.
"""

import json
from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains

from tests.kit.processes import until
from tests.system.console.page import CLICK, ConnectedTestCase, FilledLogTestCase

#: Records the announcements for screen readers.
_HEAR = """
const news = document.getElementById("news");
window.heard = [];
const hear = () => heard.push(news.textContent);
new MutationObserver(hear).observe(news, {childList: true});
"""


class SearchTests(FilledLogTestCase):
    """
    Which messages the log shows.
    """

    def test_text(self) -> None:
        self.fill("search", "anan")
        self.shown("banana", "banana")
        self.assertFalse(self.find("unmatched").is_displayed())
        self.fill("search", "durian")
        until(self.find("unmatched").is_displayed, "that there are none")
        self.assertFalse(self.find("empty").is_displayed())
        self.fill("search", "")
        until(lambda: len(self.rows()) == 9, "all of them")
        self.assertFalse(self.find("unmatched").is_displayed())

    def test_bytesByHexDigits(self) -> None:
        """
        A search matches while its digits are typed.
        """
        self.send("ad be", kind="hex")
        self.counted(received=5)
        for search, found in (
            ("ad", ["ad be"] * 2),
            ("ad b", ["ad be"] * 2),
            ("ad be", ["ad be"] * 2),
            ("adb", ["ad be"] * 2),
            ("ad c", []),
            ("f", ["ff"] * 2),
            ("::", []),
        ):
            self.fill("search", search)
            self.shown(*found)

    def test_invisibleCharactersAsShown(self) -> None:
        self.send("\u202egpj")
        self.counted(received=5)
        for search in ("\\u{202e}gp", "u{202E}", "\u202e"):
            self.fill("search", search)
            self.shown(*["\\u{202e}gpj"] * 2)
            self.fill("search", "apple")
            self.shown("apple", "apple")

    def test_byDirection(self) -> None:
        for shown, expected in {
            "sent": ["sent"] * 4,
            "received": ["received"] * 4,
            "events": ["event"],
        }.items():
            self.fill("show", shown)
            until(
                lambda: [row["direction"] for row in self.rows()] == expected,  # noqa: B023  called at once
                f"the {shown} only",
            )


class PauseTests(FilledLogTestCase):
    """
    A paused or cleared log.
    """

    def test_pausedLogCountsMessages(self) -> None:
        """
        It shows them when it resumes.
        """
        self.click("pause")
        self.assertEqual(self.find("pause").get_attribute("aria-pressed"), "true")
        self.send("date")
        self.counted(sent=5, received=5)
        self.assertNotIn("date", self.payloads())
        self.click("pause")
        self.assertEqual(self.find("pause").get_attribute("aria-pressed"), "false")
        until(lambda: self.payloads().count("date") == 2, "what came meanwhile")

    def test_hoverDoesNotLookPressed(self) -> None:
        """
        Below the pointer, a button keeps the colours of its text and border.
        """

        def look() -> list[str]:
            self.settle()
            names = ("color", "border-color")
            return [self.find("pause").value_of_css_property(name) for name in names]

        away = ActionChains(self.driver).move_to_element(self.find("log-title"))
        away.perform()
        plain = look()
        ActionChains(self.driver).move_to_element(self.find("pause")).perform()
        self.assertEqual(look(), plain)
        self.click("pause")
        self.assertNotEqual(look(), plain)
        away.perform()
        self.assertNotEqual(look(), plain)

    def test_pausedLogIsNotAnnounced(self) -> None:
        """
        Screen readers hear only of messages after the pause.
        """
        self.script(_HEAR)
        self.click("pause")
        self.send("quiet")
        self.counted(received=5)
        self.click("pause")
        self.send("loud")
        until(lambda: "loud" in self.script("return heard.join()"), "the news")
        heard = self.script("return heard")
        self.assertEqual(heard[-1], "1 received, latest: loud")
        self.assertNotIn("quiet", "".join(heard))

    def test_clearedLogGoesOn(self) -> None:
        self.click("clear")
        self.shown()
        self.send("date")
        self.shown("date", "date")

    def test_clearedPausedLogSaysWhyItIsEmpty(self) -> None:
        self.click("pause")
        self.click("clear")
        until(self.find("empty").is_displayed, "that there is nothing")
        self.send("00", kind="hex")
        self.counted(received=5)
        until(self.find("paused").is_displayed, "why there still is nothing")
        self.assertFalse(self.find("empty").is_displayed())
        self.assertFalse(self.find("unmatched").is_displayed())
        self.click("pause")
        self.shown("00", "00")
        self.assertFalse(self.find("paused").is_displayed())

    def test_clearedLogFollowsNewest(self) -> None:
        """
        A log that was scrolled up shows new messages after C{Clear}.
        """
        self.visit()
        self.connect(repeat="60")
        self.send("hello")
        self.counted(received=60)
        self.script('document.getElementById("log").scrollTop = 0')
        until(self.find("follow").is_displayed, "it to be scrolled up")
        self.click("clear")
        self.send("hello")
        self.send("last")
        self.counted(received=180)
        until(lambda: "last" in self.payloads("received"), "the newest message")
        self.assertFalse(self.find("follow").is_displayed())


class NewestTests(ConnectedTestCase):
    """
    The way to the newest row.
    """

    def test_newRowsAreCounted(self) -> None:
        """
        The button counts the rows that were never in sight. It is there only while the
        newest row is out of sight.
        """
        self.fill("message", "old")
        self.script(CLICK, *["send"] * 30)
        self.counted(received=30)
        self.script('document.getElementById("log").scrollTop = 0')
        until(self.find("follow").is_displayed, "the way to the newest")
        self.assertEqual(self.text("follow"), "Go to the newest")
        self.send("new")
        until(lambda: "(2 new)" in self.text("follow"), "the message and its echo")
        self.script('const log = document.getElementById("log"); log.scrollTop = 1e6')
        until(lambda: not self.find("follow").is_displayed(), "it to be reached")
        self.select(-1)  # the first one is behind the head, in part
        self.settle()
        self.click("details-close")
        self.settle()
        self.script('document.getElementById("log").scrollTop = 0')
        until(self.find("follow").is_displayed, "the way to the newest")
        self.assertEqual(self.text("follow"), "Go to the newest")


class SaveTests(FilledLogTestCase):
    """
    The file of the log.
    """

    def test_savedAsNDJSON(self) -> None:
        """
        One object per entry.
        """
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        self.command(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(directory)
        )
        self.assertIn("NDJSON", self.find("save").get_attribute("title") or "")
        self.click("save")

        def saved() -> Path | None:
            # The browser writes into a file of another name beside an empty one.
            files = list(directory.iterdir())
            if [each.suffix for each in files] != [".ndjson"]:
                return None
            return files[0] if files[0].stat().st_size else None

        path: Path = until(saved, "the saved file")
        entries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        self.assertEqual(len(entries), 9)
        shown = [
            (each["direction"], each["type"], each.get("text"), each.get("data"))
            for each in entries
        ]
        self.assertEqual(shown[0][:2], ("event", "open"))
        self.assertEqual(
            shown[5:],
            [
                ("sent", "text", "cherry", None),
                ("received", "text", "cherry", None),
                ("sent", "binary", None, "/w=="),
                ("received", "binary", None, "/w=="),
            ],
        )
