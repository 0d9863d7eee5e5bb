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
    What goes in comes out.
    """

    def test_nothingFirst(self) -> None:
        """
        The first frame is the client's own: there is no greeting.
        """
        self.assertEqual(EchoFixture(self).connect().frames(), [])

    def test_types(self) -> None:
        """
        Text stays text, binary binary, and empty messages are messages.
        """
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

    def test_fragments(self) -> None:
        """
        However a message is cut, it comes back whole; pings between its fragments
        are answered at once.
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

    def test_fragmentsCostTheirBytes(self) -> None:
        """
        A message in thousands of fragments is held in two pieces. (Autobahn would
        hold an object for each.)
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
    def test_anything(
        self, messages: list[tuple[bool, str, int]], step: int, compression: bool
    ) -> None:
        """
        Any messages, in any fragments, in any segments, come back as they were.
        """
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

    def test_codeAndReason(self) -> None:
        """
        The peer's own code and reason come back, and with them the end.
        """
        for close in [Close(1000, ""), Close(4001, "Grüße"), Close(3000, "x" * 123)]:
            fixture = EchoFixture(self)
            peer = fixture.connect()
            peer.send(frame(CLOSE, close.serialize()))
            (goodbye,) = peer.frames()
            self.assertEqual(Close.parse(goodbye.data), close)
            fixture.advance(0.1)
            self.assertIs(peer.transport.lost, ConnectionDone)

    def test_noCode(self) -> None:
        """
        A close without a code is answered by one.
        """
        peer = EchoFixture(self).connect()
        self.assertEqual(peer.send(frame(CLOSE)), b"\x88\x00")

    def test_messageAfterTheGoodbye(self) -> None:
        """
        A message that crosses our close on the way is not answered, and nothing is
        raised about it.
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
    Peers that break the protocol are told how, with a close code.
    """

    def code(self, data: bytes, *arguments: str) -> int:
        """
        @return: The close code that the daemon answers with.
        """
        peer = EchoFixture(self, *arguments).connect()
        peer.send(data)
        closes = [each for each in peer.frames() if each.opcode == CLOSE]
        return int(Close.parse(closes[0].data).code) if closes else 0

    def test_codes(self) -> None:
        """
        1002 for broken frames, 1007 for broken text, 1009 for too much.
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

    def test_failsFast(self) -> None:
        """
        Broken text is noticed at its first wrong byte, not at the end.
        """
        self.assertEqual(self.code(frame(TEXT, b"x\xff" + b"x" * 1000)[:20]), 1007)

    def test_tooBig(self) -> None:
        """
        The limit is kept to the byte, and on the header of a frame already; for a
        fragmented message it is the sum that counts.
        """
        limit = "--max-message=1k"
        self.assertEqual(self.code(frame(BINARY, bytes(1024)), limit), 0)
        self.assertEqual(self.code(frame(BINARY, bytes(1025))[:8], limit), 1009)
        half = frame(BINARY, bytes(600), fin=False)
        self.assertEqual(self.code(half + frame(0, bytes(425)), limit), 1009)

    def test_anUnlimitedMessage(self) -> None:
        """
        A limit of 0 is none.
        """
        self.assertEqual(
            self.code(frame(BINARY, bytes(2**24 + 1)), "--max-message=0"), 0
        )


class ReplyTests(SynchronousTestCase):
    """
    Services of one's own: L{EchoProtocol.reply}.
    """

    def talk(self, protocol: type[EchoProtocol], *texts: str) -> Peer:
        """
        @return: A peer that has sent these texts to that service.
        """
        peer = EchoFixture(self, protocol=protocol).connect()
        for text in texts:
            peer.sendText(text)
        return peer

    def test_answer(self) -> None:
        """
        What it returns goes back, as the type that came.
        """

        class Shout(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                return payload.upper()

        self.assertEqual(self.talk(Shout, "hi", "there").messages(), ["HI", "THERE"])

    def test_silence(self) -> None:
        """
        None is no answer.
        """

        class Mute(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> None:
                return None

        self.assertEqual(self.talk(Mute, "hi").frames(), [])

    def test_longAnswer(self) -> None:
        """
        The limit on what is taken is none on what is given.
        """

        class Long(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                return bytes(2 * self.maxMessagePayloadSize)

        peer = self.talk(Long, "hi")
        self.assertEqual(
            len(peer.transport.taken.partition(b"\r\n\r\n")[2]), 10 + 2**25
        )

    def test_prepared(self) -> None:
        """
        Messages that were prepared are sent and counted like all others.
        """

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

    def test_mistake(self) -> None:
        """
        A service that raises costs one conversation: its peer is told 1011 and
        nothing else, and the log has the whole story.
        """

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
    A connection is gone five seconds after its close began.
    """

    def test_closeAnswered(self) -> None:
        """
        After a complete closing handshake there is no reset, which could take
        from the peer what it has not read yet.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        fixture.service.stopService()
        peer.frames()
        peer.flush()
        fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_closeNotAnswered(self) -> None:
        """
        A peer that ignores our close is dropped.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.send(frame(3))
        fixture.advance(4.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_stuckAfterItsClose(self) -> None:
        """
        A peer that says goodbye and then takes nothing does not keep its
        connection. (For Autobahn it is closed by then, and none of its timers
        ends it.)
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(1000)) + frame(CLOSE))
        fixture.advance(4.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_halfClosed(self) -> None:
        """
        A peer that closes its half without a word still gets its echoes.
        """
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

    def test_nothingLeftBehind(self) -> None:
        """
        However a conversation ends, no timer outlives it.
        """
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
