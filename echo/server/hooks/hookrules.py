"""
Autobahn's hooks in a service's class, a subclass of
L{EchoProtocol<echo.server.conversation.protocol.EchoProtocol>}.

The daemon calls every hook that Autobahn documents for servers, except for those in
L{REFUSED}. A class that overrides a hook in L{REFUSED} raises a C{TypeError} when the
daemon is assembled with it (L{echo.tap.makeService}, or
L{echo.server.http.site.makeSite}).

Most hooks see messages, frames or bytes. The fast path
(L{echo.server.fastpath.fastpath}) calls none of these, so the conversations of a class
that overrides one do not take it. A conversation leaves the fast path when such a hook
is assigned to the instance.

A hook of L{CALLED} may be assigned to a class later, too, even to the daemon's own:
the daemon calls it in the conversations that begin after that.
"""

from collections.abc import Iterator
from functools import cache
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

#: Hooks that see no messages. A class that overrides only these keeps the fast path.
LIFECYCLE = frozenset(
    {
        "agree",
        "connectionLost",
        "connectionMade",
        "logPrefix",
        "makeConnection",
        "onClose",
        "onConnect",
        "onOpen",
    }
)

#: Hooks that are looked up in the class once for each conversation.
CALLED = (
    *("onConnect", "reply", "onMessage", "_onMessage", "sendMessage"),
    *("onMessageBegin", "onMessageFrame", "onMessageEnd", "dataReceived"),
    *("onMessageFrameBegin", "onMessageFrameData", "onMessageFrameEnd"),
    *("onPing", "onPong", "onCloseFrame"),
)

#: The methods of a class that are its hooks of L{CALLED}.
called = attrgetter(*CALLED)

_DENY = "override onConnect and raise ConnectionDeny there"
_CLIENT = "Autobahn calls it in clients; override onConnect or connectionMade"
_CLOSED = "override onClose, which is called at every end of a connection"

#: Hooks that the daemon does not call, and what to do instead.
REFUSED = {
    "_connectionLost": "override connectionLost",
    "_connectionMade": "override connectionMade",
    "failHandshake": _DENY,
    "onAutoPingTimeout": f"set --ping-timeout, and {_CLOSED}",
    "onAutoPong": "override onPong",
    "onCloseHandshakeTimeout": f"set the class attribute closeTimeout, and {_CLOSED}",
    "onConnecting": _CLIENT,
    "onOpenHandshakeTimeout": f"set --handshake-timeout, and {_CLOSED}",
    "onServerConnectionDropTimeout": _CLIENT,
    "processHandshake": "override onConnect, which gets the whole request",
    "processProxyConnect": _CLIENT,
    "sendHtml": _DENY,
    "sendHttpErrorResponse": _DENY,
    "sendRedirect": _DENY,
    "sendServerStatus": _DENY,
}

#: Autobahn's options for frames and messages, with the only values that the fast path
#: implements.
OPTIONS = {
    "applyMask": True,
    "autoFragmentSize": 0,
    "logFrames": False,
    "logOctets": False,
    "maskServerFrames": False,
    "requireMaskedClientFrames": True,
    "trackTimings": False,
    "utf8validateIncoming": True,
}


def check(kind: type, stock: type) -> None:
    """
    @param stock: The daemon's own class.

    @raise TypeError: The class has a hook that would not be called. The message names
        the hook, and what to do instead.
    """
    if not (isinstance(kind, type) and issubclass(kind, stock)):
        raise TypeError(f"{kind!r} is not a subclass of {stock.__name__}")
    for name in sorted(_methods(stock) | REFUSED.keys()):
        owner, value = _found(kind, name)
        why = REFUSED.get(name)
        if why is not None and owner not in (None, *stock.__mro__):
            raise TypeError(f"{_named(owner, name)} would never be called: {why}")
        if name != "onConnect":
            checkPlain(_named(owner, name), value)
        for hidden in _hidden(kind, stock):
            if name in vars(hidden):
                raise TypeError(
                    f"{_named(hidden, name)} would never be called:"
                    f" {hidden.__name__} must come before {stock.__name__} in the bases"
                )


def checkPlain(name: str, hook: object) -> None:
    """
    @raise TypeError: A hook is a coroutine function. Autobahn drops the coroutine
        under Twisted (C{WebSocketAdapterProtocol._onMessage}).
    """
    if iscoroutinefunction(hook):
        raise TypeError(
            f"{name} must not be a coroutine function, since nothing awaits it:"
            " make it a plain method that calls"
            " Deferred.fromCoroutine(self.work()).addErrback(self.report), where work"
            " is the coroutine function, and report logs its exceptions"
        )


def checkAssigned(conversation: "EchoProtocol", stock: type) -> None:
    """
    Leave the fast path if a hook that sees messages was assigned to the instance.

    @raise TypeError: Such a hook would not be called, or not be awaited.
    """
    assigned = vars(conversation).keys()
    for name in sorted(assigned & (_methods(stock) | REFUSED.keys())):
        if name in REFUSED:
            raise TypeError(f"{name} would never be called: {REFUSED[name]}")
        if name != "onConnect":
            checkPlain(name, vars(conversation)[name])
    if assigned & watched(stock):
        conversation.leaveFastPath()


def overridden(kind: type, stock: type, original: tuple[object, ...]) -> frozenset[str]:
    """
    @param original: What L{called} of the daemon's own class was in the beginning.

    @return: The methods that a service's class overrides.
    """
    own = {
        name for name in _methods(stock) if _found(kind, name) != _found(stock, name)
    }
    pairs = zip(CALLED, called(kind), original, strict=True)
    return frozenset(own.union(name for name, now, then in pairs if now is not then))


@cache
def watched(stock: type) -> frozenset[str]:
    """
    @return: The attributes whose assignment to an instance ends its fast path.
    """
    return (_methods(stock) | OPTIONS.keys()) - LIFECYCLE


@cache
def _methods(stock: type) -> frozenset[str]:
    return frozenset(
        name
        for name in dir(stock)
        if not name.startswith("__") and callable(getattr(stock, name))
    )


def _found(kind: type, name: str) -> tuple[type | None, object]:
    for owner in kind.__mro__:
        if name in vars(owner):
            return owner, vars(owner)[name]
    return None, None


def _hidden(kind: type, stock: type) -> Iterator[type]:
    """
    @return: The bases of a service's class behind the daemon's own class. Python finds
        a method that both have in the daemon's class.
    """
    behind = kind.__mro__[kind.__mro__.index(stock) :]
    return (each for each in behind if each not in stock.__mro__)


def _named(owner: type | None, name: str) -> str:
    return f"{owner.__name__ if owner else None}.{name}"
