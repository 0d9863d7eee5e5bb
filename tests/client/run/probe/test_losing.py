"""
Tests for L{echo.client.run.probe.probe}: time-outs and silent peers.
"""

from echo.client.errors import ConnectionClosed
from echo.client.measure.matching import Anomaly
from echo.client.run.probe.probe import Probe
from echo.client.traffic.plan import Plan
from tests.client.run.probe.probecase import ProbeTestCase
from tests.kit.frames import (
    PONG,
    serverFrame,
)


class LosingTests(ProbeTestCase):
    """
    Messages without an echo.
    """

    def test_eachMessageHasItsOwnTimeout(self) -> None:
        outcome = self.begin(count=2, interval=1.0, timeout=3.0)
        self.reactor.pump([1, 1.5, 0.4])
        self.assertEqual(self.events.lost, [])
        self.reactor.advance(0.1)
        self.assertEqual(self.events.lost, [1])
        self.reactor.advance(0.9)
        self.echo(b"Hello 1")
        self.assertEqual(self.events.echoes[0].anomalies, (Anomaly.LATE,))
        self.reactor.advance(0.1)
        self.assertEqual(self.events.lost, [1, 2])
        self.assertEqual(self.end(outcome).unanswered, 0)
        self.assertEqual(self.probe.statistics.lost.count, 2)

    def test_silentConnectionIsAbandoned(self) -> None:
        """
        If an echo is lost, and nothing else arrived meanwhile.
        """
        outcome = self.begin(interval=1.0, timeout=2.0, abandon=True)
        self.reactor.pump([0.5, 0.5])
        self.server.say(serverFrame(PONG))  # something does come, though no echo
        self.reactor.pump([0.5, 0.5, 0.5])
        self.assertEqual(self.events.lost, [1])
        self.assertNoResult(outcome)
        self.reactor.pump([0.5])
        ended = self.successResultOf(outcome)
        self.assertTrue(ended.byPeer)
        assert isinstance(ended.end, ConnectionClosed)
        self.assertEqual(
            (ended.end.code, ended.end.reason), (1006, "nothing came for 2.0 s")
        )
        # All but the first, which was lost while something came, went with it.
        self.assertEqual(ended.unanswered, len(self.events.lost) - 1)
        self.assertGreater(ended.unanswered, 1)
        self.assertEqual(ended.silent, 2.0)

    def test_silentConnectionClosesNormallyWhenAllIsSent(self) -> None:
        outcome = self.begin(count=1, timeout=2.0, abandon=True)
        self.reactor.advance(2)
        self.assertFalse(self.end(outcome).byPeer)

    def test_silentConnectionClosesNormallyWhenStopped(self) -> None:
        """
        The messages are lost, but the server did not end the run.
        """
        outcome = self.begin(interval=1.0, timeout=2.0, abandon=True, grace=5.0)
        self.reactor.advance(0.5)
        self.echo(b"Hello 1")
        self.reactor.pump([0.5, 0.5])
        self.probe.stop()
        self.reactor.pump([0.5] * 3)
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual(self.events.lost, [2])

    def test_stoppedRunWaitsForOtherMessagesAfterLoss(self) -> None:
        outcome = self.begin(interval=1.0, timeout=2.0, abandon=True, grace=5.0)
        self.reactor.pump([0.5, 0.5, 0.5])
        self.probe.stop()
        self.reactor.advance(0.5)
        self.assertEqual(self.events.lost, [1])
        self.echo(b"Hello 2")
        self.assertFalse(self.end(outcome).byPeer)

    def test_silentConnectionIsKeptByDefault(self) -> None:
        outcome = self.begin(interval=1.0, timeout=2.0)
        self.reactor.pump([1, 1, 1, 1])
        self.assertNoResult(outcome)
        self.probe.stop()
        self.reactor.pump([1, 1])
        self.server.hangUp()
        self.successResultOf(outcome)

    def test_timerThatFiresEarlyIsSetAgain(self) -> None:
        drift = 0.0
        probe = Probe(
            self.reactor,
            Plan(count=1, timeout=1.0),
            self.events,
            clock=lambda: round((self.reactor.seconds() - drift) * 1e9),
        )
        outcome = probe.run(self.connection)
        drift = 0.1
        self.reactor.advance(1)
        self.assertEqual(self.events.lost, [])
        self.reactor.advance(0.1)
        self.assertEqual(self.events.lost, [1])
        self.end(outcome)
