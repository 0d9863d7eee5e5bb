"""
An echo server in memory, written from the RFCs.

It shares no code with the client that checks it.
"""

import base64
import binascii
import codecs
import hashlib
import struct
import zlib
from typing import Any, NamedTuple

from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from tests.kit.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

_HEAD_LIMIT = 2**16
_CODES = {1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)}
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_UTF8 = codecs.getincrementaldecoder("utf-8")
_PARAMETERS = {
    "server_no_context_takeover": (),
    "client_no_context_takeover": (),
    "server_max_window_bits": tuple(map(str, range(8, 16))),
    "client_max_window_bits": ("", *map(str, range(8, 16))),
}


class Violation(Exception):
    """
    The client violates the RFC.

    @ivar code: The close code for it.
    """

    def __init__(self, code: int) -> None:
        self.code = code


class Received(NamedTuple):
    """
    A frame of the client, unmasked.
    """

    fin: bool
    rsv: int
    opcode: int
    payload: bytes


class ReferenceServer(Protocol):
    """
    An echo server that follows RFC 6455 and RFC 7692 in every point.

    Subclasses override one method for one fault.

    @cvar deflates: Whether it accepts permessage-deflate.

    @cvar limit: Bytes of the longest frame.
    """

    deflates = False
    limit = 2**20
    transport: Any

    _data = b""
    _opened = False
    _over = False
    _deflated = False
    _windowBits = 15
    _inflater: Any = None
    _kind = 0
    _compressed = False
    _parts = b""

    def __init__(self) -> None:
        self._decoder = _UTF8()

    def dataReceived(self, data: bytes) -> None:
        self._data += data
        if not self._opened:
            self.readHead()
        try:
            while self._opened and not self._over:
                received = self.parse()
                if received is None:
                    return
                self.onFrame(received)
        except Violation as violation:
            self.fail(violation.code)

    # The handshake

    def readHead(self) -> None:
        """
        Answer the request when it is complete.
        """
        if len(self._data) > _HEAD_LIMIT:
            self.refuse("431 Request Header Fields Too Large")
            return
        head, end, self._data = self._data.partition(b"\r\n\r\n")
        if not end:
            self._data = head
            return
        line, *lines = head.decode("latin-1").split("\r\n")
        fields = {}
        for each in lines:
            name, _, value = each.partition(":")
            fields[name.lower()] = value.strip()
        self.onRequest(line, fields)

    def onRequest(self, line: str, fields: dict[str, str]) -> None:
        if not (
            self.asksForWebSocket(line)
            and fields.get("upgrade", "").lower() == "websocket"
            and "upgrade" in fields.get("connection", "").lower()
        ):
            self.refuse("426 Upgrade Required")
        elif fields.get("sec-websocket-version") != "13":
            self.refuseVersion()
        elif not self.isKey(fields.get("sec-websocket-key")):
            self.refuse("400 Bad Request")
        else:
            self._opened = True
            self.transport.write(self.upgradeResponse(fields))
            self.greet()

    def asksForWebSocket(self, line: str) -> bool:
        return line.startswith("GET ") and line.endswith(" HTTP/1.1")

    def isKey(self, key: str | None) -> bool:
        """
        @return: Whether the key is 16 bytes in base64.
        """
        try:
            return len(base64.b64decode(key or "", validate=True)) == 16
        except binascii.Error:
            return False

    def refuse(self, status: str, *fields: str) -> None:
        """
        Answer with an HTTP error, and close the connection.
        """
        lines = [f"HTTP/1.1 {status}", "Content-Length: 0", *fields, "", ""]
        self._over = True
        self.transport.write("\r\n".join(lines).encode())
        self.transport.loseConnection()

    def refuseVersion(self) -> None:
        self.refuse("426 Upgrade Required", "Sec-WebSocket-Version: 13")

    def upgradeResponse(self, fields: dict[str, str]) -> bytes:
        key = fields.get("sec-websocket-key", "")
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            *self.upgradeFields(),
            f"Sec-WebSocket-Accept: {self.acceptValue(key)}",
            *self.extensionFields(fields),
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def upgradeFields(self) -> list[str]:
        return ["Upgrade: websocket", "Connection: Upgrade"]

    def acceptValue(self, key: str) -> str:
        """
        @return: The C{Sec-WebSocket-Accept} of a key.
        """
        digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode()

    def extensionFields(self, fields: dict[str, str]) -> list[str]:
        """
        @return: Header fields with the accepted subprotocol and extensions.
        """
        chosen = []
        subprotocols = fields.get("sec-websocket-protocol")
        if subprotocols is not None:
            chosen.append(f"Sec-WebSocket-Protocol: {subprotocols.split(',')[0]}")
        name, *parameters = fields.get("sec-websocket-extensions", "").split(";")
        if (
            self.deflates
            and name == "permessage-deflate"
            and self.isValidOffer(parameters)
        ):
            self._deflated = True
            agreement = self.agreement()
            for each in parameters:
                if "server_max_window_bits" in each:
                    agreement += f";{each}"
                    self._windowBits = max(int(each.partition("=")[2]), 9)
            chosen.append(f"Sec-WebSocket-Extensions: {agreement}")
        return chosen

    def isValidOffer(self, parameters: list[str]) -> bool:
        """
        @return: Whether the parameters of an offer are valid.
        """
        pairs = [each.strip().partition("=") for each in parameters]
        names = [name for name, _, _ in pairs]
        return len(names) == len(set(names)) and all(
            value in (_PARAMETERS.get(name, ()) or [""]) and name in _PARAMETERS
            for name, _, value in pairs
        )

    def agreement(self) -> str:
        """
        @return: The answer to an offer of permessage-deflate.
        """
        return "permessage-deflate; server_no_context_takeover"

    def greet(self) -> None:
        """
        Called when the WebSocket is open.
        """

    # Frames

    def parse(self) -> Received | None:
        """
        @return: The next frame; C{None} if it is incomplete.

        @raise Violation: No client may send it.
        """
        if len(self._data) < 2:
            return None
        first, second = self._data[:2]
        fin, rsv, opcode = first >= 0x80, first >> 4 & 7, first & 15
        self.checkHead(fin, rsv, opcode, second)
        size = {126: 2, 127: 8}.get(second & 127, 0)
        if len(self._data) < 2 + size:
            return None
        length = int.from_bytes(self._data[2 : 2 + size]) if size else second & 127
        self.checkLength(length, size)
        start = 2 + size + (4 if second & 128 else 0)
        if len(self._data) < start + length:
            return None
        mask = self._data[start - 4 : start] if second & 128 else bytes(4)
        masked = self._data[start : start + length]
        self._data = self._data[start + length :]
        key = int.from_bytes((mask * (length // 4 + 1))[:length])
        payload = (int.from_bytes(masked) ^ key).to_bytes(length)
        return Received(fin, rsv, opcode, payload)

    def checkHead(self, fin: bool, rsv: int, opcode: int, second: int) -> None:
        self.checkReserved(rsv, opcode)
        self.checkMask(second)
        if opcode >= CLOSE:
            self.checkControl(fin, second & 127)

    def checkReserved(self, rsv: int, opcode: int) -> None:
        compressed = self._deflated and rsv == 4 and opcode in (TEXT, BINARY)
        if (rsv and not compressed) or 2 < opcode < 8 or opcode > PONG:
            raise Violation(1002)

    def checkMask(self, second: int) -> None:
        if not second & 128:
            raise Violation(1002)

    def checkControl(self, fin: bool, length: int) -> None:
        if length > 125 or not fin:
            raise Violation(1002)

    def checkLength(self, length: int, size: int) -> None:
        self.checkShortest(length, size)
        if length >= 2**63:
            raise Violation(1002)
        if length > self.limit:
            raise Violation(1009)

    def checkShortest(self, length: int, size: int) -> None:
        if length < {0: 0, 2: 126, 8: 2**16}[size]:
            raise Violation(1002)

    def onFrame(self, received: Received) -> None:
        if received.opcode == PING:
            self.onPing(received.payload)
        elif received.opcode == CLOSE:
            self.onClose(received.payload)
        elif received.opcode != PONG:
            self.onData(received)

    def onPing(self, payload: bytes) -> None:
        self.write(PONG, payload)

    def onClose(self, payload: bytes) -> None:
        if payload:
            self._decoder = _UTF8()
            self.checkClose(payload)
        self._over = True
        self.write(CLOSE, payload)
        self.end()

    def checkClose(self, payload: bytes) -> None:
        if len(payload) < 2 or int.from_bytes(payload[:2]) not in _CODES:
            raise Violation(1002)
        self.decode(payload[2:])

    def onData(self, received: Received) -> None:
        self.checkOrder(received.opcode)
        if received.opcode != CONTINUATION:
            self._kind, self._parts = received.opcode, b""
            self._compressed = bool(received.rsv)
        self.onFragment(received)
        if received.fin:
            kind, self._kind = self._kind, 0
            whole = self.inflate(self._parts) if self._compressed else self._parts
            if kind == TEXT and self._compressed:
                self.decode(whole)
            self.onMessage(kind, whole)

    def onFragment(self, received: Received) -> None:
        """
        Keep a fragment. Text is decoded as it arrives.
        """
        self._parts += received.payload
        if self._kind == TEXT and not self._compressed:
            self.decode(received.payload, received.fin)

    def checkOrder(self, opcode: int) -> None:
        if (opcode == CONTINUATION) != bool(self._kind):
            raise Violation(1002)

    def decode(self, text: bytes, final: bool = True) -> None:
        """
        @param final: Whether the text ends here.

        @raise Violation: It is not UTF-8.
        """
        try:
            self._decoder.decode(text, final)
        except UnicodeDecodeError:
            raise Violation(1007) from None

    def inflate(self, payload: bytes) -> bytes:
        """
        @raise Violation: It is not DEFLATE data.
        """
        self._inflater = self._inflater or zlib.decompressobj(-15)
        try:
            whole: bytes = self._inflater.decompress(payload + b"\0\0\xff\xff")
            return whole
        except zlib.error:
            raise Violation(1007) from None

    def onMessage(self, kind: int, payload: bytes) -> None:
        if self._compressed:
            compressor = self.compressor()
            payload = compressor.compress(payload)
            payload += compressor.flush(zlib.Z_SYNC_FLUSH)
            self.write(kind, payload.removesuffix(b"\0\0\xff\xff"), rsv=4)
        else:
            self.write(kind, payload)

    def compressor(self) -> Any:
        """
        @return: The compressor for the next message.
        """
        return zlib.compressobj(wbits=-self._windowBits)

    def write(
        self, opcode: int, payload: bytes, fin: bool = True, rsv: int = 0
    ) -> None:
        first = fin << 7 | rsv << 4 | opcode
        self.transport.write(bytes([first]) + self.encode(payload))

    def encode(self, payload: bytes) -> bytes:
        """
        @return: A frame without its first byte.
        """
        if len(payload) < 126:
            return bytes([len(payload)]) + payload
        if len(payload) < 2**16:
            return struct.pack("!BH", 126, len(payload)) + payload
        return struct.pack("!BQ", 127, len(payload)) + payload

    def fail(self, code: int) -> None:
        self._over = True
        self.write(CLOSE, struct.pack("!H", code))
        self.end()

    def end(self) -> None:
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._over = True
