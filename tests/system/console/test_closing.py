"""
How connections end, and how the page shows it.
"""

import threading

from tests.kit.processes import until
from tests.kit.servers import (
    ScriptedServer,
    acceptUpgrade,
    inTurn,
    readNothing,
    waitFor,
)
from tests.system.console.browser import FAILED, ConsoleTestCase


class ClosingTests(ConsoleTestCase):
    """
    Closes of both sides, and losses.
    """

    def assertClosed(self, *words: str) -> None:
        """
        Wait for the end, and assert that the page describes it with these words and
        that the log has it.
        """
        self.until("closed")
        shown = f"{self.text('state')} {self.text('close-meaning')}"
        for word in words:
            self.assertIn(word, shown)

        def latest() -> list[str]:
            return [row["type"] for row in self.rows("event")][-1:]

        until(lambda: latest() == ["close"], "the log to say so")

    def test_serverClosesWithCode(self) -> None:
        """
        Its colour differs from that of a close by the page.
        """
        self.visit()
        self.connect(close="4001", after="3", reason="bye")
        for number in range(3):
            self.send(str(number))
        self.assertClosed("4001", "bye", "clean")
        self.counted(received=3)
        self.assertEqual(self.find("state").get_attribute("data-ending"), "theirs")
        theirs = self.colour()
        self.click("connect")
        self.until("open")
        self.click("connect")
        self.assertClosed("clean")
        self.assertNotEqual(self.colour(), theirs)

    def colour(self) -> str:
        """
        @return: The state's background colour.
        """
        self.settle()
        return self.find("state").value_of_css_property("background-color")

    def test_resetIs1006(self) -> None:
        self.allowed = (FAILED,)
        self.visit()
        self.connect(abort=True, after="1")
        self.send("hello")
        self.assertClosed("Closed 1006", "as abort=1 requests")

    def test_codeAndReasonComeBack(self) -> None:
        self.visit()
        self.connect()
        self.fill("close-code", "4002")
        self.fill("close-reason", "done")
        self.click("close")
        self.assertClosed("4002", "done", "clean")

    def test_invalidCodeIsNotSent(self) -> None:
        self.visit()
        self.connect()
        self.fill("close-code", "1001")
        self.click("close")
        until(lambda: self.text("close-error"), "why not")
        self.assertEqual(self.state(), "open")

    def test_disconnectIsClean(self) -> None:
        self.visit()
        self.connect()
        self.assertEqual(self.text("connect"), "Disconnect")
        self.click("connect")
        self.assertClosed("clean")
        self.assertEqual(self.text("connect"), "Connect")

    def test_unansweredCloseCanBeAbandoned(self) -> None:
        over = threading.Event()
        server = ScriptedServer(self, inTurn(acceptUpgrade, waitFor(over)))
        self.addCleanup(over.set)
        self.visit()
        self.connect(server.url)
        self.click("connect")
        self.until("closing")
        self.assertEqual(self.text("connect"), "Give up")
        self.click("connect")
        self.assertClosed("Given up", "has not answered the close")
        self.assertEqual(self.text("connect"), "Connect")

    def test_attemptCancelledByUser(self) -> None:
        """
        The page does not call it a loss.
        """
        self.allowed = (FAILED,)
        server = ScriptedServer(self, readNothing)
        self.visit()
        self.dial(server.url)
        self.click("connect")
        self.assertClosed("Cancelled", "cancelled the connection before it opened")
        self.assertNotIn("1006", self.text("state"))
        self.assertEqual(self.find("state").get_attribute("data-ending"), "clean")
        said = self.rows("event")[-1]["cells"]["payload"]
        self.assertTrue(said.startswith("cancelled"), said)
