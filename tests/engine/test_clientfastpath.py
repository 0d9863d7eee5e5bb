"""
Tests of L{echo.engine.client}: the fast path.
"""

from collections.abc import Callable
from inspect import isfunction
from typing import Any

from autobahn.twisted.websocket import WebSocketClientProtocol
from twisted.internet.interfaces import IProtocol

from echo.client.protocol import ClientProtocol
from echo.engine import client as adapter
from echo.wire import choose
from tests.kit.client import ClientTestCase
from tests.kit.frames import BINARY, CLOSE, PING, PONG, TEXT, serverFrame

_Calls = list[str]


def _noting(kind: type[ClientProtocol], name: str, calls: _Calls) -> Any:
    """
    @return: A protocol that notes when a method is called.
    """

    def method(self: Any, *args: Any, **options: Any) -> Any:
        calls.append(name)
        return getattr(super(Noting, self), name)(*args, **options)

    class Noting(kind):  # type: ignore[valid-type,misc]  # it is a class
        pass

    setattr(Noting, name, method)
    return Noting


class Autobahns(ClientProtocol):
    """
    Sends and receives all messages by Autobahn.
    """

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """
        Receive a message.
        """
        super().onMessage(payload, isBinary)

    def sendMessage(self, *args: Any, **options: Any) -> None:
        """
        Send a message.
        """
        super().sendMessage(*args, **options)


class OverrideTests(ClientTestCase):
    """
    Protocols that override methods of Autobahn.
    """

    def _talk(self, kind: type[ClientProtocol]) -> None:
        server, connection = self.open(protocol=kind)
        connection.sendAll([b"1"], False)
        connection.send(b"2")
        self.assertEqual(server.frames(), [(TEXT, b"1"), (BINARY, b"2")])
        server.say(serverFrame(TEXT, b"1"), serverFrame(BINARY, b"2")[:2])
        server.say(serverFrame(BINARY, b"2")[2:])
        self.assertEqual(self.successResultOf(connection.receive()), "1")
        self.assertEqual(self.successResultOf(connection.receive()), b"2")
        server.hangUp()

    def test_overriddenMethodsAreCalled(self) -> None:
        """
        An overridden method of Autobahn is called on the fast path as often as without
        it. An override that sees messages or frames disables the fast path.
        """
        names = {
            name
            for kind in WebSocketClientProtocol.__mro__
            for name, value in vars(kind).items()
            if isfunction(value) and name not in {*vars(IProtocol), "__init__"}
        }
        seen = set()
        for name in sorted(names):
            calls: tuple[_Calls, _Calls] = ([], [])
            for kind, noted in zip((ClientProtocol, Autobahns), calls, strict=True):
                self._talk(_noting(kind, name, noted))
            self.assertEqual(*calls, name)
            seen.update(calls[0])
        self.assertLessEqual({"sendFrame", "onFrameBegin", "_onMessage"}, seen)

    def test_maskingCanBeTurnedOff(self) -> None:
        for kind in (ClientProtocol, Autobahns):
            server, connection = self.open(protocol=kind)
            connection.protocol.maskClientFrames = False
            connection.sendAll([b"1"], False)
            connection.protocol.sendPing(b"12345678")
            sent = server.transport.value()
            self.assertTrue(
                sent.startswith(serverFrame(TEXT, b"1") + serverFrame(PING)[:1]), sent
            )

    def test_zeroMasksLeavePayloadsUnchanged(self) -> None:
        for kind in (ClientProtocol, Autobahns):
            server, connection = self.open(protocol=kind)
            connection.protocol.applyMask = False
            connection.sendAll([b"12345"], False)
            self.assertEqual(server.transport.value()[6:], b"12345")

    def test_autoFragmentSize(self) -> None:
        for kind in (ClientProtocol, Autobahns):
            server, connection = self.open(protocol=kind)
            connection.protocol.autoFragmentSize = 2
            connection.sendAll([b"123"], False)
            self.assertEqual(server.frames(), [(TEXT, b"12"), (0, b"3")])

    def test_sendFrameWithAnyOpcodeMaskAndLength(self) -> None:
        server, connection = self.open()
        sendFrame = connection.protocol.sendFrame
        sendFrame(11, b"a", False, 7)
        sendFrame(opcode=TEXT, payload=b"ab", payload_len=5)
        sent = server.transport.value()
        self.assertEqual(sent[:2], b"\x7b\x81")
        server.transport.clear()
        server.transport.write(sent[7:])
        self.assertEqual(server.frames(), [(TEXT, b"ababa")])
        sendFrame(TEXT, b"\x01\x02", True, 0, b"\x01\x02\x03\x04")
        self.assertEqual(server.transport.value(), b"\x81\x82\0\0")  # Autobahn's own


