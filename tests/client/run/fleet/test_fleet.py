"""
Tests for L{echo.client.run.fleet.fleet}: opening connections, and progress.
"""

from twisted.internet.defer import fail

from echo.client.connecting import connect
from echo.client.errors import CannotConnect
from echo.client.measure.events import Progress
from tests.client.run.events import bug
from tests.client.run.fleet.fleetcase import FleetTestCase


class OpeningTests(FleetTestCase):
    """
    The fleet opens its connections at the rate of the ramp.
    """

    def test_connectionsAreOpenedEvenly(self) -> None:
        """
        Earlier ones are not waited for. A late reactor catches up.
        """
        self.accepts = False
        run = self.begin(6, ramp=2)
        begun = []
        for step in (0.4375, 0.0625, 0.4375, 0.0625, 1.0, 1.0, 1.0):
            begun.append(len(self.servers))
            self.reactor.advance(step)
        self.assertEqual(begun, [1, 1, 2, 2, 3, 5, 6])
        self.assertEqual(len(self.servers), 6)
        self.end(run)

    def test_openedConnectionsAndTheirTimesAreCounted(self) -> None:
        self.accepts = False
        run = self.begin(2)
        self.tick()
        self.servers[0].accept()
        self.reactor.advance(0.5)
        self.servers[1].accept()
        connections = self.fleet.connections
        self.assertEqual((connections.wanted, connections.opened), (2, 2))
        self.assertEqual(connections.handshakes.count, 2)
        self.assertEqual(connections.handshakes.maximum, 500_000_000)
        self.assertEqual(len(self.events.opens), 2)
        self.end(run)

    def test_openingTimerStopsWhenAllAreOpened(self) -> None:
        run = self.begin(2, interval=100.0)
        self.tick()
        self.assertEqual(len(self.reactor.getDelayedCalls()), 3)
        self.end(run)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_failedConnectionMakesRunIncomplete(self) -> None:
        self.accepts = False
        run = self.begin(count=1)
        self.servers[0].say(b"HTTP/1.1 503 Not Now\r\nContent-Length: 0\r\n\r\n")
        self.successResultOf(run)
        self.assertFalse(self.fleet.complete)

    def test_failuresAreCountedByReason(self) -> None:
        """
        The run ends when all connections have failed.
        """
        self.accepts = False
        run = self.begin(3)
        self.tick()
        one, two, three = self.servers
        one.say(b"HTTP/1.1 503 Not Now\r\nContent-Length: 0\r\n\r\n")
        two.say(b"SSH-2.0-OpenSSH\r\n")
        self.assertNoResult(run)
        three.say(b"HTTP/1.1 503 Not Ever\r\nContent-Length: 0\r\n\r\n")
        self.successResultOf(run)
        self.assertEqual(
            self.fleet.connections.failures,
            {"HTTP 503": 2, "protocol error: the answer is not HTTP": 1},
        )
        self.assertEqual(self.fleet.connections.opened, 0)
        self.assertEqual(str(self.fleet.refusal), "handshake refused: HTTP 503 Not Now")

    def test_unansweredHandshakeIsOneFailure(self) -> None:
        """
        Other connections are not affected.
        """
        refused = [CannotConnect("TCP", "connection refused")]
        dial = self._dial
        self._dial = lambda: fail(refused.pop()) if refused else dial()  # type: ignore[method-assign]  # the first is refused
        run = self.begin(2)
        self.tick()
        connections = self.fleet.connections
        self.assertEqual(connections.failures, {"TCP: connection refused": 1})
        self.assertEqual(connections.opened, 1)
        self.assertNoResult(run)
        self.end(run)

    def test_bugInDialEndsRun(self) -> None:
        self._dial = lambda: connect(self.reactor, "nonsense")  # type: ignore[method-assign]  # nothing that could be dialled
        run = self.begin(3, ramp=1)
        self.failureResultOf(run, ValueError)
        self.fleet.stop()


class ProgressTests(FleetTestCase):
    """
    What is told on the way.
    """

    def test_progressIsReportedEachSecond(self) -> None:
        run = self.begin(2, interval=0.5)
        self.reactor.advance(0)
        for _ in range(256):
            self.tick()
            self.echo()
        self.assertEqual([round(each.seconds) for each in self.events.reports], [1, 2])
        last = self.events.reports[-1]
        self.assertEqual((last.open, last.opened, last.failed, last.lost), (2, 2, 0, 0))
        self.assertEqual(last.sent - self.events.reports[0].sent, 4)
        self.assertAlmostEqual(last.rate, 4.0)
        self.end(run)

    def test_bugInReportEndsRun(self) -> None:
        self.events.reactions[Progress] = bug
        run = self.begin(1)
        self.reactor.advance(1)
        self.failureResultOf(run, RuntimeError)
        self.servers[0].hangUp()
