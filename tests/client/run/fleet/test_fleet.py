"""
Tests for L{echo.client.run.fleet.fleet} and L{echo.client.run.fleet.fleetconnection}.
"""

from itertools import pairwise
from typing import Any

from twisted.internet.defer import Deferred, fail

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import CannotConnect
from echo.client.measure.events import Progress
from echo.client.measure.matching import Anomaly
from echo.client.run.fleet.closingqueue import MOST_CLOSING, TICK
from echo.client.run.fleet.fleet import Fleet
from echo.client.traffic.payloads import Payloads
from echo.client.traffic.plan import Load, Plan
from tests.client.run.events import EventLog, bug
from tests.kit.client import ClientTestCase, Server, texts
from tests.kit.frames import BINARY, CLOSE, TEXT, serverClose, serverFrame


class FleetTestCase(ClientTestCase):
    """
    Has a fleet, and the servers' side of all that it dials.

    @ivar servers: They, in the order of the dials.

    @ivar accepts: Whether they accept at once.
    """

    def setUp(self) -> None:
        """
        Make the watcher.
        """
        super().setUp()
        self.events = EventLog()
        self.servers: list[Server] = []
        self.attempts: list[Deferred[Connection]] = []
        self.accepts = True
        self.greeting = b""

    def _dial(self) -> Deferred[Connection]:
        server, attempt = self.dial(clock=self._now)
        self.servers.append(server)
        self.attempts.append(attempt)
        if self.accepts:
            server.accept(then=self.greeting)
        return attempt

    def _now(self) -> int:
        return round(self.reactor.seconds() * 1e9)

    def begin(
        self,
        connections: int = 1,
        ramp: float = 1e6,
        rate: float | None = None,
        **plan: Any,
    ) -> Deferred[None]:
        """
        Start a fleet; as a rule all of it is there after a tick.
        """
        load = Load(connections, ramp, rate, Plan(**plan))
        self.fleet = Fleet(self.reactor, self._dial, load, self.events, self._now)
        return self.fleet.run()

    def tick(self, count: int = 1) -> None:
        """
        Let the fleet have its turn.
        """
        self.reactor.pump([TICK] * count)

    def echo(self) -> None:
        """
        Send back all text that came, and answer whoever closes.
        """
        for server in self.servers:
            if server.transport.connected:
                for opcode, payload in server.frames():
                    if opcode == TEXT:
                        server.say(serverFrame(TEXT, payload))
                    else:
                        server.say(serverFrame(opcode, payload))
                        server.hangUp()

    def received(self) -> list[list[str]]:
        """
        @return: The texts that each of the servers got since the last call.
        """
        return [texts(server.frames()) for server in self.servers]

    def end(self, run: Deferred[None]) -> None:
        """
        Lose every connection: the run is over.
        """
        for server in self.servers:
            server.hangUp()
        self.successResultOf(run)


