"""
The client: a library that opens WebSocket connections, and the program C{echo-client}.

    >>> from echo.client import connect

The names below are the library. Each is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echo.client.connecting import connect
    from echo.client.connection import Connection
    from echo.client.errors import (
        CannotConnect,
        ConnectionClosed,
        EchoClientError,
        HandshakeRefused,
        ProtocolError,
    )

__all__ = [
    "CannotConnect",
    "Connection",
    "ConnectionClosed",
    "EchoClientError",
    "HandshakeRefused",
    "ProtocolError",
    "connect",
]

_MODULES = {"connect": "connecting", "Connection": "connection"}


def __getattr__(name: str) -> Any:
    """
    Import a name of the library (PEP 562).
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_MODULES.get(name, 'errors')}")
    return getattr(module, name)
