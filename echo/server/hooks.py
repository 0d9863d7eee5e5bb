"""
Autobahn's hooks in a service's own class: which are called, and which cannot be.

A service is a subclass of L{EchoProtocol<echo.server.protocol.EchoProtocol>}. It may
override every hook that Autobahn documents for servers, and each is called as
documented, except for those in L{REFUSED}: what they are about happens elsewhere in
this daemon. A class that overrides one of those is refused with a C{TypeError} when it
is used, which is when the daemon is assembled.

Most hooks see messages, frames or bytes. Messages on the plain path
(L{echo.server.plain}) never come by them, so a class that overrides such a hook does
not take that path. Nor does an instance from the moment on at which one is assigned
to it.
"""

from collections.abc import Iterator
from inspect import iscoroutinefunction
from typing import Any

#: Hooks that have nothing to do with messages: a service that overrides no others
#: keeps the plain path.
BESIDE = frozenset(
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

_DENY = "override onConnect and raise ConnectionDeny there"
_CLIENT = "it is a client's: override onConnect or connectionMade"
_CLOSED = "override onClose, which is called whatever ended the connection"

#: Hooks that are not called here, and what to do instead.
REFUSED = {
    "failHandshake": _DENY,
    "onAutoPingTimeout": f"set --ping-timeout, and {_CLOSED}",
    "onAutoPong": "override onPong",
    "onCloseHandshakeTimeout": f"set closeTimeout, and {_CLOSED}",
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

#: Options of Autobahn's that are about frames and messages, and the values that the
#: plain path keeps to.
USUAL = {
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
    @param kind: The class of a service's conversations.

    @param stock: The daemon's own class.

    @raise TypeError: The class has a hook that would not be called. The message says
        which, and what to do instead.
    """
    if not (isinstance(kind, type) and issubclass(kind, stock)):
        raise TypeError(f"{kind!r} is not a subclass of {stock.__name__}")
    for name in _methods(stock) | REFUSED.keys():
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
    @raise TypeError: A hook is a coroutine function. Twisted's side of Autobahn drops
        the coroutine (C{WebSocketAdapterProtocol._onMessage}).
    """
    if iscoroutinefunction(hook):
        raise TypeError(
            f"{name} must not be a coroutine function, since nothing awaits it:"
            " start the coroutine in it with Deferred.fromCoroutine"
        )


def overridden(kind: type, stock: type) -> frozenset[str]:
    """
    @return: The methods of the daemon's own class that a service's class has replaced.
    """
    return frozenset(
        name for name in _methods(stock) if _found(kind, name) != _found(stock, name)
    )


def watched(stock: type) -> frozenset[str]:
    """
    @return: The attributes that end the plain path of a conversation when something is
        assigned to them.
    """
    return (_methods(stock) | USUAL.keys()) - BESIDE


def _methods(stock: type) -> frozenset[str]:
    return frozenset(
        name
        for name in dir(stock)
        if not name.startswith("__") and callable(getattr(stock, name))
    )


def _found(kind: type, name: str) -> tuple[type | None, Any]:
    for owner in kind.__mro__:
        if name in vars(owner):
            return owner, vars(owner)[name]
    return None, None


def _hidden(kind: type, stock: type) -> Iterator[type]:
    """
    @return: The bases of a service's class that come behind the daemon's own: what
        they have in common with it, Python never finds.
    """
    behind = kind.__mro__[kind.__mro__.index(stock) :]
    return (each for each in behind if each not in stock.__mro__)


def _named(owner: type | None, name: str) -> str:
    return f"{owner.__name__ if owner else None}.{name}"
