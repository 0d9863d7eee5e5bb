"""
Tests of L{echo.server.fastpath.fastpath}: where the fast path ends, and where Autobahn
begins.

Autobahn's counts show which messages it has seen.
"""

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import BINARY, CLOSE, PING, PONG, TEXT, frame


class FastPathTests(SynchronousTestCase):
    """
    A conversation, and the messages that Autobahn sees.
    """

    def connect(
        self,
        *arguments: str,
        target: str = "/socket",
        protocol: type[EchoProtocol] = EchoProtocol,
        **fields: str,
    ) -> Peer:
        """
        @return: The peer of a new conversation.
        """
        self.fixture = EchoFixture(self, *arguments, protocol=protocol)
        return self.fixture.connect(target, **fields)

    def conversation(self) -> Any:
        """
        @return: The one that is open.
        """
        (conversation,) = self.fixture.factory.conversations
        return conversation

    def seen(self) -> int:
        """
        @return: How many messages Autobahn has seen.
        """
        return int(self.conversation().trafficStats.incomingWebSocketMessages)

    def opcodes(self, peer: Peer) -> list[int]:
        """
        @return: Those of the frames that have come.
        """
        return [int(each.opcode) for each in peer.frames()]

    def test_wholeMessages(self) -> None:
        peer = self.connect()
        for byte in frame(TEXT, b"Hello") + frame(BINARY, bytes(300)):
            peer.send(bytes([byte]))
        self.assertEqual(peer.messages(), ["Hello", bytes(300)])
        self.assertEqual(self.seen(), 0)

    def test_orderWithAutobahnsAnswers(self) -> None:
        peer = self.connect()
        peer.send(
            frame(TEXT, b"1")
            + frame(PING, b"2")
            + frame(TEXT, b"3")
            + frame(TEXT, b"4", fin=False)
            + frame(PING, b"5")
            + frame(0, b"6")
            + frame(TEXT, b"7")
        )
        self.assertEqual(
            [(int(each.opcode), bytes(each.data)) for each in peer.frames()],
            [
                (TEXT, b"1"),
                (PONG, b"2"),
                (TEXT, b"3"),
                (PONG, b"5"),
                (TEXT, b"46"),
                (TEXT, b"7"),
            ],
        )
        self.assertEqual(self.seen(), 1)

    def test_headerInPieces(self) -> None:
        peer = self.connect()
        for byte in frame(PING, b"Hello") + frame(TEXT, b"Hello"):
            peer.send(bytes([byte]))
        self.assertEqual(self.opcodes(peer), [PONG, TEXT])

    def test_invalidTextFailsAtFirstByte(self) -> None:
        peer = self.connect()
        peer.send(frame(TEXT, b"Hello")[:-1])
        self.assertEqual(peer.frames(), [])
        peer.send(b"\xff")
        (close,) = peer.frames()
        self.assertEqual((int(close.opcode), close.data[:2]), (CLOSE, b"\x03\xef"))

    def test_closeInsideMessage(self) -> None:
        peer = self.connect()
        message = frame(TEXT, b"Hello")
        peer.send(message[:8])
        self.conversation().sendCloseFrame(1001)
        peer.send(message[8:] + frame(CLOSE, b"\x03\xe9"))
        self.assertEqual(self.opcodes(peer), [CLOSE])
        self.fixture.reactor.advance(0)
        self.assertIn('Closed 192.0.2.1:50000: 1001 "" by us', self.fixture.lines[-1])

    def test_allMessagesAreCounted(self) -> None:
        peer = self.connect("--metrics", "tcp:0")
        peer.send(frame(TEXT, b"12") + frame(BINARY, b"345"))
        peer.send(frame(TEXT, b"6", fin=False) + frame(0, b"7"))
        heard = self.conversation().frameReader.heard()
        self.assertEqual(
            [
                (each.direction, each.kind, each.messages, each.octets)
                for each in self.fixture.factory.counters.traffic
            ],
            [
                ("received", "text", 2, 4),
                ("received", "binary", 1, 3),
                ("sent", "text", 2, 4),
                ("sent", "binary", 1, 3),
            ],
        )
        peer.send(frame(CLOSE))
        self.fixture.reactor.advance(0)
        self.assertIn(
            "received 3 messages 7 bytes, sent 3 messages 7 bytes",
            self.fixture.lines[-1],
        )
        self.assertEqual(heard, 8 + 9 + 7 + 7)

    def assertAllSeen(self, peer: Peer) -> None:
        """
        Assert that Autobahn sees every message of a conversation.
        """
        peer.send(frame(TEXT, b"Hello"))
        self.assertEqual(self.seen(), 1)

    def test_notWithBehaviour(self) -> None:
        self.assertAllSeen(self.connect(target="/socket?repeat=2"))

    def test_notWithLoggedMessages(self) -> None:
        self.assertAllSeen(self.connect("--log-messages"))

    def test_notWithCompression(self) -> None:
        self.assertAllSeen(
            self.connect("--compression", Sec_WebSocket_Extensions="permessage-deflate")
        )

    def test_notWithReply(self) -> None:
        class Shout(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                return payload.upper()

        peer = self.connect(protocol=Shout)
        self.assertAllSeen(peer)
        self.assertEqual(peer.messages(), ["HELLO"])
