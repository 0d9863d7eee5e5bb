"""
C{--reconnect}, C{--lines} and C{--sweep}.
"""

import io
import os

from twisted.internet.address import IPv4Address

from tests.kit.client import Server, texts
from tests.kit.frames import TEXT, serverFrame
from tests.kit.runs import RunTestCase

_REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class ReconnectTests(RunTestCase):
    """
    Runs with C{--reconnect}.
    """

    def test_outageIsReportedAtBeginAndEnd(self) -> None:
        """
        The summary has all outages.
        """
        self.begin("--reconnect", "-i", "1h", "-c2")
        self.connect()
        self.close(1012, "restart")
        self.assertIn('closed by the server: 1012 "restart"', self.err.getvalue())
        self.assertNotIn("not all", self.err.getvalue())
        self.assertNotIn("outage", self.out.getvalue())
        self.reactor.advance(0.5)
        self.connect()
        self.assertEqual(texts(self.servers[-1].frames()), ["Hello 2"])
        self.assertIn(' for 0.50 s: 1012 "restart", 1 lost, ', self.out.getvalue())
        self.assertEqual(self.err.getvalue().count("connected to"), 2)
        self.say("Hello 2")
        self.assertClosing()
        self.close()
        self.assertStatus(
            1, "2 sent, 1 received, 1 lost", "outages: 1, 0.50 s in all, 1 messages"
        )
        connections = self.run_.summary.connections
        self.assertEqual((connections.opened, connections.closes), (1, {}))
        self.assertEqual(connections.handshakes.count, 2)

    def test_outageWithoutLossIsNoFault(self) -> None:
        self.begin("--reconnect", "-i", "1h", "-c2")
        self.connect()
        self.say("Hello 1")
        self.close(1012)
        self.reactor.advance(0.5)
        self.connect()
        self.say("Hello 2")
        self.close()
        self.assertStatus(0, "outages: 1, ")

    def test_refusedAttemptIsReported(self) -> None:
        self.begin("--reconnect", "-i", "1h", "-c2")
        self.connect()
        self.say("Hello 1")
        self.close(1012)
        self.reactor.advance(0.5)
        factory = self.reactor.tcpClients[-1][2]
        Server(factory, IPv4Address("TCP", "127.0.0.1", 8080)).say(_REFUSED)
        self.assertIn("not yet: handshake refused: HTTP 404", self.err.getvalue())
        self.reactor.advance(0.5)
        self.connect()
        self.say("Hello 2")
        self.close()
        self.assertStatus(0, "outages: 1, ")

    def test_closedIfNotConnectedAtTheEnd(self) -> None:
        """
        Whatever the close code. The last close is reported once.
        """
        for code in (1012, 1001):
            self.out, self.err = io.StringIO(), io.StringIO()
            self.begin("--json", "--reconnect", "-i", "1h")
            self.connect()
            self.say("Hello 1")
            self.close(code)
            self.run_.interrupt()
            self.assertStatus(6)
            self.assertEqual(self.failed, ["--reconnect: not connected at the end"])
            self.assertEqual(
                [each["type"] for each in self.records()],
                ["connected", "echo", "closed", "outage", "summary"],
            )
            self.assertEqual(self.err.getvalue().count("closed by the server"), 1)

    def test_brokenIfNotConnectedAfterInvalidFrame(self) -> None:
        self.begin("--reconnect")
        server = self.connect()
        server.say(serverFrame(TEXT, rsv=7))
        server.hangUp()
        self.run_.interrupt()
        self.assertStatus(5)


