"""
Messages that the page sends.
"""

from pathlib import Path

from tests.kit.processes import until
from tests.system.console.browser import FAILED
from tests.system.console.page import ConnectedTestCase, VisitedTestCase

#: Returns the sent payloads of the whole log, drawn or not.
_SENT = """
const {log} = echoConsole;
return Array.from({length: log.length}, (_, index) => log.entries(index))
    .filter(entry => entry.direction === "sent").map(entry => entry.payload);
"""


class ComposerTests(ConnectedTestCase):
    """
    What the composer sends, and what comes back.
    """

    def assertEchoed(self, *messages: tuple[str, str, str]) -> None:
        """
        Assert that messages were sent and came back: types, sizes and payloads.
        """
        self.counted(sent=len(messages), received=len(messages), waiting=0)
        for direction in ("sent", "received"):
            rows = self.rows(direction)
            shown = [
                (row["type"], row["cells"]["size"], row["cells"]["payload"])
                for row in rows
            ]
            self.assertEqual(shown, list(messages))
        for row in self.rows("received"):
            self.assertRegex(row["cells"]["rtt"], r"^\d+(\.\d+)?( ms)?$")

    def test_textComesBack(self) -> None:
        """
        Non-ASCII and empty text, too.
        """
        for message in ("hello", "Grüße, 世界 👋", ""):
            self.send(message)
        self.assertEchoed(
            ("text", "5", "hello"),
            ("text", "20", "Grüße, 世界 👋"),
            ("text", "0", ""),
        )

    def test_hexIsSentAsBinary(self) -> None:
        self.send("00 ff 80", kind="hex")
        self.assertEchoed(("binary", "3", "00 ff 80"))

    def test_invalidHexIsNotSent(self) -> None:
        """
        The page says why, and sends correct hex afterwards.
        """
        for message in ("0", "no", "0x", "0x4 0x5", "4 8 6 5"):
            self.send("00", kind="hex")
            self.send(message, kind="hex")
            until(lambda: "hex" in self.text("send-error"), "why not")
        self.counted(sent=5, received=5)
        self.send("0x48 65,6c:6c6f", kind="hex")
        self.counted(received=6)
        self.assertEqual(self.payloads("received"), ["00"] * 5 + ["48 65 6c 6c 6f"])
        self.assertEqual(self.text("send-error"), "")

    def test_fileIsSentAsBinary(self) -> None:
        path = Path(self.mktemp()).absolute()
        path.write_bytes(bytes(range(16)))
        self.fill("kind", "file")
        self.find("file").send_keys(str(path))
        self.click("send")
        self.assertEchoed(("binary", "16", bytes(range(16)).hex(" ")))

    def test_firstMessageIsPrefilled(self) -> None:
        """
        The prefilled message is no part of the page's URL.
        """
        self.click("send")
        self.assertEchoed(("text", "7", "Hello 1"))
        self.assertEqual(self.script("return location.hash"), "")


class UnconnectedTests(VisitedTestCase):
    """
    Sending without a connection.
    """

    def test_offersToConnect(self) -> None:
        """
        The offer connects, and sends the message.
        """
        self.click("send")
        until(lambda: self.text("send-error") == "Not connected.", "why not")
        self.click("connect-send")
        self.counted(sent=1, received=1)
        self.assertEqual(self.payloads("received"), ["Hello 1"])
        self.assertFalse(self.find("connect-send").is_displayed())
        self.assertEqual(self.text("send-error"), "")

    def test_offerEndsWithConnection(self) -> None:
        """
        A message does not wait for a connection that the server has refused.
        """
        self.allowed = (rf"{FAILED}.*503", "status of 426")
        self.fill("knob-status", "503")
        self.click("send")
        until(self.find("connect-send").is_displayed, "the offer")
        self.click("connect-send")
        self.until("closed")
        self.fill("knob-status", "")
        self.connect()
        self.settle()
        self.assertEqual(self.script("return echoConsole.session.sent"), 0)


class RepeatTests(ConnectedTestCase):
    """
    The button that repeats a message.
    """

    def pressed(self, expected: str) -> None:
        """
        Wait for a value of the button's aria-pressed.
        """
        until(
            lambda: self.find("repeat").get_attribute("aria-pressed") == expected,
            f"aria-pressed to be {expected}",
        )

    def test_repeatsUntilStopped(self) -> None:
        """
        Each copy has its number in place of C{{n}}.
        """
        self.fill("message", "number {n}")
        self.fill("every", "50")
        self.click("repeat")
        self.assertEqual(self.find("repeat").get_attribute("aria-pressed"), "true")
        self.assertEqual(self.text("repeat").split()[-1], "Stop")
        until(lambda: self.statistic("received") >= 3, "three of them")
        self.click("repeat")
        self.assertEqual(self.find("repeat").get_attribute("aria-pressed"), "false")
        self.assertEqual(self.text("repeat"), "Repeat")
        count = self.script("return echoConsole.session.sent")
        self.counted(received=count, sent=count)
        expected = [f"number {number}" for number in range(1, count + 1)]
        self.assertEqual(self.script(_SENT), expected)

    def test_changedFieldStopsRepeating(self) -> None:
        for name, value in {"message": "another", "every": "60000"}.items():
            self.click("repeat")
            self.pressed("true")
            self.fill(name, value)
            self.pressed("false")
            self.assertIn("changed", self.text("send-error"))

    def test_changedFragmentStopsRepeating(self) -> None:
        self.fill("every", "60000")
        self.click("repeat")
        self.pressed("true")
        self.script('location.hash = "#send=another"')
        self.pressed("false")
        self.assertIn("changed", self.text("send-error"))

    def test_noRepeatingWithoutConnection(self) -> None:
        self.click("connect")
        self.until("closed")
        self.click("repeat")
        until(lambda: self.text("send-error") == "Not connected.", "why not")
        self.pressed("false")

    def test_noRepeatingAtInvalidInterval(self) -> None:
        """
        The button Send ignores the interval.
        """
        for every in ("", "0", "-5", "3600001"):
            self.fill("every", every)
            self.click("send")
            until(lambda: self.text("send-error") == "", "no objection")
            self.click("repeat")
            until(lambda: "1 to 3,600,000" in self.text("send-error"), "why not")
            self.pressed("false")
        self.counted(sent=4, received=4)
