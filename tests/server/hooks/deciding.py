"""
Services with an C{onConnect}: L{DecisionTestCase}.
"""

from collections.abc import Callable
from typing import Any

from autobahn.websocket.types import ConnectionRequest
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.daemon import EchoFixture, Peer


def service(onConnect: Callable[[Any], Any]) -> type[EchoProtocol]:
    """
    @param onConnect: What it decides on a request.

    @return: A service that notes what is called, in C{called}.
    """

    class Service(EchoProtocol):
        called: list[Any] = []

        def onConnect(self, request: ConnectionRequest) -> Any:
            self.called.append("onConnect")
            return onConnect(request)

        def onOpen(self) -> None:
            self.called.append("onOpen")

        def onClose(self, wasClean: bool, code: int | None, reason: Any) -> None:
            self.called.append(("onClose", code))

    return Service


class DecisionTestCase(SynchronousTestCase):
    """
    A daemon with a service that decides.
    """

    def start(self, onConnect: Callable[[Any], Any], *arguments: str) -> Peer:
        """
        @return: A connected peer that has not sent a request yet.
        """
        self.service: Any = service(onConnect)
        self.fixture = EchoFixture(self, *arguments, protocol=self.service)
        return self.fixture.dial()

    def logged(self) -> list[str]:
        """
        @return: What the log says of this peer.
        """
        return [line for line in self.fixture.lines if "192.0.2.1" in line]

    def refusals(self) -> dict[str, int]:
        """
        @return: Those that were counted.
        """
        counts = self.fixture.factory.counters.refusals
        return {reason: count for reason, count in counts.items() if count}
