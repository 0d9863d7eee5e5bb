"""
Tests for L{echo.client.probe}.
"""

from typing import Any

from twisted.internet.defer import Deferred

from echo.client.connection import ConnectionClosed, ProtocolError
from echo.client.matching import Anomaly, Echo
from echo.client.payloads import Payloads
from echo.client.probe import Outcome, Plan, Probe
from tests.client.fixture import (
    CLOSE,
    TEXT,
    ClientTestCase,
    closeFrame,
    frame,
    texts,
)


class Watcher:
    """
    Keeps what it is told.
    """

    def __init__(self) -> None:
        self.echoes: list[Echo] = []
        self.lost: list[int] = []

    def arrived(self, echo: Echo, message: str | bytes) -> None:
        """
        Keep it.
        """
        self.echoes.append(echo)

    def gaveUp(self, seqs: list[int]) -> None:
        """
        Keep them.
        """
        self.lost += seqs


class ProbeTests(ClientTestCase):
    """
    Tests for L{Probe}.
    """

    def setUp(self) -> None:
        """
        Connect.
        """
        super().setUp()
        self.server, self.connection = self.open()
        self.watcher = Watcher()

    def _begin(self, **plan: Any) -> Deferred[Outcome]:
        self.probe = Probe(
            self.reactor,
            self.connection,
            Plan(**plan),
            self.watcher,
            lambda: round(self.reactor.seconds() * 1e9),
        )
        return self.probe.run()

    def _end(self, outcome: Deferred[Outcome]) -> Outcome:
        """
        The server answers our close, which must have come.
        """
        self.assertIn((CLOSE, b"\x03\xe8"), self.server.frames())
        self.server.say(closeFrame(1000))
        self.server.hangUp()
        return self.successResultOf(outcome)

    def test_interval(self) -> None:
        """
        The first message goes at once, then one each interval, whether or not the
        last came back.
        """
        outcome = self._begin(interval=2.0, timeout=100.0)
        self.assertEqual(texts(self.server.frames()), ["Hello 1"])
        self.reactor.advance(1.9)
        self.assertEqual(self.server.frames(), [])
        self.reactor.advance(0.1)
        self.reactor.advance(2)
        self.assertEqual(texts(self.server.frames()), ["Hello 2", "Hello 3"])
        self.probe.stop()
        self._end(outcome)

    def test_roundTrip(self) -> None:
        """
        A round trip is from just before a message is sent to its arrival.
        """
        outcome = self._begin(count=1)
        self.reactor.advance(0.25)
        self.server.say(frame(TEXT, b"Hello 1"))
        self.assertEqual(self.watcher.echoes, [Echo(1, 250_000_000, answers=True)])
        self._end(outcome)
        self.assertEqual(self.probe.statistics.roundTrips.minimum, 250_000_000)

    def test_clock(self) -> None:
        """
        The clock is read before a message is written.
        """
        written: list[bytes] = []

        def clock() -> int:
            written.append(self.server.transport.value())
            return 0

        plan = Plan(count=1)
        Probe(self.reactor, self.connection, plan, self.watcher, clock).run()
        self.assertEqual(written[0], b"")
        self.server.hangUp()

    def test_count(self) -> None:
        """
        After the last echo the connection is closed without further ado.
        """
        outcome = self._begin(count=2, interval=1.0)
        self.reactor.advance(1)
        self.reactor.advance(1)
        frames = self.server.frames()
        self.assertEqual(texts(frames), ["Hello 1", "Hello 2"])
        self.server.say(frame(TEXT, b"Hello 1"))
        self.assertEqual(self.server.frames(), [])
        self.server.say(frame(TEXT, b"Hello 2"))
        ended = self._end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertTrue(self.probe.statistics.faultless)

    def test_binary(self) -> None:
        """
        Binary messages are matched as such.
        """
        outcome = self._begin(count=1, payloads=Payloads(b"\xff", isBinary=True))
        self.assertEqual(self.server.frames(), [(2, b"\xff")])
        self.server.say(frame(2, b"\xff"))
        self.assertEqual(self.watcher.echoes[0].anomalies, ())
        self._end(outcome)

    def test_timeout(self) -> None:
        """
        Each echo has its own time to come in, and the last is waited for no longer
        than that.
        """
        outcome = self._begin(count=2, interval=1.0, timeout=3.0)
        self.reactor.pump([1, 1.5, 0.4])
        self.assertEqual(self.watcher.lost, [])
        self.reactor.advance(0.1)
        self.assertEqual(self.watcher.lost, [1])
        self.reactor.advance(0.9)
        self.server.say(frame(TEXT, b"Hello 1"))
        self.assertEqual(self.watcher.echoes[0].anomalies, (Anomaly.LATE,))
        self.reactor.advance(0.1)
        self.assertEqual(self.watcher.lost, [1, 2])
        self._end(outcome)
        self.assertEqual(self.probe.statistics.lost.count, 2)

    def test_earlyTimer(self) -> None:
        """
        A timer that is early, by the clock that counts, is set once more.
        """
        drift = 0.0
        probe = Probe(
            self.reactor,
            self.connection,
            Plan(count=1, timeout=1.0),
            self.watcher,
            lambda: round((self.reactor.seconds() - drift) * 1e9),
        )
        outcome = probe.run()
        drift = 0.1
        self.reactor.advance(1)
        self.assertEqual(self.watcher.lost, [])
        self.reactor.advance(0.1)
        self.assertEqual(self.watcher.lost, [1])
        self._end(outcome)

    def test_stop(self) -> None:
        """
        Being stopped closes at once; an echo that still comes before the peer's
        close counts, the rest is lost.
        """
        outcome = self._begin(interval=1.0)
        self.reactor.advance(1)
        self.probe.stop()
        self.probe.stop()
        self.reactor.advance(0.5)
        self.server.say(frame(TEXT, b"Hello 1"))
        ended = self._end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual(self.probe.statistics.received, 1)
        self.assertEqual(self.watcher.lost, [2])

    def test_pressure(self) -> None:
        """
        While the transport has enough, nothing is added to it.
        """
        outcome = self._begin(interval=1.0, timeout=100.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1, 1, 1, 1])
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.server.transport.producer.resumeProducing()
        self.reactor.pump([1, 1])
        self.assertEqual(texts(self.server.frames()), ["Hello 3", "Hello 4"])
        self.probe.stop()
        self._end(outcome)

    def test_peerCloses(self) -> None:
        """
        When the peer closes first, all ends, and what is outstanding is lost.
        """
        outcome = self._begin(count=5)
        self.server.say(closeFrame(4001, "off"))
        self.server.hangUp()
        ended = self.successResultOf(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (True, False))
        assert isinstance(ended.end, ConnectionClosed)
        self.assertEqual((ended.end.code, ended.end.reason), (4001, "off"))
        self.assertEqual(self.watcher.lost, [1])

    def test_pausedAtTheEnd(self) -> None:
        """
        An end while sending is paused is an end like any other.
        """
        outcome = self._begin(interval=1.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.advance(1)
        self.server.hangUp()
        self.assertTrue(self.successResultOf(outcome).byPeer)

    def test_brokenPeer(self) -> None:
        """
        A peer that breaks the protocol ends all, too.
        """
        outcome = self._begin()
        self.server.say(frame(TEXT, b"Hello 1"), frame(TEXT, rsv=7))
        self.reactor.advance(1)
        self.assertIsInstance(self.successResultOf(outcome).end, ProtocolError)
        self.assertEqual(self.watcher.lost, [2])

    def test_goneBefore(self) -> None:
        """
        A connection that is gone before the first message is no reason to send.
        """
        self.server.say(closeFrame(1001))
        self.server.hangUp()
        self.server.frames()
        outcome = self.successResultOf(self._begin())
        self.assertTrue(outcome.byPeer)
        self.assertEqual(self.probe.statistics.sent, 0)

    def test_brokenWatcher(self) -> None:
        """
        A mistake in who watches is not swallowed.
        """

        def broken(echo: Echo, message: str | bytes) -> None:
            raise RuntimeError("a bug")

        self.watcher.arrived = broken  # type: ignore[method-assign]
        outcome = self._begin(count=1)
        self.server.say(frame(TEXT, b"Hello 1"))
        self.failureResultOf(outcome, RuntimeError)
        for call in self.reactor.getDelayedCalls():
            call.cancel()
