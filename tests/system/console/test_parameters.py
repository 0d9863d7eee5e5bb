"""
Behaviours that the page's fields request.
"""

from urllib.error import HTTPError
from urllib.parse import parse_qsl
from urllib.request import urlopen

from selenium.webdriver.common.keys import Keys

from tests.kit.processes import until
from tests.system.console.browser import FAILED
from tests.system.console.page import (
    IN_SIGHT,
    OPEN_PARAMETERS,
    VisitedTestCase,
)

#: Answers the page's request for /info with these behaviours.
_APPLIED = """
const [applied] = arguments;
window.asked = undefined;
window.fetch = async url => {
    window.asked = url;
    return {json: async () => ({applied})};
};
"""


class ParameterTests(VisitedTestCase):
    """
    The query that the fields make, and its effects.
    """

    def test_repeat(self) -> None:
        """
        The target shows the query before the connection.
        """
        self.fill("knob-repeat", "3")
        self.assertEqual(self.text("target"), f"{self.socket}?repeat=3")
        self.connect()
        self.send("hello")
        self.counted(sent=1, received=3, waiting=0)
        self.assertEqual(self.payloads("received"), ["hello"] * 3)

    def test_delayIsPartOfRoundTrip(self) -> None:
        self.connect(delay="300ms")
        self.send("hello")
        self.counted(received=1)
        self.assertGreaterEqual(self.statistic("min"), 300)

    def test_ticksAreNoEchoes(self) -> None:
        self.connect(tick="50ms")
        until(lambda: self.statistic("received") >= 3, "three of them")
        self.assertEqual(self.statistic("sent"), 0)
        self.assertEqual({row["cells"]["rtt"] for row in self.rows("received")}, {""})

    def test_droppedEchoIsWaitedFor(self) -> None:
        self.connect(drop="1", tick="50ms")
        self.send("hello")
        until(lambda: self.statistic("received") >= 1, "the daemon to answer at all")
        self.counted(sent=1, waiting=1)

    def test_severalMakeOneQuery(self) -> None:
        knobs = {"close": "4001", "reason": "a b&c", "after": "3"}
        for name, value in knobs.items():
            self.fill(f"knob-{name}", value)
        self.fill("knob-abort", True)
        self.fill("knob-abort", False)
        query = self.text("target").partition("?")[2]
        self.assertEqual(dict(parse_qsl(query)), knobs)
        self.connect()

    def test_changeAppliesToNextConnection(self) -> None:
        """
        The page says so.
        """
        self.connect()
        self.assertEqual(self.text("pending"), "")
        self.fill("knob-delay", "10ms")
        self.assertIn("next connection", self.text("pending"))
        self.fill("knob-delay", "")
        self.assertEqual(self.text("pending"), "")


class HintTests(VisitedTestCase):
    """
    What a browser cannot show of a behaviour.
    """

    def test_besideField(self) -> None:
        self.script(OPEN_PARAMETERS)
        for name, words in (
            ("fragment", "never their frames"),
            ("ping", "echo-client --ping"),
            ("nopong", "echo-client --ping"),
        ):
            hint = self.find(f"knob-{name}").get_attribute("aria-describedby") or ""
            self.assertIn(words, self.text(hint))

    def test_inLog(self) -> None:
        self.connect(nopong=True, fragment="1k")
        until(lambda: len(self.rows("event")) == 2, "the note")
        note = self.rows("event")[1]
        self.assertEqual(note["type"], "note")
        self.assertIn(
            "nopong: the server does not answer pings", note["cells"]["payload"]
        )
        self.assertIn(f"echo-client --ping '{self.socket}?", note["cells"]["payload"])
        self.assertIn("fragment: browsers", note["cells"]["payload"])

    def test_cappedBehaviourIsLogged(self) -> None:
        """
        The log shows the daemon's values where they differ from the requested ones.
        """
        self.script(_APPLIED, "drop=0.5&repeat=9")
        self.connect(repeat="100", drop="0.5")
        until(lambda: len(self.rows("event")) == 2, "what is in effect")
        note = self.rows("event")[1]
        self.assertEqual(note["cells"]["payload"], "in effect: drop=0.5&repeat=9")
        self.assertEqual(note["type"], "note")
        query = self.text("target").partition("?")[2]
        self.assertEqual(self.script("return asked"), f"info?{query}")

    def test_requestedBehaviourIsNotLogged(self) -> None:
        """
        Nor is anything logged if the daemon does not say.
        """
        for applied in ("delay=1ms&repeat=2", None):
            self.script(_APPLIED, applied)
            self.connect(repeat="2", delay="1ms")
            until(lambda: self.script("return window.asked"), "it to be asked")
            self.send("hello")
            self.counted(received=2)
            self.click("connect")
            self.until("closed")
        until(lambda: self.rows("event")[-1]["type"] == "close", "the end")
        self.assertEqual([row for row in self.rows() if row["type"] == "note"], [])


