"""
Tests of L{echo.server.hooks.hookrules}: what a service's class may override, and
that it is called then.
"""

from collections.abc import Callable
from functools import partialmethod
from importlib import import_module
from typing import Any

from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.interfaces import (
    IWebSocketChannel,
    IWebSocketChannelFrameApi,
    IWebSocketChannelStreamingApi,
)
from autobahn.websocket.types import ConnectionDeny
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from echo.server.conversation.readgate import HoldReason
from echo.server.hooks import hookrules
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import CLOSE, PING, PONG, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.pumping import PumpingTestCase, TLSPumpingTestCase, echoes

#: Autobahn's hooks and methods that see what arrives, each with what makes it called.
RECEIVING = {
    "consumeData": frame(TEXT, b"1"),
    "dataReceived": frame(TEXT, b"1"),
    "onCloseFrame": frame(CLOSE),
    "onFrameBegin": frame(TEXT, b"1"),
    "onFrameData": frame(TEXT, b"1"),
    "onFrameEnd": frame(TEXT, b"1"),
    "onMessage": frame(TEXT, b"1"),
    "onMessageBegin": frame(TEXT, b"1"),
    "onMessageEnd": frame(TEXT, b"1"),
    "onMessageFrame": frame(TEXT, b"1"),
    "onMessageFrameBegin": frame(TEXT, b"1"),
    "onMessageFrameData": frame(TEXT, b"1"),
    "onMessageFrameEnd": frame(TEXT, b"1"),
    "onPing": frame(PING),
    "onPong": frame(PONG),
    "processControlFrame": frame(PING),
    "processData": frame(TEXT, b"1"),
}

#: Those that see what is sent.
SENDING = {
    "dropConnection": frame(CLOSE),
    "sendCloseFrame": frame(CLOSE),
    "sendData": frame(TEXT, b"1"),
    "sendFrame": frame(TEXT, b"1"),
    "sendMessage": frame(TEXT, b"1"),
    "sendPong": frame(PING),
    "unregisterProducer": frame(CLOSE),
}

#: Those that Autobahn calls where an option says so, or that are for a service to call.
#: Whoever overrides one has Autobahn see every message, too.
OTHERS = {
    *("beginMessage", "beginMessageFrame", "endMessage"),
    *("sendMessageFrame", "sendMessageFrameData", "sendPreparedMessage"),
    *("sendClose", "sendPing", "registerProducer"),
    *("logRxFrame", "logRxOctets", "logTxFrame", "logTxOctets", "setTrackTimings"),
    *("fire", "off", "on", "set_valid_events", "succeedHandshake"),
}


def service(name: str, hook: Callable[..., Any]) -> type[EchoProtocol]:
    """
    @return: A service with this hook.
    """
    return type("Service", (EchoProtocol,), {name: hook})


