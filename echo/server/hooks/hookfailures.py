"""
Failures: an exception of a service's hook ends one conversation, with 1011, and the log
names the hook.
"""

from types import CodeType, TracebackType
from typing import TYPE_CHECKING

from twisted.logger import Logger
from twisted.python.failure import Failure

from echo.server.peername import peerName

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

_log = Logger()

# Packages whose functions are no hooks of a service.
_OURS = ("autobahn", "echo", "twisted", "txaio")


def logFailure(
    conversation: "EchoProtocol", hook: str, failure: Failure | None = None
) -> None:
    """
    Log an exception.

    @param failure: By default the current exception.
    """
    _log.failure(
        "{hook} failed: {peer}, connection {connection}",
        failure,
        event="failed",
        hook=hook,
        peer=peerName(conversation.transport.getPeer()),
        connection=conversation.name,
    )


def hookOf(conversation: object, traceback: TracebackType | None) -> str | None:
    """
    @return: The first function in a traceback that belongs to a service: C{reply()}.
    """
    while traceback is not None:
        frame = traceback.tb_frame
        package, _, _ = frame.f_globals.get("__name__", "").partition(".")
        if package not in _OURS:
            return f"{_nameOf(conversation, frame.f_code)}()"
        traceback = traceback.tb_next
    return None


def _nameOf(conversation: object, code: CodeType) -> str:
    for owner in (conversation, *type(conversation).__mro__):
        for name, value in getattr(owner, "__dict__", {}).items():
            if getattr(value, "__code__", None) is code:
                return str(name)
    return code.co_name