class ChipTests(VisitedTestCase):
    """
    The buttons that show the set parameters while their fields are hidden.
    """

    def chips(self) -> list[str]:
        """
        @return: The chips' texts.
        """
        return self.text("knob-chips").splitlines()

    def test_removeParameter(self) -> None:
        """
        The focus moves to the next chip.
        """
        knobs: dict[str, str | bool] = {"delay": "2s", "mute": True, "reason": "a b"}
        for name, value in knobs.items():
            self.fill(f"knob-{name}", value)
        self.assertEqual(self.chips(), ["delay=2s", "mute=1", "reason=a b"])
        chips = self.driver.find_elements("css selector", "#knob-chips button")
        self.assertEqual(chips[1].accessible_name, "Remove mute=1")
        chips[1].click()
        self.assertEqual(self.chips(), ["delay=2s", "reason=a b"])
        self.assertEqual(self.text("target"), f"{self.socket}?delay=2s&reason=a%20b")
        focused = "return document.activeElement.textContent"
        self.assertEqual(self.script(focused), "reason=a b")
        self.keys(Keys.ENTER, Keys.ENTER)
        self.assertEqual(self.chips(), [])
        self.assertFalse(self.find("knob-delay").get_attribute("value"))
        self.assertIn("Misbehave", self.script(focused))
        self.fill("knob-delay", "2s")
        self.script(OPEN_PARAMETERS)
        self.assertFalse(self.find("knob-chips").is_displayed())


class InvalidParameterTests(VisitedTestCase):
    """
    Values that the daemon refuses.
    """

    def test_refusalInWordsOfDaemon(self) -> None:
        self.allowed = (rf"{FAILED}.*400", "status of 400")
        self.dial(delay="banana")
        self.until("closed")
        with self.assertRaises(HTTPError) as raised:
            urlopen(f"{self.page}socket?delay=banana")  # noqa: S310  it is our own
        line = raised.exception.read().decode().strip()
        raised.exception.close()
        self.assertIn("delay", line)
        until(lambda: line in self.text("close-meaning"), "the daemon's words")
        knob = self.find("knob-delay")
        until(knob.is_displayed, "the knob")
        self.assertEqual(knob.get_attribute("aria-invalid"), "true")
        self.fill("knob-delay", "1s")
        self.assertEqual(knob.get_attribute("aria-invalid"), "false")

    def test_invalidFieldScrollsIntoSight(self) -> None:
        """
        Its description is the reason until the value changes.
        """
        self.allowed = (rf"{FAILED}.*400", "status of 400")
        for name in ("status", "fragment"):
            self.script('document.getElementById("knobs").open = false')
            self.dial(**{name: "banana"})
            until(lambda: f"{name}: " in self.text("close-meaning"), "why")  # noqa: B023  called at once
            knob = self.find(f"knob-{name}")
            until(lambda: knob.get_attribute("aria-invalid") == "true", "it")  # noqa: B023  called at once
            self.assertTrue(self.script(IN_SIGHT, f"knob-{name}"), name)
            self.assertIn("close-meaning", self.describedBy(name))
            self.fill(f"knob-{name}", "")
            self.assertNotIn("close-meaning", self.describedBy(name))
        self.assertEqual(self.describedBy("fragment"), ["frames-hint"])

    def describedBy(self, knob: str) -> list[str]:
        """
        @return: The ids of a field's descriptions.
        """
        described = self.find(f"knob-{knob}").get_attribute("aria-describedby")
        return (described or "").split()