def spy(name: str) -> tuple[type[EchoProtocol], list[Any]]:
    """
    @return: A service that overrides a method and calls Autobahn's, and a list of the
        arguments that it is called with.
    """
    calls: list[Any] = []

    def hook(self: Any, *arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        return getattr(super(kind, self), name)(*arguments, **options)

    kind = service(name, hook)
    return kind, calls


class WalkTests(SynchronousTestCase):
    """
    Everything that there is to override.
    """

    def test_all(self) -> None:
        """
        Somebody has decided on each public method of Autobahn's server protocol, and on
        each hook of its interfaces. A new version of Autobahn that has more fails here:
        if nothing here calls the new one, it belongs into L{hookrules.REFUSED}.
        """
        methods = {
            name
            for name in dir(WebSocketServerProtocol)
            if callable(getattr(WebSocketServerProtocol, name)) and name[0] != "_"
        }
        documented = {
            name
            for interface in (
                IWebSocketChannel,
                IWebSocketChannelFrameApi,
                IWebSocketChannelStreamingApi,
            )
            for name in dir(interface)
            if name.startswith("on")
        }
        decided = [
            hookrules.LIFECYCLE - {"agree"},
            {name for name in hookrules.REFUSED if name[0] != "_"},
            set(RECEIVING),
            set(SENDING),
            OTHERS,
        ]
        self.assertEqual(set().union(*decided), methods | documented)
        self.assertEqual(sum(map(len, decided)), len(set().union(*decided)))

    def test_options(self) -> None:
        """
        The options that the plain path keeps to are Autobahn's, with values that it
        has by default.
        """
        factory = EchoFixture(self).factory
        for name, value in hookrules.OPTIONS.items():
            self.assertEqual(getattr(factory, name), value)


class RefusedTests(SynchronousTestCase):
    """
    Classes that a daemon cannot be made with.
    """

    def refused(self, kind: Any) -> str:
        """
        @return: Why.
        """
        error = self.assertRaises(TypeError, EchoFixture, self, protocol=kind)
        return str(error)

    def test_neverCalled(self) -> None:
        """
        A hook that would not be called is named, and what to do instead.
        """
        for name, advice in hookrules.REFUSED.items():
            self.assertEqual(
                self.refused(service(name, lambda self: None)),
                f"Service.{name} would never be called: {advice}",
            )

    def test_inherited(self) -> None:
        """
        It is found in a base of the class, too.
        """

        class Base:
            def processHandshake(self) -> None:
                pass

        class Service(Base, EchoProtocol):
            pass

        self.assertIn("Base.processHandshake would never", self.refused(Service))

    def test_coroutine(self) -> None:
        """
        Nothing awaits a hook but C{onConnect}.
        """

        async def hook(self: Any, *arguments: object) -> None:
            pass

        for name in ("reply", "onOpen", "onClose", "connectionMade", *RECEIVING):
            self.assertIn(
                f"Service.{name} must not be a coroutine function",
                self.refused(service(name, hook)),
            )

    def test_behind(self) -> None:
        """
        Python would never find a hook in a base behind the daemon's own class.
        """

        class Guard(WebSocketServerProtocol):
            def onConnect(self, request: object) -> None:
                pass

        class Service(EchoProtocol, Guard):  # type: ignore[misc]
            pass

        self.assertEqual(
            self.refused(Service),
            "Guard.onConnect would never be called: Guard must come before"
            " EchoProtocol in the bases",
        )

    def test_notOurs(self) -> None:
        """
        A class must be a subclass of the daemon's own.
        """
        for kind in (WebSocketServerProtocol, lambda: None):
            self.assertIn("is not a subclass of EchoProtocol", self.refused(kind))


class SeenTests(SynchronousTestCase):
    """
    Hooks in memory, with each of the codecs.
    """

    def connect(
        self,
        kind: type[EchoProtocol],
        codec: str = "pure",
        *arguments: str,
        target: str = "/socket",
        **fields: str,
    ) -> Peer:
        """
        @return: The peer of a new conversation.
        """
        try:
            wire = import_module(f"echo.wire.{codec}").Wire()
        except ImportError:
            wire = import_module("echo.wire.pure").Wire()
        self.fixture = EchoFixture(self, *arguments, protocol=kind)
        self.fixture.factory.wire = wire
        return self.fixture.connect(target, **fields)

    def seen(self) -> int:
        """
        @return: How many messages Autobahn has seen.
        """
        (conversation,) = self.fixture.factory.conversations
        return int(conversation.trafficStats.incomingWebSocketMessages)

    def test_called(self) -> None:
        """
        Whichever hook a service overrides, it is called, for every message, and what
        it hands on is echoed.
        """
        for codec in "pure", "compiled":
            for name, data in (RECEIVING | SENDING).items():
                kind, calls = spy(name)
                peer = self.connect(kind, codec)
                peer.send(frame(TEXT, b"0"))
                for count in range(1 if data[0] & 15 == CLOSE else 3):
                    before = len(calls)
                    self.assertNotEqual(peer.send(data), data[:-1])
                    self.assertGreater(len(calls), before, (name, count))
                self.assertIn(("0"), peer.messages())

    def test_notPlain(self) -> None:
        """
        Nor does any of the others leave a message to the plain path.
        """
        for codec in "pure", "compiled":
            for name in {*RECEIVING, *SENDING, *OTHERS, "_onMessage", "reply"}:
                peer = self.connect(spy(name)[0], codec)
                peer.send(frame(TEXT, b"1") * 3)
                self.assertEqual((self.seen(), peer.messages()), (3, ["1"] * 3), name)

    def test_plain(self) -> None:
        """
        Who overrides nothing that sees a message keeps the plain path.
        """
        for name in hookrules.LIFECYCLE | {"__init__"}:
            peer = self.connect(spy(name)[0])
            peer.send(frame(TEXT, b"1") * 3)
            self.assertEqual((self.seen(), peer.messages()), (0, ["1"] * 3), name)

    def test_compressed(self) -> None:
        """
        A hook is called where compression was agreed on, too.
        """
        offer = {"Sec_WebSocket_Extensions": "permessage-deflate"}
        for name, data in (RECEIVING | SENDING).items():
            kind, calls = spy(name)
            peer = self.connect(kind, "pure", "--compression", **offer)
            calls.clear()
            peer.send(data)
            self.assertGreater(len(calls), 0, name)

    def test_streaming(self) -> None:
        """
        A service may collect messages in a way of its own, and call nothing of
        Autobahn's, with compression and without.
        """
        told: list[Any] = []

        class Streaming(EchoProtocol):
            def onMessageBegin(self, isBinary: bool) -> None:
                told.append("begin")

            def onMessageFrameBegin(self, length: int) -> None:
                told.append(length)

            def onMessageFrameData(self, payload: bytes) -> None:
                told.append(payload)

            def onMessageFrameEnd(self) -> None:
                told.append("frame")

            def onMessageEnd(self) -> None:
                told.append("end")

        offer = {"Sec_WebSocket_Extensions": "permessage-deflate"}
        for arguments, fields in ((), {}), (("--compression",), offer):
            told.clear()
            peer = self.connect(Streaming, "pure", *arguments, **fields)
            peer.send(frame(TEXT, b"1", fin=False) + frame(0, b"2"))
            self.assertEqual(told, ["begin", 1, b"1", "frame", 1, b"2", "frame", "end"])

    def test_behaving(self) -> None:
        """
        A hook is called where a peer asked for misbehaviour, too.
        """
        for query in "delay=1ms", "fragment=1", "nopong=1", "slow=1m/s":
            for name, data in RECEIVING.items():
                kind, calls = spy(name)
                peer = self.connect(kind, target=f"/socket?{query}")
                calls.clear()
                peer.send(data)
                self.fixture.advance(0.1)
                self.assertGreater(len(calls), 0, (query, name))

    def test_fragments(self) -> None:
        """
        Whoever overrides C{sendMessage} gets whole messages, if they go out in
        fragments, too. It may leave Autobahn's options out where none is used.
        """
        kind, calls = spy("sendMessage")
        peer = self.connect(kind, target="/socket?fragment=2")
        peer.send(frame(TEXT, b"123"))
        self.assertEqual(calls, [(b"123", False)])
        self.assertEqual([bytes(each.data) for each in peer.frames()], [b"12", b"3"])

        class Short(EchoProtocol):
            def sendMessage(self, payload: bytes, isBinary: bool = False) -> None:  # type: ignore[override]
                super().sendMessage(payload.upper(), isBinary)

        peer = self.connect(Short, target="/socket?repeat=2")
        peer.send(frame(TEXT, b"a"))
        self.assertEqual(peer.messages(), ["A", "A"])

    def test_order(self) -> None:
        """
        Hooks are called in Autobahn's order, once each, whether or not the request
        comes in one piece.
        """
        names = (
            *("makeConnection", "connectionMade", "onConnect", "onOpen"),
            *("onMessage", "onCloseFrame", "onClose", "connectionLost"),
        )
        order: list[str] = []

        def noting(name: str) -> Callable[..., Any]:
            def hook(self: Any, *arguments: Any) -> Any:
                order.append(name)
                return getattr(super(kind, self), name)(*arguments)

            return hook

        kind = type("Service", (EchoProtocol,), {name: noting(name) for name in names})
        for cut in 0, 9:
            order.clear()
            fixture = EchoFixture(self, protocol=kind)
            peer = fixture.dial()
            data = upgradeRequest() + frame(TEXT, b"1") + frame(CLOSE)
            peer.send(data[:cut])
            peer.send(data[cut:])
            fixture.advance(0.1)
            # Autobahn tells onClose from within connectionLost.
            expected = [*names[:-2], "connectionLost", "onClose"]
            self.assertEqual(order, expected)

    def test_mixin(self) -> None:
        """
        A hook may come from a mixin.
        """
        told = []

        class Noting:
            def onMessage(self, payload: bytes, isBinary: bool) -> None:
                told.append(payload)
                super().onMessage(payload, isBinary)  # type: ignore[misc]

        class Service(Noting, EchoProtocol):
            pass

        peer = self.connect(Service)
        peer.send(frame(TEXT, b"1"))
        self.assertEqual((told, peer.messages()), ([b"1"], ["1"]))

    def test_options(self) -> None:
        """
        Autobahn's options about messages end the plain path where they are not as
        usual, of a service and of the factory.
        """
        for name, value in hookrules.OPTIONS.items():
            other: Any = 7 if name == "autoFragmentSize" else not value
            peer = self.connect(type("Service", (EchoProtocol,), {name: other}))
            peer.send(frame(TEXT, b"1"))
            self.assertEqual(self.seen(), 1, name)

    def test_limits(self) -> None:
        """
        A limit of a service's own is kept to on the plain path.
        """
        for name in "maxMessagePayloadSize", "maxFramePayloadSize":
            peer = self.connect(type("Service", (EchoProtocol,), {name: 3}))
            peer.send(frame(TEXT, b"123"))
            self.assertEqual((self.seen(), peer.messages()), (0, ["123"]))
            self.assertEqual(peer.send(frame(TEXT, b"1234"))[2:4], b"\x03\xf1")

    def test_octets(self) -> None:
        """
        With C{logOctets}, Autobahn's hooks get all that is read and sent.
        """
        frames = {"logRxOctets": frame(TEXT, b"1"), "logTxOctets": b"\x81\x011"}
        for name, expected in frames.items():
            kind, calls = spy(name)
            kind.logOctets = True
            self.connect(kind).send(frame(TEXT, b"1"))
            self.assertEqual(calls[-1][0], expected)


class InstanceTests(SynchronousTestCase):
    """
    Hooks that are assigned to a conversation.
    """

    def connect(self, kind: type[EchoProtocol]) -> Peer:
        """
        @return: The peer of a new conversation.
        """
        self.fixture = EchoFixture(self, "--metrics", "tcp:0", protocol=kind)
        return self.fixture.connect()

    def test_before(self) -> None:
        """
        A hook that is assigned before the conversation is open sees all messages.
        """
        told: list[bytes] = []

        class Early(EchoProtocol):
            def __init__(self) -> None:
                super().__init__()
                self.onMessage = lambda payload, isBinary: told.append(payload)  # type: ignore[method-assign]

        class Late(EchoProtocol):
            def onOpen(self) -> None:
                self.onMessage = lambda payload, isBinary: told.append(payload)  # type: ignore[method-assign]

        for kind in Early, Late:
            self.connect(kind).send(frame(TEXT, b"1"))
            self.assertEqual(told, [b"1"])
            told.clear()

    def test_meanwhile(self) -> None:
        """
        So does one that is assigned later, from the next message on. The message that
        has begun is not lost, and nothing is counted twice.
        """
        told: list[bytes] = []

        class Service(EchoProtocol):
            def onOpen(self) -> None:
                self.color = "red"

        peer = self.connect(Service)
        (conversation,) = self.fixture.factory.conversations
        peer.send(frame(TEXT, b"1") + frame(TEXT, b"23")[:-1])
        self.assertEqual(conversation.trafficStats.incomingWebSocketMessages, 0)
        usual = conversation.onMessage

        def onMessage(payload: bytes, isBinary: bool) -> None:
            told.append(payload)
            usual(payload, isBinary)

        conversation.onMessage = onMessage
        peer.send(frame(TEXT, b"23")[-1:] + frame(TEXT, b"4"))
        self.assertEqual(told, [b"23", b"4"])
        self.assertEqual(peer.messages(), ["1", "23", "4"])
        heard = conversation.frameReader.heard()
        self.assertEqual(heard, 7 + 8 + 7)
        peer.send(frame(CLOSE))
        self.fixture.reactor.advance(0)
        self.assertIn(
            "received 3 messages 4 bytes, sent 3 messages 4 bytes",
            self.fixture.lines[-1],
        )

    def test_listener(self) -> None:
        """
        So does a listener of Autobahn's.
        """
        told: list[bytes] = []

        class Service(EchoProtocol):
            def onOpen(self) -> None:
                for _ in range(2):
                    self.on("message", lambda payload, is_binary: told.append(payload))

        peer = self.connect(Service)
        peer.send(frame(TEXT, b"1"))
        self.assertEqual((told, peer.messages()), ([b"1", b"1"], ["1"]))

    def test_coroutine(self) -> None:
        """
        A coroutine function that is assigned is a mistake, and the log says which.
        """

        async def onMessage(payload: bytes, isBinary: bool) -> None:
            pass

        class Service(EchoProtocol):
            def onOpen(self) -> None:
                self.onMessage = onMessage  # type: ignore[method-assign,assignment]

        peer = self.connect(Service)
        self.assertEqual(bytes(peer.frames()[0].data), b"\x03\xf3internal error")
        (failure,) = self.flushLoggedErrors(TypeError)
        self.assertIn("onMessage must not be a coroutine", failure.getErrorMessage())

    def test_awaitedByNobody(self) -> None:
        """
        Nor is a coroutine that C{onMessage} returns dropped without a word.
        """

        async def never() -> None:
            pass

        coroutine = never()
        self.addCleanup(coroutine.close)

        class Service(EchoProtocol):
            def onMessage(self, payload: bytes, isBinary: bool) -> Any:
                return coroutine

        peer = self.connect(Service)
        peer.send(frame(TEXT, b"1"))
        (error,) = self.flushLoggedErrors(TypeError)
        self.assertIn("onMessage() returned a coroutine", str(error.value))

    def test_onCloseFails(self) -> None:
        """
        A mistake in C{onClose} is logged, and the conversation is forgotten all the
        same.
        """

        class Service(EchoProtocol):
            def onClose(self, wasClean: bool, code: object, reason: object) -> None:
                raise ArithmeticError("a mistake")

        peer = self.connect(Service)
        peer.transport.hangUp()
        self.assertEqual(len(self.flushLoggedErrors(ArithmeticError)), 1)
        self.assertEqual(self.fixture.factory.conversations, set())


class PumpTests(PumpingTestCase):
    """
    Hooks of conversations that would be pumped.
    """

    def test_notLeased(self) -> None:
        """
        Where a service sees messages, no conversation is pumped, and every message is
        seen.
        """
        for name in (*RECEIVING, *SENDING, *OTHERS, "reply"):
            self.protocol = spy(name)[0]
            self.setUp()
            peer = self.dial()
            for _ in range(3):
                self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
                self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
            stats = self.conversation().trafficStats
            self.assertEqual(stats.incomingWebSocketMessages, 3)

    def test_leased(self) -> None:
        """
        A service that sees none is pumped; what is assigned to a conversation then
        ends the lease.
        """
        self.protocol = spy("onOpen")[0]
        self.setUp()
        peer = self.connect()
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.say(peer, frame(TEXT, b"12")[:-1])
        told: list[bytes] = []
        self.conversation().onMessage = lambda payload, isBinary: told.append(payload)
        self.say(peer, frame(TEXT, b"12")[-1:] + frame(TEXT, b"3"))
        self.assertEqual(told, [b"12", b"3"])
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.conversation().frameReader.heard(), 7 + 8 + 7)


