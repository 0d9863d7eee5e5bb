"""
C{--deadline}.
"""

import io

from tests.kit.reactor import Reactor
from tests.kit.runs import RunTestCase

_OK = "0 lost (0.0 %)"
_REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class DeadlineTests(RunTestCase):
    """
    The deadline limits the whole run.
    """

    def test_limitsConnecting(self) -> None:
        self.begin("-w", "3s")
        self.reactor.advance(2.9)
        self.assertNoResult(self.over)
        self.reactor.advance(0.1)
        self.assertStatus(3)
        self.assertIn("no answer within 3 s", self.err.getvalue())

    def test_connectionAfterDeadlineIsClosed(self) -> None:
        """
        The connection opens just after the deadline. It is closed at once, and the run
        fails.
        """
        for arguments in ((), ("-c1",), ("--hold",), ("--reconnect",)):
            self.reactor = Reactor()
            self.begin("-w", "1500us", *arguments)
            server = self.meet()
            self.reactor.advance(0.0015)  # the attempt has 2 ms
            self.assertNoResult(self.over)
            server.accept()
            self.assertClosing()
            self.close()
            self.assertStatus(1, "--deadline: the connection opened too late")

    def test_deadlineInHandshakeIsNoRefusal(self) -> None:
        """
        A server that refuses the upgrade before the deadline is reported as usual.
        """
        said = "the time of the run (-w 1.5ms) ended before the handshake did"
        for arguments in ((), ("--json",)):
            self.reactor, self.err = Reactor(), io.StringIO()
            self.begin("-w", "1500us", *arguments)
            self.meet()
            self.reactor.pump([0.0015, 0.0005])
            self.assertStatus(4)
            self.assertIn(said, self.err.getvalue())
            self.assertNotIn("refused", self.err.getvalue())
            self.assertEqual(self.run_.summary.error, said)
        self.reactor, self.err = Reactor(), io.StringIO()
        self.begin("-w", "1500us")
        server = self.meet()
        self.reactor.advance(0.0015)
        server.say(_REFUSED)
        self.assertStatus(4)
        self.assertIn("handshake refused: HTTP 404", self.err.getvalue())

    def test_shorterTimeoutStays(self) -> None:
        self.begin("-w", "30s", "--timeout", "2s")
        self.reactor.advance(2)
        self.assertStatus(3)

    def test_endsRunWithoutPlannedEnd(self) -> None:
        self.begin("-w", "3s", "-i", "1h")
        self.connect()
        self.say("Hello 1")
        self.reactor.advance(2.9)
        self.assertNoResult(self.over)
        self.reactor.advance(0.1)
        self.assertClosing()
        self.close()
        self.assertStatus(0)

    def test_failsIfNotAllWasSent(self) -> None:
        self.begin("-w", "3s", "-i", "1h", "-c2")
        self.connect()
        self.say("Hello 1")
        self.reactor.advance(3)
        self.assertClosing()
        self.close()
        self.assertStatus(1, "FAILED: --deadline: not all was sent in time")
        self.assertEqual(self.failed, ["--deadline: not all was sent in time"])

    def test_waitsForEchoesAfterDeadline(self) -> None:
        self.begin("-w", "3s", "-c1")
        self.connect()
        self.reactor.advance(3)
        self.say("Hello 1")
        self.assertClosing()
        self.close()
        self.assertStatus(0, _OK)

    def test_limitsReconnecting(self) -> None:
        self.begin("-w", "5s", "--reconnect", "-i", "1h")
        self.connect()
        self.say("Hello 1")
        self.reactor.advance(2)
        self.close(1012)
        self.reactor.advance(0.5)
        self.assertEqual(len(self.reactor.tcpClients), 2)
        self.reactor.advance(2.5)
        self.assertStatus(6, "--reconnect: not connected at the end")
        (outage,) = self.run_.summary.outages
        self.assertEqual((outage.at, outage.seconds, outage.attempts), (2, None, 1))

    def test_reconnectAtDeadlineHasShortestTimeout(self) -> None:
        self.begin("-w", "5s", "--reconnect")
        self.connect()
        self.reactor.rightNow += 6  # it was busy
        attempt = self.run_.dial()
        self.reactor.advance(0.001)
        said = str(self.failureResultOf(attempt).value)
        self.assertIn("within 0.001 s", said)
        self.reactor.advance(1)
        self.assertClosing()
        self.close()
        self.successResultOf(self.over)
