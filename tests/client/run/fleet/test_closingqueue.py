"""
Tests for L{echo.client.run.fleet.closingqueue}: the end of a fleet.
"""

from echo.client.run.fleet.closingqueue import MOST_CLOSING
from tests.client.run.fleet.fleetcase import FleetTestCase
from tests.kit.client import texts
from tests.kit.frames import CLOSE, TEXT, serverClose, serverFrame


class StoppingTests(FleetTestCase):
    """
    An end before all is done.
    """

    def test_connectionsCloseWhenAnsweredOrAfterGrace(self) -> None:
        """
        Nothing more is opened or sent.
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

    def test_attemptsAreCancelled(self) -> None:
        """
        They do not count as failures.
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

    def test_endsAtOnceWithoutConnections(self) -> None:
        self.accepts = False
        run = self.begin(2, ramp=1)
        self.servers[0].hangUp()
        self.assertNoResult(run)
        self.fleet.stop()
        self.successResultOf(run)

    def test_noConnectionIsOpenedAfterStop(self) -> None:
        run = self.begin(3, ramp=1, grace=5.0)
        self.fleet.stop()
        self.reactor.pump([1, 1])
        self.assertEqual(len(self.servers), 1)
        self.end(run)

    def test_messagesDueBeforeStopAreSent(self) -> None:
        run = self.begin(rate=10)
        self.reactor.rightNow += 0.5
        self.fleet.stop()
        self.assertEqual(self.fleet.statistics.sent, 6)
        self.assertEqual(self.fleet.throughput.notSent, 0)
        self.end(run)

    def test_stoppedRunIsComplete(self) -> None:
        run = self.begin(2, count=3)
        self.fleet.stop()
        self.end(run)
        self.assertTrue(self.fleet.complete)

    def test_runThatServerEndedIsIncomplete(self) -> None:
        """
        One connection suffices.
        """
        run = self.begin(2)
        self.servers[0].say(serverClose(1000))
        self.servers[0].hangUp()
        self.fleet.stop()
        self.end(run)
        self.assertFalse(self.fleet.complete)

    def test_numberOfClosingConnectionsIsBounded(self) -> None:
        """
        Connections that are closed already get no close frame.
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

    def test_echoOnAnyConnectionExtendsGrace(self) -> None:
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

    def test_closingConnectionIsNotClosedAgain(self) -> None:
        run = self.begin(count=1)
        self.tick()
        self.servers[0].say(serverFrame(TEXT, b"Hello 1"))
        self.fleet.stop()
        closes = [each for each in self.servers[0].frames() if each[0] == CLOSE]
        self.assertEqual(len(closes), 1)
        self.end(run)

    def test_resumedConnectionSendsNothingAfterStop(self) -> None:
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
