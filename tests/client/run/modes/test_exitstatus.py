"""
The exit status and the summary of a run over one connection.
"""

import io

from tests.kit.frames import PING, PONG, TEXT, serverFrame
from tests.kit.runs import RunTestCase

_REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class StatusTests(RunTestCase):
    """
    Each end of a run has its status.
    """

    def test_okIfAllEchoesAreExact(self) -> None:
        self.begin("-c1")
        self.connect()
        self.say("Hello 1")
        self.assertClosing()
        self.close()
        self.assertStatus(0, "1 sent, 1 received, 0 lost (0.0 %)")
        self.assertIn("echo-client: connected to ws://", self.err.getvalue())
        self.assertIn("closed by us, answered with 1000", self.err.getvalue())
        self.assertEqual(self.run_.summary.connections.handshakes.count, 1)

    def test_failedIfEchoIsNotExact(self) -> None:
        for said in (["Hallo 1"], ["Hello 1", "Hello 1"], ["Hello 1", "Bye"]):
            self.begin("-i", "1h")
            self.connect()
            self.say(*said)
            self.run_.interrupt()
            self.assertClosing()
            self.close()
            self.assertStatus(1)

    def test_failedIfEchoIsLost(self) -> None:
        """
        Unless C{--max-loss} allows it.
        """
        for gates, status in [((), 1), (("--max-loss", "100"), 0)]:
            self.begin("-c1", "-w", "3s", *gates)
            self.connect()
            self.reactor.pump([3, 1])
            self.assertClosing()
            self.close()
            self.assertStatus(status, "1 sent, 0 received, 1 lost (100.0 %)")

    def test_unreachable(self) -> None:
        """
        Status 3, and one line on standard error.
        """
        self.begin()
        self.reactor.advance(10)
        self.assertStatus(3)
        self.assertEqual(self.out.getvalue(), "")
        self.assertEqual(
            self.err.getvalue(),
            "echo-client: cannot connect (TCP): no answer within 10 s\n",
        )

    def test_refusedIfUpgradeIsRefused(self) -> None:
        self.begin()
        self.meet().say(_REFUSED)
        self.assertStatus(4)
        self.assertIn("handshake refused: HTTP 404 Not Found", self.err.getvalue())

    def test_brokenIfServerSpeaksNoHTTP(self) -> None:
        self.begin()
        self.meet().say(b"SSH-2.0-x\r\n\r\n")
        self.assertStatus(5)

    def test_brokenIfFrameIsInvalid(self) -> None:
        """
        Also after exact echoes. The summary follows.
        """
        self.begin("--expect-close", "1000")
        server = self.connect()
        self.say("Hello 1")
        server.say(serverFrame(TEXT, rsv=7))
        server.hangUp()
        self.assertStatus(
            5, "1 sent, 1 received, 0 lost", "failed: 1 connection: protocol error: "
        )
        connections = self.run_.summary.connections
        self.assertEqual((connections.closes, connections.broken), ({}, 1))

    def test_closedIfServerClosesFirst(self) -> None:
        """
        Whatever its code, and whatever loss is allowed.
        """
        gates = ("--max-loss", "100", "--expect-close", "4002")
        for code in (4001, 1000, 1001, None):
            self.begin("-c2", *gates)
            self.connect()
            self.close(code)
            self.assertStatus(6)
            closes = self.run_.summary.connections.closes
            self.assertEqual(closes, {code or 1005: 1})
        self.begin()
        self.connect().hangUp()
        self.assertStatus(6)

    def test_closedIfServerClosesBeforePlannedEnd(self) -> None:
        """
        A close with 1000 or 1001 ends the run early if a message was not sent or not
        answered, or if the run had no planned end.
        """
        for arguments, said, lost in [
            (("-c2",), ["Hello 1"], 0),
            (("-c1",), [], 1),
            ((), ["Hello 1"], 0),
            (("-w", "1h"), ["Hello 1"], 0),
            (("--max-rtt", "1h", "--max-loss", "0"), ["Hello 1"], 0),
        ]:
            for code in (1000, 1001):
                self.begin(*arguments)
                self.connect()
                self.say(*said)
                self.close(code)
                self.assertStatus(6, f" received, {lost} lost (")
                self.assertFalse(self.run_.summary.complete)
                self.assertEqual(self.failed, [])

    def test_closeAfterDeadlineIsNotEarly(self) -> None:
        """
        While the client waits for the last echoes, after the deadline, a close is no
        fault.
        """
        self.begin("-w", "3s", "-i", "1h", "--max-loss", "100")
        self.connect()
        self.reactor.advance(3)
        self.close(1001)
        self.assertStatus(0, "1 lost (100.0 %)")
        self.assertTrue(self.run_.summary.complete)

    def test_tellsThatNotAllWasSent(self) -> None:
        said = "echo-client: not all messages were sent\n"
        cut = "cut short: the server closed 1 of 1 connections before the end of the"
        for count, told in [("-c2", 1), ("-c1", 0)]:
            self.err = io.StringIO()
            self.begin(count)
            self.connect()
            self.close()
            self.assertStatus(6, cut)
            self.assertEqual(self.err.getvalue().count(said), told)

    def test_unansweredCloseIsNoFault(self) -> None:
        self.begin("-c1", "--close-timeout", "2s")
        self.connect()
        self.say("Hello 1")
        self.reactor.advance(2)
        self.assertStatus(0, "closed by us, not answered: 1\n")
        self.assertIn("closed by us: ", self.err.getvalue())

    def test_interruptWaitsForEchoes(self) -> None:
        """
        For as long as C{--close-timeout}. Then they are lost.
        """
        for said, status in [(["Hello 1"], 0), ([], 1)]:
            self.begin("-c9", "-i", "1h")
            self.connect()
            self.run_.interrupt()
            self.say(*said)
            if not said:
                self.reactor.advance(1)
            self.assertClosing()
            self.close()
            self.assertStatus(status)
            self.assertNotIn("not all", self.err.getvalue())

    def test_interruptedBeforeConnected(self) -> None:
        """
        Status 130, without output.
        """
        self.begin()
        server = self.meet()
        self.run_.interrupt()
        self.assertStatus(130)
        self.assertFalse(server.transport.connected)
        self.assertEqual(self.out.getvalue() + self.err.getvalue(), "")

    def test_summaryRecordAfterRefusal(self) -> None:
        self.begin("--json", "--max-loss", "0%")
        self.meet().say(_REFUSED)
        self.assertStatus(4)
        error, summary = self.records()
        self.assertEqual(error["type"], "error")
        self.assertEqual((summary["type"], summary["status"]), ("summary", 4))
        self.assertEqual(summary["error"], error["message"])
        self.assertEqual((summary["sent"], summary["rtt"]), (0, None))

    def test_summaryRecordAfterInterrupt(self) -> None:
        self.begin("--json")
        self.run_.interrupt()
        (summary,) = self.records()
        self.assertEqual((summary["type"], summary["status"]), ("summary", 130))
        self.assertIn("interrupted", summary["error"])

    def test_recordsInOrder(self) -> None:
        self.begin("--json", "-c2", "-i", "1s", "--ping")
        server = self.connect()
        for opcode, payload in server.frames():
            server.say(serverFrame(PONG if opcode == PING else opcode, payload))
        self.reactor.advance(1)
        self.close(1001, "bye")
        self.assertStatus(6)
        self.assertEqual(
            [each["type"] for each in self.records()],
            ["connected", "echo", "ping", "ping", "lost", "closed", "summary"],
        )

    def test_summaryHidesCredentials(self) -> None:
        self.begin("-c1", "ws://u:p@h/?token=abc")
        self.connect()
        self.say("Hello 1")
        self.close()
        self.assertStatus(0, "--- ws://***@h/?token=*** ---")
