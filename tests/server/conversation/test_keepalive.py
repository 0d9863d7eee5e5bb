"""
Tests of L{echo.server.conversation.keepalive}.
"""

from twisted.internet.error import ConnectionAborted
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.readgate import HoldReason
from echo.server.metrics.counters import PingHistogram
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import BINARY, PING, PONG, TEXT, frame
from tests.kit.transports import FULL_BUFFER


class BackPressureTests(SynchronousTestCase):
    """
    Peers that send and do not read.
    """

    def stuck(self, *arguments: str) -> tuple[EchoFixture, Peer]:
        """
        @return: A peer that has sent a lot and takes nothing.
        """
        fixture = EchoFixture(self, *arguments)
        peer = fixture.connect()
        peer.transport.stuck = True
        peer.transport.arrive(frame(BINARY, bytes(40000)) * 4)
        peer.transport.read()
        return fixture, peer

    def test_reads_no_more(self) -> None:
        """
        Once the peer takes nothing, nothing is taken from it.
        """
        _, peer = self.stuck()
        self.assertGreater(len(peer.transport.dataBuffer), FULL_BUFFER)
        self.assertLess(len(peer.transport.dataBuffer), 2 * FULL_BUFFER)
        before = len(peer.transport.dataBuffer)
        peer.transport.read()
        self.assertEqual(len(peer.transport.dataBuffer), before)

    def test_readsOn(self) -> None:
        """
        When it takes its bytes, the rest is read and answered.
        """
        fixture, peer = self.stuck()
        peer.transport.stuck = False
        peer.transport.take()
        fixture.advance(0.1)
        self.assertEqual(peer.messages(), [bytes(40000)] * 4)

    def test_dropped(self) -> None:
        """
        A peer that takes nothing for the time-out is dropped, soon after it and
        not before; pings, which it could not answer, do not end it earlier.
        """
        fixture, peer = self.stuck("--stall-timeout=60s")
        fixture.advance(59)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(10)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn('1006 "took nothing of what was sent to it"', fixture.lines[-1])

    def test_notPinged(self) -> None:
        """
        Nor is anything added to what it does not take.
        """
        fixture, peer = self.stuck("--ping-interval=1s", "--stall-timeout=0")
        before = len(peer.transport.dataBuffer)
        fixture.advance(60)
        self.assertEqual(len(peer.transport.dataBuffer), before)

    def test_slow(self) -> None:
        """
        A peer that takes a little now and then is slow, not stuck.
        """
        fixture, peer = self.stuck("--stall-timeout=60s")
        for _ in range(20):
            fixture.advance(55)
            peer.transport.take(100)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(70)
        self.assertIsNotNone(peer.transport.lost)

    def test_alwaysAsMuch(self) -> None:
        """
        Nor is one that always has the same amount before it, but not the same
        bytes.
        """
        fixture = EchoFixture(self, "--stall-timeout=60s")
        peer = fixture.connect()
        peer.transport.stuck = True
        for _ in range(20):
            peer.send(frame(BINARY, bytes(70000)))
            fixture.advance(3.7)
            peer.transport.take()
        self.assertIsNone(peer.transport.lost)

    def test_recovered(self) -> None:
        """
        A peer that was stuck once is not held to account for it later.
        """
        fixture, peer = self.stuck("--stall-timeout=60s", "--ping-interval=0")
        peer.transport.stuck = False
        peer.transport.take()
        fixture.advance(600)
        self.assertIsNone(peer.transport.lost)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])

    def test_noTimeout(self) -> None:
        """
        A time-out of 0 is none.
        """
        fixture, peer = self.stuck("--stall-timeout=0")
        fixture.advance(3600)
        self.assertIsNone(peer.transport.lost)


