"""
Tests for L{echo.client.run.probe.probe}: echoes, greetings and pongs.
"""

from echo.client.measure.matching import Anomaly
from tests.client.run.probe.probecase import ProbeTestCase
from tests.kit.frames import (
    PING,
    PONG,
    TEXT,
    serverFrame,
)


class ReceivingTests(ProbeTestCase):
    """
    What comes back, and what does not.
    """

    def test_roundTripExcludesOurOwnWork(self) -> None:
        """
        It begins when the message is handed to the transport, and ends when its echo is
        read.
        """
        ticking = [1_000]

        def clock() -> int:
            ticking[0] += 7
            return ticking[0]

        self.server, self.connection = self.open(clock=clock)
        outcome = self.begin(count=1)
        sentAt = self.connection.sentAt
        ticking[0] = 251_000
        self.echo(b"Hello 1")
        time = self.connection.readAt - sentAt
        self.assertEqual(self.connection.readAt, 251_007)
        (echo,) = self.events.echoes
        self.assertEqual((echo.seq, echo.time), (1, time))
        self.assertGreaterEqual(echo.response or 0, time)
        self.end(outcome)
        self.assertEqual(self.probe.statistics.roundTrips.minimum, time)

    def test_warmupExcludesFirstMessagesFromTimesOnly(self) -> None:
        outcome = self.begin(warmup=1, count=2, interval=1.0)
        self.reactor.advance(0.5)
        self.echo(b"Hello 1")
        self.reactor.advance(0.5)
        self.reactor.advance(0.25)
        self.echo(b"Hello 2")
        self.end(outcome)
        statistics = self.probe.statistics
        self.assertEqual((statistics.warmup, statistics.received), (1, 2))
        times = statistics.roundTrips
        self.assertEqual((times.count, times.minimum), (1, 250_000_000))

    def test_greetingIsDiscardedOnEachConnection(self) -> None:
        outcome = self.begin(greeting=2, count=2, interval=1.0)
        self.echo(b"Welcome", b"Hello 2", b"Hello 1")
        self.assertEqual([echo.seq for echo in self.events.echoes], [1])
        self.cut(outcome)
        outcome = self.again()
        self.echo(b"Welcome", b"Hello 1", b"Hello 2")
        self.assertEqual([echo.seq for echo in self.events.echoes], [1, 2])
        self.end(outcome)
        self.assertTrue(self.probe.statistics.exact)
        self.assertEqual(self.probe.statistics.ungreeted, 0)

    def test_echoEndsGreeting(self) -> None:
        """
        The greeting then counts as missing. It does so too if we close first, but not
        if the connection is lost.
        """
        outcome = self.begin(greeting=2, count=2, interval=1.0)
        self.echo(b"Welcome", b"Hello 1")
        self.assertEqual([echo.seq for echo in self.events.echoes], [1])
        self.assertEqual(self.probe.statistics.ungreeted, 1)
        self.cut(outcome)
        outcome = self.again()
        self.cut(outcome)
        self.assertEqual(self.probe.statistics.ungreeted, 1)
        outcome = self.again()
        self.probe.stop()
        self.reactor.advance(5)
        self.end(outcome)
        self.assertEqual(self.probe.statistics.ungreeted, 3)

    def test_unaskedMessageIsAnomaly(self) -> None:
        """
        Also before the first message is sent.
        """
        self.echo(b"Welcome")
        outcome = self.begin(count=1)
        self.echo(b"Hello 1")
        self.assertEqual(
            [echo.anomalies for echo in self.events.echoes],
            [(Anomaly.UNEXPECTED,), ()],
        )
        self.end(outcome)
        self.assertFalse(self.probe.statistics.exact)


class PingTests(ProbeTestCase):
    """
    Control pings beside the messages.
    """

    def _pings(self) -> list[bytes]:
        frames = self.server.frames()
        return [payload for opcode, payload in frames if opcode == PING]

    def test_noPingsByDefault(self) -> None:
        outcome = self.begin(count=1)
        self.assertEqual(self._pings(), [])
        self.assertIsNone(self.probe.statistics.pings)
        self.cut(outcome)

    def test_pingGoesWithEachMessage(self) -> None:
        """
        The round trips of pings are recorded separately.
        """
        outcome = self.begin(ping=True, count=2, interval=1.0, warmup=1)
        (first,) = self._pings()
        self.reactor.advance(0.25)
        self.server.say(serverFrame(PONG, first))
        self.echo(b"Hello 1")
        self.reactor.advance(0.75)
        (second,) = self._pings()
        self.assertNotEqual(first, second)
        self.reactor.advance(0.5)
        self.server.say(serverFrame(PONG, second), serverFrame(TEXT, b"Hello 2"))
        self.assertEqual(self.events.pongs, [(1, 250_000_000), (2, 500_000_000)])
        self.end(outcome)
        pings = self.probe.statistics.pings
        assert pings is not None
        self.assertEqual((pings.sent, pings.received, pings.lost), (2, 2, 0))
        # The first message is left out, and so is the ping that went with it.
        times = pings.roundTrips
        self.assertEqual((times.count, times.minimum), (1, 500_000_000))

    def test_closeWaitsForPongs(self) -> None:
        outcome = self.begin(ping=True, count=1)
        (payload,) = self._pings()
        self.echo(b"Hello 1")
        self.assertEqual(self.server.frames(), [])
        self.server.say(serverFrame(PONG, payload))
        self.end(outcome)

    def test_pingTimesOutLikeMessage(self) -> None:
        outcome = self.begin(ping=True, count=1, timeout=3.0)
        self.server.frames()
        self.echo(b"Hello 1")
        self.reactor.advance(2.9)
        self.assertEqual(self.events.pongs, [])
        self.reactor.advance(0.1)
        self.assertEqual(self.events.pongs, [(1, None)])
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.unanswered), (False, 0))
        assert self.probe.statistics.pings is not None
        self.assertEqual(self.probe.statistics.pings.lost, 1)

    def test_closeByPeerWithOutstandingPingIsThePeers(self) -> None:
        outcome = self.begin(ping=True, count=1)
        self.echo(b"Hello 1")
        ended = self.cut(outcome)
        self.assertEqual(self.events.pongs, [(1, None)])
        self.assertEqual(
            (ended.byPeer, ended.complete, ended.unanswered), (True, True, 0)
        )
