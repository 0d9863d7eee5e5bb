"""
Tests of L{echo.server.conversation.fairness}.
"""

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from echo.server.conversation.readgate import HoldReason
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import CLOSE, TEXT, frame
from tests.kit.handshake import upgradeRequest


class FairnessTests(SynchronousTestCase):
    """
    Time slices of the reactor.
    """

    def setUp(self) -> None:
        """
        Have time pass with the answers, and at no other time.
        """
        now = [0.0]

        class Slow(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                now[0] += 0.001
                return payload

        self.fixture = EchoFixture(self, protocol=Slow)
        self.fixture.factory.fairness.seconds = lambda: now[0]
        self.fixture.factory.fairness.slice = self.fixture.factory.fairness.left = (
            0.0049
        )

    def flood(self, count: int = 12) -> Peer:
        """
        @return: A peer that has sent C{count} messages at once.
        """
        peer = self.fixture.connect()
        for number in range(count):
            peer.transport.arrive(frame(TEXT, b"%d" % number))
        peer.transport.read()
        return peer

    def conversation(self) -> Any:
        """
        @return: The one that is open.
        """
        (conversation,) = self.fixture.factory.conversations
        return conversation

    def test_sliceEnds(self) -> None:
        """
        The rest waits, and nothing more is read.
        """
        peer = self.flood()
        self.assertEqual(peer.messages(), ["0", "1", "2", "3", "4"])
        peer.transport.arrive(frame(TEXT, b"12"))
        peer.transport.read()
        self.fixture.turn()
        self.assertEqual(peer.messages(), ["5", "6", "7", "8", "9"])
        self.assertTrue(self.conversation().readGate.reasons)
        self.fixture.turn()
        self.assertEqual(peer.messages(), ["10", "11"])
        self.assertFalse(self.conversation().readGate.reasons)
        self.fixture.turn()
        self.assertEqual(peer.messages(), ["12"])

    def test_oneNextSlice(self) -> None:
        peer = self.flood(100)
        for _ in range(10):
            turns = [
                call
                for call in self.fixture.reactor.getDelayedCalls()
                if call.getTime() <= self.fixture.reactor.seconds()
            ]
            self.assertEqual(len(turns), 1)
            self.assertEqual(len(peer.messages()), 5)
            self.fixture.turn()

    def test_pauseAfterLongSlice(self) -> None:
        self.flood()
        fairness = self.fixture.factory.fairness
        fairness.longSlice = 0.005
        self.fixture.turn()
        (call,) = [
            call
            for call in self.fixture.reactor.getDelayedCalls()
            if call.getTime() < self.fixture.reactor.seconds() + 0.1
        ]
        self.assertEqual(
            call.getTime(), self.fixture.reactor.seconds() + fairness.pause
        )
        self.fixture.advance(0.1)
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.FAIRNESS))

    def test_HTTPDoesNotWait(self) -> None:
        self.flood()
        answer = self.fixture.dial().send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertIn(b" 200 OK\r\n", answer)
        self.assertIn(b" 101 ", self.fixture.dial().send(upgradeRequest()))

    def test_roundRobin(self) -> None:
        first, second = self.flood(), self.flood()
        self.assertEqual((len(first.messages()), len(second.messages())), (5, 0))
        self.fixture.turn()
        self.assertEqual((len(first.messages()), len(second.messages())), (5, 0))
        self.fixture.turn()
        self.assertEqual((len(first.messages()), len(second.messages())), (0, 5))
        self.fixture.turn()
        self.assertEqual((len(first.messages()), len(second.messages())), (2, 3))
        self.fixture.turn()
        self.assertEqual((len(first.messages()), len(second.messages())), (0, 4))

    def test_sliceIsShared(self) -> None:
        self.assertEqual(len(self.flood(5).messages()), 5)
        late = self.flood(1)
        self.assertEqual(late.messages(), [])
        self.fixture.turn()
        self.assertEqual(late.messages(), ["0"])

    def test_queuedFramesBeforeClose(self) -> None:
        peer = self.flood()
        self.fixture.service.stopService()
        self.assertEqual(len(peer.messages()), 5)
        self.fixture.advance(0.5)
        opcodes = [each.opcode for each in peer.frames()]
        self.assertEqual(opcodes, [TEXT] * 7 + [CLOSE])

    def test_connectionLost(self) -> None:
        peer = self.flood()
        peer.transport.hangUp()
        taken = len(peer.transport.taken)
        self.fixture.advance(0.1)
        self.assertEqual(len(peer.transport.taken), taken)
        self.assertEqual(self.fixture.reactor.getDelayedCalls(), [])
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_queuedOnce(self) -> None:
        peer = self.flood()
        self.conversation().frameReader.processLater()
        self.fixture.turn()
        self.assertEqual(len(peer.messages()), 10)
        self.fixture.turn()
        self.assertEqual(len(peer.messages()), 2)
        self.assertEqual(self.conversation().readGate.reasons, 0)

    def test_exceptionEndsOneConversation(self) -> None:
        bad = self.flood()
        good = self.flood(3)

        def fail() -> bool:
            raise RuntimeError("a mistake")

        first = min(self.fixture.factory.conversations, key=lambda each: each.name)
        first.processData = fail
        self.fixture.turn()
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertEqual(bytes(bad.frames()[-1].data), b"\x03\xf3internal error")
        self.fixture.turn()
        self.assertEqual(len(good.messages()), 3)
        self.flushLoggedErrors(RuntimeError)

    def test_nothingAfterClose(self) -> None:
        peer = self.fixture.connect()
        for data in [*([b"x"] * 7), None, b"late"]:
            peer.transport.arrive(frame(CLOSE) if data is None else frame(TEXT, data))
        peer.transport.read()
        self.fixture.advance(0.1)
        opcodes = [each.opcode for each in peer.frames()]
        self.assertEqual(opcodes, [TEXT] * 7 + [CLOSE])
        self.assertIsNotNone(peer.transport.lost)