class HoldTests(SynchronousTestCase):
    """
    Who reads is not the only one to say when.
    """

    def setUp(self) -> None:
        """
        Open a conversation.
        """
        self.fixture = EchoFixture(self, "--ping-interval=1s", "--ping-timeout=4s")
        self.peer = self.fixture.connect()
        (self.conversation,) = self.fixture.factory.conversations

    def assertReads(self, reads: bool) -> None:
        """
        Assert that something is read now, or that it is not.
        """
        before = self.conversation.frameReader.heard()
        self.peer.send(frame(PONG))
        self.fixture.advance(0)
        self.assertEqual(self.conversation.frameReader.heard() > before, reads)

    def test_hold(self) -> None:
        """
        Nothing is read until it is released; what has arrived is read then.
        """
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.assertReads(False)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.fixture.advance(0)
        self.assertEqual(self.conversation.frameReader.heard(), 6)
        self.assertReads(True)

    def test_twice(self) -> None:
        """
        Each who holds must release.
        """
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.conversation.readGate.hold(HoldReason.THROTTLE)
        self.conversation.readGate.release(HoldReason.THROTTLE)
        self.assertReads(False)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.assertReads(True)

    def test_paused(self) -> None:
        """
        Nor is anything read before the peer takes what waits for it.
        """
        self.peer.transport.stuck = True
        self.conversation.transport.write(bytes(FULL_BUFFER + 1))
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.assertReads(False)
        self.peer.transport.take()
        self.assertReads(True)

    def test_resumed(self) -> None:
        """
        And when it takes that, a hold is still a hold.
        """
        self.peer.transport.stuck = True
        self.conversation.transport.write(bytes(FULL_BUFFER + 1))
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.peer.transport.take()
        self.assertFalse(self.conversation.readGate.isHeldBy(HoldReason.BACKPRESSURE))
        self.assertReads(False)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.assertReads(True)

    def test_notPinged(self) -> None:
        """
        Who is held is not asked whether he is there: his answer would not be read.
        """
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.fixture.advance(60)
        self.assertEqual(self.peer.frames(), [])
        self.assertIsNone(self.peer.transport.lost)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.fixture.advance(1.1)
        self.assertEqual([ping.opcode for ping in self.peer.frames()], [PING])

    def test_heldAfterThePing(self) -> None:
        """
        Nor is he dropped if he was asked before; once released, he is asked again.
        """
        self.fixture.advance(1.1)
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.fixture.advance(10)
        self.assertIsNone(self.peer.transport.lost)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.fixture.advance(6)
        self.assertIs(self.peer.transport.lost, ConnectionAborted)


class RoundTripTests(SynchronousTestCase):
    """
    How long pings take is counted.
    """

    def trips(self, *pongs: tuple[float, bytes]) -> PingHistogram:
        """
        @param pongs: When, in seconds after the ping, the peer sends which pong.

        @return: What was counted.
        """
        fixture = EchoFixture(self, "--ping-interval=1s", "--ping-timeout=9s")
        peer = fixture.connect()
        fixture.reactor.advance(1)
        self.assertEqual([bytes(ping.data) for ping in peer.frames()], [b"echo"])
        for time, payload in pongs:
            fixture.reactor.rightNow = 1 + time
            peer.send(frame(PONG, payload))
        trips: PingHistogram = fixture.factory.counters.pingRoundTrips
        return trips

    def test_answered(self) -> None:
        """
        From the ping to its pong; a second one of the same answers nothing.
        """
        trips = self.trips((0.25, b"echo"), (0.5, b"echo"))
        self.assertEqual((sum(trips.counts), trips.total), (1, 0.25))

    def test_others(self) -> None:
        """
        A pong that answers nothing, or something else, is not counted; the right
        one is, for all that.
        """
        trips = self.trips((0.25, b"!"), (0.5, b""), (0.75, b"echo"))
        self.assertEqual((sum(trips.counts), trips.total), (1, 0.75))

    def test_clockSetBack(self) -> None:
        """
        Nobody answers before he is asked.
        """
        trips = self.trips((-0.5, b"echo"))
        self.assertEqual((sum(trips.counts), trips.total), (1, 0.0))


