"""
Tests of L{echo.server.conversation.protocol}: echoes, violations, a service's replies
and the end.
"""

from typing import Any

from autobahn.websocket.types import ConnectionRequest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Close

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import BINARY, CLOSE, PING, PONG, TEXT, frame


class EchoTests(SynchronousTestCase):
    """
    Messages and their echoes.
    """

    def test_noGreeting(self) -> None:
        self.assertEqual(EchoFixture(self).connect().frames(), [])

    def test_typesAndEmptyMessages(self) -> None:
        peer = EchoFixture(self).connect()
        for opcode, payload in [
            (TEXT, "Grüße".encode()),
            (BINARY, b"\xff\x00"),
            (TEXT, b""),
            (BINARY, b""),
        ]:
            peer.send(frame(opcode, payload))
            (echo,) = peer.frames()
            self.assertEqual(
                (echo.opcode, echo.data, echo.fin), (opcode, payload, True)
            )

    def test_fragmentedMessage(self) -> None:
        """
        Pings between the fragments are answered at once.
        """
        peer = EchoFixture(self).connect()
        peer.send(
            frame(TEXT, b"Hel", fin=False)
            + frame(0, "lö".encode()[:2], fin=False)
            + frame(PING, b"?")
            + frame(0, b"", fin=False)
            + frame(0, "ö".encode()[1:])
        )
        self.assertEqual(
            [(echo.opcode, bytes(echo.data)) for echo in peer.frames()],
            [(PONG, b"?"), (TEXT, "Hellö".encode())],
        )

    def test_fragmentsAreMerged(self) -> None:
        """
        Autobahn would keep an object for each.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.send(frame(BINARY, b"ab", fin=False) + frame(0, b"cd", False) * 5000)
        (conversation,) = fixture.factory.conversations
        self.assertEqual(
            [len(piece) for piece in conversation.message_data], [2, 10000]
        )
        peer.send(frame(0, b"e"))
        self.assertEqual(peer.messages(), [b"ab" + b"cd" * 5000 + b"e"])

    @settings(max_examples=60)
    @given(
        st.lists(
            st.tuples(st.booleans(), st.text(max_size=200), st.integers(1, 5)),
            max_size=8,
        ),
        st.integers(1, 40),
        st.booleans(),
    )
    def test_anyMessagesInAnySegments(
        self, messages: list[tuple[bool, str, int]], step: int, compression: bool
    ) -> None:
        fixture = EchoFixture(self, *["--compression"] * compression)
        peer = fixture.connect()
        stream, expected = b"", []
        for isBinary, text, pieces in messages:
            payload = text.encode()
            expected.append((BINARY if isBinary else TEXT, payload))
            size = max(1, -(-len(payload) // pieces))
            cuts = [payload[i : i + size] for i in range(0, len(payload), size)] or [
                b""
            ]
            for number, cut in enumerate(cuts):
                opcode = 0 if number else expected[-1][0]
                stream += frame(opcode, cut, fin=number == len(cuts) - 1)
        for i in range(0, len(stream), step):
            peer.send(stream[i : i + step])
        self.assertEqual(
            [(int(echo.opcode), bytes(echo.data)) for echo in peer.frames()], expected
        )
        fixture._close()

    def test_closeIsEchoed(self) -> None:
        for close in [Close(1000, ""), Close(4001, "Grüße"), Close(3000, "x" * 123)]:
            fixture = EchoFixture(self)
            peer = fixture.connect()
            peer.send(frame(CLOSE, close.serialize()))
            (goodbye,) = peer.frames()
            self.assertEqual(Close.parse(goodbye.data), close)
            fixture.advance(0.1)
            self.assertIs(peer.transport.lost, ConnectionDone)

    def test_closeWithoutCode(self) -> None:
        peer = EchoFixture(self).connect()
        self.assertEqual(peer.send(frame(CLOSE)), b"\x88\x00")

    def test_messageAfterOurClose(self) -> None:
        """
        It is not answered, and nothing is raised.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        fixture.service.stopService()
        (goodbye,) = peer.frames()
        self.assertEqual(peer.send(frame(TEXT, b"late")), b"")
        peer.send(frame(CLOSE, bytes(goodbye.data)))
        fixture.advance(0.1)
        self.assertEqual(self.flushLoggedErrors(), [])


