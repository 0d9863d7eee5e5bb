"""
Tests of L{echo.server.behaviour.throttle}.
"""

from twisted.internet.error import ConnectionDone

from echo.server.conversation.readgate import HoldReason
from tests.kit.daemon import EchoFixture
from tests.kit.frames import BINARY, CLOSE, PONG, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.transports import FULL_BUFFER
from tests.server.behaviour.asking import KIBIBYTE, PerformerTestCase


class ThrottleTests(PerformerTestCase):
    """
    C{slow}.
    """

    def test_piecesAtRate(self) -> None:
        peer = self.ask("slow=800/s")
        peer.send(frame(BINARY, bytes(10000)))
        conversation = self.conversation
        for seconds in range(12):
            self.assertEqual(conversation.frameReader.heard(), 800 * seconds + 100)
            self.wait(1)
        self.assertEqual(peer.messages(), [])
        self.wait(2)
        self.assertEqual(peer.messages(), [bytes(10000)])

    def test_largeReadIsCut(self) -> None:
        """
        A TLS record is one read.
        """
        peer = self.ask("slow=1k/s")
        conversation = self.conversation
        for _ in range(2):
            conversation.dataReceived(frame(BINARY, bytes(5 * KIBIBYTE)))
        self.assertEqual(conversation.readGate.reasons, HoldReason.THROTTLE)
        self.fixture.advance(5)
        self.assertEqual(peer.messages(), [])
        self.fixture.advance(0.1)
        self.assertEqual(peer.messages(), [bytes(5 * KIBIBYTE)])
        self.fixture.advance(5)
        self.assertEqual(peer.messages(), [bytes(5 * KIBIBYTE)])
        self.assertEqual(conversation.readGate.reasons, 0)

    def test_bytesWithRequest(self) -> None:
        self.fixture = EchoFixture(self, "--ping-interval=0")
        peer = self.fixture.dial()
        peer.transport.arrive(upgradeRequest("/socket?slow=10/s"))
        peer.transport.arrive(frame(TEXT, b"x" * 50))
        peer.transport.read()
        self.wait(5)
        self.assertNotIn(b"x" * 50, peer.transport.taken)
        self.wait(1)
        self.assertIn(b"x" * 50, peer.transport.taken)

    def test_leftPeerIsReadAtOnce(self) -> None:
        peer = self.ask("slow=1/s", "--ping-interval=0")
        peer.send(frame(TEXT, b"x" * 10000))
        self.wait(3)
        self.assertLess(self.conversation.frameReader.heard(), 5)
        peer.transport.finish()
        self.wait(1.5)
        self.assertEqual(peer.messages(), ["x" * 10000])
        self.assertEqual(peer.transport.bufferSize, FULL_BUFFER)
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertNothingLeft()

    def test_closeIsReadAtOnce(self) -> None:
        peer = self.ask("slow=1/s&close=4001&after=1")
        self.conversation.dataReceived(frame(TEXT, b"x") + frame(TEXT, b"y" * 1000))
        self.wait(6.1)
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT, CLOSE])
        peer.flush()
        self.fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertNothingLeft()

    def test_pauseEarnsNothing(self) -> None:
        peer = self.ask("slow=800/s", "--ping-interval=0")
        peer.send(frame(PONG))
        self.pass_(100)
        before = self.conversation.frameReader.heard()
        peer.send(frame(BINARY, bytes(10000)))
        self.wait(1)
        self.assertEqual(self.conversation.frameReader.heard() - before, 900)

    def test_oneByteASecond(self) -> None:
        peer = self.ask("slow=1/s", "--ping-interval=1s", "--ping-timeout=1s")
        peer.send(frame(TEXT, b"Hello"))
        self.wait(9.5)
        self.assertEchoed(peer)
        self.wait(1)
        self.assertEchoed(peer, "Hello")

    def test_hugeRate(self) -> None:
        peer = self.ask("slow=999999999999999999g/s")
        peer.send(frame(BINARY, bytes(60000)))
        self.pass_(0)
        self.assertEqual(peer.messages(), [bytes(60000)])