class SecureTests(TLSPumpingTestCase):
    """
    Hooks of conversations inside TLS.
    """

    def test_notLeased(self) -> None:
        """
        Where a service sees messages, no conversation is pumped, and every message is
        seen.
        """
        for name in (*RECEIVING, *SENDING, *OTHERS, "reply"):
            self.protocol = spy(name)[0]
            self.setUp()
            peer = self.connect()
            for _ in range(3):
                self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
                self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
            stats = self.conversation().trafficStats
            self.assertEqual(stats.incomingWebSocketMessages, 3)


class AssignedTests(SynchronousTestCase):
    """
    Hooks that are assigned to an instance, or to a class after the daemon was
    assembled with it.
    """

    def test_onConnect(self) -> None:
        """
        An instance's own C{onConnect} decides, like that of a class.
        """

        def deny(request: object) -> None:
            raise ConnectionDeny(403)

        class Early(EchoProtocol):
            def __init__(self) -> None:
                super().__init__()
                self.onConnect = deny  # type: ignore[method-assign]

        class Late(EchoProtocol):
            def connectionMade(self) -> None:
                super().connectionMade()
                self.onConnect = deny  # type: ignore[method-assign]

        for kind in Early, Late:
            peer = EchoFixture(self, protocol=kind).dial()
            self.assertEqual(peer.open().status_code, 403)

    def test_refused(self) -> None:
        """
        An instance with a hook that would not be called does not become a conversation,
        nor does one with a coroutine function, which nothing would await.
        """

        async def hook(*arguments: object) -> None:
            pass

        for name in ("processHandshake", "_connectionLost", "onPong", "onOpen"):

            def connectionMade(self: Any, name: str = name) -> None:
                vars(self)[name] = hook

            fixture = EchoFixture(
                self, protocol=service("connectionMade", connectionMade)
            )
            self.assertEqual(fixture.dial().open().status_code, 500)
            (error,) = self.flushLoggedErrors(TypeError)
            self.assertIn(name, str(error.value))

    def test_refusedLater(self) -> None:
        """
        A conversation that gets such a hook in C{onOpen} ends with 1011.
        """

        def onOpen(self: Any) -> None:
            self.onAutoPong = print

        peer = EchoFixture(self, protocol=service("onOpen", onOpen)).connect()
        self.assertEqual([each.data[:2] for each in peer.frames()], [b"\x03\xf3"])
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)

    def test_silently(self) -> None:
        """
        A hook is called if it comes into the instance without an assignment.
        """
        told = []

        def connectionMade(self: Any) -> None:
            vars(self).update(onMessage=lambda *arguments: told.append(arguments))

        kind = service("connectionMade", connectionMade)
        EchoFixture(self, protocol=kind).connect().send(frame(TEXT, b"1"))
        self.assertEqual(told, [(b"1", False)])

    def test_ownSetattr(self) -> None:
        """
        A class may watch the assignments to its instances itself.
        """
        told = []

        def assign(self: Any, name: str, value: object) -> None:
            told.append(name)
            object.__setattr__(self, name, value)

        kind = service("__setattr__", assign)
        EchoFixture(self, protocol=kind).connect()
        self.assertIn("state", told)

    def test_class(self) -> None:
        """
        A hook that is assigned to a class, even to the daemon's own, is called in each
        conversation that begins after that.
        """
        told: list[str] = []
        for kind in type("Service", (EchoProtocol,), {}), EchoProtocol:
            for name in hookrules.CALLED:
                told.clear()
                fixture = EchoFixture(self, protocol=kind)
                fixture.connect().send(frame(TEXT, b"1"))

                original = getattr(kind, name)

                def hook(
                    *arguments: Any, name: str = name, original: Any = original
                ) -> Any:
                    told.append(name)
                    return original(*arguments)

                before = vars(kind).get(name)
                setattr(kind, name, hook)
                try:
                    peer = fixture.dial()
                    peer.send(upgradeRequest())
                    for data in (
                        frame(TEXT, b"1"),
                        frame(PING),
                        frame(PONG),
                        frame(CLOSE),
                    ):
                        peer.send(data)
                finally:
                    if before is None:
                        delattr(kind, name)
                    else:
                        setattr(kind, name, before)
                self.flushLoggedErrors()
                self.assertIn(name, told)

    def test_noModule(self) -> None:
        """
        A class may be made where there is no C{__name__}, as in a C{.tac} file.
        """
        made: dict[str, Any] = {"Base": EchoProtocol}
        exec("C = type('C', (Base,), {})", made)  # noqa: S102  as twistd does
        self.assertEqual(
            EchoFixture(self, protocol=made["C"]).dial().open().status_code, 101
        )


