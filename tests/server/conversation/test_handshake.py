"""
Tests of L{echo.engine.handshake} and L{echo.server.hooks.serviceclass}.
"""

import gc
import re
import weakref
from collections import deque
from types import FunctionType, NoneType
from typing import Any

from autobahn.websocket.protocol import WebSocketProtocol
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from echo.server.hooks.serviceclass import prepareClass
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.handshake import upgradeRequest

DEFLATE = "permessage-deflate; client_max_window_bits, permessage-deflate"


class AnswerTests(SynchronousTestCase):
    """
    The 101.
    """

    def byAutobahn(self, request: bytes, *arguments: str) -> bytes:
        """
        @return: What Autobahn by itself answers, for a conversation without a name.
        """
        fixture = EchoFixture(self, *arguments)
        transport = fixture.dial().transport
        transport.unregisterProducer()
        transport.protocol = fixture.factory.buildProtocol(None)
        transport.protocol.makeConnection(transport)
        transport.arrive(request)
        transport.read()
        return transport.taken

    def test_sameBytesAsAutobahn(self) -> None:
        offers: list[dict[str, str]] = [
            {},
            {"Sec_WebSocket_Protocol": "chat, soap"},
            {"Sec_WebSocket_Extensions": DEFLATE},
            {
                "Sec_WebSocket_Protocol": "soap",
                "Sec_WebSocket_Extensions": f"x-other; a=1, {DEFLATE}",
            },
        ]
        for arguments in [(), ("--compression",), ("--subprotocol=soap",)]:
            for fields in offers:
                request = upgradeRequest(**fields)
                expected = self.byAutobahn(request, *arguments)
                self.assertIn(b" 101 ", expected)
                for pieces in ((request,), (request[:9], request[9:])):
                    peer = EchoFixture(self, *arguments).dial()
                    answer = b"".join(map(peer.send, pieces))
                    nameless = re.sub(rb"(?<=Connection: )[\da-f]+-\d+", b"", answer)
                    self.assertEqual(nameless, expected)


def mutable(kind: Any, factory: Any) -> list[str]:
    """
    @return: What a class has for all of its conversations, though one of them could
        change it. What is the factory's own is shared by Autobahn's conversations, too.
    """
    return [
        name
        for name, value in vars(kind).items()
        if not isinstance(value, (NoneType, bool, int, str, bytes, staticmethod))
        and not isinstance(value, (FunctionType, tuple))
        and value is not getattr(factory, name, None)
        and value is not factory
    ]


class SharedTests(SynchronousTestCase):
    """
    Attributes that conversations share.
    """

    def test_nothingMutable(self) -> None:
        for protocol in EchoProtocol, type("Service", (EchoProtocol,), {}):
            factory = EchoFixture(self, protocol=protocol).factory
            self.assertEqual(mutable(prepareClass(factory), factory), [])

    def test_newMutableAttributeIsFound(self) -> None:
        usual = WebSocketProtocol._connectionMade

        for value in [], {}, deque(), object():

            def connectionMade(self: Any, value: object = value) -> None:
                usual(self)
                self.newInAutobahn = value

            self.patch(WebSocketProtocol, "_connectionMade", connectionMade)
            factory = EchoFixture(self).factory
            self.assertEqual(mutable(prepareClass(factory), factory), ["newInAutobahn"])


class ConversationTests(SynchronousTestCase):
    """
    The attributes of an open conversation.
    """

    def conversation(self, fixture: EchoFixture) -> Any:
        """
        @return: The one that is open.
        """
        (found,) = fixture.factory.conversations
        return found

    def begin(self, peer: Peer) -> list[Any]:
        """
        Open a conversation.

        @return: References to all that twisted.web had for it.
        """
        request = upgradeRequest()
        peer.send(request[:40])
        channel = peer.transport.protocol
        left = [weakref.ref(channel), weakref.ref(channel.requests[0])]
        peer.send(request[40:])
        return left

    def test_noReferenceToHTTP(self) -> None:
        fixture = EchoFixture(self)
        peer = fixture.dial()
        left = self.begin(peer)
        whole = fixture.dial()
        left.append(weakref.ref(whole.transport.protocol))
        whole.open()
        self.assertEqual(len(fixture.factory.conversations), 2)
        gc.collect()
        self.assertEqual([reference() for reference in left], [None] * 3)

    def test_fewAttributes(self) -> None:
        """
        CPython's shared keys have room for thirty. One more attribute makes
        each object three times as large.
        """
        fixture = EchoFixture(self, "--max-message=1k")
        peer = fixture.connect()
        peer.sendText("Hello 1")
        conversation = self.conversation(fixture)
        self.assertLess(len(vars(conversation)), 25)
        self.assertNotIn("maxMessagePayloadSize", vars(conversation))
        self.assertEqual(conversation.maxMessagePayloadSize, 1024)

    def test_optionsOfFactoryAndService(self) -> None:
        class Short(EchoProtocol):
            maxMessagePayloadSize = 3

        for arguments, protocol, limit in [
            (("--max-message=1k",), EchoProtocol, 1024),
            (("--max-message=2k",), EchoProtocol, 2048),
            (("--max-message=2k",), Short, 3),
        ]:
            fixture = EchoFixture(self, *arguments, protocol=protocol)
            fixture.connect()
            conversation = self.conversation(fixture)
            self.assertIsInstance(conversation, protocol)
            self.assertEqual(conversation.maxMessagePayloadSize, limit)

    def test_noCycle(self) -> None:
        fixture = EchoFixture(self)
        gc.disable()
        self.addCleanup(gc.enable)
        for closing in (b"", b"\x88\x82\0\0\0\0\x03\xe8"):
            peer = fixture.connect()
            conversation = weakref.ref(self.conversation(fixture))
            peer.send(b"\x81\x82\0\0\0\0Hi" + closing)
            fixture.advance(0.1)
            peer.transport.hangUp()
            # As Twisted does, at the end.
            peer.transport.unregisterProducer()
            peer.transport.protocol = None
            self.assertIsNone(conversation())

    def test_countConnections(self) -> None:
        fixture = EchoFixture(self)
        peers = [fixture.connect() for _ in range(3)]
        self.assertEqual(fixture.factory.getConnectionCount(), 3)
        peers[0].transport.hangUp()
        self.assertEqual(fixture.factory.getConnectionCount(), 2)

    def test_onOpenRaises(self) -> None:
        class Broken(EchoProtocol):
            def onOpen(self) -> None:
                raise ArithmeticError("a mistake")

        fixture = EchoFixture(self, protocol=Broken)
        peer = fixture.connect()
        (close,) = peer.frames()
        self.assertEqual(bytes(close.data), b"\x03\xf3internal error")
        self.assertEqual(len(self.flushLoggedErrors(ArithmeticError)), 1)
        peer.transport.hangUp()
        self.assertEqual(fixture.factory.conversations, set())
        self.assertIn('1011 "internal error" by us', fixture.lines[-1])

    def test_constructorAndDeferreds(self) -> None:
        told: list[object] = []

        class Own(EchoProtocol):
            def __init__(self) -> None:
                super().__init__()
                self.is_open.addCallback(lambda _: told.append("open"))
                self.is_closed.addCallback(told.append)

        fixture = EchoFixture(self, protocol=Own)
        peer = fixture.connect()
        conversation = self.conversation(fixture)
        self.assertEqual(told, ["open"])
        peer.transport.hangUp()
        self.assertEqual(told, ["open", conversation])
