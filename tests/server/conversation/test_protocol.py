"""
Tests of L{echo.server.conversation.protocol} and of the limits it keeps to.
"""

import random
import struct
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.address import IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Close

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.transports import SocketTransport


def deflate(data: bytes) -> bytes:
    """
    @return: A message's payload as permessage-deflate has it.
    """
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


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


class CompressionTests(SynchronousTestCase):
    """
    C{--compression} (RFC 7692).
    """

    offer = "permessage-deflate"

    def agreed(self, offer: str, *arguments: str) -> str | None:
        """
        @return: What the daemon says to an offer of extensions.
        """
        response = (
            EchoFixture(self, *arguments).dial().open(Sec_WebSocket_Extensions=offer)
        )
        self.assertEqual(response.status_code, 101)
        return response.headers.get("Sec-WebSocket-Extensions")

    def test_off(self) -> None:
        """
        No extension is agreed on by default.
        """
        self.assertIsNone(self.agreed(self.offer))

    def test_on(self) -> None:
        """
        Neither side keeps a window from message to message.
        """
        self.assertEqual(
            self.agreed(self.offer, "--compression"),
            "permessage-deflate; client_no_context_takeover;"
            " server_no_context_takeover",
        )

    def test_manyOffers(self) -> None:
        """
        The first eight extensions that are offered are looked at, and offers of up to
        256 characters.
        """
        for before, isAgreed in (
            ("x-a, " * 7, True),
            ("x-a, " * 8, False),
            ("x-a; b=" + "c" * 300 + ", ", True),
        ):
            agreed = self.agreed(before + self.offer, "--compression")
            self.assertEqual(agreed is not None, isAgreed, before)

    def test_invalidOffer(self) -> None:
        """
        An offer that is none is declined, as RFC 7692 section 7 has it, for the
        next one.
        """
        for offer in [
            "permessage-deflate; server_max_window_bits=99",
            "permessage-deflate; client_no_context_takeover=1",
            "permessage-deflate; unheard_of",
            "permessage-bzip2",
            "x-something; a=b",
        ]:
            self.assertIsNone(self.agreed(offer, "--compression"), offer)
            self.assertIsNotNone(self.agreed(f"{offer}, {self.offer}", "--compression"))

    def connect(self, *arguments: str) -> Peer:
        """
        @return: A conversation with deflate.
        """
        fixture = EchoFixture(self, "--compression", *arguments)
        return fixture.connect(Sec_WebSocket_Extensions=self.offer)

    def test_echo(self) -> None:
        """
        What comes deflated goes deflated.
        """
        peer = self.connect()
        answer = peer.send(frame(TEXT, deflate(b"Hello " * 100), rsv=4))
        self.assertEqual(answer[0], 0x80 | 0x40 | TEXT)
        inflated = zlib.decompressobj(wbits=-15).decompress(
            answer[2:] + b"\0\0\xff\xff"
        )
        self.assertEqual(inflated, b"Hello " * 100)

    def test_longestMessageThatDoesNotDeflate(self) -> None:
        """
        A message of the longest size comes back even if deflate makes it longer.
        (Autobahn would refuse to send it.)
        """
        peer = self.connect("--max-message=64k")
        noise = random.Random(1).randbytes(65536)
        self.assertGreater(len(deflate(noise)), 65536)
        answer = peer.send(frame(BINARY, noise))
        inflated = zlib.decompressobj(wbits=-15).decompress(
            answer[10:] + b"\0\0\xff\xff"
        )
        self.assertEqual(inflated, noise)

    def test_longestMessageThatCameDeflated(self) -> None:
        """
        The limit is on the message, not on the longer frame it came in.
        """
        peer = self.connect("--max-message=64k")
        noise = random.Random(1).randbytes(65536)
        peer.send(frame(BINARY, deflate(noise), rsv=4))
        answer = peer.transport.taken.partition(b"\r\n\r\n")[2]
        inflated = zlib.decompressobj(wbits=-15).decompress(
            answer[10:] + b"\0\0\xff\xff"
        )
        self.assertEqual(inflated, noise)

    def test_bomb(self) -> None:
        """
        The limit is on what a message inflates to, to the byte. (Autobahn would
        take the first 65536 bytes for the whole message.)
        """
        for size in (65537, 65538, 70000, 2**24):
            peer = self.connect("--max-message=64k")
            peer.send(frame(BINARY, deflate(bytes(size)), rsv=4))
            goodbye = peer.transport.taken.partition(b"\r\n\r\n")[2]
            self.assertEqual(goodbye[:1] + goodbye[2:4], b"\x88\x03\xf1", size)
            self.assertIn(b"the message is longer than 65536 bytes", goodbye)

    def test_garbage(self) -> None:
        """
        What cannot be inflated is broken payload.
        """
        peer = self.connect()
        answer = peer.send(frame(BINARY, b"\xff\xff\xff\xff", rsv=4))
        self.assertEqual(answer[2:4], struct.pack("!H", 1007))


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


