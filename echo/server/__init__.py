"""
The daemon: what C{twistd echo} runs.

    >>> from echo.server import EchoProtocol

A service of one's own is a subclass of C{EchoProtocol}, which is imported when it is
first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

__all__ = ["EchoProtocol"]


def __getattr__(name: str) -> Any:
    """
    Import a name of L{__all__} (PEP 562).
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("echo.server.conversation.protocol"), name)