class ViolationTests(SynchronousTestCase):
    """
    Violations of RFC 6455.
    """

    def code(self, data: bytes, *arguments: str) -> int:
        """
        @return: The close code that the daemon answers with.
        """
        peer = EchoFixture(self, *arguments).connect()
        peer.send(data)
        closes = [each for each in peer.frames() if each.opcode == CLOSE]
        return int(Close.parse(closes[0].data).code) if closes else 0

    def test_closeCodes(self) -> None:
        """
        1002 for invalid frames, 1007 for invalid text, 1009 for long messages.
        """
        for code, data in [
            (1002, b"\x81\x02Hi"),
            (1002, frame(TEXT, b"", rsv=4)),
            (1002, frame(3)),
            (1002, frame(11)),
            (1002, frame(0)),
            (1002, frame(PING, b"x" * 126)),
            (1002, frame(PING, fin=False)),
            (1002, frame(CLOSE, b"\x03")),
            (1002, frame(CLOSE, b"\x03\xed")),
            (1002, b"\x82\xff" + b"\xff" * 8 + bytes(4)),
            (1007, frame(TEXT, b"\xff")),
            (1007, frame(TEXT, b"\xc3")),
            (1007, frame(CLOSE, b"\x03\xe8\xff")),
        ]:
            self.assertEqual(self.code(data), code, data)

    def test_invalidTextFailsAtFirstByte(self) -> None:
        self.assertEqual(self.code(frame(TEXT, b"x\xff" + b"x" * 1000)[:20]), 1007)

    def test_limitIsExact(self) -> None:
        """
        It counts the header of a frame, and the sum of fragments.
        """
        limit = "--max-message=1k"
        self.assertEqual(self.code(frame(BINARY, bytes(1024)), limit), 0)
        self.assertEqual(self.code(frame(BINARY, bytes(1025))[:8], limit), 1009)
        half = frame(BINARY, bytes(600), fin=False)
        self.assertEqual(self.code(half + frame(0, bytes(425)), limit), 1009)

    def test_limitZeroIsNone(self) -> None:
        self.assertEqual(
            self.code(frame(BINARY, bytes(2**24 + 1)), "--max-message=0"), 0
        )


