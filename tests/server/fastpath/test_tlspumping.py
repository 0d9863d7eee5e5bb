"""
Tests of L{echo.server.fastpath.tlspumping}: conversations inside TLS over real sockets,
and a reactor in memory that watches them and whose time the test moves.
"""

import ssl
import sys
from typing import Any
from unittest.mock import patch

from twisted.internet.main import CONNECTION_LOST
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.readgate import HoldReason
from echo.server.fastpath.fastpath import FastPath
from echo.server.fastpath.tlspumping import TLSPumping, makeTLSPumping
from tests.kit.frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from tests.kit.pumping import TLSPumpingTestCase, echoes


class TwistedTransportTests(TLSPumpingTestCase):
    """
    Twisted's own transport.
    """

    def setUp(self) -> None:
        """
        Start it.
        """
        with patch.dict(sys.modules, {"OpenSSL._util": None}):
            sys.modules.pop("echo.server.tlstransport", None)
            super().setUp()

    def test_usedAndLogged(self) -> None:
        self.assertIs(type(self.site), TLSMemoryBIOFactory)
        (line,) = [each for each in self.fixture.lines if "Twisted" in each]
        self.assertIn("TLS uses Twisted's own transport", line)
        peer = self.connect()
        for _ in range(3):
            self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        long = bytes(40000)
        self.assertTrue(self.say(peer, frame(BINARY, long)).endswith(long))
        self.assertEqual(self.say(peer, frame(CLOSE)), b"\x88\x00")
        self.fixture.advance(5.1)
        self.turn()
        self.assertEqual(self.fixture.factory.conversations, set())


