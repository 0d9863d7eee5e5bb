"""
Tests of L{echo.server.logevents}.
"""

from types import SimpleNamespace
from typing import Any

from autobahn.websocket.protocol import TrafficStats
from twisted.logger import eventAsJSON, formatEvent
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Close

from echo.printable import PRINTED_LIMIT
from echo.server.conversation import connectionlog
from echo.server.conversation.protocol import EchoProtocol
from echo.server.logevents import plain
from tests.kit.daemon import EchoFixture, jsonFields
from tests.kit.frames import BINARY, CLOSE, TEXT, frame

FORGED = '") by the peer after 0.001 s, connection "x\n\x1b[2J\u202e{0}{peer} \u20ac'


class EventTests(SynchronousTestCase):
    """
    The fields of events.
    """

    def test_opened(self) -> None:
        """
        C{opened} has the peer, and the negotiated values.
        """
        fixture = EchoFixture(self, "--trust-proxy=192.0.2.1")
        fixture.connect(
            "/socket?delay=1s",
            Origin="http://echo.example",
            Sec_WebSocket_Protocol="chat",
            X_Forwarded_For="198.51.100.7",
        )
        (conversation,) = fixture.factory.conversations
        self.assertEqual(
            jsonFields(fixture.events[-1]),
            {
                "event": "opened",
                "peer": "192.0.2.1:50000",
                "connection": conversation.name,
                "client": "198.51.100.7",
                "origin": "http://echo.example",
                "subprotocol": "chat",
                "tls": None,
                "behaviour": "delay=1s",
            },
        )

    def test_closed(self) -> None:
        """
        C{closed} has the end, and the messages in each direction.
        """
        fixture = EchoFixture(self, "--no-behaviours")
        peer = fixture.connect()
        (conversation,) = fixture.factory.conversations
        peer.send(frame(TEXT, b"Hello"))
        peer.send(frame(BINARY, b"\0\1"))
        fixture.advance(1.5)
        peer.send(frame(CLOSE, Close(4001, "bye").serialize()))
        fixture.advance(0.1)
        found = jsonFields(fixture.events[-1])
        self.assertAlmostEqual(found.pop("seconds"), 1.6)
        self.assertEqual(
            found,
            {
                "event": "closed",
                "peer": "192.0.2.1:50000",
                "connection": conversation.name,
                "code": 4001,
                "reason": "bye",
                "by": "peer",
                "messages": {"received": 2, "sent": 2},
                "bytes": {"received": 7, "sent": 7},
            },
        )

    def test_ends(self) -> None:
        """
        Every kind of end has code, reason and origin as fields.
        """
        for end, code, by in [
            (frame(CLOSE), 1005, "peer"),
            (frame(CLOSE, b"\x03\xe8"), 1000, "peer"),
            (frame(3), 1002, "us"),
            (b"", 1006, None),
        ]:
            fixture = EchoFixture(self)
            peer = fixture.connect()
            peer.send(end)
            peer.transport.hangUp()
            event = fixture.events[-1]
            self.assertEqual((event["code"], event["by"]), (code, by))

    def test_received(self) -> None:
        """
        With C{--log-messages} a message is a field: text as received, binary in
        hexadecimal.
        """
        fixture = EchoFixture(self, "--log-messages")
        peer = fixture.connect()
        (conversation,) = fixture.factory.conversations
        common = {
            "event": "received",
            "peer": "192.0.2.1:50000",
            "connection": conversation.name,
        }
        peer.sendText("Grüße {x}")
        self.assertEqual(
            jsonFields(fixture.events[-1]),
            {**common, "payload": "Grüße {x}", "size": 11, "binary": False},
        )
        self.assertEqual(
            fixture.lines[-1], 'Received: "Grüße {x}" from 192.0.2.1:50000'
        )
        peer.send(frame(BINARY, b"\x00\xff"))
        self.assertEqual(
            jsonFields(fixture.events[-1]),
            {**common, "payload": "00ff", "size": 2, "binary": True},
        )

    def test_originInUTF8(self) -> None:
        """
        A non-ASCII origin is the same text in the line and in the field. Invalid UTF-8
        is escaped.
        """
        for raw, text in ("é".encode(), "é"), (b"\xe9", "\\xe9"):
            fixture = EchoFixture(self, "--allow-origin=*")
            fixture.connect(Origin="http://" + raw.decode("latin-1"))
            self.assertEqual(fixture.events[-1]["origin"], f"http://{text}")

    def test_failed(self) -> None:
        """
        A service's exception has the connection, in the line and as a field.
        """

        class Broken(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                raise ZeroDivisionError

        fixture = EchoFixture(self, protocol=Broken)
        peer = fixture.connect()
        (conversation,) = fixture.factory.conversations
        peer.sendText("Hello")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        event = fixture.events[-1]
        self.assertEqual(
            formatEvent(event),
            f"reply() failed: 192.0.2.1:50000, connection {conversation.name}",
        )
        self.assertEqual(
            jsonFields(event),
            {
                "event": "failed",
                "hook": "reply()",
                "peer": "192.0.2.1:50000",
                "connection": conversation.name,
            },
        )


class HostileTests(SynchronousTestCase):
    """
    A peer's text in a line and in a field.
    """

    def published(self) -> list[dict[str, Any]]:
        """
        @return: The events of conversations from now on. They are not published.
        """
        events: list[dict[str, Any]] = []
        self.patch(connectionlog, "publish", lambda _, event: events.append(event))
        return events

    def opened(self, origin: str, subprotocol: str, behaviour: str) -> dict[str, Any]:
        """
        @return: The event of an opened conversation.
        """
        conversation: Any = SimpleNamespace(
            peer="unix",
            name="n-1",
            proxiedPeer=None,
            origin=origin.encode().decode("latin-1"),
            agreedSubprotocol=subprotocol,
            transport=None,
            behaviour=SimpleNamespace(applied=behaviour),
        )
        events = self.published()
        connectionlog.logOpened(conversation)
        return events[0]

    def test_line(self) -> None:
        """
        In the line the text is quoted and escaped.
        """
        shown = r'"\") by the peer after 0.001 s, connection \"x\n\x1b[2J\u202e'
        conversation: Any = SimpleNamespace(
            peer="unix",
            name="n-1",
            frameReader=SimpleNamespace(answered=lambda: (0, 0)),
            trafficStats=TrafficStats(),
            closedByMe=False,
            wasClean=True,
            remoteCloseCode=4000,
            remoteCloseReason=FORGED,
        )
        events = self.published()
        connectionlog.logClosed(conversation, 1)
        (event,) = events
        self.assertIn(
            f'Closed unix: 4000 {shown}{{0}}{{peer}} \u20ac" by the peer after 1.000 s',
            formatEvent(event),
        )
        line = formatEvent(self.opened(FORGED, FORGED, FORGED))
        self.assertEqual(line.count(shown), 3)
        self.assertTrue(line.isprintable())

    def test_field(self) -> None:
        """
        In the field the text is as received.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.send(frame(CLOSE, Close(4000, FORGED).serialize()))
        fixture.advance(0.1)
        self.assertEqual(jsonFields(fixture.events[-1])["reason"], FORGED)

    def test_secrets(self) -> None:
        """
        Neither has credentials.
        """
        event = self.opened("http://me:pass@x", "bearer.abc", "token=abc")
        for text in (formatEvent(event), eventAsJSON(event)):
            self.assertNotIn("pass", text)
            self.assertNotIn("abc", text)

    def test_fieldIsLimited(self) -> None:
        """
        A field is valid Unicode of limited length.
        """
        examples: list[tuple[str | bytes, str]] = [
            ("Grüße", "Grüße"),
            (b"caf\xc3\xa9 \xff", "caf\u00e9 \\xff"),
            ("caf\u00e9 \udcff", "caf\u00e9 \\xff"),
            ("x" * 1000, "x" * PRINTED_LIMIT),
            ("\u20ac".encode() * 1000, "\u20ac" * PRINTED_LIMIT),
        ]
        for text, expected in examples:
            self.assertEqual(plain(text), expected)


class SwitchTests(SynchronousTestCase):
    """
    C{--no-log-connections}.
    """

    def test_off(self) -> None:
        """
        Neither line is logged, nor formatted. The other lines stay.
        """
        self.patch(connectionlog, "verbatim", None)
        fixture = EchoFixture(self, "--no-log-connections", "--log-messages")
        del fixture.lines[:]
        peer = fixture.connect()
        peer.sendText("Hello")
        peer.transport.hangUp()
        self.assertEqual(fixture.lines, ['Received: "Hello" from 192.0.2.1:50000'])
        self.assertEqual(fixture.factory.conversations, set())