class OpeningTests(FleetTestCase):
    """
    How the connections come to be.
    """

    def test_ramp(self) -> None:
        """
        Connections are begun evenly, whether or not the earlier ones are open, and
        a late reactor catches up.
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

    def test_opened(self) -> None:
        """
        What came of it is counted: those that opened, and how long that took.
        """
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

    def test_timers(self) -> None:
        """
        Once all connections were begun, no timer opens any: what is left are those
        of time-outs, of reports and of the next message.
        """
        run = self.begin(2, interval=100.0)
        self.tick()
        self.assertEqual(len(self.reactor.getDelayedCalls()), 3)
        self.end(run)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_incomplete(self) -> None:
        """
        A run with a connection that could not be opened did not send all messages.
        """
        self.accepts = False
        run = self.begin(count=1)
        self.servers[0].say(b"HTTP/1.1 503 Not Now\r\nContent-Length: 0\r\n\r\n")
        self.successResultOf(run)
        self.assertFalse(self.fleet.complete)

    def test_failures(self) -> None:
        """
        Failures are counted by reason; when all have failed, all is over.
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

    def test_refused(self) -> None:
        """
        One that nobody answers is a failure that the others have no part in.
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

    def test_wrongDial(self) -> None:
        """
        A mistake in what dials is not swallowed, and ends all.
        """
        self._dial = lambda: connect(self.reactor, "nonsense")  # type: ignore[method-assign]  # nothing that could be dialled
        run = self.begin(3, ramp=1)
        self.failureResultOf(run, ValueError)
        self.fleet.stop()


class SendingTests(FleetTestCase):
    """
    What is sent when, and over which connection.
    """

    def test_rate(self) -> None:
        """
        With a rate, so many messages go out in a second, over all connections in
        turn; the first at once.
        """
        run = self.begin(4, rate=25, timeout=100.0)
        self.tick()
        self.assertEqual(sum(map(len, self.received())), 1)
        self.tick(127)
        self.assertEqual(self.fleet.statistics.sent, 26)
        counts = [len(each) for each in self.received()]
        self.assertEqual(sum(counts), 25)
        self.assertLessEqual(max(counts) - min(counts), 1)
        self.end(run)

    def test_lateReactor(self) -> None:
        """
        A reactor that was late makes up for it: the total is that of the time.
        """
        run = self.begin(2, rate=100, timeout=100.0)
        self.tick()
        self.reactor.advance(2.0 - TICK)
        self.assertEqual(self.fleet.statistics.sent, 201)
        self.end(run)

    def test_overload(self) -> None:
        """
        A batch at most is sent in one turn of the reactor: echoes are read in
        between.
        """
        run = self.begin(2, rate=1e6, timeout=100.0)
        sent = []

        def turn() -> None:
            sent.append(self.fleet.statistics.sent)
            if len(sent) < 4:
                self.reactor.callLater(0, turn)

        self.tick()
        before = self.fleet.statistics.sent
        self.reactor.rightNow += 0.001
        turn()
        self.reactor.advance(0)
        self.assertEqual([each - before for each in sent], [0, 32, 64, 96])
        self.end(run)

    def test_due(self) -> None:
        """
        Each message is sent when it is due, and not in batches.
        """
        run = self.begin(4, rate=1000, timeout=100.0)
        self.tick()
        self.received()
        at = self.reactor.seconds()
        times: list[int] = []
        while len(times) < 8:
            self.reactor.advance(0.0001)
            came = sum(map(len, self.received()))
            times += [round((self.reactor.seconds() - at) * 1e4)] * came
        gaps = {later - earlier for earlier, later in pairwise(times)}
        self.assertEqual(gaps, {10})
        self.end(run)

    def test_interval(self) -> None:
        """
        Without a rate, each connection sends as soon as it is open, and then once
        an interval, the one not when the other does.
        """
        run = self.begin(4, interval=2.0, timeout=100.0)
        self.tick()
        self.assertEqual(self.received(), [["Hello 1"]] * 4)
        for _ in range(4):
            self.tick(64)
            self.assertEqual(sum(map(len, self.received())), 1)
        self.assertEqual(self.fleet.statistics.sent, 8)
        self.end(run)

    def test_newcomer(self) -> None:
        """
        Who has just opened does not wait for the turn of all the others.
        """
        run = self.begin(3, ramp=1, interval=1000.0, timeout=100.0)
        for number in range(1, 4):
            self.tick()
            self.assertEqual(self.fleet.statistics.sent, number)
            self.reactor.advance(1 - TICK)
        self.end(run)

    def test_pressure(self) -> None:
        """
        A connection whose transport has enough is left out until it takes more.
        """
        run = self.begin(2, rate=128, timeout=100.0)
        self.tick()
        stuck = self.servers[0].transport.producer
        self.received()
        stuck.pauseProducing()
        self.tick(20)
        self.assertEqual(list(map(len, self.received())), [1, 19])
        stuck.resumeProducing()
        self.tick(20)
        self.assertEqual(list(map(len, self.received())), [10, 10])
        self.end(run)

    def test_allStuck(self) -> None:
        """
        Messages that are due while no connection has room are sent as soon as one
        has, and their response times count from when they were due.
        """
        run = self.begin(2, rate=128, timeout=100.0)
        self.tick()
        sent = self.fleet.statistics.sent
        for server in self.servers:
            server.transport.producer.pauseProducing()
        self.tick(100)
        self.assertEqual(self.fleet.statistics.sent, sent + 2)
        for server in self.servers:
            server.transport.producer.resumeProducing()
        self.tick(10)
        self.assertEqual(self.fleet.statistics.sent, sent + 110)
        self.echo()
        statistics = self.fleet.statistics
        self.assertEqual(statistics.responses.count, sent + 110)
        self.assertGreater(statistics.responses.percentile(50), 350_000_000)
        self.assertLess(statistics.roundTrips.percentile(50), 100_000_000)
        self.end(run)
        load = self.fleet.throughput.throughput()
        self.assertEqual((load.notSent, load.isFull), (0, True))
        self.assertEqual(round(load.reached), 128)

    def test_notSent(self) -> None:
        """
        Messages that are due and were not sent when the run ends are counted, those
        that nobody could send included.
        """
        for rate, interval in [(128.0, 1.0), (None, 2 / 128)]:
            run = self.begin(2, rate=rate, interval=interval, timeout=100.0)
            self.tick()
            for server in self.servers[-2:]:
                server.transport.producer.pauseProducing()
            self.tick(99)
            self.fleet.stop()
            load = self.fleet.throughput.throughput()
            self.assertEqual(load.sent + load.notSent, load.due)
            self.assertIn(load.due, range(98, 103))
            self.assertLess(load.sent, 8)
            self.assertFalse(load.isFull)
            self.tick(200)
            self.assertEqual(self.fleet.throughput.notSent, load.notSent)
            self.end(run)
            self.assertEqual(self.fleet.throughput.throughput(), load)

    def test_roomAgain(self) -> None:
        """
        A connection that has room again sends what is due at once, also where the
        others have nothing to send for long.
        """
        run = self.begin(2, interval=10.0, timeout=100.0)
        self.tick()
        stuck = self.servers[0].transport.producer
        stuck.pauseProducing()
        self.reactor.pump([1.0] * 31)
        self.received()
        stuck.resumeProducing()
        self.tick()
        self.assertEqual(list(map(len, self.received())), [2, 0])
        self.end(run)

    def test_cutOff(self) -> None:
        """
        A connection that is cut leaves the messages behind that were due by then,
        and none is due on it any more.
        """
        run = self.begin(2, interval=1.0, timeout=100.0)
        self.tick()
        self.servers[0].transport.producer.pauseProducing()
        self.reactor.advance(4.25)
        for server, left in [(self.servers[0], 3), (self.servers[1], 3)]:
            server.hangUp()
            self.reactor.advance(2)
            self.assertEqual(self.fleet.throughput.notSent, left)
        self.successResultOf(run)

    def test_fewerThanDue(self) -> None:
        """
        A count bounds what is due, too; nothing is due between two connections.
        """
        for rate, interval in [(1000.0, 1.0), (None, 0.001)]:
            run = self.begin(2, ramp=1.0, rate=rate, interval=interval, count=3)
            for _ in range(2 * 128):
                self.tick()
                self.echo()
            self.successResultOf(run)
            load = self.fleet.throughput.throughput()
            self.assertEqual((load.sent, load.notSent), (6, 0))
        for rate in (100.0, None):
            run = self.begin(1, rate=rate, interval=0.01, count=3)
            self.servers[-1].transport.producer.pauseProducing()
            self.tick(100)
            self.fleet.stop()
            self.end(run)
            self.assertEqual(self.fleet.throughput.throughput().due, 3)

    def test_unlimited(self) -> None:
        """
        Without an interval, connections send as long as they have room, and no
        message has a due time.
        """
        run = self.begin(2, interval=0.0, timeout=100.0, count=50)
        self.tick()
        self.assertEqual(sum(map(len, self.received())), 100)
        self.assertIsNone(self.fleet.throughput.throughput().asked)
        self.end(run)
        self.assertEqual(self.fleet.statistics.responses.count, 0)

    def test_burstStuck(self) -> None:
        """
        A burst ends where every connection has enough.
        """
        run = self.begin(1, rate=1000, timeout=100.0)
        self.tick()
        sent = self.fleet.statistics.sent
        self.servers[0].transport.producer.pauseProducing()
        self.tick()
        self.assertEqual(self.fleet.statistics.sent, sent + 1)
        self.end(run)

    def test_stuckAtTheEnd(self) -> None:
        """
        One that takes more only when all is sent, or that is gone by then, has no
        more turns.
        """
        run = self.begin(3, count=2, interval=0.1)
        self.tick()
        producers = [server.transport.producer for server in self.servers]
        for producer in producers[:2]:
            producer.pauseProducing()
        self.reactor.advance(0.1)
        self.servers[1].hangUp()
        producers[0].resumeProducing()
        self.tick(20)
        self.assertEqual(self.fleet.statistics.sent, 6)
        self.end(run)

    def test_count(self) -> None:
        """
        Who has sent all and has got all back closes, and that is the end.
        """
        run = self.begin(3, count=2, interval=0.125)
        for _ in range(20):
            self.tick()
            self.echo()
        self.successResultOf(run)
        statistics = self.fleet.statistics
        self.assertEqual((statistics.sent, statistics.received), (6, 6))
        self.assertEqual(statistics.roundTrips.count, 6)
        self.assertTrue(statistics.exact)
        self.assertEqual(self.fleet.connections.closes, {})
        self.assertTrue(self.fleet.complete)

    def test_lastRound(self) -> None:
        """
        The interval of a connection stays what it is when others are done before.
        """
        run = self.begin(4, count=2, interval=1.0)
        times = []
        for _ in range(128 + 1):
            self.tick()
            times += [self.reactor.seconds()] * sum(map(len, self.received()))
        self.assertEqual(len(times), 8)
        self.assertEqual([b - a for a, b in pairwise(times[4:])], [0.25] * 3)
        self.end(run)

    def test_restUnused(self) -> None:
        """
        With a rate, no message is due while nobody has one to send. It is due when
        the next connection opens.
        """
        run = self.begin(2, ramp=1, rate=10, count=1, timeout=100.0)
        self.reactor.advance(1)
        self.servers[1].say(serverFrame(TEXT, b"Hello 1"))
        responses = self.fleet.statistics.responses
        self.assertEqual((responses.count, responses.maximum), (1, 0))
        self.end(run)

    def test_manyAreDone(self) -> None:
        """
        With a rate, it is for those who have something to send.
        """
        run = self.begin(4, rate=128.0)
        self.tick(4)
        for server in self.servers[1:]:
            server.hangUp()
        self.tick(4)
        self.received()
        self.tick(4)
        self.assertEqual(list(map(len, self.received())), [4, 0, 0, 0])
        self.end(run)

    def test_binary(self) -> None:
        """
        Binary messages are sent and matched as such.
        """
        run = self.begin(payloads=Payloads(b"\xff", isBinary=True))
        self.tick()
        self.assertEqual(self.servers[0].frames(), [(BINARY, b"\xff")])
        self.servers[0].say(serverFrame(BINARY, b"\xff"))
        self.assertEqual(self.fleet.statistics.received, 1)
        self.assertTrue(self.fleet.statistics.exact)
        self.end(run)

    def test_warmup(self) -> None:
        """
        The first messages of each connection are left out of the times.
        """
        run = self.begin(2, count=3, interval=0.125, warmup=2)
        for _ in range(40):
            self.tick()
            self.echo()
        self.successResultOf(run)
        self.assertEqual(self.fleet.statistics.received, 6)
        self.assertEqual(self.fleet.statistics.roundTrips.count, 2)


class ArrivalTests(FleetTestCase):
    """
    What comes, and what does not.
    """

    def test_roundTrip(self) -> None:
        """
        A round trip is from when a message went out to when its echo came in.
        """
        run = self.begin()
        self.reactor.advance(0.25)
        self.servers[0].say(serverFrame(TEXT, b"Hello 1"))
        self.assertEqual(self.fleet.statistics.roundTrips.maximum, 250_000_000)
        self.end(run)

    def test_greeting(self) -> None:
        """
        What a server says first is discarded on each connection; of what it says
        unasked after that, there is an account.
        """
        self.greeting = serverFrame(TEXT, b"Welcome") + serverFrame(TEXT, b"Any news?")
        run = self.begin(2, greeting=1)
        counts = self.fleet.statistics.anomalies[Anomaly.UNEXPECTED]
        self.tick()
        self.assertEqual(counts.count, 2)
        self.echo()
        self.assertEqual(self.fleet.statistics.received, 2)
        self.end(run)

    def test_noGreeting(self) -> None:
        """
        Where no greeting comes, an echo counts as one, and the greeting is missing.
        """
        run = self.begin(2, greeting=1)
        self.tick()
        self.servers[0].say(serverFrame(TEXT, b"Hello 1"))
        self.assertEqual(self.fleet.statistics.received, 1)
        self.assertEqual(self.fleet.statistics.ungreeted, 1)
        self.fleet.stop()
        self.reactor.pump([0.1] * 100)
        self.end(run)
        self.assertEqual(self.fleet.statistics.ungreeted, 2)

    def test_flood(self) -> None:
        """
        However much is there at once, it is taken.
        """
        self.greeting = serverFrame(TEXT, b"x") * 5000
        run = self.begin(greeting=5000)
        self.tick()
        self.echo()
        self.assertTrue(self.fleet.statistics.exact)
        self.assertEqual(self.fleet.statistics.received, 1)
        self.end(run)

    def test_backlog(self) -> None:
        """
        A connection may have waited for the fleet: with thousands of messages, and
        with its end.
        """
        held: Deferred[Connection] = Deferred()
        dial = self._dial
        self._dial = lambda: held  # type: ignore[method-assign]  # it is late
        run = self.begin(greeting=2000)
        connection = self.successResultOf(dial())
        self.servers[0].say(serverFrame(TEXT, b"x") * 2001, serverClose(1001))
        self.servers[0].hangUp()
        held.callback(connection)
        self.successResultOf(run)
        counts = self.fleet.statistics.anomalies[Anomaly.UNEXPECTED]
        self.assertEqual(counts.count, 1)
        self.assertEqual(self.fleet.connections.closes, {1001: 1})

    def test_matching(self) -> None:
        """
        Each connection has its own messages: the echo of another's is none.
        """
        run = self.begin(2, interval=0.5)
        self.tick(2)
        self.assertEqual(self.received(), [["Hello 1"]] * 2)
        for server in self.servers:
            server.say(serverFrame(TEXT, b"Hello 1"), serverFrame(TEXT, b"Hello 1"))
        # Messages of several connections have no number in common.
        twice = self.fleet.statistics.anomalies[Anomaly.TWICE]
        self.assertEqual((twice.count, twice.seqs), (2, []))
        self.end(run)

    def test_timeout(self) -> None:
        """
        What does not come in time is lost; a connection that waited for nothing
        else closes.
        """
        run = self.begin(2, count=1, timeout=3.0)
        self.tick()
        self.received()
        self.reactor.pump([1.0, 1.9])
        self.assertEqual(self.fleet.statistics.lost.count, 0)
        self.reactor.advance(0.4)
        self.assertEqual(self.fleet.statistics.lost.count, 2)
        self.echo()
        self.successResultOf(run)
        self.assertEqual(self.fleet.connections.closes, {})

    def test_exactTimeout(self) -> None:
        """
        What comes after its time is late, even if nobody has looked at the clock.
        """
        run = self.begin(2, interval=100.0, timeout=3.0)
        self.tick()
        self.reactor.advance(2.98)
        self.servers[0].say(serverFrame(TEXT, b"Hello 1"))
        self.reactor.rightNow += 0.03
        self.servers[1].say(serverFrame(TEXT, b"Hello 1"))
        statistics = self.fleet.statistics
        self.assertEqual((statistics.received, statistics.lost.count), (1, 1))
        self.assertEqual(statistics.anomalies[Anomaly.LATE].count, 1)
        self.end(run)

    def test_cut(self) -> None:
        """
        Connections that others end are counted by close code, those who break the
        protocol as failures; none is opened again, and what was on its way is lost.
        """
        run = self.begin(3, count=2)
        self.tick()
        one, two, three = self.servers
        one.say(serverClose(4001, "off"))
        one.hangUp()
        two.hangUp()
        three.say(serverFrame(TEXT, b"\xff"))
        three.hangUp()
        self.successResultOf(run)
        connections = self.fleet.connections
        self.assertEqual(connections.closes, {4001: 1, 1006: 1})
        bad = "protocol error: encountered invalid UTF-8 while processing text message"
        self.assertEqual((connections.failures, connections.broken), ({bad: 1}, 1))
        self.assertEqual(connections.reasons[4001, "off"], 1)
        self.assertEqual(self.fleet.statistics.lost.count, 3)
        self.assertEqual(len(self.servers), 3)
        self.assertFalse(self.fleet.complete)
        # A peer that broke the protocol is not taken for one that closed.
        self.assertEqual(self.fleet.cutOff, 2)

    def test_overtaken(self) -> None:
        """
        A close cuts off no message that the echo of a later one overtook.
        """
        run = self.begin(interval=1.0)
        self.tick()
        self.reactor.pump([1, 1])
        self.assertEqual(self.fleet.statistics.sent, 3)
        self.servers[0].say(serverFrame(TEXT, b"Hello 2"), serverClose(1000))
        self.servers[0].hangUp()
        self.successResultOf(run)
        self.assertEqual(self.fleet.statistics.lost.count, 2)
        self.assertEqual(self.fleet.cutOff, 1)

    def test_nothingSent(self) -> None:
        """
        A connection that has sent nothing yet loses nothing, however long it waits for
        its turn and however it ends.
        """
        run = self.begin(2, rate=0.1, timeout=1.0)
        self.reactor.pump([0.25] * 8)
        self.assertEqual(self.fleet.statistics.lost.count, 1)
        self.end(run)
        self.assertEqual(self.fleet.statistics.lost.count, 1)
        self.assertEqual((self.fleet.cutOff, self.fleet.complete), (0, False))

    def test_lastEcho(self) -> None:
        """
        A server that closes before the last echo has closed first: that close is not
        ours.
        """
        run = self.begin(count=1)
        self.servers[0].say(serverClose(4001))
        self.servers[0].hangUp()
        self.successResultOf(run)
        self.assertEqual(self.fleet.connections.closes, {4001: 1})
        self.assertEqual((self.fleet.cutOff, self.fleet.complete), (1, False))

    def test_sendingToTheClosed(self) -> None:
        """
        What is due while the peer closes is not sent, and not lost either.
        """
        run = self.begin(rate=100)
        self.tick()
        self.servers[0].say(serverClose(1001))
        self.tick(2)
        self.servers[0].hangUp()
        self.successResultOf(run)
        statistics = self.fleet.statistics
        self.assertEqual((statistics.sent, statistics.lost.count), (1, 1))
        self.assertEqual(self.fleet.cutOff, 1)


class ProgressTests(FleetTestCase):
    """
    What is told on the way.
    """

    def test_reports(self) -> None:
        """
        Once a second, how it goes.
        """
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

    def test_bugInReport(self) -> None:
        """
        A bug in the report of an event ends the run.
        """
        self.events.reactions[Progress] = bug
        run = self.begin(1)
        self.reactor.advance(1)
        self.failureResultOf(run, RuntimeError)
        self.servers[0].hangUp()


class FailingPayloads(Payloads):
    """
    A mistake in the client: there is one payload, and others cannot be judged.
    """

    def payload(self, seq: int, connection: int = 1) -> bytes:
        """
        @return: The first one.
        """
        if seq > 1:
            raise RuntimeError("a bug")
        return b"Hello"

    def isForeign(self, payload: bytes, connection: int) -> bool:
        """
        Fail.
        """
        raise RuntimeError("a bug")


class MistakeTests(FleetTestCase):
    """
    A mistake in the client ends the run as such. It does not pass for a fault of the
    server, and the run does not go on without its messages.
    """

    def test_sending(self) -> None:
        """
        A message cannot be made.
        """
        run = self.begin(payloads=FailingPayloads(), interval=1.0)
        self.assertNoResult(run)
        self.reactor.advance(1.0)
        self.failureResultOf(run, RuntimeError)
        self.servers[0].hangUp()

    def test_receiving(self) -> None:
        """
        A message that came cannot be judged.
        """
        run = self.begin(payloads=FailingPayloads(), interval=1.0)
        self.servers[0].say(serverFrame(TEXT, b"?"))
        self.failureResultOf(run, RuntimeError)
        self.servers[0].hangUp()


class StoppingTests(FleetTestCase):
    """
    An end before all is done.
    """

    def test_stop(self) -> None:
        """
        Nothing more is opened or sent; who waits for nothing closes at once, who
        waits gets a moment, and closes as soon as all is there.
        """
        run = self.begin(3, ramp=100.0, interval=100.0, grace=1.0)
        self.tick(2)
        self.reactor.advance(0.1)
        one, two, three = self.servers
        self.received()
        one.say(serverFrame(TEXT, b"Hello 1"))
        self.fleet.stop()
        self.fleet.stop()
        self.tick(2)
        self.assertEqual([len(each.frames()) for each in self.servers], [1, 0, 0])
        two.say(serverFrame(TEXT, b"Hello 1"))
        self.tick()
        self.assertEqual(two.frames(), [(CLOSE, b"\x03\xe8")])
        self.assertEqual(three.frames(), [])
        self.reactor.advance(1)
        self.assertEqual(three.frames(), [(CLOSE, b"\x03\xe8")])
        self.assertNoResult(run)
        for server in self.servers:
            server.say(serverClose(1000))
        self.end(run)
        self.assertEqual(self.fleet.connections.closes, {})
        self.assertTrue(self.fleet.complete)
        statistics = self.fleet.statistics
        self.assertEqual((statistics.sent, statistics.lost.count), (3, 1))

    def test_cancel(self) -> None:
        """
        What is being opened is given up, and is no failure; nothing else is begun.
        """
        self.accepts = False
        run = self.begin(5, ramp=1)
        self.reactor.advance(1)
        self.fleet.stop()
        self.successResultOf(run)
        self.reactor.advance(5)
        self.assertEqual(len(self.servers), 2)
        self.assertEqual(self.fleet.connections.failures, {})
        self.fleet.stop()

    def test_connectionThatEndsWhileItWaitsIsNotClosed(self) -> None:
        run = self.begin(2, interval=100.0, grace=1.0)
        self.tick()
        one, two = self.servers
        self.received()
        self.fleet.stop()
        one.hangUp()
        self.reactor.advance(1)
        self.assertEqual(one.frames(), [])
        self.assertEqual(two.frames(), [(CLOSE, b"\x03\xe8")])
        self.assertNoResult(run)
        self.end(run)

    def test_betweenAttempts(self) -> None:
        """
        Where nothing is open and nothing is being opened, it is over at once.
        """
        self.accepts = False
        run = self.begin(2, ramp=1)
        self.servers[0].hangUp()
        self.assertNoResult(run)
        self.fleet.stop()
        self.successResultOf(run)

    def test_noMore(self) -> None:
        """
        No connection is opened while others wait for their echoes.
        """
        run = self.begin(3, ramp=1, grace=5.0)
        self.fleet.stop()
        self.reactor.pump([1, 1])
        self.assertEqual(len(self.servers), 1)
        self.end(run)

    def test_dueByNow(self) -> None:
        """
        Messages that are due by then are sent, where the reactor was late.
        """
        run = self.begin(rate=10)
        self.reactor.rightNow += 0.5
        self.fleet.stop()
        self.assertEqual(self.fleet.statistics.sent, 6)
        self.assertEqual(self.fleet.throughput.notSent, 0)
        self.end(run)

    def test_early(self) -> None:
        """
        A run that we stop before all was sent is complete.
        """
        run = self.begin(2, count=3)
        self.fleet.stop()
        self.end(run)
        self.assertTrue(self.fleet.complete)

    def test_cutShort(self) -> None:
        """
        A run that a server ended before, on one connection at least, is not
        complete.
        """
        run = self.begin(2)
        self.servers[0].say(serverClose(1000))
        self.servers[0].hangUp()
        self.fleet.stop()
        self.end(run)
        self.assertFalse(self.fleet.complete)

    def test_batches(self) -> None:
        """
        Only so many goodbyes wait for their answers at once; who is gone by then
        gets none.
        """
        run = self.begin(2 * MOST_CLOSING, interval=100.0)
        self.tick()
        self.echo()
        self.fleet.stop()
        self.tick()
        told = [server for server in self.servers if server.transport.value()]
        self.assertEqual(len(told), MOST_CLOSING)
        left = [server for server in self.servers if server not in told]
        for server in [told[0], *left[1:]]:
            server.hangUp()
        self.tick()
        told = [server for server in self.servers if server.transport.value()]
        self.assertEqual(len(told), MOST_CLOSING + 1)
        self.echo()
        self.tick()
        self.echo()
        self.successResultOf(run)
        self.assertEqual(self.fleet.connections.closes, {1006: MOST_CLOSING - 1})

    def test_graceGoesOn(self) -> None:
        """
        As long as echoes keep coming on any connection, it waits on for all; when
        none came for the time that there is, it closes.
        """
        run = self.begin(2, rate=100.0, grace=1.0, timeout=100.0)
        self.tick(10)
        self.fleet.stop()
        first = self.servers[0]
        messages = texts(first.frames())[:3]
        self.servers[1].frames()
        for message in messages:
            self.tick(120)
            first.say(serverFrame(TEXT, message.encode()))
        self.tick(120)
        self.assertFalse(any(server.frames() for server in self.servers))
        self.tick(10)
        for server in self.servers:
            self.assertEqual([opcode for opcode, _ in server.frames()], [CLOSE])
        self.end(run)
        self.assertEqual(self.fleet.statistics.received, 3)

    def test_done(self) -> None:
        """
        Who is closing by then is not told twice.
        """
        run = self.begin(count=1)
        self.tick()
        self.servers[0].say(serverFrame(TEXT, b"Hello 1"))
        self.fleet.stop()
        closes = [each for each in self.servers[0].frames() if each[0] == CLOSE]
        self.assertEqual(len(closes), 1)
        self.end(run)

    def test_stuck(self) -> None:
        """
        A connection that takes more after the end has no turn any more.
        """
        for seconds in (0.5, 2.0):
            run = self.begin(rate=100, grace=1.0)
            producer = self.servers[-1].transport.producer
            producer.pauseProducing()
            self.tick(2)
            self.assertEqual(self.fleet.statistics.sent, 2)
            self.fleet.stop()
            self.reactor.advance(seconds)
            sent = self.fleet.statistics.sent
            timers = len(self.reactor.getDelayedCalls())
            producer.resumeProducing()
            self.assertEqual(len(self.reactor.getDelayedCalls()), timers)
            self.tick(5)
            self.assertEqual(self.fleet.statistics.sent, sent)
            self.end(run)
