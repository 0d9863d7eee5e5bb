"""
Tests of L{echo.server.hooks.hookrules}: which classes the daemon refuses.
"""

from typing import Any

from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.interfaces import (
    IWebSocketChannel,
    IWebSocketChannelFrameApi,
    IWebSocketChannelStreamingApi,
)
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from echo.server.hooks import hookrules
from tests.kit.daemon import EchoFixture
from tests.server.hooks.watching import OTHERS, RECEIVING, SENDING, service


class WalkTests(SynchronousTestCase):
    """
    All hooks of Autobahn.
    """

    def test_everyHookHasARule(self) -> None:
        """
        A new hook of Autobahn fails here. If the daemon does not call it, it
        belongs into L{hookrules.REFUSED}.
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

    def test_optionsHaveAutobahnsDefaults(self) -> None:
        factory = EchoFixture(self).factory
        for name, value in hookrules.OPTIONS.items():
            self.assertEqual(getattr(factory, name), value)


class RefusedTests(SynchronousTestCase):
    """
    Classes that are refused.
    """

    def refused(self, kind: Any) -> str:
        """
        @return: Why.
        """
        error = self.assertRaises(TypeError, EchoFixture, self, protocol=kind)
        return str(error)

    def test_errorNamesHookAndAdvice(self) -> None:
        for name, advice in hookrules.REFUSED.items():
            self.assertEqual(
                self.refused(service(name, lambda self: None)),
                f"Service.{name} would never be called: {advice}",
            )

    def test_hookOfBase(self) -> None:
        class Base:
            def processHandshake(self) -> None:
                pass

        class Service(Base, EchoProtocol):
            pass

        self.assertIn("Base.processHandshake would never", self.refused(Service))

    def test_coroutineFunction(self) -> None:
        async def hook(self: Any, *arguments: object) -> None:
            pass

        for name in ("reply", "onOpen", "onClose", "connectionMade", *RECEIVING):
            self.assertIn(
                f"Service.{name} must not be a coroutine function",
                self.refused(service(name, hook)),
            )

    def test_baseBehindDaemonsClass(self) -> None:
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

    def test_notASubclass(self) -> None:
        for kind in (WebSocketServerProtocol, lambda: None):
            self.assertIn("is not a subclass of EchoProtocol", self.refused(kind))
