"""
Hostile payloads and close reasons: the page shows them as text.
"""

from tests.kit.frames import serverClose
from tests.kit.processes import until
from tests.kit.servers import (
    ScriptedServer,
    acceptUpgrade,
    inTurn,
    receive,
    send,
)
from tests.system.console.browser import ConsoleTestCase
from tests.system.console.page import IMAGE


class HostileTests(ConsoleTestCase):
    """
    What a peer sends.
    """

    def test_markupAndControlCharactersAreText(self) -> None:
        self.visit()
        self.connect()
        messages = (
            IMAGE,
            "<script>pwned = 1</script>",
            "\x1b[31mred",
            "\u202egpj.exe",
        )
        for message in messages:
            self.send(message)
        self.counted(received=len(messages))
        # The log is drawn a frame later than the counts.
        until(lambda: len(self.payloads("received")) == len(messages), "all of the log")
        shown = self.payloads("received")
        self.assertEqual(shown[:2], list(messages[:2]))
        self.assertNotRegex("".join(shown), "[\x1b\u202e]")
        for number in range(len(messages)):
            self.fill("search", ("img", "script", "31m", "gpj")[number])
            until(lambda: len(self.rows()) == 2, "the two rows of it")
            self.select(1)
            until(lambda: shown[number] in self.text("details"), shown[number])  # noqa: B023  called at once
            self.assertNotRegex(self.text("details"), "[\x1b\u202e]")
        self.assertIsNone(self.script("return window.pwned"))

    def test_largeMessageIsCut(self) -> None:
        self.visit()
        self.connect()
        self.fill("kind", "text")
        self.script('document.getElementById("message").value = "x".repeat(2 ** 20)')
        self.click("send")
        self.counted(received=1)
        for text in self.payloads():
            self.assertLess(len(text), 10_000)
        self.assertEqual(self.rows("received")[0]["cells"]["size"], "1,048,576")

    def test_closeReasonIsText(self) -> None:
        server = ScriptedServer(
            self, inTurn(acceptUpgrade, send(serverClose(4000, IMAGE)), receive)
        )
        self.visit()
        self.dial(server.url)
        self.until("closed")
        self.assertIn(IMAGE, self.text("state"))
        self.assertIsNone(self.script("return window.pwned"))

    def test_longCloseReasonIsCut(self) -> None:
        """
        Escaped, a reason can be ten times as long.
        """
        server = ScriptedServer(
            self, inTurn(acceptUpgrade, send(serverClose(4000, "\x1b" * 123)), receive)
        )
        self.visit()
        self.dial(server.url)
        self.until("closed")
        self.assertIn("u{1b}", self.text("state"))
        self.assertLess(len(self.text("state")), 150)
        for width in (320, 360, 640):
            self.resize(width, 640)
            self.settle()
            self.assertLess(self.find("state").rect["height"], 70, width)