class FastPathTests(ClientTestCase):
    """
    The choice between the fast path and Autobahn.
    """

    def setUp(self) -> None:
        super().setUp()
        self.seen: list[int] = []

        def onFrameBegin(protocol: Any) -> None:
            self.seen.append(protocol.current_frame.opcode)
            begin(protocol)

        begin: Callable[[Any], None] = WebSocketClientProtocol.onFrameBegin
        self.patch(WebSocketClientProtocol, "onFrameBegin", onFrameBegin)
        self.server, self.connection = self.open()

    def test_autobahnSeesUnusualFramesOnly(self) -> None:
        """
        Autobahn sees the frames that the fast path does not take, also in the middle of
        a read. All messages keep their order.
        """
        fragments = serverFrame(TEXT, b"3", fin=False) + serverFrame(0, b"3")
        self.server.say(
            serverFrame(TEXT, b"1"),
            serverFrame(PING, b"a"),
            serverFrame(TEXT, b"2"),
            fragments,
            serverFrame(TEXT, b"4"),
            serverFrame(PING, b"b"),
            serverFrame(TEXT, b"5")[:1],
        )
        self.server.say(serverFrame(TEXT, b"5")[1:])
        self.assertEqual(self.seen, [PING, TEXT, 0, PING])
        self.assertEqual(self.server.frames(), [(PONG, b"a"), (PONG, b"b")])
        for message in ("1", "2", "33", "4", "5"):
            self.assertEqual(self.successResultOf(self.connection.receive()), message)

    def test_autobahnSeesAllWhileClosing(self) -> None:
        """
        During a close, Autobahn sees all frames, also the frame that had begun before.
        """
        begun = serverFrame(TEXT, b"begun")
        self.server.say(begun[:4])
        closing = self.connection.close()
        self.server.say(begun[4:], serverFrame(TEXT, b"late"), serverFrame(CLOSE))
        self.assertEqual(self.seen, [TEXT, TEXT, CLOSE])
        for message in ("begun", "late"):
            self.assertEqual(self.successResultOf(self.connection.receive()), message)
        self.server.hangUp()
        self.successResultOf(closing)

    def test_handlerGetsAllMessagesFromNowOn(self) -> None:
        """
        A handler of Autobahn's gets all later messages, also the message that had begun
        before.
        """
        came: list[bytes] = []
        begun = serverFrame(TEXT, b"2")
        self.server.say(serverFrame(TEXT, b"1"), begun[:1])
        protocol: Any = self.connection.protocol
        protocol.on("message", lambda payload, is_binary: came.append(payload))
        self.server.say(begun[1:], serverFrame(TEXT, b"3"))
        protocol.on("message", lambda payload, is_binary: came.append(payload))
        self.server.say(serverFrame(TEXT, b"4"))
        self.assertEqual(came, [b"2", b"3", b"4", b"4"])
        for message in ("1", "2", "3", "4"):
            self.assertEqual(self.successResultOf(self.connection.receive()), message)

    def test_handlerBeforeOpenGetsAllMessages(self) -> None:
        came: list[bytes] = []
        server, attempt = self.dial()
        protocol: Any = server.protocol
        while not isinstance(protocol, ClientProtocol):
            protocol = protocol._wrappedProtocol
        listened: Any = protocol
        listened.on("message", lambda payload, is_binary: came.append(payload))
        server.accept()
        server.say(serverFrame(TEXT, b"1"))
        self.assertEqual(came, [b"1"])
        self.successResultOf(attempt)
        server.hangUp()

    def test_nothingIsReadAfterAbandon(self) -> None:
        first = self.connection.receive()
        first.addCallback(lambda _: self.connection.abandon("enough"))
        self.server.say(serverFrame(TEXT, b"1"), serverFrame(PING, b"?"))
        self.successResultOf(first)
        self.assertEqual(self.server.frames(), [])
        self.assertEqual(self.seen, [])

    def test_noFastPathWithCompression(self) -> None:
        server, attempt = self.dial(compression=True)
        server.accept("Sec-WebSocket-Extensions: permessage-deflate")
        connection = self.successResultOf(attempt)
        server.say(serverFrame(TEXT, b"1"))
        self.assertEqual(self.seen, [TEXT])
        connection.sendAll([b"1"], False)
        self.assertEqual(server.transport.value()[:1], b"\xc1")
        server.hangUp()

    def test_eachFrameHasRandomMask(self) -> None:
        """
        Each frame has a mask from the system's random source: messages, pings and
        closes.
        """
        taken: list[bytes] = []

        class Known:
            def take(self, count: int) -> bytes:
                taken.append(bytes(range(4 * len(taken), 4 * (len(taken) + count))))
                return taken[-1]

        self.patch(adapter, "masks", Known())
        self.connection.sendAll([b"1"], True)
        self.connection.send("2")
        self.connection.protocol.sendPing(b"12345678")
        self.server.say(serverFrame(PING))
        self.connection.close()
        sent = self.server.transport.value()
        for mask in taken:
            self.assertIn(mask, sent)
        self.assertEqual(len(taken), 5)

    def test_severalMessagesInOneWrite(self) -> None:
        writes: list[bytes] = []
        self.patch(self.server.transport, "write", writes.append)
        self.connection.sendAll([b"1", b"2", b"3"], False)
        self.assertEqual(len(writes), 1)

    def test_codecOfTheEnvironment(self) -> None:
        factory: Any = self.connection.protocol.factory
        self.assertIs(factory.wire, choose())
