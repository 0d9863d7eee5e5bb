"""
Tests of L{echo.server.conversation.readgate}.
"""

from functools import partial

from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IPushProducer
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from echo.server.conversation.readgate import HoldReason, ReadGate
from tests.kit.daemon import EchoFixture
from tests.kit.frames import PING, PONG, frame
from tests.kit.transports import FULL_BUFFER


class GateTests(SynchronousTestCase):
    """
    The gate by itself.
    """

    def setUp(self) -> None:
        self.calls: list[str] = []

        @implementer(IPushProducer)
        class Transport:
            stopProducing = partial(self.calls.append, "stop")
            pauseProducing = partial(self.calls.append, "pause")
            resumeProducing = partial(self.calls.append, "resume")

        self.gate = ReadGate(Transport())

    def test_resumedAfterLastReason(self) -> None:
        self.gate.hold(HoldReason.FAIRNESS)
        self.gate.hold(HoldReason.BACKPRESSURE)
        self.gate.release(HoldReason.FAIRNESS)
        self.assertNotIn("resume", self.calls)
        self.gate.release(HoldReason.BACKPRESSURE)
        self.assertEqual(self.calls[-1], "resume")

    def test_forgottenReason(self) -> None:
        """
        The transport is gone, and is not resumed.
        """
        self.gate.hold(HoldReason.PUMP)
        self.gate.forget(HoldReason.PUMP)
        self.assertEqual((self.gate.reasons, self.calls), (0, ["pause"]))

    def test_pumpHears(self) -> None:
        """
        A pong is heard while a pump reads, and not while anything else holds the gate.
        """
        self.gate.hold(HoldReason.PUMP)
        self.assertFalse(self.gate.isDeaf)
        self.gate.hold(HoldReason.THROTTLE)
        self.assertTrue(self.gate.isDeaf)


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
