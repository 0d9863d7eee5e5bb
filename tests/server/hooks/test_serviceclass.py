"""
Tests of L{echo.server.hooks.serviceclass}: hooks that are assigned to instances, and to
classes after the daemon was assembled.
"""

from typing import Any

from autobahn.websocket.types import ConnectionDeny
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from echo.server.hooks import hookrules
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import CLOSE, PING, PONG, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.server.hooks.watching import service


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

    def test_assignedBeforeOpen(self) -> None:
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

    def test_assignedWhileOpen(self) -> None:
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

    def test_listenerOfAutobahn(self) -> None:
        told: list[bytes] = []

        class Service(EchoProtocol):
            def onOpen(self) -> None:
                for _ in range(2):
                    self.on("message", lambda payload, is_binary: told.append(payload))

        peer = self.connect(Service)
        peer.send(frame(TEXT, b"1"))
        self.assertEqual((told, peer.messages()), ([b"1", b"1"], ["1"]))

    def test_coroutineFunction(self) -> None:
        async def onMessage(payload: bytes, isBinary: bool) -> None:
            pass

        class Service(EchoProtocol):
            def onOpen(self) -> None:
                self.onMessage = onMessage  # type: ignore[method-assign,assignment]

        peer = self.connect(Service)
        self.assertEqual(bytes(peer.frames()[0].data), b"\x03\xf3internal error")
        (failure,) = self.flushLoggedErrors(TypeError)
        self.assertIn("onMessage must not be a coroutine", failure.getErrorMessage())

    def test_returnedCoroutine(self) -> None:
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

    def test_onCloseRaises(self) -> None:
        class Service(EchoProtocol):
            def onClose(self, wasClean: bool, code: object, reason: object) -> None:
                raise ArithmeticError("a mistake")

        peer = self.connect(Service)
        peer.transport.hangUp()
        self.assertEqual(len(self.flushLoggedErrors(ArithmeticError)), 1)
        self.assertEqual(self.fixture.factory.conversations, set())


class AssignedTests(SynchronousTestCase):
    """
    Hooks that are assigned before the conversation opens, or to a class.
    """

    def test_instancesOnConnect(self) -> None:
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

    def test_refusedHookBeforeOpen(self) -> None:
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

    def test_refusedHookInOnOpen(self) -> None:
        def onOpen(self: Any) -> None:
            self.onAutoPong = print

        peer = EchoFixture(self, protocol=service("onOpen", onOpen)).connect()
        self.assertEqual([each.data[:2] for each in peer.frames()], [b"\x03\xf3"])
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)

    def test_hookWithoutAssignment(self) -> None:
        told = []

        def connectionMade(self: Any) -> None:
            vars(self).update(onMessage=lambda *arguments: told.append(arguments))

        kind = service("connectionMade", connectionMade)
        EchoFixture(self, protocol=kind).connect().send(frame(TEXT, b"1"))
        self.assertEqual(told, [(b"1", False)])

    def test_servicesSetattr(self) -> None:
        told = []

        def assign(self: Any, name: str, value: object) -> None:
            told.append(name)
            object.__setattr__(self, name, value)

        kind = service("__setattr__", assign)
        EchoFixture(self, protocol=kind).connect()
        self.assertIn("state", told)

    def test_hookOfClass(self) -> None:
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

    def test_classWithoutModule(self) -> None:
        made: dict[str, Any] = {"Base": EchoProtocol}
        exec("C = type('C', (Base,), {})", made)  # noqa: S102  as twistd does
        self.assertEqual(
            EchoFixture(self, protocol=made["C"]).dial().open().status_code, 101
        )
