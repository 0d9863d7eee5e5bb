"""
Tests for L{echo.client.run.fleet.fleetconnection}.
"""

from twisted.internet.defer import Deferred

from echo.client.connection import Connection
from echo.client.measure.matching import Anomaly
from echo.client.traffic.payloads import Payloads
from tests.client.run.fleet.fleetcase import FleetTestCase
from tests.kit.frames import TEXT, serverClose, serverFrame


class ArrivalTests(FleetTestCase):
    """
    What comes, and what does not.
    """

    def test_roundTripIsMeasured(self) -> None:
        run = self.begin()
        self.reactor.advance(0.25)
        self.servers[0].say(serverFrame(TEXT, b"Hello 1"))
        self.assertEqual(self.fleet.statistics.roundTrips.maximum, 250_000_000)
        self.end(run)

    def test_greetingIsDiscardedOnEachConnection(self) -> None:
        """
        Later unasked messages are anomalies.
        """
        self.greeting = serverFrame(TEXT, b"Welcome") + serverFrame(TEXT, b"Any news?")
        run = self.begin(2, greeting=1)
        counts = self.fleet.statistics.anomalies[Anomaly.UNEXPECTED]
        self.tick()
        self.assertEqual(counts.count, 2)
        self.echo()
        self.assertEqual(self.fleet.statistics.received, 2)
        self.end(run)

    def test_echoEndsGreeting(self) -> None:
        """
        The echo counts, and the greeting is missing.
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

    def test_manyWaitingMessagesAreReceived(self) -> None:
        self.greeting = serverFrame(TEXT, b"x") * 5000
        run = self.begin(greeting=5000)
        self.tick()
        self.echo()
        self.assertTrue(self.fleet.statistics.exact)
        self.assertEqual(self.fleet.statistics.received, 1)
        self.end(run)

    def test_waitingMessagesAndCloseAreReceived(self) -> None:
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

    def test_echoOfOtherConnectionIsNoEcho(self) -> None:
        run = self.begin(2, interval=0.5)
        self.tick(2)
        self.assertEqual(self.received(), [["Hello 1"]] * 2)
        for server in self.servers:
            server.say(serverFrame(TEXT, b"Hello 1"), serverFrame(TEXT, b"Hello 1"))
        # Messages of several connections have no number in common.
        twice = self.fleet.statistics.anomalies[Anomaly.TWICE]
        self.assertEqual((twice.count, twice.seqs), (2, []))
        self.end(run)

    def test_messageTimesOut(self) -> None:
        """
        A connection that waited only for it closes.
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

    def test_echoAfterTimeoutIsLateBeforeNextLook(self) -> None:
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

    def test_closesAreCountedByCode(self) -> None:
        """
        Protocol errors count as failures. No connection is opened again, and
        outstanding messages are lost.
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

    def test_overtakenMessageIsNotCutOff(self) -> None:
        run = self.begin(interval=1.0)
        self.tick()
        self.reactor.pump([1, 1])
        self.assertEqual(self.fleet.statistics.sent, 3)
        self.servers[0].say(serverFrame(TEXT, b"Hello 2"), serverClose(1000))
        self.servers[0].hangUp()
        self.successResultOf(run)
        self.assertEqual(self.fleet.statistics.lost.count, 2)
        self.assertEqual(self.fleet.cutOff, 1)

    def test_connectionWithoutMessagesLosesNone(self) -> None:
        run = self.begin(2, rate=0.1, timeout=1.0)
        self.reactor.pump([0.25] * 8)
        self.assertEqual(self.fleet.statistics.lost.count, 1)
        self.end(run)
        self.assertEqual(self.fleet.statistics.lost.count, 1)
        self.assertEqual((self.fleet.cutOff, self.fleet.complete), (0, False))

    def test_closeByServerBeforeLastEchoIsTheServers(self) -> None:
        run = self.begin(count=1)
        self.servers[0].say(serverClose(4001))
        self.servers[0].hangUp()
        self.successResultOf(run)
        self.assertEqual(self.fleet.connections.closes, {4001: 1})
        self.assertEqual((self.fleet.cutOff, self.fleet.complete), (1, False))

    def test_nothingIsSentWhileServerCloses(self) -> None:
        """
        Messages that are due then are not lost either.
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

    def test_bugInPayloadEndsRun(self) -> None:
        run = self.begin(payloads=FailingPayloads(), interval=1.0)
        self.assertNoResult(run)
        self.reactor.advance(1.0)
        self.failureResultOf(run, RuntimeError)
        self.servers[0].hangUp()

    def test_bugInMatchingEndsRun(self) -> None:
        run = self.begin(payloads=FailingPayloads(), interval=1.0)
        self.servers[0].say(serverFrame(TEXT, b"?"))
        self.failureResultOf(run, RuntimeError)
        self.servers[0].hangUp()
