"""
Autobahn's client protocol, with our upgrade request, prompt writes and a fast path.

Upgrade: the request is ours. The response goes through a L{ResponseReader} first,
because Autobahn decodes the head as UTF-8, ends lines at all line ends of Unicode and
drops the body of a refusal.

Writes: bytes leave at once, not in the reactor's next turn, and each frame has a mask
from the system's random source. Autobahn's masks are predictable (C{random};
autobahn-python#758).

Fast path: L{echo.wire} reads and writes whole messages without compression. Autobahn
gets all other bytes, in their place, and is the only judge of unusual frames.
"""

import base64
import os
from collections.abc import Callable, Mapping, Sequence

import txaio
from autobahn.twisted.websocket import WebSocketClientProtocol
from twisted.internet.abstract import FileDescriptor

from echo.engine.adapter import Adapter
from echo.engine.overrides import READING, WRITING, overrides
from echo.engine.responsereader import ResponseReader
from echo.wire import ClientCodec
from echo.wire.masks import masks
from echo.writebuffer import descriptorOf, writeNow

_FINAL = 0x80
_TEXT, _BINARY = 1, 2

# A server can send latin-1, or a byte that ends a line for Autobahn only.
_PRINTABLE = bytes(
    byte if byte in b"\t\r\n" or 0x20 <= byte < 0x7F else ord("?")
    for byte in range(256)
)


