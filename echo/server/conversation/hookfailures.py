"""
Mistakes of a service: an exception of a hook ends one conversation, with 1011, and the
log names the hook.
"""

from collections.abc import Callable
from types import CodeType, TracebackType
from typing import Any

from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from echo.server.peername import peerName

_log = Logger()

# Packages whose functions are no hooks of a service.
_OURS = ("autobahn", "echo", "twisted", "txaio")

_CLOSE = 8


class Failing:
    """
    Mixed into an Autobahn server protocol, in front of it.
    """

    STATE_CLOSED: int
    STATE_OPEN: int
    current_frame: Any
    current_frame_masker: Any
    dropConnection: Callable[..., None]
    failedByMe: bool
    inside_message: bool
    name: str
    sendCloseFrame: Callable[..., None]
    state: int
    transport: Any

    def fail(self, hook: str) -> None:
        """
        Log the current exception, and close the connection with 1011.

        @param hook: Where it was raised, unless the traceback says it.
        """
        failure = Failure()
        self.logFailure(hookOf(self, failure.getTracebackObject()) or hook, failure)
        if self.state == self.STATE_OPEN:
            self.failedByMe = True
            self.sendCloseFrame(1011, b"internal error")

    def failReading(self) -> None:
        """
        L{fail} because of an exception in C{dataReceived}. What is left of the frame
        and all further ones are read, but for the peer's close frame only.
        """
        if (
            self.failedByMe
        ):  # the same mistake once more, while the peer's close is read
            self.dropConnection()
            return
        self.fail("dataReceived()")
        frame = self.current_frame
        if frame is not None and self.current_frame_masker.pointer() == frame.length:
            self.current_frame = None
            if frame.opcode < _CLOSE:
                self.inside_message = self.inside_message and not frame.fin
            elif frame.opcode == _CLOSE and self.state != self.STATE_CLOSED:
                self.dropConnection()

    def logFailure(self, hook: str, failure: Failure | None = None) -> None:
        """
        Log an exception of a service's hook.

        @param failure: By default the current exception.
        """
        _log.failure(
            "{hook} failed: {peer}, connection {connection}",
            failure,
            event="failed",
            hook=hook,
            peer=peerName(self.transport.getPeer()),
            connection=self.name,
        )


def hookOf(conversation: object, traceback: TracebackType | None) -> str | None:
    """
    @return: The first function in a traceback that belongs to a service, C{reply()}.
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


def guarded(kind: Any, stock: Any) -> dict[str, Callable[..., None]]:
    """
    @param kind: A service's class.

    @param stock: The daemon's own.

    @return: The methods that a transport calls, for a subclass: an exception of the
        service's own does not get to the transport.
    """

    def dataReceived(self: Any, data: bytes) -> None:
        try:
            kind.dataReceived(self, data)
        except Exception:  # noqa: BLE001  a service's mistake ends one conversation
            self.failReading()

    def connectionLost(self: Any, reason: Failure = connectionDone) -> None:
        try:
            kind.connectionLost(self, reason)
        except Exception:  # noqa: BLE001  as above
            self.logFailure("connectionLost()")
        if self in self.factory.conversations or self in self.factory.undecided:
            stock.connectionLost(self, reason)

    return {"dataReceived": dataReceived, "connectionLost": connectionLost}
