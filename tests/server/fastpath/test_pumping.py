"""
Tests of L{echo.server.fastpath.pumping}: conversations over real sockets, and a reactor
in memory that watches them and whose time the test moves.
"""

import errno
import socket
from time import monotonic
from typing import Any

from twisted.internet.main import CONNECTION_LOST
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.readgate import HoldReason
from echo.server.fastpath.pumping import BACKS, Pumping, makePumping
from echo.server.metrics.counters import Counters, Traffic
from tests.kit.frames import BINARY, CLOSE, PING, TEXT, frame
from tests.kit.pumping import PumpingTestCase, echoes

try:
    from echo.wire import pump
except ImportError as error:
    skip = str(error)


class PumpingTests(PumpingTestCase):
    """
    Start and end of pumping.
    """

    def test_pumpedFromFirstMessage(self) -> None:
        """
        The reactor watches the pump, and none of its connections.
        """
        peers = [self.dial(), self.dial()]
        self.assertNotIn(self.pumping, self.reactor.getReaders())
        for peer in peers * 2:
            self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertEqual(self.reactor.getReaders(), [self.pumping])
        self.assertEqual(self.pumping.logPrefix(), "Pumping")

    def test_notWithBehaviour(self) -> None:
        peer = self.dial("/socket?repeat=2")
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1", b"1"))

    def test_pumpedAfterSlice(self) -> None:
        peer = self.dial()
        self.fixture.factory.fairness.left = 0.0
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_notPumpedInsideMessage(self) -> None:
        peer = self.dial()
        self.fixture.factory.fairness.left = 0.0
        self.say(peer, frame(TEXT, b"1", fin=False))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.say(peer, frame(0, b"2")), echoes(b"12"))

    def test_pingStopsPumping(self) -> None:
        """
        The next message starts it again. Nothing is lost.
        """
        peer = self.connect()
        self.assertEqual(
            self.say(peer, frame(TEXT, b"1") + frame(PING, b"2")),
            echoes(b"1") + b"\x8a\x012",
        )
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(
            self.say(peer, frame(PING, b"3") + frame(TEXT, b"4")),
            b"\x8a\x013" + echoes(b"4"),
        )
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.conversation().frameReader.heard(), 7 * 5)

    def test_busyPeerIsNotPinged(self) -> None:
        peer = self.connect()
        for _ in range(9):
            self.fixture.advance(15)
            self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
            self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.fixture.advance(40.1)
        self.assertEqual(peer.recv(99), b"\x89\x04echo")
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.fixture.advance(19)
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.fixture.advance(41)
        self.assertIn('1006 "did not answer a ping"', self.fixture.lines[-1])

    def test_silenceCountsFromPumpsRead(self) -> None:
        before = monotonic()
        peer = self.connect()
        self.assertEqual(self.conversation().frameReader.fastPath.codec.heardAt, 0.0)
        self.say(peer, frame(TEXT, b"1"))
        heardAt = self.conversation().frameReader.fastPath.codec.heardAt
        self.assertLessEqual(before, heardAt)
        self.assertLessEqual(heardAt, monotonic())
        self.fixture.advance(9)
        self.assertLess(self.conversation().frameReader.silence(), monotonic() - before)

    def test_manyHandedBack(self) -> None:
        peers = [self.connect() for _ in range(BACKS + 1)]
        for peer in peers:
            peer.sendall(frame(PING, b"1"))
        self.turn()
        self.assertEqual([peer.recv(99) for peer in peers], [b"\x8a\x011"] * len(peers))

    def test_invalidTextCloses1007(self) -> None:
        peer = self.connect()
        self.assertEqual(self.say(peer, frame(TEXT, b"12345")[:-1]), b"")
        self.assertIn(b"\x03\xef", self.say(peer, b"\xff")[:4])

    def test_messageLimit(self) -> None:
        limit = self.fixture.factory.limits.maxMessage
        peer = self.connect()
        announced = b"\x82\xff" + (limit + 1).to_bytes(8, "big") + bytes(4)
        self.assertIn(b"\x03\xf1", self.say(peer, announced)[:4])
        peer.close()
        self.turn()
        self.assertIn(": 1009", self.fixture.lines[-1])

    def test_messagesAreCounted(self) -> None:
        peer = self.connect()
        self.say(peer, frame(TEXT, b"12") + frame(BINARY, b"345"))
        self.assertEqual(
            [(each.messages, each.octets) for each in self.traffic()],
            [(2, 3), (1, 3), (2, 3), (1, 3)],
        )
        self.say(peer, frame(CLOSE))
        self.assertIn(
            "received 3 messages 6 bytes, sent 3 messages 6 bytes",
            self.fixture.lines[-1],
        )

    def traffic(self) -> tuple[Traffic, ...]:
        """
        @return: What the metrics know.
        """
        counters: Counters = self.fixture.factory.counters
        return counters.traffic

    def test_ownPingStopsPumping(self) -> None:
        peer = self.connect()
        self.reactor.advance(self.fixture.factory.limits.pingInterval)
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.say(peer, b""), b"\x89\x04echo")
        self.say(peer, frame(10, b"echo"))
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_messagesAnswerPings(self) -> None:
        limits = self.fixture.factory.limits
        peer = self.connect()
        self.reactor.advance(limits.pingInterval)
        self.assertEqual(self.say(peer, frame(TEXT, b"1"))[6:], echoes(b"1"))
        self.assertEqual(self.say(peer, frame(TEXT, b"2")), echoes(b"2"))
        self.reactor.advance(limits.pingTimeout)
        self.assertEqual(self.say(peer, frame(TEXT, b"3")), echoes(b"3"))

    def test_stalledPeerIsDropped(self) -> None:
        peer = self.connect()
        message, sent = frame(BINARY, bytes(60000)), 0
        with self.assertRaises(BlockingIOError):
            while True:
                sent += peer.send(message[sent % len(message) :])
                self.turn()
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.BACKPRESSURE))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        got = 0
        while got < sent // len(message) * 60004:
            got += len(self.say(peer, b""))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.BACKPRESSURE))
        with self.assertRaises(BlockingIOError):
            while True:
                sent += peer.send(message[sent % len(message) :])
                self.turn()
        self.reactor.pump([1] * 90)
        self.turn()
        self.assertIn("read nothing for 60 s", self.fixture.lines[-1])

    def test_endOfConnection(self) -> None:
        peer = self.connect()
        peer.sendall(frame(TEXT, b"1"))
        peer.shutdown(socket.SHUT_WR)
        self.turn()
        self.assertEqual(peer.recv(99), echoes(b"1"))
        self.assertIn("no close frame before the end", self.fixture.lines[-1])
        self.assertIn("received 2 messages 2 bytes", self.fixture.lines[-1])
        self.assertNotIn(self.pumping, self.reactor.getReaders())

    def test_resetOfConnection(self) -> None:
        peer = self.connect()
        self.conversation().sendMessage(b"Hello")
        self.say(peer, frame(TEXT, b"1"))
        peer.send(frame(TEXT, b"2"))
        peer.close()
        self.turn()
        self.assertIn("1006", self.fixture.lines[-1])
        self.assertEqual(self.fixture.factory.conversations, set())

    def test_readErrorOfPump(self) -> None:
        self.connect()
        conversation = self.conversation()
        codec = conversation.frameReader.fastPath.codec
        backs = iter([pump.Returned(codec, b"", b"", errno.ECONNRESET), None])
        self.patch(self.pumping._pump, "run", lambda _: next(backs))
        self.pumping._pump.remove(codec)
        self.pumping.doRead()
        self.assertEqual(self.fixture.factory.conversations, set())

    def test_closingHandshake(self) -> None:
        peer = self.connect()
        answer = self.say(peer, frame(TEXT, b"1") + frame(CLOSE, b"\x03\xe8"))
        self.assertEqual(answer, echoes(b"1") + b"\x88\x02\x03\xe8")
        self.assertEqual(peer.recv(1), b"")

    def test_drainStopsPumping(self) -> None:
        peer = self.connect()
        peer.sendall(frame(TEXT, b"1"))
        self.fixture.service.stopService()
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.say(peer, b""), echoes(b"1"))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.reactor.advance(0.01)
        self.assertEqual(self.say(peer, b"")[:4], b"\x88\x16\x03\xe9")

    def test_abortStopsPumping(self) -> None:
        self.connect()
        conversation = self.conversation()
        conversation.abortTransport("enough")
        self.assertFalse(conversation.readGate.isHeldBy(HoldReason.PUMP))

    def test_connectionLost(self) -> None:
        self.connect()
        conversation = self.conversation()
        conversation.transport.connectionLost(Failure(CONNECTION_LOST))
        self.assertFalse(conversation.readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.reactor.getReaders(), [])

    def test_reactorStops(self) -> None:
        self.connect()
        self.connect()
        self.pumping.connectionLost(Failure(CONNECTION_LOST))
        self.assertEqual(self.fixture.factory.conversations, set())

    def test_epollRefuses(self) -> None:
        self.patch(self.pumping, "_pump", pump.Pump())
        self.patch(self.pumping._pump, "add", self.refuse)
        peer = self.connect()
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_exceptionEndsOneConversation(self) -> None:
        peer, other = self.connect(), self.connect()
        for conversation in self.fixture.factory.conversations:
            conversation.dataReceived = self.fail
        peer.sendall(frame(PING))
        self.turn()
        self.assertEqual(len(self.flushLoggedErrors(self.failureException)), 1)
        self.assertEqual(len(self.fixture.factory.conversations), 1)
        self.assertEqual(self.say(other, frame(TEXT, b"1")), echoes(b"1"))

    def refuse(self, codec: Any, number: int) -> None:
        """
        Take nothing on.

        @raise OSError: Always.
        """
        raise OSError(errno.ENOSPC, "no room")


class MakeTests(SynchronousTestCase):
    """
    Where there is a pump.
    """

    def test_switchedOff(self) -> None:
        reactor = MemoryReactorClock()
        on = makePumping(reactor, pump.Pump, {})
        self.assertIsInstance(on, Pumping)
        off = makePumping(reactor, pump.Pump, {"ECHO_USE_PUMP": "0"})
        self.assertIsNone(off)

    def test_noPump(self) -> None:
        reactor = MemoryReactorClock()
        self.assertIsNone(makePumping(reactor, None, {}))

        def fail() -> pump.Pump:
            raise OSError(errno.EMFILE, "too many open files")

        self.assertIsNone(makePumping(reactor, fail, {}))

    def test_reactorWithoutDescriptors(self) -> None:
        self.assertIsNone(makePumping(object(), pump.Pump, {}))