class LinesTests(RunTestCase):
    """
    Runs with C{--lines}.
    """

    def setUp(self) -> None:
        super().setUp()
        reading, self.writing = os.pipe()
        self.stdin = os.fdopen(reading, "rb")
        self.addCleanup(self.stdin.close)
        self.lines = ("-m", "@-", "--lines")

    def _come(self, data: bytes) -> None:
        os.write(self.writing, data)
        self.reactor.readers.copy().pop().doRead()

    def test_eachLineIsSent(self) -> None:
        """
        The end of the input ends the run.
        """
        self.begin(*self.lines, stdin=self.stdin)
        self.connect()
        self._come(b"a\n")
        self.assertEqual(texts(self.servers[-1].frames()), ["a"])
        self.reactor.advance(0)
        os.close(self.writing)
        self.reactor.readers.copy().pop().doRead()
        self.say("a")
        self.assertClosing()
        self.close()
        self.assertStatus(0, "1 sent, 1 received")

    def test_closedIfServerClosesBeforeEndOfInput(self) -> None:
        self.addCleanup(os.close, self.writing)
        self.begin(*self.lines, stdin=self.stdin)
        self.connect()
        self._come(b"a\n")
        self.say("a")
        self.close()
        self.assertStatus(6, "1 sent, 1 received")

    def test_invalidLineIsUsageError(self) -> None:
        """
        The summary of the earlier lines comes first.
        """
        self.addCleanup(os.close, self.writing)
        self.begin(*self.lines, stdin=self.stdin)
        self.connect()
        self._come(b"\xff\n")
        self.assertClosing()
        self.close()
        self.assertStatus(2, "0 sent")
        said = "standard input: line 1 is not UTF-8: try --binary\n"
        self.assertIn(f"echo-client: {said}", self.err.getvalue())
        self.assertIn(f"FAILED: {said}", self.out.getvalue())

    def test_emptyInputIsUsageError(self) -> None:
        os.close(self.writing)
        self.begin(*self.lines, stdin=self.stdin)
        self.connect()
        self.reactor.readers.copy().pop().doRead()
        self.assertClosing()
        self.close()
        self.assertStatus(
            2, "0 sent", "FAILED: standard input: there was nothing to send"
        )
        said = "echo-client: standard input: there was nothing to send\n"
        self.assertIn(said, self.err.getvalue())

    def test_binaryLineMayBeNoUTF8(self) -> None:
        self.addCleanup(os.close, self.writing)
        self.begin(*self.lines, "-b", "-c1", stdin=self.stdin)
        server = self.connect()
        self._come(b"\xff\n")
        self.assertEqual(server.frames(), [(2, b"\xff")])
        server.say(serverFrame(2, b"\xff"))
        self.close()
        self.assertStatus(0)


class SweepTests(RunTestCase):
    """
    Runs with C{--sweep}.
    """

    def _echo(self) -> None:
        """
        Echo all received messages.
        """
        server = self.servers[-1]
        for opcode, payload in server.frames():
            server.say(serverFrame(opcode, payload))

    def test_stepIsReportedWhenItsEchoesArrived(self) -> None:
        self.begin("--sweep", "1..2", "-c2")
        self.connect()
        for told in (0, 1, 1, 2):
            self._echo()
            self.assertEqual(self.out.getvalue().count(" of 2, min/avg"), told)
            self.reactor.advance(0)
        self.close()
        self.assertStatus(0, "1: 2 of 2, ", "2: 2 of 2, ")
        steps = self.run_.summary.steps
        self.assertEqual([(each.size, each.sent) for each in steps], [(1, 2), (2, 2)])

    def test_closedIfServerClosesDuringSweep(self) -> None:
        """
        The summary has the step that was cut.
        """
        self.begin("--json", "--sweep", "1..2", "-c2")
        self.connect()
        self._echo()
        self.reactor.advance(0)
        self.close(1001)
        self.assertStatus(6)
        (step,) = self.records()[-1]["steps"]
        self.assertEqual((step["size"], step["sent"], step["rtt"]["count"]), (1, 2, 1))

    def test_silentServerEndsSweep(self) -> None:
        """
        The summary has only the steps that were tried, and figures only for echoes.
        """
        self.begin("--sweep", "1..4", "--timeout", "500us")
        self.connect()
        self._echo()
        self.reactor.advance(0.5)  # the second message, and its time-out
        self.assertClosing()
        self.close()
        self.assertStatus(1, "2 sent, 1 received, 1 lost", "1: 1 of 2, min/avg/p50")
        self.assertIn(
            "not all messages were sent: the server did not answer in --timeout",
            self.err.getvalue(),
        )
        self.assertFalse(self.run_.summary.complete)
        self.assertEqual(len(self.run_.summary.steps), 1)

    def test_intervalWaitsForEcho(self) -> None:
        self.begin("--sweep", "1..2", "-c2", "-i", "1s")
        server = self.connect()
        self.reactor.pump([1, 1])
        self.assertEqual(texts(server.frames()), ["1"])
        self.say("1")
        self.reactor.advance(0.9)
        self.assertEqual(texts(server.frames()), [])
        self.reactor.advance(0.1)
        self.assertEqual(texts(server.frames()), ["2"])
        self.close()
        self.assertStatus(6)
