"""
Tests for L{echo.client.run.probe.probe}.
"""

from collections import deque
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from echo.client.errors import ConnectionClosed, ProtocolError
from echo.client.measure.events import Outcome, Received
from echo.client.measure.matching import Anomaly
from echo.client.run.probe.probe import Probe
from echo.client.traffic.payloads import Payloads
from echo.client.traffic.plan import Plan
from tests.client.run.events import EventLog, bug
from tests.kit.client import ClientTestCase, texts
from tests.kit.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    parseFrames,
    serverClose,
    serverFrame,
)


class Lines:
    """
    Lines that the test makes.

    @ivar asked: How often one was asked for.

    @ivar waiting: Who waits for one.
    """

    def __init__(self, *lines: bytes | Exception | None) -> None:
        self.asked = 0
        self.waiting: Deferred[bytes | None] | None = None
        self._lines = deque(lines)

    def take(self) -> Deferred[bytes | None]:
        """
        @return: One of those that there are, or one to come.
        """
        self.asked += 1
        if self._lines:
            line = self._lines.popleft()
            return fail(line) if isinstance(line, Exception) else succeed(line)
        self.waiting = Deferred(self._forget)
        return self.waiting

    def _forget(self, _: object) -> None:
        self.waiting = None

    def come(self, line: bytes | Exception | None) -> None:
        """
        Here is one.
        """
        assert self.waiting is not None
        waiting, self.waiting = self.waiting, None
        taken = fail(line) if isinstance(line, Exception) else succeed(line)
        taken.chainDeferred(waiting)


class ProbeTestCase(ClientTestCase):
    """
    Has a probe, and the server's side of its connection.
    """

    def setUp(self) -> None:
        """
        Connect.
        """
        super().setUp()
        self.server, self.connection = self.open()
        self.events = EventLog()

    def make(self, lines: Lines | None = None, **plan: Any) -> Probe:
        """
        @return: A probe that has not begun.
        """
        self.probe = Probe(
            self.reactor,
            Plan(**plan),
            self.events,
            lines=lines,
            clock=self.reactor.nanoseconds,
        )
        return self.probe

    def begin(self, lines: Lines | None = None, **plan: Any) -> Deferred[Outcome]:
        """
        Begin.
        """
        return self.make(lines, **plan).run(self.connection)

    def again(self) -> Deferred[Outcome]:
        """
        Go on over a new connection.
        """
        self.server, self.connection = self.open()
        return self.probe.run(self.connection)

    def echo(self, *payloads: bytes) -> None:
        """
        Have the server say these.
        """
        self.server.say(*(serverFrame(TEXT, payload) for payload in payloads))

    def end(self, outcome: Deferred[Outcome]) -> Outcome:
        """
        The server answers our close, which must have come.
        """
        self.assertIn((CLOSE, b"\x03\xe8"), self.server.frames())
        self.server.say(serverClose(1000))
        self.server.hangUp()
        return self.successResultOf(outcome)

    def cut(self, outcome: Deferred[Outcome], code: int = 4001) -> Outcome:
        """
        The server closes.
        """
        self.assertNoResult(outcome)
        self.server.say(serverClose(code, "off"))
        self.server.hangUp()
        return self.successResultOf(outcome)


