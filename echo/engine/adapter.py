"""
Autobahn's protocol, for both sides, with a prompt close and an exact message limit.

Close: Autobahn rounds its close timers down to whole seconds, keeps them after the
connection has ended, and stops them when it calls the connection closed, although the
transport is still there (txaio C{_BatchedTimer.call_later}, Autobahn
C{WebSocketProtocol.dropConnection}). A peer that stops reading, or never answers a
TLS close, keeps its socket for ever (twisted#7926). L{Adapter} aborts it.

Message limit: Autobahn applies the limit on received messages to sent messages too
(C{WebSocketProtocol.sendMessage}), counts the compressed length of a compressed frame,
and truncates a message whose inflated size is slightly above the limit: zlib has
consumed all input and still holds output, which
C{PerMessageDeflate.end_decompress_message} drops silently.
"""

from typing import Any

from autobahn.twisted.websocket import WebSocketAdapterProtocol
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

#: Turns off all timers of Autobahn.
NO_AUTOBAHN_TIMERS = {
    "openHandshakeTimeout": 0,
    "closeHandshakeTimeout": 0,
    "autoPingInterval": 0,
    "autoPingTimeout": 0,
}


class Adapter(WebSocketAdapterProtocol):
    """
    The base of L{ServerAdapter<echo.engine.server.ServerAdapter>} and of
    L{ClientAdapter<echo.engine.client.ClientAdapter>}, in front of Autobahn's protocol
    class of that side.

    @ivar closeTimeout: Seconds from the start of a close until the transport is
        aborted.

    @ivar maxMessagePayloadSize: Bytes of the longest accepted message, after
        inflation; 0 for no limit. Autobahn copies it from the factory.
    """

    closeTimeout: float
    maxMessagePayloadSize: int
    factory: Any
    transport: Any
    _closeDeadline: IDelayedCall | None = None
    _inflatedLimit = 0

    # The close.

    def sendCloseFrame(
        self,
        code: int | None = None,
        reasonUtf8: bytes | None = None,
        isReply: bool = False,
    ) -> None:
        self._closing()
        self._startCloseDeadline()
        super().sendCloseFrame(code, reasonUtf8, isReply)

    def _closing(self) -> None:
        """
        A close frame is about to be sent: for the subclass to override.
        """

    def startClose(self, code: int, reason: bytes) -> None:
        # Autobahn's documented sendClose refuses most codes.
        self.sendCloseFrame(code, reason)

    def dropConnection(self, abort: bool = False) -> None:
        """
        @param abort: Whether to reset the connection. After a complete closing
            handshake it is closed instead: a reset can discard bytes that the peer
            has not read yet.
        """
        self._startCloseDeadline()
        super().dropConnection(abort and not self.wasClean)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._cancelCloseDeadline()
        super().connectionLost(reason)

    def _cancelCloseDeadline(self) -> None:
        if self._closeDeadline is not None and self._closeDeadline.active():
            self._closeDeadline.cancel()

    def _startCloseDeadline(self) -> None:
        if self._closeDeadline is None:
            self._closeDeadline = self.factory.reactor.callLater(
                self.closeTimeout, self.transport.abortConnection
            )

    # The message limit.

    def _onOpen(self) -> None:
        # Autobahn reads the peer's certificate first, which can raise, and nothing
        # reports that exception.
        if self._perMessageCompress is not None and self.maxMessagePayloadSize:
            self._inflatedLimit = self.maxMessagePayloadSize
            # Room for deflate's overhead on incompressible data, and for one byte more
            # than the limit: zlib's output is cut only above the limit.
            slack = self._inflatedLimit // 1000 + 64
            self.maxMessagePayloadSize += slack
            self.maxFramePayloadSize = self.maxMessagePayloadSize
        self.onOpen()

    def _onMessageEnd(self) -> None:
        if self._inflatedLimit and not self.failedByMe:
            # A subclass's onMessageBegin need not set message_data.
            size = sum(map(len, getattr(self, "message_data", None) or ()))
            if size > self._inflatedLimit:
                self._max_message_size_exceeded(size, self._inflatedLimit, "")
        self.onMessageEnd()

    def _max_message_size_exceeded(self, size: int, limit: int, reason: str) -> None:
        limit = self._inflatedLimit or limit
        reason = f"the message is longer than {limit} bytes"
        super()._max_message_size_exceeded(size, limit, reason)

    def sendMessage(
        self, payload: bytes, isBinary: bool = False, **options: int
    ) -> None:
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(payload, isBinary, **options)
        finally:
            self.maxMessagePayloadSize = limit