class TLSPumpingTests(TLSPumpingTestCase):
    """
    Start and end of pumping inside TLS.
    """

    def test_pumpedFromFirstMessage(self) -> None:
        peers = [self.connectPumped() for _ in range(20)]
        self.assertTrue(self.reactor.getReaders() == [self.pumping])
        for number, peer in enumerate(peers):
            peer.connection.sendall(peer.record(frame(TEXT, b"%d" % number)))
        self.turn()
        for number, peer in enumerate(peers):
            self.assertEqual(peer.hear(), echoes(b"%d" % number))
        self.assertTrue(self.reactor.getReaders() == [self.pumping])
        self.assertEqual(self.pumping.logPrefix(), "TLSPumping")

    def test_busyPeerIsNotPinged(self) -> None:
        peer = self.connectPumped()
        for _ in range(9):
            self.fixture.advance(15)
            self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
            self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.fixture.advance(19.9)
        self.assertEqual(peer.hear(), b"")
        self.fixture.advance(0.2)
        self.assertEqual(peer.hear(), b"\x89\x04echo")
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_notWithBehaviour(self) -> None:
        peer = self.connect(target="/socket?repeat=2")
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1", b"1"))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_epollRefuses(self) -> None:
        class Full:
            def register(self, number: int, events: int) -> None:
                raise OSError

        self.site.pumping = TLSPumping(self.reactor, Full())
        peer = self.connect()
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_notWithPROXY(self) -> None:
        self.connectPumped()
        conversation = self.conversation()
        conversation.frameReader.stopPumping()
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        wrapper.transport = conversation.transport.transport
        self.patch(conversation.transport, "transport", wrapper)
        self.assertFalse(self.pumping.start(conversation.frameReader.fastPath))

    def test_anySegments(self) -> None:
        peer = self.connectPumped()
        before = self.conversation().frameReader.heard()
        messages = frame(TEXT, b"Hello") + frame(BINARY, bytes(300))
        records = peer.record(messages[:9]) + peer.record(messages[9:])
        for byte in records:
            peer.connection.sendall(bytes([byte]))
            self.turn()
        self.assertEqual(
            peer.hear(), echoes(b"Hello") + b"\x82\x7e\x01\x2c" + bytes(300)
        )
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(
            self.conversation().frameReader.heard() - before, len(messages)
        )

    def test_pingStopsPumping(self) -> None:
        """
        The next message starts it again. Nothing is lost.
        """
        peer = self.connectPumped()
        said = [frame(TEXT, b"1"), frame(PING, b"2") + frame(TEXT, b"3")]
        heard = self.say(peer, *said, frame(TEXT, b"4"), frame(PING))
        pong = bytes([0x80 | PONG, 1]) + b"2"
        self.assertEqual(
            heard, echoes(b"1") + pong + echoes(b"3", b"4") + bytes([0x80 | PONG, 0])
        )
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.say(peer, frame(TEXT, b"5"))
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_messageInRequestsRead(self) -> None:
        peer = self.connect(frame(TEXT, b"1", fin=False))
        self.assertEqual(self.first, b"")
        self.assertEqual(
            self.say(peer, frame(0, b"2"), frame(TEXT, b"3")), echoes(b"12", b"3")
        )

    def test_ownPingStopsPumping(self) -> None:
        peer = self.connectPumped()
        self.reactor.advance(20)
        self.assertEqual(peer.hear(), bytes([0x80 | PING, 4]) + b"echo")
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertNotIn(self.pumping, self.reactor.getReaders())

    def test_slowPeerStopsPumping(self) -> None:
        peer = self.connectPumped()
        message = frame(BINARY, bytes(10**6))
        for start in range(0, len(message), 10000):
            self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
            peer.connection.sendall(peer.record(message[start : start + 10000]))
            self.turn()
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.BACKPRESSURE))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.reactor.getReaders(), [])
        taken = 0
        while taken < 10**6 + 10:
            taken += len(peer.hear())
            self.turn()
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_closingHandshake(self) -> None:
        peer = self.connectPumped()
        heard = self.say(peer, frame(TEXT, b"1"), frame(CLOSE, b"\x03\xe8"))
        self.assertEqual(heard, echoes(b"1") + b"\x88\x02\x03\xe8")
        peer.connection.close()
        self.turn()
        self.assertIn('1000 "" by the peer', self.fixture.lines[-1])

    def test_peerHangsUp(self) -> None:
        peer = self.connectPumped()
        peer.connection.close()
        self.turn()
        self.assertIn(": 1006 ", self.fixture.lines[-1])
        self.assertEqual(self.reactor.getReaders(), [])

    def test_damagedRecord(self) -> None:
        peer = self.connectPumped()
        good, damaged = peer.record(frame(TEXT, b"1")), bytearray(peer.record(b"2"))
        damaged[-1] ^= 1
        peer.connection.sendall(good + damaged)
        self.turn()
        error = self.assertRaises(ssl.SSLError, peer.hear)
        self.assertEqual(error.reason, "SSLV3_ALERT_BAD_RECORD_MAC")
        self.assertIn("received 2 messages", self.fixture.lines[-1])

    def test_readErrors(self) -> None:
        peer = self.connectPumped()
        conversation = self.conversation()
        bottom = conversation.transport.transport
        real = bottom.socket

        class Broken:
            error: type[OSError] = BlockingIOError

            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

            def recv(self, size: int) -> bytes:
                raise self.error

        bottom.socket = Broken()
        peer.connection.sendall(b"x")
        self.pumping.doRead()
        self.assertTrue(conversation.readGate.isHeldBy(HoldReason.PUMP))
        Broken.error = ConnectionResetError
        self.pumping.doRead()
        self.assertIn(": 1006 ", self.fixture.lines[-1])

    def test_exceptionEndsOneConversation(self) -> None:
        peers = [self.connectPumped()]
        conversation = self.conversation()
        broken = conversation.frameReader.fastPath
        original = FastPath.answer

        def answer(fastPath: FastPath, data: bytes) -> Any:
            return 1 / 0 if fastPath is broken else original(fastPath, data)

        self.patch(FastPath, "answer", answer)
        peers.append(self.connectPumped())
        for peer in peers:
            peer.connection.sendall(peer.record(frame(TEXT, b"1")))
        self.turn()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(peers[1].hear(), echoes(b"1"))
        self.assertNotIn(conversation, self.fixture.factory.conversations)

    def test_abortedInSameTurn(self) -> None:
        peers = [self.connectPumped(), self.connectPumped()]
        for peer in peers:
            peer.connection.sendall(peer.record(frame(TEXT, b"1")))
        conversations = list(self.fixture.factory.conversations)

        def end(fastPath: FastPath, data: bytes) -> tuple[bytes, None]:
            for conversation in conversations:
                conversation.hangUp("enough")
            return b"", None

        self.patch(FastPath, "answer", end)
        self.turn()
        self.assertEqual(self.fixture.factory.conversations, set())

    def test_drainStopsPumping(self) -> None:
        peer = self.connectPumped()
        stopped = self.fixture.service.stopService()
        self.reactor.advance(0.1)
        self.turn()
        self.assertEqual(peer.hear()[:4], b"\x88\x16\x03\xe9")
        self.say(peer, frame(CLOSE, b"\x03\xe9"))
        peer.connection.close()
        self.turn()
        self.reactor.advance(0.1)
        self.successResultOf(stopped)
        self.assertIn("1001", "".join(self.fixture.lines))

    def test_reactorStops(self) -> None:
        self.connectPumped()
        self.pumping.connectionLost(Failure(CONNECTION_LOST))
        self.assertEqual(self.fixture.factory.conversations, set())


class MakeTests(SynchronousTestCase):
    """
    Where TLS is pumped.
    """

    def test_needsEpollAndDescriptors(self) -> None:
        made = makeTLSPumping(MemoryReactorClock(), {}, object)
        self.assertIsInstance(made, TLSPumping)
        for reactor, environ, makeEpoll in (
            (object(), {}, object),
            (MemoryReactorClock(), {"ECHO_USE_PUMP": "0"}, object),
            (MemoryReactorClock(), {}, None),
        ):
            none = makeTLSPumping(reactor, environ, makeEpoll)
            self.assertIsNone(none)