class LogTests(SynchronousTestCase):
    """
    One line when a conversation opens, and one when it closes.
    """

    def test_openAndClose(self) -> None:
        """
        They say who, what was agreed on, how it ended and what passed.
        """
        fixture = EchoFixture(self)
        del fixture.lines[:]
        peer = fixture.connect(
            Origin="http://echo.example", Sec_WebSocket_Protocol="chat"
        )
        (conversation,) = fixture.factory.conversations
        peer.sendText("Hello")
        peer.sendText("Hi")
        fixture.advance(1.5)
        peer.send(frame(CLOSE, Close(4001, "bye").serialize()))
        fixture.advance(0.1)
        self.assertEqual(
            fixture.lines,
            [
                (
                    'Opened 192.0.2.1:50000: origin "http://echo.example",'
                    f' subprotocol "chat", no TLS, connection {conversation.name}'
                ),
                (
                    'Closed 192.0.2.1:50000: 4001 "bye" by the peer after 1.600 s,'
                    " received 2 messages 7 bytes, sent 2 messages 7 bytes,"
                    f" connection {conversation.name}"
                ),
            ],
        )

    def test_ends(self) -> None:
        """
        Whose end it was is told apart: theirs, ours, without a code, or none.
        """
        for end, expected in [
            (frame(CLOSE), ': 1005 "" by the peer'),
            (frame(CLOSE, b"\x03\xe8"), ': 1000 "" by the peer'),
            (frame(3), ': 1002 "data frame using reserved opcode 3" by us'),
            (b"", ': 1006 "no close frame before the end"'),
        ]:
            fixture = EchoFixture(self)
            peer = fixture.connect()
            peer.send(end)
            peer.transport.hangUp()
            self.assertIn(expected, fixture.lines[-1])

    def test_hostile(self) -> None:
        """
        Nothing that a peer says moves the cursor or fills the disk.
        """
        fixture = EchoFixture(self, "--allow-origin", "*", "--log-messages")
        peer = fixture.connect(
            Origin="http://\x9b2J" + "o" * 5000, Sec_WebSocket_Protocol="p" * 5000
        )
        peer.send(frame(TEXT, b"\x1b]0;owned\x07" + b"x" * 5000))
        peer.send(frame(CLOSE, Close(4000, "\x1b[2J\u202e\r\n").serialize()))
        fixture.advance(0.1)
        for line in fixture.lines:
            self.assertTrue(line.isprintable(), line)
            self.assertLess(len(line), 800)
        self.assertIn(r'4000 "\x1b[2J\u202e\r\n"', fixture.lines[-1])

    def test_messages(self) -> None:
        """
        C{--log-messages} adds a line for each, also for a service of one's own.
        """

        class Shout(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                return payload.upper()

        fixture = EchoFixture(self, "--log-messages", protocol=Shout)
        peer = fixture.connect()
        peer.sendText("Hello 1")
        peer.send(frame(BINARY, b"\x00\xff"))
        self.assertEqual(peer.messages(), ["HELLO 1", b"\x00\xff"])
        self.assertEqual(
            fixture.lines[-2:],
            [
                'Received: "Hello 1" from 192.0.2.1:50000',
                "Received: 0x00ff (2 bytes) from 192.0.2.1:50000",
            ],
        )

    def test_noMessages(self) -> None:
        """
        Without it messages are nobody's business.
        """
        fixture = EchoFixture(self)
        fixture.connect().sendText("Hello 1")
        self.assertNotIn("Hello", "".join(fixture.lines))

    def test_notBehindASite(self) -> None:
        """
        Where the factory listens by itself, what Autobahn refuses is one line too.
        """
        for request in [
            b"GET /\x1b[2J HTTP/1.1\r\n\r\n",
            upgradeRequest(Sec_WebSocket_Version="8"),
        ]:
            fixture, transport = self.listening()
            transport.arrive(request)
            transport.read()
            fixture.advance(0.1)
            self.assertIn("Refused 192.0.2.1:50000: ", fixture.lines[-1])
            self.assertTrue(fixture.lines[-1].isprintable())

    def test_notBehindASiteForEver(self) -> None:
        """
        Nor does a peer that does not take the refusal keep its connection.
        """
        fixture, transport = self.listening()
        transport.stuck = True
        transport.arrive(b"GET / HTTP/1.1\r\n\r\n")
        transport.read()
        fixture.advance(5.1)
        self.assertIs(transport.lost, ConnectionAborted)

    def listening(self) -> tuple[EchoFixture, SocketTransport]:
        """
        @return: A connection to a factory that listens by itself.
        """
        fixture = EchoFixture(self)
        transport = fixture.dial().transport
        transport.unregisterProducer()
        transport.protocol = fixture.factory.buildProtocol(None)
        transport.protocol.makeConnection(transport)
        return fixture, transport

    def test_addresses(self) -> None:
        """
        Addresses of every kind are shown as people write them.
        """
        for address, name in [
            (IPv6Address("TCP", "2001:db8::1", 50000), "[2001:db8::1]:50000"),
            (IPv6Address("TCP", "2001:db8:0:0::1", 50000), "[2001:db8::1]:50000"),
            (UNIXAddress(None), "unix"),
        ]:
            fixture = EchoFixture(self)
            fixture.dial(address).open()
            self.assertIn(f"Opened {name}: ", fixture.lines[-1])
