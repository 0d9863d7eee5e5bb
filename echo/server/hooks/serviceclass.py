"""
The class of a factory's conversations: a subclass of the daemon's or of a service's own
protocol class.

It is made for three reasons. Attributes with the same value for all connections are set
on it once (L{echo.engine.attributes}). An exception of a service's C{dataReceived} or
C{connectionLost} ends one conversation, and Twisted does not see it. And it notices
when a service assigns a hook to an instance: only C{__setattr__} can, and on the
daemon's own class it would slow each assignment down.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from echo.engine.attributes import sharedAttributes
from echo.server.hooks import hookrules

if TYPE_CHECKING:
    from echo.server.conversation.factory import EchoFactory
    from echo.server.conversation.protocol import EchoProtocol


def prepareClass(factory: "EchoFactory") -> "type[EchoProtocol]":
    """
    @return: The class of this factory's conversations.

    @raise TypeError: The service's class overrides a hook that is not called
        (L{echo.server.hooks.hookrules}).
    """
    kind, stock = factory.protocol, factory.stock
    hookrules.check(kind, stock)
    own = hookrules.overridden(kind, stock, factory.stockHooks)
    attributes: dict[str, object] = {
        **sharedAttributes(factory, kind),
        # A class that is made where there is no __name__ has no module.
        "__module__": getattr(kind, "__module__", None),
        "__doc__": kind.__doc__,
        "answering": factory.answering,
        "asksService": "onConnect" in own,
        "isService": kind is not stock,
        **{name: guard for name, guard in _guards(kind, stock).items() if name in own},
    }
    attributes["mayUseFastPath"] = own <= hookrules.LIFECYCLE and all(
        attributes.get(name, getattr(kind, name, None)) == value
        for name, value in hookrules.OPTIONS.items()
    )
    if attributes["mayUseFastPath"] and kind is not stock:
        attributes["__setattr__"] = _watch(kind, hookrules.watched(stock))
    prepared: type[EchoProtocol] = type(kind.__name__, (kind,), attributes)
    prepared.calls = hookrules.called(prepared)
    return prepared


def isCurrent(prepared: "type[EchoProtocol]") -> bool:
    return hookrules.called(prepared) == prepared.calls


def _guards(
    kind: "type[EchoProtocol]", stock: "type[EchoProtocol]"
) -> dict[str, Callable[..., None]]:
    """
    @return: Methods that Twisted calls, and that catch a service's exceptions.
    """

    def dataReceived(self: "EchoProtocol", data: bytes) -> None:
        try:
            kind.dataReceived(self, data)
        except Exception:  # noqa: BLE001  (a service's mistake ends one conversation)
            self.failReading()

    def connectionLost(self: "EchoProtocol", reason: Failure = connectionDone) -> None:
        try:
            kind.connectionLost(self, reason)
        except Exception:  # noqa: BLE001  (as above)
            self.logFailure("connectionLost()")
        if self in self.factory.conversations or self in self.factory.undecided:
            stock.connectionLost(self, reason)

    return {"dataReceived": dataReceived, "connectionLost": connectionLost}


def _watch(kind: "type[EchoProtocol]", watched: frozenset[str]) -> Callable[..., None]:
    """
    @return: A C{__setattr__} that ends the fast path when a hook is assigned.
    """

    def assign(conversation: "EchoProtocol", name: str, value: object) -> None:
        if name in watched:
            hookrules.checkPlain(name, value)
            conversation.leaveFastPath()
        kind.__setattr__(conversation, name, value)

    return assign
