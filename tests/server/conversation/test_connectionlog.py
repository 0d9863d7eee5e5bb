"""
Tests of L{echo.server.conversation.connectionlog}.
"""

from twisted.internet.address import IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionAborted
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Close

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.daemon import EchoFixture
from tests.kit.frames import BINARY, CLOSE, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.transports import SocketTransport


class LogTests(SynchronousTestCase):
    """
    One line for an opened and one for a closed conversation.
    """

    def test_linesOfConversation(self) -> None:
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

    def test_whoClosed(self) -> None:
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

    def test_peersTextIsEscaped(self) -> None:
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

    def test_logMessages(self) -> None:
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

    def test_messagesAreNotLogged(self) -> None:
        fixture = EchoFixture(self)
        fixture.connect().sendText("Hello 1")
        self.assertNotIn("Hello", "".join(fixture.lines))

    def test_refusalWithoutSite(self) -> None:
        """
        A factory that listens by itself logs Autobahn's refusals.
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

    def test_refusalWithoutSiteIsAborted(self) -> None:
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

    def test_addressesOfAllKinds(self) -> None:
        for address, name in [
            (IPv6Address("TCP", "2001:db8::1", 50000), "[2001:db8::1]:50000"),
            (IPv6Address("TCP", "2001:db8:0:0::1", 50000), "[2001:db8::1]:50000"),
            (UNIXAddress(None), "unix"),
        ]:
            fixture = EchoFixture(self)
            fixture.dial(address).open()
            self.assertIn(f"Opened {name}: ", fixture.lines[-1])
