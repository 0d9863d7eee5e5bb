"""
Fewer attributes for each of Autobahn's server protocols.

Autobahn gives every connection about sixty attributes. Most have the same value for
all connections of a factory: L{sharedAttributes} are set on a class instead. Others are
seldom read: L{Late} makes them when they are.
"""

from collections.abc import Callable
from typing import Any

from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.protocol import WebSocketProtocol


class Late:
    """
    An attribute that is made when it is first read.
    """

    _name: str

    def __init__(self, make: Callable[[Any], object]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        made = self._make(instance)
        instance.__dict__[self._name] = made
        return made


def sharedAttributes(factory: Any, kind: type) -> dict[str, Any]:
    """
    @param kind: A server protocol class.

    @return: For a subclass of C{kind}: the attributes that Autobahn sets on each
        connection of a factory, unless C{kind} has them.
    """
    model: Any = WebSocketServerProtocol()
    model.factory = factory
    WebSocketProtocol._connectionMade(model)  # noqa: SLF001
    shared = {
        name: staticmethod(value) if callable(value) else value
        for name, value in vars(model).items()
        if not hasattr(kind, name)
    }
    # Nothing is queued: ServerAdapter.sendData writes at once.
    fixed = {"send_queue": (), "websocket_version": 13, "isPrepared": True}
    return {**shared, **fixed, "factory": factory}
