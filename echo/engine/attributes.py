"""
Fewer attributes for each of Autobahn's server protocols.

Autobahn gives every connection about sixty attributes. Most have the same value for
all connections of a factory: L{sharedAttributes} are set on a class instead. Others are
seldom read: L{Late} makes them when they are.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.protocol import WebSocketProtocol

_Made = TypeVar("_Made")


class Late(Generic[_Made]):
    """
    An attribute that is made when it is first read.
    """

    _name: str

    def __init__(self, make: Callable[[Any], _Made]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "Late[_Made]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> _Made: ...

    def __get__(self, instance: object, owner: type) -> "Late[_Made] | _Made":
        if instance is None:
            return self
        made = self._make(instance)
        instance.__dict__[self._name] = made
        return made


def sharedAttributes(factory: object, kind: type) -> dict[str, object]:
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