class PingTests(SynchronousTestCase):
    """
    Finding out who is still there.
    """

    def test_answered(self) -> None:
        """
        A peer that answers is asked again after each interval, and kept.
        """
        fixture = EchoFixture(self, "--ping-interval=20s", "--ping-timeout=5s")
        peer = fixture.connect()
        for _ in range(5):
            fixture.advance(19.9)
            self.assertEqual(peer.frames(), [])
            fixture.advance(0.2)
            (ping,) = peer.frames()
            self.assertEqual(ping.opcode, PING)
            peer.send(frame(PONG, bytes(ping.data)))
        self.assertIsNone(peer.transport.lost)

    def test_silent(self) -> None:
        """
        A peer that is silent is dropped when the time-out is over.
        """
        fixture = EchoFixture(self, "--ping-interval=250ms", "--ping-timeout=500ms")
        peer = fixture.connect()
        fixture.advance(0.7)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn('1006 "did not answer a ping"', fixture.lines[-1])

    def test_busy(self) -> None:
        """
        A peer that sends anything at all is there, if it is in the middle of a
        long message too and has no room for a pong.
        """
        fixture = EchoFixture(self, "--ping-interval=2s", "--ping-timeout=2s")
        peer = fixture.connect()
        peer.send(frame(BINARY, bytes(1000))[:100])
        for _ in range(20):
            fixture.advance(1.5)
            peer.send(b"\0")
        self.assertIsNone(peer.transport.lost)
        fixture.advance(8)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_stuckAfterThePing(self) -> None:
        """
        A peer that cannot answer, because nothing is read from it, is not silent.
        """
        fixture = EchoFixture(self, "--ping-interval=1s", "--ping-timeout=10s")
        peer = fixture.connect()
        fixture.advance(1.1)
        self.assertEqual([ping.opcode for ping in peer.frames()], [PING])
        fixture.advance(1)
        (conversation,) = fixture.factory.conversations
        peer.transport.stuck = True
        conversation.transport.write(bytes(70000))
        fixture.advance(15)
        self.assertIsNone(peer.transport.lost)

    def test_neverAsked(self) -> None:
        """
        A peer is given the time-out from its ping on, not from one that was left
        out because it was stuck.
        """
        fixture = EchoFixture(self, "--ping-interval=1s", "--ping-timeout=10s")
        peer = fixture.connect()
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(40000)) * 2)
        fixture.advance(1.5)
        peer.transport.stuck = False
        peer.transport.take()
        fixture.advance(10)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(1)
        self.assertIsNotNone(peer.transport.lost)

    def test_interval(self) -> None:
        """
        The interval is one of silence: whatever arrives, the ping comes an interval
        after the last byte. That goes for messages that are only echoed, for those
        that Autobahn sees, for pongs without a ping, and for parts of a frame.
        """
        message = frame(TEXT, b"Hello")
        for target in "/socket", "/socket?repeat=2":
            for data in message, frame(PONG, b"!"), message[:3]:
                fixture = EchoFixture(self, "--ping-interval=20s")
                peer = fixture.connect(target)
                fixture.advance(13)
                peer.send(data)
                peer.frames()
                fixture.advance(19.9)
                self.assertEqual(peer.frames(), [])
                fixture.advance(0.2)
                self.assertEqual([ping.opcode for ping in peer.frames()], [PING])

    def test_neverPinged(self) -> None:
        """
        A busy peer is not pinged, however long it is busy.
        """
        fixture = EchoFixture(self, "--ping-interval=2s", "--ping-timeout=1s")
        peer = fixture.connect()
        for _ in range(100):
            fixture.advance(0.7)
            peer.sendText("Hello")
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT] * 100)

    def test_messageAfterThePing(self) -> None:
        """
        A peer that answers a ping with a message is there, too: the next ping comes
        an interval after that message.
        """
        fixture = EchoFixture(self, "--ping-interval=20s", "--ping-timeout=5s")
        peer = fixture.connect()
        fixture.advance(22)
        peer.sendText("Hello")
        self.assertEqual([each.opcode for each in peer.frames()], [PING, TEXT])
        fixture.advance(19.9)
        self.assertEqual(peer.frames(), [])
        fixture.advance(0.2)
        self.assertEqual([ping.opcode for ping in peer.frames()], [PING])
        fixture.advance(5)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_messageBeforeTheTimeout(self) -> None:
        """
        So it is where the interval is shorter than the time-out.
        """
        fixture = EchoFixture(self, "--ping-interval=1s", "--ping-timeout=5s")
        peer = fixture.connect()
        fixture.advance(1.05)
        peer.sendText("Hello")
        self.assertEqual([each.opcode for each in peer.frames()], [PING, TEXT])
        fixture.advance(1.1)
        self.assertEqual([ping.opcode for ping in peer.frames()], [PING])
        fixture.advance(4.8)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.3)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_clockSetBack(self) -> None:
        """
        A clock that is set back puts no ping off for longer than an interval.
        """
        fixture = EchoFixture(self, "--ping-interval=20s")
        peer = fixture.connect()
        fixture.advance(19)
        peer.send(frame(PONG))
        (conversation,) = fixture.factory.conversations
        conversation.frameReader.heardAt += 3600
        fixture.advance(21.1)
        self.assertEqual([ping.opcode for ping in peer.frames()], [PING])

    def test_noTimeout(self) -> None:
        """
        With a time-out of 0 peers are pinged (that keeps proxies from cutting the
        connection) and never dropped.
        """
        fixture = EchoFixture(self, "--ping-interval=20s", "--ping-timeout=0")
        peer = fixture.connect()
        fixture.advance(101)
        self.assertEqual([ping.opcode for ping in peer.frames()], [PING] * 5)
        self.assertIsNone(peer.transport.lost)

    def test_off(self) -> None:
        """
        With an interval of 0 nobody is pinged.
        """
        fixture = EchoFixture(self, "--ping-interval=0")
        peer = fixture.connect()
        fixture.advance(3600)
        self.assertEqual(peer.frames(), [])
        self.assertIsNone(peer.transport.lost)
