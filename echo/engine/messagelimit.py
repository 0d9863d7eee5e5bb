"""
The limit on the size of a message, on either side: exact, and for what arrives.

Autobahn holds what is sent to the limit on what is received
(C{WebSocketProtocol.sendMessage}), counts a compressed frame by its compressed
length, and cuts a message short that inflates to a little more than the limit:
zlib may have taken all of its input by then and still hold output, which
C{PerMessageDeflate.end_decompress_message} drops without a word.
"""

from typing import Any


class MessageLimit:
    """
    Mixed into an Autobahn protocol, in front of it.

    @ivar maxMessagePayloadSize: Bytes of the longest message taken, once inflated;
        0 for no limit. Autobahn copies it from the factory.
    """

    maxMessagePayloadSize: int
    _perMessageCompress: Any
    _inflatedLimit = 0

    def _onOpen(self) -> None:
        """
        The handshake is done. Autobahn would look at certificates first, in ways
        that can raise, and tell nobody.
        """
        if self._perMessageCompress is not None and self.maxMessagePayloadSize:
            self._inflatedLimit = self.maxMessagePayloadSize
            # Room for what deflate adds to a message that does not deflate, and to
            # see that there is more: whatever is cut here is above the limit.
            slack = self._inflatedLimit // 1000 + 64
            self.maxMessagePayloadSize += slack
            self.maxFramePayloadSize = self.maxMessagePayloadSize
        self.onOpen()  # type: ignore[attr-defined]  # Autobahn's, behind this mixin

    def _onMessageEnd(self) -> None:
        this: Any = self
        if self._inflatedLimit and not this.failedByMe:
            # A service's onMessageBegin need not set message_data.
            size = sum(map(len, getattr(self, "message_data", None) or ()))
            if size > self._inflatedLimit:
                self._max_message_size_exceeded(size, self._inflatedLimit, "")
        this.onMessageEnd()

    def _max_message_size_exceeded(self, size: int, limit: int, reason: str) -> None:
        limit = self._inflatedLimit or limit
        reason = f"the message is longer than {limit} bytes"
        super()._max_message_size_exceeded(size, limit, reason)  # type: ignore[misc]  # Autobahn's, behind this mixin

    def sendMessage(
        self, payload: bytes, isBinary: bool = False, **options: Any
    ) -> None:
        """
        Send a message of any size.
        """
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(payload, isBinary, **options)  # type: ignore[misc]  # Autobahn's, behind this mixin
        finally:
            self.maxMessagePayloadSize = limit
