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
    CLIPBOARD,
    IN_SIGHT,
    SELECTED,
    ConnectedTestCase,
    FilledLogTestCase,
    VisitedTestCase,
)

#: JSON that C{JSON.parse} would change.
_JSON = r"""{"id": 9007199254740993,"b":1.0, "b" : [ ],
 "c": [1e2,{}, "x, {y}: \" [z]  \\"]}"""


_TREE = [
    '"id": 9007199254740993',
    '"b": 1.0',
    '"b": []',
    '"c": […] 3 items',
    "1e2",
    "{}",
    r'"x, {y}: \" [z]  \\"',
]


#: Counts the elements of the tree.
_NODES = 'return document.querySelectorAll("#details-tree *").length'


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

    def test_jsonIsTree(self) -> None:
        """
        Large numbers, duplicate keys and escapes stay as they are. A key opens and
        closes a list.
        """
        self.send(_JSON)
        self.counted(received=5)
        self.select(-1)
        until(self.tree, "the tree")
        self.assertEqual(self.tree(), ["{…} 4 members", *_TREE])
        summary = self.driver.find_elements("css selector", "#details-tree summary")[1]
        summary.send_keys(Keys.ENTER)
        self.assertEqual(self.tree(), ["{…} 4 members", *_TREE[:4]])

    def test_largeJSONIsShownInParts(self) -> None:
        """
        Neither depth nor length stops the page.
        """
        for number, text in enumerate(
            ("[" * 5000 + "]" * 5000, f"[{'1,' * 5000}2]"), 5
        ):
            self.send(text)
            self.counted(received=number)
            if self.find("details").is_displayed():
                self.click("details-close")
            self.settle()
            self.select(-1)
            until(lambda: f"{len(text):,}" in self.text("details-facts"), "it")  # noqa: B023  called at once
            nodes = self.script(_NODES)
            self.assertLess(nodes, 1000)
        self.assertEqual(self.tree(), ["[…] 5,001 items"])
        self.driver.find_element("css selector", "#details-tree summary").click()
        until(lambda: self.tree()[-1] == "4,001 more", "the first thousand")

    def tree(self) -> list[str]:
        """
        @return: The lines of the JSON tree.
        """
        return self.text("details-tree").splitlines()

    def test_resend(self) -> None:
        """
        Text and binary are sent again as they are. A message is not resent in part.
        """
        for index in (0, 3):
            self.select(index, "received")
            until(self.find("details").is_displayed, "the details")
            self.click("details-resend")
            self.click("details-close")
            self.settle()
        self.counted(sent=6, received=6)
        self.assertEqual(self.payloads("sent")[-2:], ["apple", "ff"])
        self.fill("kind", "text")
        self.script('document.getElementById("message").value = "x".repeat(70000)')
        self.click("send")
        self.counted(received=7)
        self.select(-1)
        until(lambda: "70,000" in self.text("details-facts"), "the details")
        self.assertFalse(self.find("details-resend").is_displayed())

    def test_copy(self) -> None:
        """
        Text is copied as it is, and binary as hex digits.
        """
        self.command(
            "Browser.grantPermissions",
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )
        for index, expected in ((0, "apple"), (-1, "ff")):
            self.select(index, "received")
            until(self.find("details").is_displayed, "the details")
            self.click("details-copy")
            self.assertEqual(self.driver.execute_async_script(CLIPBOARD), expected)
            self.click("details-close")
            self.settle()


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
