"""
The plain path: whole messages without compression do not go through Autobahn.

L{echo.wire} reads and writes their frames. Autobahn gets everything else, byte for
byte and in its place. It stays the only judge of what is unusual.
"""

from collections.abc import Callable, Sequence
from typing import Any

from echo.wire import ClientCodec
from echo.wire.masks import masks

_FINAL = 0x80
_TEXT, _BINARY = 1, 2

#: What sees messages or their frames as they come, and as they go. A class that
#: overrides one of them has all of its messages from Autobahn.
_INCOMING = (
    *("_dataReceived", "consumeData", "processData"),
    *("onFrameBegin", "onFrameData", "onFrameEnd"),
    *("_onMessageBegin", "_onMessageFrameBegin", "_onMessageFrameData"),
    *("_onMessageFrameEnd", "_onMessageFrame", "_onMessageEnd", "_onMessage"),
    *("onMessageBegin", "onMessageFrameBegin", "onMessageFrameData"),
    *("onMessageFrameEnd", "onMessageFrame", "onMessageEnd", "onMessage", "fire"),
)
_OUTGOING = ("sendMessage", "sendFrame")


class PlainPath:
    """
    Mixed into an Autobahn client protocol, in front of it.
    """

    STATE_CLOSED: int
    STATE_OPEN: int
    applyMask: bool
    autoFragmentSize: int
    current_frame: Any
    data: bytes
    factory: Any
    inside_message: bool
    maskClientFrames: bool
    state: int
    consumeData: Callable[[], None]
    sendData: Callable[..., None]
    sendMessage: Callable[..., None]
    _perMessageCompress: Any
    _codec: ClientCodec | None = None
    _writesPlain = False
    _hasHandlers = False

    def takePlainPath(self, base: type) -> None:
        """
        The connection is open: use the plain path, unless there is compression.

        @param base: Overrides of its methods lead back to Autobahn.
        """
        if self._perMessageCompress is None:
            if not (self._hasHandlers or _overrides(type(self), base, _INCOMING)):
                self._codec = self.factory.wire.ClientCodec(self.factory.maxMessage)
            self._writesPlain = not _overrides(type(self), base, _OUTGOING)

    def on(self, event: str, handler: Callable[..., None]) -> None:
        """
        Have a handler called: Autobahn calls those of its own messages only.
        """
        super().on(event, handler)  # type: ignore[misc]  # Autobahn's, behind this mixin
        self._hasHandlers = True
        codec, self._codec = self._codec, None
        if codec is not None:
            self.data = codec.take() + self.data

    # Messages that come

    def _dataReceived(self, data: bytes) -> None:
        """
        Something was read.
        """
        if self._codec is None or not self._isBetweenMessages():
            super()._dataReceived(data)  # type: ignore[misc]  # Autobahn's, behind this mixin
            return
        self.data = data
        if self._readPlain(self._codec):
            self.consumeData()

    def processData(self) -> bool:
        """
        Take what is plain, and have Autobahn go on with one step of the rest.

        @return: Whether there may be more to do.
        """
        codec = self._codec
        if codec is not None and self.current_frame is None and not self.inside_message:
            if self.state != self.STATE_OPEN:
                self.data = codec.take() + self.data
            elif not self._readPlain(codec):
                return False
        return bool(super().processData())  # type: ignore[misc]  # Autobahn's, behind this mixin

    def _isBetweenMessages(self) -> bool:
        return (
            self.current_frame is None
            and self.state == self.STATE_OPEN
            and not (self.data or self.inside_message)
        )

    def _readPlain(self, codec: ClientCodec) -> bool:
        """
        @return: Whether there is something that is not plain.
        """
        data, self.data = self.data, b""
        messages, rest = codec.feed(data)
        if rest is not None:
            self.data = rest
        if messages:
            self.factory.listener.received(messages)
        return rest is not None and self.state != self.STATE_CLOSED

    # Messages that go

    def sendAll(self, payloads: Sequence[bytes], isBinary: bool) -> None:
        """
        Send messages, one after the other.

        @param payloads: Of text messages, UTF-8.
        """
        if self._writesPlain and self._masks() and not self.autoFragmentSize:
            if payloads:
                self._write(_FINAL | (_BINARY if isBinary else _TEXT), payloads)
            return
        for payload in payloads:
            self.sendMessage(payload, isBinary)

    def _masks(self) -> bool:
        return self.maskClientFrames and self.applyMask

    def sendFrame(
        self,
        opcode: int,
        payload: bytes = b"",
        fin: bool = True,
        rsv: int = 0,
        mask: bytes | None = None,
        payload_len: int | None = None,
        chopsize: int | None = None,
        sync: bool = False,
    ) -> None:
        """
        Send a frame, with a mask that no peer can predict. Those that Autobahn makes
        can be predicted (C{random}; autobahn-python#758).
        """
        if mask is not None or payload_len is not None or not self._masks():
            options = (mask, payload_len, chopsize, sync)
            super().sendFrame(opcode, payload, fin, rsv, *options)  # type: ignore[misc]  # Autobahn's, behind this mixin
            return
        first = (_FINAL if fin else 0) | (rsv & 7) << 4 | opcode & 0x7F
        self._write(first, (bytes(payload),))

    def _write(self, first: int, payloads: Sequence[bytes]) -> None:
        chosen = masks.take(len(payloads))
        self.sendData(self.factory.wire.writeFrames(first, payloads, chosen))


def _overrides(kind: type, base: type, names: tuple[str, ...]) -> bool:
    return any(getattr(kind, name) is not getattr(base, name) for name in names)
