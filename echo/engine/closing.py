"""
The end of a WebSocket connection, on either side: prompt, whatever the peer does.

Autobahn's own close timers are rounded down to whole seconds, outlive their
connection and stand still once it calls the connection closed, which is before
the transport is gone (txaio C{_BatchedTimer.call_later}, Autobahn
C{WebSocketProtocol.dropConnection}). A peer that stops reading, or that never
answers a TLS close, could keep its socket for ever (twisted#7926).
"""

from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

#: Autobahn's timers, all off: ours stand in for them.
NO_AUTOBAHN_TIMERS = {
    "openHandshakeTimeout": 0,
    "closeHandshakeTimeout": 0,
    "autoPingInterval": 0,
    "autoPingTimeout": 0,
}


class PromptClose:
    """
    Mixed into an Autobahn protocol, in front of it: whatever begins to close the
    connection also starts the clock after which it is aborted.

    @ivar closeTimeout: Seconds from the beginning of the close to the abort.
    """

    closeTimeout: float
    factory: Any
    transport: Any
    wasClean: bool
    _closing: IDelayedCall | None = None

    def sendCloseFrame(
        self,
        code: int | None = None,
        reasonUtf8: bytes | None = None,
        isReply: bool = False,
    ) -> None:
        """
        Say goodbye, and start the clock.
        """
        self._beginClosing()
        super().sendCloseFrame(code, reasonUtf8, isReply)  # type: ignore[misc]  # Autobahn's, behind this mixin

    def dropConnection(self, abort: bool = False) -> None:
        """
        Hang up, and start the clock.

        @param abort: Autobahn's wish for a reset. It is not granted after a
            complete closing handshake: there is nothing left to protect from,
            and a reset can take from the peer what it has not read yet.
        """
        self._beginClosing()
        super().dropConnection(abort and not self.wasClean)  # type: ignore[misc]  # Autobahn's, behind this mixin

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport is gone: stop the clock.
        """
        if self._closing is not None and self._closing.active():
            self._closing.cancel()
        super().connectionLost(reason)  # type: ignore[misc]  # Autobahn's, behind this mixin

    def _beginClosing(self) -> None:
        if self._closing is None:
            self._closing = self.factory.reactor.callLater(
                self.closeTimeout, self.transport.abortConnection
            )
