"""
Tests for L{echo.client.run.fleet.fleetsendloop}.
"""

from itertools import pairwise

from echo.client.run.fleet.closingqueue import TICK
from echo.client.traffic.payloads import Payloads
from tests.client.run.fleet.fleetcase import FleetTestCase
from tests.kit.client import texts
from tests.kit.frames import BINARY, TEXT, serverFrame


class SendingTests(FleetTestCase):
    """
    When a message is sent, and over which connection.
    """

    def test_rateIsSharedByAllConnections(self) -> None:
        """
        They send in turn, the first message at once.
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

    def test_lateReactorCatchesUp(self) -> None:
        run = self.begin(2, rate=100, timeout=100.0)
        self.tick()
        self.reactor.advance(2.0 - TICK)
        self.assertEqual(self.fleet.statistics.sent, 201)
        self.end(run)

    def test_oneTurnOfReactorSendsOneBatch(self) -> None:
        """
        Echoes are read in between.
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

    def test_eachMessageIsSentWhenDue(self) -> None:
        """
        Messages are not batched.
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

    def test_connectionsSendAtIntervalsInTurn(self) -> None:
        """
        The first message is sent when the connection opens.
        """
        run = self.begin(4, interval=2.0, timeout=100.0)
        self.tick()
        self.assertEqual(self.received(), [["Hello 1"]] * 4)
        for _ in range(4):
            self.tick(64)
            self.assertEqual(sum(map(len, self.received())), 1)
        self.assertEqual(self.fleet.statistics.sent, 8)
        self.end(run)

    def test_newConnectionSendsNext(self) -> None:
        run = self.begin(3, ramp=1, interval=1000.0, timeout=100.0)
        for number in range(1, 4):
            self.tick()
            self.assertEqual(self.fleet.statistics.sent, number)
            self.reactor.advance(1 - TICK)
        self.end(run)

    def test_pausedConnectionIsSkipped(self) -> None:
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

    def test_nothingIsSentAfterLastMessage(self) -> None:
        """
        Also if the transport was full when that was sent.
        """
        for rate, interval in [(128.0, 1.0), (None, 1 / 128), (None, 0.0)]:
            run = self.begin(rate=rate, interval=interval, count=2, timeout=100.0)
            server = self.servers[-1]
            server.transport.producer.pauseProducing()
            self.tick(5)
            server.transport.producer.resumeProducing()
            self.tick()
            server.transport.producer.pauseProducing()
            self.tick(5)
            server.transport.producer.resumeProducing()
            self.tick(5)
            self.assertEqual(texts(server.frames()), ["Hello 1", "Hello 2"])
            self.end(run)

    def test_overdueMessagesAreSentWhenTransportResumes(self) -> None:
        """
        Their response times count from their due times.
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

    def test_unsentDueMessagesAreCountedAtEnd(self) -> None:
        """
        Also those that no connection could send.
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

    def test_resumedConnectionSendsAtOnce(self) -> None:
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

    def test_closedConnectionLeavesItsDueMessages(self) -> None:
        """
        No message is due on it later.
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

    def test_noMoreMessagesAreDueThanPlanned(self) -> None:
        """
        None is due between two connections.
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

    def test_noDueTimesWithoutInterval(self) -> None:
        """
        Connections send while their transports take messages.
        """
        run = self.begin(2, interval=0.0, timeout=100.0, count=50)
        self.tick()
        self.assertEqual(sum(map(len, self.received())), 100)
        self.assertIsNone(self.fleet.throughput.throughput().asked)
        self.end(run)
        self.assertEqual(self.fleet.statistics.responses.count, 0)

    def test_burstEndsWhenAllTransportsArePaused(self) -> None:
        run = self.begin(1, rate=1000, timeout=100.0)
        self.tick()
        sent = self.fleet.statistics.sent
        self.servers[0].transport.producer.pauseProducing()
        self.tick()
        self.assertEqual(self.fleet.statistics.sent, sent + 1)
        self.end(run)

    def test_connectionThatResumesAtEndSendsNoMore(self) -> None:
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

    def test_connectionClosesAfterLastEcho(self) -> None:
        """
        The run ends with the last connection.
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

    def test_intervalStaysWhenOtherConnectionsAreDone(self) -> None:
        run = self.begin(4, count=2, interval=1.0)
        times = []
        for _ in range(128 + 1):
            self.tick()
            times += [self.reactor.seconds()] * sum(map(len, self.received()))
        self.assertEqual(len(times), 8)
        self.assertEqual([b - a for a, b in pairwise(times[4:])], [0.25] * 3)
        self.end(run)

    def test_noMessageIsDueWithoutConnection(self) -> None:
        """
        With a rate. A message is due when the next connection opens.
        """
        run = self.begin(2, ramp=1, rate=10, count=1, timeout=100.0)
        self.reactor.advance(1)
        self.servers[1].say(serverFrame(TEXT, b"Hello 1"))
        responses = self.fleet.statistics.responses
        self.assertEqual((responses.count, responses.maximum), (1, 0))
        self.end(run)

    def test_remainingConnectionsSendWholeRate(self) -> None:
        run = self.begin(4, rate=128.0)
        self.tick(4)
        for server in self.servers[1:]:
            server.hangUp()
        self.tick(4)
        self.received()
        self.tick(4)
        self.assertEqual(list(map(len, self.received())), [4, 0, 0, 0])
        self.end(run)

    def test_binaryMessagesAreMatched(self) -> None:
        run = self.begin(payloads=Payloads(b"\xff", isBinary=True))
        self.tick()
        self.assertEqual(self.servers[0].frames(), [(BINARY, b"\xff")])
        self.servers[0].say(serverFrame(BINARY, b"\xff"))
        self.assertEqual(self.fleet.statistics.received, 1)
        self.assertTrue(self.fleet.statistics.exact)
        self.end(run)

    def test_warmupExcludesFirstMessagesOfEachConnection(self) -> None:
        run = self.begin(2, count=3, interval=0.125, warmup=2)
        for _ in range(40):
            self.tick()
            self.echo()
        self.successResultOf(run)
        self.assertEqual(self.fleet.statistics.received, 6)
        self.assertEqual(self.fleet.statistics.roundTrips.count, 2)