class ReplyTests(SynchronousTestCase):
    """
    Services that override C{reply}.
    """

    def talk(self, protocol: type[EchoProtocol], *texts: str) -> Peer:
        """
        @return: A peer that has sent these texts to that service.
        """
        peer = EchoFixture(self, protocol=protocol).connect()
        for text in texts:
            peer.sendText(text)
        return peer

    def test_replyIsSent(self) -> None:
        class Shout(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                return payload.upper()

        self.assertEqual(self.talk(Shout, "hi", "there").messages(), ["HI", "THERE"])

    def test_noneIsNoReply(self) -> None:
        class Mute(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> None:
                return None

        self.assertEqual(self.talk(Mute, "hi").frames(), [])

    def test_replyMayBeLongerThanLimit(self) -> None:
        class Long(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                return bytes(2 * self.maxMessagePayloadSize)

        peer = self.talk(Long, "hi")
        self.assertEqual(
            len(peer.transport.taken.partition(b"\r\n\r\n")[2]), 10 + 2**25
        )

    def test_preparedMessage(self) -> None:
        class Prepared(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> None:
                for size in (1, 126, 2**16):
                    for doNotCompress in (False, True):
                        self.sendPreparedMessage(
                            self.factory.prepareMessage(
                                payload * size, isBinary, doNotCompress
                            )
                        )

        for asText in (True, False):
            fixture = EchoFixture(self, protocol=Prepared)
            peer = fixture.connect()
            if asText:
                peer.sendText("x")
            else:
                peer.speak(lambda client: client.send_binary(b"x"))
            sizes = [1, 1, 126, 126, 2**16, 2**16]
            self.assertEqual(
                peer.messages(),
                ["x" * size if asText else b"x" * size for size in sizes],
            )
            peer.transport.hangUp()
            end = fixture.events[-1]
            self.assertEqual(end["messages"], {"received": 1, "sent": 6})
            self.assertEqual(end["bytes"], {"received": 1, "sent": sum(sizes)})

    def test_exceptionCloses1011(self) -> None:
        class Broken(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                raise ZeroDivisionError("secret")

        peer = self.talk(Broken, "hi")
        (goodbye,) = peer.frames()
        self.assertEqual(Close.parse(goodbye.data), Close(1011, "internal error"))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class AttributeTests(SynchronousTestCase):
    """
    A service has attributes of its own.
    """

    def test_ordinaryNames(self) -> None:
        """
        Ordinary names are free for a service's attributes.
        """
        names = (
            *("request", "isOpen", "isClosed", "reader", "writer", "traffic", "open"),
            *("outcome", "subprotocol", "bytesReceived", "bytesSent", "messageLimit"),
            *("parse", "abort", "close", "send", "paused", "state_", "user", "token"),
            *("decision", "openedAt", "keepAlive", "throttle", "pump", "clock"),
        )

        class Service(EchoProtocol):
            def onConnect(self, request: ConnectionRequest) -> Any:
                for name in names:
                    setattr(self, name, None)
                return super().onConnect(request)

            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                return payload.upper()

        for query in ("", "?delay=1ms&repeat=2"):
            fixture = EchoFixture(self, protocol=Service)
            peer = fixture.connect(f"/socket{query}")
            peer.sendText("a")
            fixture.advance(0.1)
            self.assertEqual(set(peer.messages()), {"A"})
            peer.send(frame(CLOSE, Close(4001, "bye").serialize()))
            fixture.advance(0.1)
            self.assertIn('4001 "bye" by the peer', fixture.lines[-1])


class CloseTests(SynchronousTestCase):
    """
    The end of a connection.
    """

    def test_noResetAfterClosingHandshake(self) -> None:
        fixture = EchoFixture(self)
        peer = fixture.connect()
        fixture.service.stopService()
        peer.frames()
        peer.flush()
        fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_unansweredCloseIsDropped(self) -> None:
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.send(frame(3))
        fixture.advance(4.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_stuckPeerIsDroppedAfterItsClose(self) -> None:
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(1000)) + frame(CLOSE))
        fixture.advance(4.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_halfClosedPeerGetsEchoes(self) -> None:
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(1000)))
        conversation = IHalfCloseableProtocol(peer.transport.protocol)
        conversation.readConnectionLost()
        conversation.writeConnectionLost()
        fixture.advance(0.1)
        self.assertIsNone(peer.transport.lost)
        peer.transport.stuck = False
        peer.transport.take()
        self.assertEqual(peer.messages(), [bytes(1000)])
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertIn(': 1006 "no close frame before the end"', fixture.lines[-1])

    def test_noTimerIsLeft(self) -> None:
        fixture = EchoFixture(self)
        for end in [
            lambda peer: peer.transport.hangUp(),
            lambda peer: peer.send(frame(CLOSE)),
            lambda peer: peer.send(frame(3)),
        ]:
            peer = fixture.connect()
            fixture.advance(25)
            peer = fixture.connect()
            end(peer)
        for peer in fixture.peers:
            peer.transport.hangUp()
        fixture.advance(0.1)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])
        self.assertEqual(fixture.factory.conversations, set())
