"""
Tests of L{echo.server.conversation.backpressure} and of
L{echo.server.conversation.readgate}.
"""

from twisted.internet.error import ConnectionAborted
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.readgate import HoldReason
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import BINARY, PING, PONG, frame
from tests.kit.transports import FULL_BUFFER


class BackpressureTests(SynchronousTestCase):
    """
    Peers that do not read.
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

    def test_readsNoMore(self) -> None:
        _, peer = self.stuck()
        self.assertGreater(len(peer.transport.dataBuffer), FULL_BUFFER)
        self.assertLess(len(peer.transport.dataBuffer), 2 * FULL_BUFFER)
        before = len(peer.transport.dataBuffer)
        peer.transport.read()
        self.assertEqual(len(peer.transport.dataBuffer), before)

    def test_readsOnWhenPeerReads(self) -> None:
        fixture, peer = self.stuck()
        peer.transport.stuck = False
        peer.transport.take()
        fixture.advance(0.1)
        self.assertEqual(peer.messages(), [bytes(40000)] * 4)

    def test_droppedAfterTimeout(self) -> None:
        fixture, peer = self.stuck("--stall-timeout=60s")
        fixture.advance(59)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(10)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn('1006 "took nothing of what was sent to it"', fixture.lines[-1])

    def test_noPingWhilePaused(self) -> None:
        fixture, peer = self.stuck("--ping-interval=1s", "--stall-timeout=0")
        before = len(peer.transport.dataBuffer)
        fixture.advance(60)
        self.assertEqual(len(peer.transport.dataBuffer), before)

    def test_slowReaderIsKept(self) -> None:
        fixture, peer = self.stuck("--stall-timeout=60s")
        for _ in range(20):
            fixture.advance(55)
            peer.transport.take(100)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(70)
        self.assertIsNotNone(peer.transport.lost)

    def test_sameAmountOfOtherBytesIsProgress(self) -> None:
        fixture = EchoFixture(self, "--stall-timeout=60s")
        peer = fixture.connect()
        peer.transport.stuck = True
        for _ in range(20):
            peer.send(frame(BINARY, bytes(70000)))
            fixture.advance(3.7)
            peer.transport.take()
        self.assertIsNone(peer.transport.lost)

    def test_earlierStallIsForgotten(self) -> None:
        fixture, peer = self.stuck("--stall-timeout=60s", "--ping-interval=0")
        peer.transport.stuck = False
        peer.transport.take()
        fixture.advance(600)
        self.assertIsNone(peer.transport.lost)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])

    def test_timeoutZeroIsNone(self) -> None:
        fixture, peer = self.stuck("--stall-timeout=0")
        fixture.advance(3600)
        self.assertIsNone(peer.transport.lost)


class ReadGateTests(SynchronousTestCase):
    """
    Reasons not to read.
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

    def test_heldGateReadsNothing(self) -> None:
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.assertReads(False)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.fixture.advance(0)
        self.assertEqual(self.conversation.frameReader.heard(), 6)
        self.assertReads(True)

    def test_eachReasonIsReleased(self) -> None:
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.conversation.readGate.hold(HoldReason.THROTTLE)
        self.conversation.readGate.release(HoldReason.THROTTLE)
        self.assertReads(False)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.assertReads(True)

    def test_releasedWhilePaused(self) -> None:
        self.peer.transport.stuck = True
        self.conversation.transport.write(bytes(FULL_BUFFER + 1))
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.assertReads(False)
        self.peer.transport.take()
        self.assertReads(True)

    def test_heldWhileResumed(self) -> None:
        self.peer.transport.stuck = True
        self.conversation.transport.write(bytes(FULL_BUFFER + 1))
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.peer.transport.take()
        self.assertFalse(self.conversation.readGate.isHeldBy(HoldReason.BACKPRESSURE))
        self.assertReads(False)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.assertReads(True)

    def test_noPingWhileHeld(self) -> None:
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.fixture.advance(60)
        self.assertEqual(self.peer.frames(), [])
        self.assertIsNone(self.peer.transport.lost)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.fixture.advance(1.1)
        self.assertEqual([ping.opcode for ping in self.peer.frames()], [PING])

    def test_noTimeoutWhileHeld(self) -> None:
        self.fixture.advance(1.1)
        self.conversation.readGate.hold(HoldReason.BEHAVIOUR)
        self.fixture.advance(10)
        self.assertIsNone(self.peer.transport.lost)
        self.conversation.readGate.release(HoldReason.BEHAVIOUR)
        self.fixture.advance(6)
        self.assertIs(self.peer.transport.lost, ConnectionAborted)