class SendingTests(ProbeTestCase):
    """
    What is sent, and when.
    """

    def test_interval(self) -> None:
        """
        The first message goes at once, then one each interval, whether or not the
        last came back.
        """
        outcome = self.begin(interval=2.0, timeout=100.0)
        self.assertEqual(texts(self.server.frames()), ["Hello 1"])
        self.reactor.advance(1.9)
        self.assertEqual(self.server.frames(), [])
        self.reactor.advance(0.1)
        self.reactor.advance(2)
        self.assertEqual(texts(self.server.frames()), ["Hello 2", "Hello 3"])
        self.assertFalse(self.probe.wanting)
        self.cut(outcome)

    def _writes(self, **plan: Any) -> list[int]:
        """
        @return: How many messages each of the first writes of a run has. No more than
            32 are sent before echoes can be read.
        """
        writes: list[bytes] = []
        self.patch(self.server.transport, "write", writes.append)
        self.begin(**plan)
        self.assertLessEqual(self.probe.statistics.sent, 32)
        self.reactor.advance(0)
        self.server.hangUp()
        return [len(parseFrames(data)) for data in writes]

    def test_together(self) -> None:
        """
        Without an interval, messages leave in writes of many. Those of a turn are
        followed by others in the next turn.
        """
        self.assertEqual(self._writes(interval=0.0, count=67), [32, 32, 3])

    def test_togetherLong(self) -> None:
        """
        The longer the messages are, the fewer leave together: memory for them is
        bounded.
        """
        payloads = Payloads(size=2**14)
        self.assertEqual(
            self._writes(interval=0.0, count=9, payloads=payloads)[:3], [4, 4, 1]
        )

    def test_togetherPings(self) -> None:
        """
        Where each message has a ping with it, it leaves alone.
        """
        self.assertEqual(self._writes(interval=0.0, count=2, ping=True), [1] * 4)

    def test_togetherLate(self) -> None:
        """
        Messages that are overdue leave together, each with its own due time.
        """
        outcome = self.begin(interval=0.5, count=5)
        self.server.frames()
        writes: list[bytes] = []
        write = self.server.transport.write
        self.patch(self.server.transport, "write", writes.append)
        self.reactor.advance(1.75)
        self.assertEqual(len(writes), 1)
        write(writes[0])
        self.assertEqual(texts(self.server.frames()), ["Hello 2", "Hello 3", "Hello 4"])
        self.echo(b"Hello 1", b"Hello 2", b"Hello 3", b"Hello 4")
        self.assertEqual(self.probe.throughput.throughput().asked, 2.0)
        responses = [echo.response for echo in self.events.echoes]
        self.assertEqual(
            responses, [1_750_000_000, 1_250_000_000, 750_000_000, 250_000_000]
        )
        self.cut(outcome)

    def test_count(self) -> None:
        """
        After the last echo the connection is closed without further ado.
        """
        outcome = self.begin(count=2, interval=1.0)
        self.assertTrue(self.probe.wanting)
        self.reactor.advance(1)
        self.reactor.advance(1)
        self.assertFalse(self.probe.wanting)
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.echo(b"Hello 1")
        self.assertEqual(self.server.frames(), [])
        self.echo(b"Hello 2")
        ended = self.end(outcome)
        self.assertEqual(
            (ended.byPeer, ended.complete, ended.unanswered), (False, True, 0)
        )
        self.assertTrue(self.probe.statistics.exact)
        self.assertEqual(self.probe.statistics.received, 2)
        self.assertEqual(self.events.messages, ["Hello 1", "Hello 2"])

    def test_binary(self) -> None:
        """
        Binary messages are matched as such.
        """
        outcome = self.begin(count=1, payloads=Payloads(b"\xff", isBinary=True))
        self.assertEqual(self.server.frames(), [(BINARY, b"\xff")])
        self.server.say(serverFrame(BINARY, b"\xff"))
        self.assertEqual(self.events.echoes[0].anomalies, ())
        self.assertEqual(self.events.messages, [b"\xff"])
        self.end(outcome)

    def test_pressure(self) -> None:
        """
        While the transport has enough, nothing is added to it. When it has room, the
        messages that are due by then follow at once.
        """
        outcome = self.begin(interval=1.0, timeout=100.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1, 1, 1, 1])
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.server.transport.producer.resumeProducing()
        self.assertEqual(texts(self.server.frames()), ["Hello 3", "Hello 4", "Hello 5"])
        self.reactor.advance(1)
        self.assertEqual(texts(self.server.frames()), ["Hello 6"])
        self.cut(outcome)
        self.assertEqual(self.probe.throughput.throughput().notSent, 0)

    def test_response(self) -> None:
        """
        The response time of a message that was sent late counts from when it was
        due, and that of an echo that comes too late counts, too.
        """
        outcome = self.begin(interval=1.0, timeout=4.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1, 1, 1])
        self.echo(b"Hello 1", b"Hello 2")
        self.server.transport.producer.resumeProducing()
        self.reactor.advance(0.5)
        self.echo(b"Hello 3")
        self.reactor.pump([0.5, 1, 1, 1])
        self.assertEqual(self.events.lost, [4])
        self.echo(b"Hello 4")
        self.cut(outcome)
        statistics = self.probe.statistics
        times = [each.time for each in self.events.echoes]
        responses = [each.response for each in self.events.echoes]
        second = 1_000_000_000
        self.assertEqual(times, [3 * second, 2 * second, second // 2, 4 * second])
        self.assertEqual(
            responses, [3 * second, 2 * second, 3 * second // 2, 4 * second]
        )
        self.assertEqual(statistics.roundTrips.count, 3)
        self.assertEqual(statistics.responses.count, 4)

    def test_notSent(self) -> None:
        """
        Messages that were due and were not sent are counted once: during an outage,
        and at the end.
        """
        outcome = self.begin(interval=1.0, timeout=100.0)
        self.reactor.advance(1)
        self.cut(outcome)
        self.reactor.advance(2.5)
        outcome = self.again()
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1, 1, 1])
        self.probe.stop()
        load = self.probe.throughput.throughput()
        self.assertEqual((load.asked, load.sent, load.notSent), (1.0, 4, 3))
        self.reactor.advance(1)
        self.end(outcome)
        self.assertEqual(self.probe.throughput.throughput(), load)

    def test_dueInOutages(self) -> None:
        """
        However often the connection is lost, no more messages are due than intervals
        have passed, and no fewer.
        """
        outcome = self.begin(interval=1.0)
        for _ in range(10):
            self.cut(outcome)
            self.reactor.advance(1.5)
            outcome = self.again()
        self.reactor.advance(0.25)
        self.probe.stop()
        load = self.probe.throughput.throughput()
        self.assertEqual((load.sent, load.due), (11, 16))
        self.cut(outcome)

    def test_stoppedInAnOutage(self) -> None:
        """
        Messages that were due during the last outage are counted, until the end.
        """
        outcome = self.begin(interval=1.0)
        self.cut(outcome)
        self.reactor.advance(2.5)
        self.probe.stop()
        self.reactor.advance(2)
        self.probe.stop()
        load = self.probe.throughput.throughput()
        self.assertEqual((load.sent, load.notSent), (1, 2))

    def test_countLimitsDue(self) -> None:
        """
        No more is due than there is to send.
        """
        outcome = self.begin(interval=1.0, count=3, timeout=100.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1] * 10)
        self.probe.stop()
        self.assertEqual(self.probe.throughput.throughput().due, 3)
        self.cut(outcome)

    def test_closedLoop(self) -> None:
        """
        In a closed loop the next message waits for the echo of the last, and the
        interval is not less than what is wanted.
        """
        outcome = self.begin(closedLoop=True, interval=1.0, count=3)
        self.reactor.pump([1, 1])
        self.assertEqual(texts(self.server.frames()), ["Hello 1"])
        self.echo(b"Hello 1")
        self.assertEqual(self.server.frames(), [])
        self.reactor.advance(1)
        self.assertEqual(texts(self.server.frames()), ["Hello 2"])
        self.echo(b"Hello 2")
        self.reactor.advance(0.9)
        self.assertEqual(self.server.frames(), [])
        self.reactor.advance(0.1)
        self.echo(b"Hello 3")
        self.end(outcome)

    def test_closedLoopLoss(self) -> None:
        """
        It waits for no longer than the time-out, if the peer gives a sign of life.
        An echo of another message is not the echo that it waits for.
        """
        outcome = self.begin(closedLoop=True, interval=0.0, timeout=3.0)
        self.reactor.advance(0)
        self.reactor.advance(1)
        self.server.say(serverFrame(PONG))
        self.reactor.advance(2)
        self.reactor.advance(0)
        self.assertEqual(self.events.lost, [1])
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.echo(b"Hello 1")
        self.reactor.advance(0)
        self.assertEqual(self.server.frames(), [])
        self.assertEqual(self.cut(outcome).unanswered, 1)

    def test_closedLoopSilence(self) -> None:
        """
        A peer that sends nothing for the time-out is given up at once: the other
        messages are not sent, and the run is not complete.
        """
        outcome = self.begin(closedLoop=True, interval=0.0, timeout=3.0, count=9)
        self.reactor.advance(3)
        self.assertEqual(self.events.lost, [1])
        self.assertEqual([op for op, _ in self.server.frames()], [TEXT, CLOSE])
        self.server.say(serverClose(1000))
        self.server.hangUp()
        ended = self.successResultOf(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, False))

    def test_stalled(self) -> None:
        """
        A peer that takes nothing any more, and answers nothing, is given up, where
        all would never be sent; where there is no end to it, nobody knows.
        """
        for count, ends in [(9, True), (None, False)]:
            self.server, self.connection = self.open()
            outcome = self.begin(count=count, interval=1.0, timeout=3.0)
            self.server.transport.producer.pauseProducing()
            self.reactor.pump([1, 2, 0.5])
            self.assertEqual((self.events.lost, self.probe._closing), ([1], False))
            self.reactor.advance(0.5)
            self.assertEqual(self.events.lost, [1, 2])
            if ends:
                # No message is due any more after our close.
                notSent = self.probe.throughput.notSent
                self.reactor.advance(2)
                ended = self.end(outcome)
                self.assertEqual((ended.byPeer, ended.complete), (False, False))
                self.assertEqual((self.probe.throughput.notSent, notSent), (3, 3))
            else:
                self.cut(outcome)
            self.events.lost.clear()

    def test_slow(self) -> None:
        """
        One that takes messages late, and is mute, gets all messages, too.
        """
        outcome = self.begin(count=3, interval=4.0, timeout=3.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([3, 1, 1])
        self.server.transport.producer.resumeProducing()
        self.reactor.pump([2, 1])
        self.assertEqual(self.events.lost, [1, 2])
        self.assertEqual(len(texts(self.server.frames())), 3)
        self.cut(outcome)

    def test_notStalled(self) -> None:
        """
        One that is only mute gets all messages.
        """
        outcome = self.begin(count=2, interval=4.0, timeout=3.0)
        self.reactor.pump([3, 1])
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.assertEqual(self.events.lost, [1])
        self.cut(outcome)


class ReceivingTests(ProbeTestCase):
    """
    What comes back, and what does not.
    """

    def test_roundTrip(self) -> None:
        """
        A round trip is from the moment when a message is handed to the transport
        to the one when its echo is taken from it, whatever has to be done before
        and after those.
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

    def test_warmup(self) -> None:
        """
        The first messages are left out of the times, and of nothing else.
        """
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

    def test_greeting(self) -> None:
        """
        What the server says first is no echo: so many messages over each of the
        connections.
        """
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

    def test_noGreeting(self) -> None:
        """
        The echo of an outstanding message is no greeting: it counts, and the
        greeting is missing. It is missing, too, where we close before anything came;
        not where the connection is lost.
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

    def test_unexpected(self) -> None:
        """
        Without that it is an anomaly, also where it comes before the first message.
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

    def test_timeout(self) -> None:
        """
        Each echo has its own time to come in, and the last is waited for no longer
        than that.
        """
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

    def test_deadPath(self) -> None:
        """
        Who wants to is rid of a connection that an echo is lost of and that nothing
        came from for as long: it may be dead, and nobody says so.
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

    def test_deadAtTheEnd(self) -> None:
        """
        Where all was sent, the connection is closed like any other, and not given up
        for a new one.
        """
        outcome = self.begin(count=1, timeout=2.0, abandon=True)
        self.reactor.advance(2)
        self.assertFalse(self.end(outcome).byPeer)

    def test_deadWhenStopped(self) -> None:
        """
        A connection that is stopped is closed, and not given up for a new one: the
        messages that are lost are lost, and the server did not end the run.
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

    def test_deadWithOthersOnTheirWay(self) -> None:
        """
        Where one message of a stopped connection is lost and others are still on
        their way, those get their time.
        """
        outcome = self.begin(interval=1.0, timeout=2.0, abandon=True, grace=5.0)
        self.reactor.pump([0.5, 0.5, 0.5])
        self.probe.stop()
        self.reactor.advance(0.5)
        self.assertEqual(self.events.lost, [1])
        self.echo(b"Hello 2")
        self.assertFalse(self.end(outcome).byPeer)

    def test_patience(self) -> None:
        """
        Who does not want to waits on.
        """
        outcome = self.begin(interval=1.0, timeout=2.0)
        self.reactor.pump([1, 1, 1, 1])
        self.assertNoResult(outcome)
        self.probe.stop()
        self.reactor.pump([1, 1])
        self.server.hangUp()
        self.successResultOf(outcome)

    def test_earlyTimer(self) -> None:
        """
        A timer that is early, by the clock that counts, is set once more.
        """
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


class PingTests(ProbeTestCase):
    """
    Control pings beside the messages.
    """

    def _pings(self) -> list[bytes]:
        frames = self.server.frames()
        return [payload for opcode, payload in frames if opcode == PING]

    def test_none(self) -> None:
        """
        Without the wish for them there are none, and no account of them.
        """
        outcome = self.begin(count=1)
        self.assertEqual(self._pings(), [])
        self.assertIsNone(self.probe.statistics.pings)
        self.cut(outcome)

    def test_each(self) -> None:
        """
        One goes with each message, and its time is its own.
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

    def test_endWaits(self) -> None:
        """
        The end waits for pongs as it waits for echoes.
        """
        outcome = self.begin(ping=True, count=1)
        (payload,) = self._pings()
        self.echo(b"Hello 1")
        self.assertEqual(self.server.frames(), [])
        self.server.say(serverFrame(PONG, payload))
        self.end(outcome)

    def test_timeout(self) -> None:
        """
        A pong has as much time as an echo; without it the ping is lost, and the
        end waits no more.
        """
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

    def test_peerCloses(self) -> None:
        """
        A ping that the end takes along does not make the end ours: it was the
        server that closed.
        """
        outcome = self.begin(ping=True, count=1)
        self.echo(b"Hello 1")
        ended = self.cut(outcome)
        self.assertEqual(self.events.pongs, [(1, None)])
        self.assertEqual(
            (ended.byPeer, ended.complete, ended.unanswered), (True, True, 0)
        )


class StopTests(ProbeTestCase):
    """
    Ends that we want.
    """

    def test_nothingOutstanding(self) -> None:
        """
        Where nothing is on its way, the connection is closed at once; to stop
        again changes nothing.
        """
        outcome = self.begin(interval=1.0)
        self.echo(b"Hello 1")
        self.probe.stop()
        self.probe.stop()
        self.reactor.advance(0.9)
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))

    def test_grace(self) -> None:
        """
        What is on its way gets a moment: an echo that comes in it counts, with the
        last one it is over, and no more is sent meanwhile.
        """
        outcome = self.begin(interval=0.25, grace=1.0)
        self.reactor.advance(0.25)
        self.probe.stop()
        self.probe.stop()
        self.reactor.pump([0.25, 0.25])
        self.echo(b"Hello 1")
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.reactor.advance(0.25)
        self.echo(b"Hello 2")
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual((self.probe.statistics.received, self.events.lost), (2, []))

    def test_graceOver(self) -> None:
        """
        After that moment it is closed whatever is missing. An echo still counts as
        long as the server does not close as well; the rest is lost.
        """
        outcome = self.begin(interval=0.25, grace=1.0)
        self.reactor.advance(0.25)
        self.probe.stop()
        self.reactor.advance(0.9)
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.reactor.advance(0.1)
        self.echo(b"Hello 1")
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.unanswered), (False, 1))
        self.assertEqual(self.probe.statistics.received, 1)
        self.assertEqual(self.events.lost, [2])

    def test_graceGoesOn(self) -> None:
        """
        As long as echoes keep coming, it waits on. Any other message does not count.
        """
        outcome = self.begin(interval=0.25, grace=1.0, timeout=100.0)
        self.reactor.pump([0.25] * 3)
        self.probe.stop()
        for number in (b"1", b"2", b"3"):
            self.reactor.advance(0.9)
            self.echo(b"Hello " + number)
        self.assertNotIn(CLOSE, [opcode for opcode, _ in self.server.frames()])
        self.reactor.advance(0.5)
        self.echo(b"Hello 3")
        self.reactor.advance(0.5)
        self.end(outcome)
        self.assertEqual(self.events.lost, [4])

    def test_graceHasItsLimit(self) -> None:
        """
        Each message has its time-out meanwhile.
        """
        outcome = self.begin(interval=0.25, grace=1.0, timeout=1.5)
        self.reactor.pump([0.25] * 2)
        self.probe.stop()
        self.reactor.advance(0.75)
        self.echo(b"Hello 3")
        self.reactor.pump([0.25, 0.25, 0.25])
        self.end(outcome)
        self.assertEqual(self.events.lost, [1, 2])

    def test_gracePongGoesOn(self) -> None:
        """
        Pongs that keep coming are waited for, too, but not after their time-out.
        """
        outcome = self.begin(ping=True, interval=0.5, grace=1.0, timeout=2.5)
        self.reactor.advance(0.5)
        pings = [payload for opcode, payload in self.server.frames() if opcode == PING]
        self.echo(b"Hello 1", b"Hello 2")
        self.probe.stop()
        self.reactor.advance(0.9)
        self.server.say(serverFrame(PONG, pings[0]))
        self.reactor.advance(0.9)
        self.assertEqual(self.server.frames(), [])
        self.server.say(serverFrame(PONG, pings[1]))
        self.end(outcome)

    def test_graceLostPong(self) -> None:
        """
        A ping whose time is up is no reason to wait on.
        """
        outcome = self.begin(ping=True, interval=1.0, grace=1.0, timeout=1.25)
        self.reactor.advance(1)
        self.echo(b"Hello 1", b"Hello 2")
        self.probe.stop()
        self.reactor.pump([0.25, 0.75])
        self.assertEqual(self.events.pongs, [(1, None)])
        self.end(outcome)

    def test_gracePong(self) -> None:
        """
        So it is with pongs.
        """
        outcome = self.begin(ping=True, interval=1.0, grace=1.0)
        _, (_, payload) = self.server.frames()
        self.echo(b"Hello 1")
        self.probe.stop()
        self.assertEqual(self.server.frames(), [])
        self.server.say(serverFrame(PONG, payload))
        self.end(outcome)

    def test_timeUpInGrace(self) -> None:
        """
        What is given up in that moment is not waited for any more.
        """
        outcome = self.begin(timeout=0.5, grace=1.0)
        self.probe.stop()
        self.reactor.advance(0.5)
        self.end(outcome)
        self.assertEqual(self.events.lost, [1])

    def test_pressure(self) -> None:
        """
        A peer that does not read does not hold it up.
        """
        outcome = self.begin(interval=1.0, grace=1.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.advance(1)
        self.probe.stop()
        self.reactor.advance(1)
        self.assertEqual(self.end(outcome).unanswered, 2)

    def test_closedLoop(self) -> None:
        """
        In a closed loop, too, no more is sent, and the end is the same.
        """
        outcome = self.begin(closedLoop=True, interval=0.0)
        self.probe.stop()
        self.echo(b"Hello 1")
        self.reactor.advance(0)
        self.assertEqual([op for op, _ in self.server.frames()], [TEXT, CLOSE])
        self.server.say(serverClose(1000))
        self.server.hangUp()
        self.assertFalse(self.successResultOf(outcome).byPeer)

    def test_before(self) -> None:
        """
        Who was stopped before there is a connection sends nothing over it.
        """
        self.make().stop()
        ended = self.end(self.probe.run(self.connection))
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual(self.probe.statistics.sent, 0)

    def test_peerClosesFirst(self) -> None:
        """
        Once the server has begun to close, that is the end that it comes to.
        """
        outcome = self.begin()
        self.server.say(serverClose(4001))
        self.probe.stop()
        self.server.hangUp()
        ended = self.successResultOf(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (True, True))


class EndTests(ProbeTestCase):
    """
    Ends that come.
    """

    def test_peerCloses(self) -> None:
        """
        When the peer closes first, all ends, and what is outstanding is lost.
        """
        outcome = self.begin(count=5, interval=1.0)
        self.reactor.advance(1)
        ended = self.cut(outcome)
        self.assertEqual(
            (ended.byPeer, ended.complete, ended.unanswered), (True, False, 2)
        )
        assert isinstance(ended.end, ConnectionClosed)
        self.assertEqual((ended.end.code, ended.end.reason), (4001, "off"))
        self.assertEqual((self.events.lost, ended.silent), ([1, 2], 0.0))

    def test_closing(self) -> None:
        """
        What is due while the server closes is not sent, and so not lost either.
        """
        outcome = self.begin(interval=0.0)
        sent = self.probe.statistics.sent
        self.server.say(serverClose(1001))
        self.reactor.pump([0, 0, 0])
        self.server.hangUp()
        self.assertEqual(self.successResultOf(outcome).unanswered, sent)
        self.assertEqual(self.probe.statistics.sent, sent)
        self.assertEqual(self.events.lost, list(range(1, sent + 1)))

    def test_pausedAtTheEnd(self) -> None:
        """
        An end while sending is paused is an end like any other.
        """
        outcome = self.begin(interval=1.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.advance(1)
        self.server.hangUp()
        self.assertTrue(self.successResultOf(outcome).byPeer)

    def test_brokenPeer(self) -> None:
        """
        A peer that breaks the protocol ends all, too.
        """
        outcome = self.begin()
        self.server.say(serverFrame(TEXT, b"Hello 1"), serverFrame(TEXT, rsv=7))
        self.reactor.advance(1)
        self.assertIsInstance(self.successResultOf(outcome).end, ProtocolError)
        self.assertEqual(self.events.lost, [])

    def test_goneBefore(self) -> None:
        """
        A connection that is gone before the first message is no reason to send, and
        no message is due on it.
        """
        self.server.say(serverClose(1001))
        self.server.hangUp()
        self.server.frames()
        outcome = self.successResultOf(self.begin())
        self.assertTrue(outcome.byPeer)
        self.assertEqual(self.probe.throughput.throughput().due, 0)

    def test_flood(self) -> None:
        """
        However many messages are there at once, they are taken one after another.
        """
        self.echo(*[b"x"] * 3000)
        outcome = self.begin()
        self.assertEqual(len(self.events.echoes), 3000)
        self.cut(outcome)

    def test_bugInReport(self) -> None:
        """
        A bug in the report of an event ends the run, however often it happens.
        """
        self.events.reactions[Received] = bug
        outcome = self.begin(count=1)
        self.echo(b"Hello 1")
        self.echo(b"Hello 1")
        self.failureResultOf(outcome, RuntimeError)
        for call in self.reactor.getDelayedCalls():
            call.cancel()


class AgainTests(ProbeTestCase):
    """
    One connection after another.
    """

    def test_goesOn(self) -> None:
        """
        Numbers and figures go on; what the last connection took along is lost, and
        an echo of it would be late.
        """
        outcome = self.begin(interval=1.0, timeout=10.0)
        self.assertEqual(self.cut(outcome).unanswered, 1)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        outcome = self.again()
        self.assertEqual(texts(self.server.frames()), ["Hello 2"])
        self.echo(b"Hello 1", b"Hello 2")
        first, second = self.events.echoes
        self.assertEqual((first.seq, first.anomalies), (1, (Anomaly.LATE,)))
        self.assertEqual((second.seq, second.anomalies), (2, ()))
        self.assertEqual(self.cut(outcome).unanswered, 0)
        statistics = self.probe.statistics
        self.assertEqual((statistics.sent, statistics.received), (2, 1))
        self.assertEqual(self.events.lost, [1])

    def test_timer(self) -> None:
        """
        Each message has its full time on the new connection.
        """
        outcome = self.begin(interval=100.0, timeout=3.0)
        self.reactor.advance(2)
        self.cut(outcome)
        outcome = self.again()
        self.reactor.advance(2.9)
        self.assertEqual(self.events.lost, [1])
        self.reactor.advance(0.1)
        self.assertEqual(self.events.lost, [1, 2])
        self.cut(outcome)

    def test_allSent(self) -> None:
        """
        Where nothing is left to send, a new connection is closed at once.
        """
        outcome = self.begin(count=1)
        self.assertEqual(self.cut(outcome).unanswered, 1)
        ended = self.end(self.again())
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual(self.probe.statistics.sent, 1)

    def test_stopBetween(self) -> None:
        """
        To stop while there is no connection leaves nothing behind but that.
        """
        self.cut(self.begin())
        self.probe.stop()
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertTrue(self.end(self.again()).complete)
        self.assertEqual(self.probe.statistics.sent, 1)

    def test_pressure(self) -> None:
        """
        What kept the last connection waiting does not keep the next one.
        """
        outcome = self.begin(interval=1.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.advance(1)
        self.cut(outcome)
        outcome = self.again()
        self.reactor.advance(1)
        self.assertEqual(texts(self.server.frames()), ["Hello 3", "Hello 4"])
        self.cut(outcome)


class LineTests(ProbeTestCase):
    """
    Messages that somebody else makes.
    """

    def test_lines(self) -> None:
        """
        Each line is a message, when it comes; the run ends after the last echo
        when there will be no more of them.
        """
        lines = Lines(b"a", b"b")
        outcome = self.begin(lines, interval=0.0)
        self.assertTrue(self.probe.wanting)
        self.reactor.pump([0, 0, 0])
        self.assertEqual(texts(self.server.frames()), ["a", "b"])
        self.assertEqual(lines.asked, 3)
        lines.come("ü".encode())
        self.reactor.advance(0)
        lines.come(None)
        self.assertFalse(self.probe.wanting)
        self.echo(b"a", b"b")
        self.assertEqual(texts(self.server.frames()), ["ü"])
        self.echo("ü".encode())
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertTrue(self.probe.statistics.exact)
        self.assertIsNone(self.probe.problem)

    def test_nothing(self) -> None:
        """
        Where there is no line at all, that is a problem.
        """
        self.end(self.begin(Lines(None), interval=0.0))
        self.assertEqual(self.probe.problem, "there was nothing to send")

    def test_answered(self) -> None:
        """
        Where all came back already, the end of the input is the end.
        """
        lines = Lines(b"a")
        outcome = self.begin(lines, interval=0.0)
        self.echo(b"a")
        self.reactor.advance(0)
        lines.come(None)
        self.end(outcome)

    def test_interval(self) -> None:
        """
        With an interval no line is asked for before it is over.
        """
        lines = Lines(b"a", b"b", b"c")
        outcome = self.begin(lines, interval=1.0)
        self.reactor.advance(0.9)
        self.assertEqual(lines.asked, 1)
        self.reactor.advance(0.1)
        self.assertEqual(lines.asked, 2)
        self.cut(outcome)

    def test_count(self) -> None:
        """
        A count ends it as well, and what comes behind it is left unread.
        """
        lines = Lines(b"a", b"b")
        outcome = self.begin(lines, interval=0.0, count=1)
        self.reactor.advance(0)
        self.echo(b"a")
        self.end(outcome)
        self.assertEqual(lines.asked, 1)

    def test_badLine(self) -> None:
        """
        A line that cannot be sent is a problem, and an orderly end: what was sent
        before it may still come back.
        """
        lines = Lines(b"a", ValueError("line 2 is bad"), b"c")
        outcome = self.begin(lines, interval=0.0, grace=1.0)
        self.reactor.pump([0, 0, 0])
        self.assertEqual(self.probe.problem, "line 2 is bad")
        self.assertEqual(texts(self.server.frames()), ["a"])
        self.echo(b"a")
        self.assertFalse(self.end(outcome).byPeer)
        self.assertEqual(self.events.lost, [])

    def test_stop(self) -> None:
        """
        Nobody waits for a line once it is to end.
        """
        lines = Lines()
        outcome = self.begin(lines, interval=0.0)
        self.assertIsNotNone(lines.waiting)
        self.probe.stop()
        self.assertIsNone(lines.waiting)
        self.end(outcome)
        self.assertIsNone(self.probe.problem)

    def test_stopUnderPressure(self) -> None:
        """
        To stop is possible also while the last line waits for room.
        """
        outcome = self.begin(Lines(b"a"), interval=0.0, grace=1.0)
        self.server.transport.producer.pauseProducing()
        self.cut(outcome)
        self.server, self.connection = self.open()
        self.server.transport.producer.pauseProducing()
        outcome = self.begin(Lines(b"a"), interval=0.0, grace=1.0)
        self.probe.stop()
        self.assertNoResult(outcome)
        self.server.transport.producer.resumeProducing()
        self.echo(b"a")
        self.end(outcome)

    def test_cut(self) -> None:
        """
        An end while one waits for a line leaves that line to the next connection.
        """
        lines = Lines()
        outcome = self.begin(lines, interval=0.0)
        ended = self.cut(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (True, False))
        self.assertIsNone(lines.waiting)
        outcome = self.again()
        lines.come(b"a")
        self.assertEqual(texts(self.server.frames()), ["a"])
        self.cut(outcome)

    def test_closing(self) -> None:
        """
        A line that comes while the server closes is the first one of the next
        connection.
        """
        lines = Lines()
        outcome = self.begin(lines, interval=0.0)
        self.server.say(serverClose(1001))
        lines.come(b"a")
        self.server.hangUp()
        self.assertEqual(self.successResultOf(outcome).unanswered, 0)
        self.assertEqual(texts(self.server.frames()), [])
        outcome = self.again()
        self.reactor.advance(0)
        self.assertEqual(texts(self.server.frames()), ["a"])
        lines.come(b"b")
        self.assertEqual(texts(self.server.frames()), ["b"])
        self.cut(outcome)

    def test_due(self) -> None:
        """
        With an interval, a line that was awaited is due when it comes, and the next
        one an interval later.
        """
        lines = Lines()
        outcome = self.begin(lines, interval=1.0)
        self.reactor.advance(2.5)
        lines.come(b"a")
        self.echo(b"a")
        self.assertEqual(self.events.echoes[0].response, 0)
        self.reactor.advance(0.9)
        self.assertEqual(lines.asked, 1)
        self.reactor.advance(0.1)
        self.assertEqual(lines.asked, 2)
        lines.come(b"b")
        self.echo(b"b")
        self.reactor.advance(0.5)
        self.probe.stop()
        self.end(outcome)
        self.assertEqual(self.probe.throughput.throughput().notSent, 0)

    def test_noneDue(self) -> None:
        """
        While a line is awaited, no message is due. It is the same when there are no
        more lines, or none that can be sent.
        """
        for line in (None, ValueError("line 2 is bad")):
            for early in (False, True):
                self.server, self.connection = self.open()
                lines = Lines(b"a", line) if early else Lines(b"a")
                outcome = self.begin(lines, interval=1.0, timeout=9.0)
                self.reactor.pump([1.0, 2.5])
                if not early:
                    lines.come(line)
                self.cut(outcome)
                self.reactor.advance(3)
                self.probe.stop()
                load = self.probe.throughput.throughput()
                self.assertEqual((load.sent, load.notSent), (1, 0))

    def test_endBetween(self) -> None:
        """
        Where the input ended over the last connection, the next is closed at once.
        """
        lines = Lines(b"a", None)
        outcome = self.begin(lines, interval=0.0)
        self.reactor.advance(0)
        self.cut(outcome)
        self.end(self.again())
        self.assertEqual(lines.asked, 2)
