"""
Tests of L{echo.server.conversation.keepalive}.
"""

from twisted.internet.error import ConnectionAborted
from twisted.trial.unittest import SynchronousTestCase

from echo.server.metrics.counters import PingHistogram
from tests.kit.daemon import EchoFixture
from tests.kit.frames import BINARY, PING, PONG, TEXT, frame


class RoundTripTests(SynchronousTestCase):
    """
    The histogram of pings.
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

    def test_roundTripIsCounted(self) -> None:
        """
        A second pong of the same ping is not.
        """
        trips = self.trips((0.25, b"echo"), (0.5, b"echo"))
        self.assertEqual((sum(trips.counts), trips.total), (1, 0.25))

    def test_otherPongsAreNotCounted(self) -> None:
        trips = self.trips((0.25, b"!"), (0.5, b""), (0.75, b"echo"))
        self.assertEqual((sum(trips.counts), trips.total), (1, 0.75))

    def test_noNegativeRoundTrip(self) -> None:
        trips = self.trips((-0.5, b"echo"))
        self.assertEqual((sum(trips.counts), trips.total), (1, 0.0))


class PingTests(SynchronousTestCase):
    """
    C{--ping-interval} and C{--ping-timeout}.
    """

    def test_answeringPeerIsKept(self) -> None:
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

    def test_silentPeerIsDropped(self) -> None:
        fixture = EchoFixture(self, "--ping-interval=250ms", "--ping-timeout=500ms")
        peer = fixture.connect()
        fixture.advance(0.7)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn('1006 "did not answer a ping"', fixture.lines[-1])

    def test_anyByteCounts(self) -> None:
        fixture = EchoFixture(self, "--ping-interval=2s", "--ping-timeout=2s")
        peer = fixture.connect()
        peer.send(frame(BINARY, bytes(1000))[:100])
        for _ in range(20):
            fixture.advance(1.5)
            peer.send(b"\0")
        self.assertIsNone(peer.transport.lost)
        fixture.advance(8)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_pausedPeerIsNotSilent(self) -> None:
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

    def test_timeoutCountsFromOwnPing(self) -> None:
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

    def test_intervalOfSilence(self) -> None:
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

    def test_busyPeerIsNotPinged(self) -> None:
        fixture = EchoFixture(self, "--ping-interval=2s", "--ping-timeout=1s")
        peer = fixture.connect()
        for _ in range(100):
            fixture.advance(0.7)
            peer.sendText("Hello")
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT] * 100)

    def test_messageAnswersPing(self) -> None:
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

    def test_messageAnswersPingBeforeTimeout(self) -> None:
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
        fixture = EchoFixture(self, "--ping-interval=20s")
        peer = fixture.connect()
        fixture.advance(19)
        peer.send(frame(PONG))
        (conversation,) = fixture.factory.conversations
        conversation.frameReader.heardAt += 3600
        fixture.advance(21.1)
        self.assertEqual([ping.opcode for ping in peer.frames()], [PING])

    def test_timeoutZeroKeepsPinging(self) -> None:
        fixture = EchoFixture(self, "--ping-interval=20s", "--ping-timeout=0")
        peer = fixture.connect()
        fixture.advance(101)
        self.assertEqual([ping.opcode for ping in peer.frames()], [PING] * 5)
        self.assertIsNone(peer.transport.lost)

    def test_intervalZeroIsOff(self) -> None:
        fixture = EchoFixture(self, "--ping-interval=0")
        peer = fixture.connect()
        fixture.advance(3600)
        self.assertEqual(peer.frames(), [])
        self.assertIsNone(peer.transport.lost)
