"""
The details of a message.
"""

import threading

from selenium.webdriver.common.keys import Keys

from tests.kit.processes import until
from tests.kit.servers import (
    HELLO,
    ScriptedServer,
    acceptUpgrade,
    inTurn,
    receive,
    send,
    waitFor,
)
from tests.system.console.page import (
    IN_SIGHT,
    SELECTED,
    ConnectedTestCase,
    FilledLogTestCase,
    VisitedTestCase,
)

#: JSON that C{JSON.parse} would change.
_JSON = r"""{"id": 9007199254740993,"b":1.0, "b" : [ ],
 "c": [1e2,{}, "x, {y}: \" [z]  \\"]}"""


_INDENTED = r"""{
  "id": 9007199254740993,
  "b": 1.0,
  "b": [],
  "c": [
    1e2,
    {},
    "x, {y}: \" [z]  \\"
  ]
}"""


#: Whether the second element begins below the end of the first.
_APART = """
const [upper, lower] = [...arguments].map(name =>
    document.getElementById(name).getBoundingClientRect());
return upper.bottom <= lower.top;
"""


class DetailsTests(ConnectedTestCase):
    """
    The pane with the details.
    """

    def test_showsWholeMessage(self) -> None:
        message = "".join(f"{number} " for number in range(2000)).strip()
        self.send(message)
        self.counted(received=1)
        self.select(1)
        until(lambda: message in self.text("details"), "the whole message")

    def test_selectedRowStaysSelected(self) -> None:
        """
        The details take room from the log.
        """
        for number in range(4):
            self.send(str(number))
        self.counted(received=4)
        self.select(0)
        until(lambda: self.find("details").is_displayed(), "the message")
        self.settle()
        selected = self.script(SELECTED)
        self.assertIsNotNone(selected)
        self.assertIn("open", selected)

    def test_inSightOnLowScreens(self) -> None:
        """
        The payload is below the log, and on the screen without scrolling.
        """
        for number in range(20):
            self.send(str(number))
        self.counted(received=20)
        for width, height in ((1280, 800), (1280, 650), (360, 800)):
            self.resize(width, height)
            self.settle()
            self.select(2)
            until(lambda: self.script(IN_SIGHT, "details-payload"), "the message")
            self.assertTrue(self.script(_APART, "log", "details"), (width, height))
            self.keys(Keys.ESCAPE)


class FilledDetailsTests(FilledLogTestCase):
    """
    Details beside a log of several messages.
    """

    def test_closedByButtonAndEscape(self) -> None:
        """
        The focus returns to the log.
        """
        for close in (
            lambda: self.click("details-close"),
            lambda: self.keys(Keys.TAB, Keys.ESCAPE),
        ):
            self.select(1)
            until(self.find("details").is_displayed, "the details")
            button = self.find("details-close")
            self.assertEqual(button.accessible_name, "Close the details")
            close()
            until(
                lambda: not self.find("details").is_displayed(), "the details to close"
            )
            self.assertEqual(self.script("return document.activeElement.id"), "log")
            self.settle()
            self.assertIsNone(self.script(SELECTED))

    def test_localTimeWithOffset(self) -> None:
        """
        The time is the log's, with date and UTC offset.
        """
        self.command("Emulation.setTimezoneOverride", timezoneId="Asia/Kolkata")
        self.addCleanup(self.command, "Emulation.setTimezoneOverride", timezoneId="")
        self.send("date")
        self.counted(received=5)
        row = self.rows("received")[-1]
        self.select(-1)
        until(self.find("details").is_displayed, "the details")
        clock = row["cells"]["time"]
        shown = self.text("details-facts").replace("\n", " ")
        elapsed = r"\+\d+\.\d{3} s"
        self.assertRegex(shown, rf"Time \d{{4}}-\d\d-\d\dT{clock}\+05:30 {elapsed}")

    def test_jsonIsIndentedUnchanged(self) -> None:
        """
        Large numbers, duplicate keys and escapes stay as they are. Deep nesting does
        not multiply the size.
        """
        self.send(_JSON)
        self.counted(received=5)
        self.select(-1)
        until(lambda: self.indented() == _INDENTED, "it to be indented")
        self.send("[" * 5000 + "]" * 5000)
        self.counted(received=6)
        self.click("follow")
        self.settle()
        self.select(-1)
        until(lambda: "10,000" in self.text("details-facts"), "the other one")
        self.assertEqual("".join(self.indented().split()), "[" * 5000 + "]" * 5000)
        self.assertLess(len(self.indented()), 1_000_000)

    def indented(self) -> str:
        """
        @return: The indented JSON.
        """
        text: str = self.script(
            'return document.getElementById("details-indented").textContent'
        )
        return text


class PendingDetailsTests(VisitedTestCase):
    """
    Details of a message without an echo.
    """

    def test_showRoundTripOnceEchoArrives(self) -> None:
        answer = threading.Event()
        server = ScriptedServer(
            self, inTurn(acceptUpgrade, waitFor(answer), send(HELLO), receive)
        )
        self.addCleanup(answer.set)
        self.connect(server.url)
        self.send("Hello 1")
        until(lambda: self.rows("sent"), "it")
        self.select(0, "sent")
        until(self.find("details").is_displayed, "the details")
        self.assertNotIn("Round trip", self.text("details-facts"))
        answer.set()
        until(lambda: "Round trip" in self.text("details-facts"), "its round trip")