class MistakeTests(SynchronousTestCase):
    """
    A hook that raises an exception.
    """

    def mistake(self, name: str, data: bytes) -> list[Any]:
        """
        @return: The frames that the peer gets, and the hooks that the log names.
        """

        def hook(self: Any, *arguments: object) -> None:
            raise ZeroDivisionError

        fixture = EchoFixture(self, protocol=service(name, hook))
        peer = fixture.connect()
        for piece in data, frame(TEXT, b"2"), frame(CLOSE, b"\x03\xf3"):
            if peer.transport.lost is None:
                peer.send(piece)
            fixture.advance(0)
        fixture.advance(0.1)
        self.assertIsNotNone(peer.transport.lost)
        self.assertIn('1011 "internal error" by us', fixture.lines[-1])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        failed = [each for each in fixture.events if each.get("event") == "failed"]
        return [
            [each.data for each in peer.frames()],
            [each["hook"] for each in failed],
        ]

    def test_receiving(self) -> None:
        """
        The peer is told 1011, the log has one event that names the hook, and its last
        line says that the daemon has closed.
        """
        expected = [b"\x03\xf3internal error"]
        for name, data in RECEIVING.items():
            self.assertEqual(self.mistake(name, data), [expected, [f"{name}()"]])
            if data == frame(TEXT, b"1") and name not in ("onMessage", "onMessageEnd"):
                part = frame(TEXT, b"1", fin=False)
                self.assertEqual(self.mistake(name, part), [expected, [f"{name}()"]])

    def test_sending(self) -> None:
        """
        A method that is called by the daemon's own C{onMessage} is named, too.
        """
        expected = [[b"\x03\xf3internal error"], ["sendMessage()"]]
        self.assertEqual(self.mistake("sendMessage", frame(TEXT, b"1")), expected)

    def test_later(self) -> None:
        """
        So it is where a message has waited for its turn.
        """

        class Service(EchoProtocol):
            def onMessage(self, payload: bytes, isBinary: bool) -> None:
                if payload == b"2":
                    raise ZeroDivisionError
                self.factory.fairness.left = 0

        fixture = EchoFixture(self, protocol=Service)
        peer = fixture.connect()
        peer.send(frame(TEXT, b"1") + frame(TEXT, b"2") * 2)
        fixture.advance(0.1)
        peer.send(frame(CLOSE, b"\x03\xf3"))
        fixture.advance(0.1)
        self.assertIn('1011 "internal error" by us', fixture.lines[-1])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_connectionMade(self) -> None:
        """
        The peer gets 500 where C{connectionMade} or C{makeConnection} raises.
        """
        for name in "connectionMade", "makeConnection":

            def hook(self: Any, *arguments: object) -> None:
                raise ZeroDivisionError

            fixture = EchoFixture(self, protocol=service(name, hook))
            peer = fixture.dial()
            self.assertEqual(peer.open().status_code, 500)
            fixture.advance(0.1)
            self.assertIn(f"{name}() failed", fixture.lines[-1])
            self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_connectionLost(self) -> None:
        """
        C{connectionLost} may raise: the conversation is over and counted all the same.
        """

        def hook(self: Any, *arguments: object) -> None:
            raise ZeroDivisionError

        fixture = EchoFixture(self, protocol=service("connectionLost", hook))
        peer = fixture.connect()
        peer.transport.hangUp()
        self.assertEqual(fixture.factory.conversations, set())
        self.assertIn("Closed 192.0.2.1", fixture.lines[-1])
        (event,) = [each for each in fixture.events if each.get("event") == "failed"]
        self.assertEqual(event["hook"], "connectionLost()")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_closing(self) -> None:
        """
        A C{reply} that closes the connection and then raises is logged. The peer gets
        the close that was sent, and no other one.
        """

        class Service(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                self.sendClose(4001)
                raise ZeroDivisionError

        fixture = EchoFixture(self, protocol=Service)
        peer = fixture.connect()
        peer.send(frame(TEXT, b"1"))
        fixture.advance(0)
        self.assertEqual([each.data for each in peer.frames()], [b"\x0f\xa1"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_function(self) -> None:
        """
        A hook that is no function of the class, C{partialmethod} for example, is
        named after the function that was called.
        """

        def helper(*arguments: object) -> None:
            raise ZeroDivisionError

        class Service(EchoProtocol):
            onMessage = partialmethod(helper)

        fixture = EchoFixture(self, protocol=Service)
        peer = fixture.connect()
        peer.send(frame(TEXT, b"1"))
        fixture.advance(0)
        (event,) = [each for each in fixture.events if each.get("event") == "failed"]
        self.assertIn(event["hook"], ("helper()", "_method()"))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