class ClientAdapter(Adapter, WebSocketClientProtocol):
    """
    Autobahn's client protocol under documented names.

    @ivar response: The subclass sets it before the transport is connected.

    @ivar isPaused: Whether the transport has paused the protocol. The subclass sets it.

    @ivar sentAt: When the latest frame was handed to the transport, in nanoseconds of
        the factory's clock. C{readAt} is when the latest bytes came from it.

    @ivar key: The value of C{Sec-WebSocket-Key}.

    @ivar responseHeaders: By names in lower case.

    @ivar peerClose: Code and reason of the peer's close frame; C{None} without a
        complete closing handshake.
    """

    log = txaio.make_logger("critical")  # errors of the peer are raised, not logged

    # Autobahn would copy these one by one, and format all of them for a debug line: a
    # quarter of the time to connect.
    CONFIG_ATTRS = ()

    response: ResponseReader
    data: bytes
    isPaused = False
    sentAt = 0
    readAt = 0
    websocket_protocol_in_use: str | None = None
    websocket_extensions_in_use: Sequence[object] = ()
    http_status_line = ""
    http_headers: Mapping[str, str] = {}
    _descriptor: FileDescriptor | None = None
    _codec: ClientCodec | None = None
    _writesFast = False
    _hasHandlers = False

    def __init__(self) -> None:
        super().__init__()
        self.websocket_key = base64.b64encode(os.urandom(16))
        self.key = self.websocket_key.decode("ascii")

    def configure(self, factory: object) -> None:
        # Autobahn's copy of the options, without its debug line.
        self.factory = factory
        names = WebSocketClientProtocol.CONFIG_ATTRS
        self.__dict__.update({name: getattr(factory, name) for name in names})

    def connectionMade(self) -> None:
        self._descriptor = descriptorOf(self.transport)
        super().connectionMade()

    # The upgrade.

    @property
    def isResponsePartial(self) -> bool:
        return bool(self.data)

    @property
    def statusLine(self) -> str:
        return self.http_status_line

    @property
    def responseHeaders(self) -> dict[str, str]:
        return dict(self.http_headers)

    @property
    def subprotocol(self) -> str | None:
        return self.websocket_protocol_in_use

    @property
    def isCompressed(self) -> bool:
        return bool(self.websocket_extensions_in_use)

    def startHandshake(self) -> None:
        """
        Wait: the subclass sends the request, after TLS is established.
        """

    def processHandshake(self) -> None:
        head, self.data = self.response.readHead(self.data)
        if head is None:
            return
        self.data = head.translate(_PRINTABLE) + self.data
        try:
            super().processHandshake()
        except Exception:  # noqa: BLE001  (Autobahn's parser meets a stranger's text)
            self.response.malformed()

    def failHandshake(self, reason: str) -> None:
        body, self.data = self.data.partition(b"\r\n\r\n")[2], b""
        self.response.refused(reason, self.statusLine, self.responseHeaders, body)

    # The end.

    def onProtocolError(self, code: int, reason: str) -> None:
        """
        Autobahn fails the connection, with a close frame of this code.
        """

    def _fail_connection(self, code: int = 1001, reason: str = "going away") -> None:
        self.onProtocolError(code, reason)
        super()._fail_connection(code, reason)

    @property
    def peerClose(self) -> tuple[int | None, str | None] | None:
        if not self.wasClean:
            return None
        return self.remoteCloseCode, self.remoteCloseReason

    @property
    def hasSentClose(self) -> bool:
        return bool(self.closedByMe)

    def hangUp(self, abort: bool = False) -> None:
        self.dropConnection(abort)

    # Bytes.

    def sendData(
        self, data: bytes, sync: bool = False, chopsize: object = None
    ) -> None:
        self.sentAt = self.factory.clock()
        descriptor = self._descriptor
        if descriptor is None or not descriptor.connected or descriptor.disconnecting:
            self.transport.write(data)
        elif descriptor is self.transport:
            writeNow(descriptor, data)
        else:
            self.transport.write(data)
            if not self.isPaused:
                # Its result is ignored: the reactor calls it again while bytes remain,
                # and meets its error.
                descriptor.doWrite()

    def sendBytes(self, data: bytes) -> None:
        self.sendData(data)

    def dataReceived(self, data: bytes) -> None:
        self.readAt = self.factory.clock()
        # Autobahn's method formats a debug line for each read.
        self._dataReceived(data)

    # Messages that arrive.

    def startFastPath(self, base: type) -> None:
        """
        Use the fast path from now on, unless the connection has compression.

        @param base: Overrides of its methods lead back to Autobahn.
        """
        if self._perMessageCompress is None:
            if not (self._hasHandlers or overrides(type(self), base, READING)):
                self._codec = self.factory.wire.ClientCodec(self.factory.maxMessage)
            self._writesFast = not overrides(type(self), base, WRITING)

    def onMessages(self, messages: Sequence[tuple[bytes, bool]]) -> None:
        """
        Take the messages of one read on the fast path.
        """

    def on(self, event: str, handler: Callable[..., None]) -> None:
        # Autobahn calls the handlers of its own messages only.
        super().on(event, handler)
        self._hasHandlers = True
        codec, self._codec = self._codec, None
        if codec is not None:
            self.data = codec.take() + self.data

    def _dataReceived(self, data: bytes) -> None:
        if (
            self._codec is None
            or self.current_frame is not None
            or self.state != self.STATE_OPEN
            or self.data
            or self.inside_message
        ):
            super()._dataReceived(data)
            return
        self.data = data
        if self._readFast(self._codec):
            self.consumeData()

    def processData(self) -> bool:
        codec = self._codec
        if codec is not None and self.current_frame is None and not self.inside_message:
            if self.state != self.STATE_OPEN:
                self.data = codec.take() + self.data
            elif not self._readFast(codec):
                return False
        return bool(super().processData())

    def _readFast(self, codec: ClientCodec) -> bool:
        """
        @return: Whether Autobahn has to read the rest.
        """
        data, self.data = self.data, b""
        messages, rest = codec.feed(data)
        if rest is not None:
            self.data = rest
        if messages:
            self.onMessages(messages)
        return rest is not None and self.state != self.STATE_CLOSED

    # Messages that are sent.

    def sendAll(self, payloads: Sequence[bytes], isBinary: bool) -> None:
        """
        Send messages, in one write where possible. Text is UTF-8.
        """
        isMasked = self.maskClientFrames and self.applyMask
        if self._writesFast and isMasked and not self.autoFragmentSize:
            if payloads:
                self._write(_FINAL | (_BINARY if isBinary else _TEXT), payloads)
            return
        for payload in payloads:
            self.sendMessage(payload, isBinary)

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
        isMasked = self.maskClientFrames and self.applyMask
        if mask is not None or payload_len is not None or not isMasked:
            options = (mask, payload_len, chopsize, sync)
            super().sendFrame(opcode, payload, fin, rsv, *options)
            return
        first = (_FINAL if fin else 0) | (rsv & 7) << 4 | opcode & 0x7F
        self._write(first, (bytes(payload),))

    def _write(self, first: int, payloads: Sequence[bytes]) -> None:
        chosen = masks.take(len(payloads))
        self.sendData(self.factory.wire.writeFrames(first, payloads, chosen))
