"""
An echo server by the book, and others that break one rule each.

It is written from the RFC and shares no code with what it is to be judged by.
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

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
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
    The client breaks a rule.
    """

    def __init__(self, code: int) -> None:
        self.code = code


class Received(NamedTuple):
    """
    A frame from the client.
    """

    fin: bool
    rsv: int
    opcode: int
    payload: bytes


class Server(Protocol):
    """
    Keeps every rule.

    @cvar deflates: Whether it agrees on permessage-deflate.

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
        """
        Go on, as far as that is possible with what is there.
        """
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
        UpgradeResponse the request, once it is complete.
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
        """
        Accept or refuse a request.
        """
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
            self.transport.write(self.acceptance(fields))
            self.greet()

    def asksForWebSocket(self, line: str) -> bool:
        """
        @return: Whether a request line can begin a WebSocket.
        """
        return line.startswith("GET ") and line.endswith(" HTTP/1.1")

    def isKey(self, key: str | None) -> bool:
        """
        @return: Whether this is 16 bytes in base64.
        """
        try:
            return len(base64.b64decode(key or "", validate=True)) == 16
        except binascii.Error:
            return False

    def refuse(self, status: str, *fields: str) -> None:
        """
        UpgradeResponse in HTTP.
        """
        lines = [f"HTTP/1.1 {status}", "Content-Length: 0", *fields, "", ""]
        self._over = True
        self.transport.write("\r\n".join(lines).encode())
        self.transport.loseConnection()

    def refuseVersion(self) -> None:
        """
        Say which version would do.
        """
        self.refuse("426 Upgrade Required", "Sec-WebSocket-Version: 13")

    def acceptance(self, fields: dict[str, str]) -> bytes:
        """
        @return: The answer that opens the WebSocket.
        """
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            *self.upgradeFields(),
            f"Sec-WebSocket-Accept: {self.accept(fields.get('sec-websocket-key', ''))}",
            *self.choices(fields),
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def upgradeFields(self) -> list[str]:
        """
        @return: What says that the protocol changes.
        """
        return ["Upgrade: websocket", "Connection: Upgrade"]

    def accept(self, key: str) -> str:
        """
        @return: The answer to a key.
        """
        digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode()

    def choices(self, fields: dict[str, str]) -> list[str]:
        """
        @return: Fields with what is chosen of what is offered.
        """
        chosen = []
        subprotocols = fields.get("sec-websocket-protocol")
        if subprotocols is not None:
            chosen.append(f"Sec-WebSocket-Protocol: {subprotocols.split(',')[0]}")
        name, *parameters = fields.get("sec-websocket-extensions", "").split(";")
        if self.deflates and name == "permessage-deflate" and self.knows(parameters):
            self._deflated = True
            agreement = self.agreement()
            for each in parameters:
                if "server_max_window_bits" in each:
                    agreement += f";{each}"
                    self._windowBits = max(int(each.partition("=")[2]), 9)
            chosen.append(f"Sec-WebSocket-Extensions: {agreement}")
        return chosen

    def knows(self, parameters: list[str]) -> bool:
        """
        @return: Whether parameters of an offer are right.
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
        It is open: say nothing.
        """

    # Frames

    def parse(self) -> Received | None:
        """
        @return: The next frame, if it is all there.

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
        """
        @raise Violation: The first two bytes of a frame are wrong.
        """
        self.checkReserved(rsv, opcode)
        self.checkMask(second)
        if opcode >= CLOSE:
            self.checkControl(fin, second & 127)

    def checkReserved(self, rsv: int, opcode: int) -> None:
        """
        @raise Violation: Something is used that is reserved.
        """
        compressed = self._deflated and rsv == 4 and opcode in (TEXT, BINARY)
        if (rsv and not compressed) or 2 < opcode < 8 or opcode > PONG:
            raise Violation(1002)

    def checkMask(self, second: int) -> None:
        """
        @raise Violation: There is no mask.
        """
        if not second & 128:
            raise Violation(1002)

    def checkControl(self, fin: bool, length: int) -> None:
        """
        @raise Violation: A control frame is too long, or not whole.
        """
        if length > 125 or not fin:
            raise Violation(1002)

    def checkLength(self, length: int, size: int) -> None:
        """
        @raise Violation: A length is impossible, or too much.
        """
        self.checkShortest(length, size)
        if length >= 2**63:
            raise Violation(1002)
        if length > self.limit:
            raise Violation(1009)

    def checkShortest(self, length: int, size: int) -> None:
        """
        @raise Violation: A length has more bytes than it needs.
        """
        if length < {0: 0, 2: 126, 8: 2**16}[size]:
            raise Violation(1002)

    def onFrame(self, received: Received) -> None:
        """
        React to a frame.
        """
        if received.opcode == PING:
            self.onPing(received.payload)
        elif received.opcode == CLOSE:
            self.onClose(received.payload)
        elif received.opcode != PONG:
            self.onData(received)

    def onPing(self, payload: bytes) -> None:
        """
        UpgradeResponse a ping.
        """
        self.write(PONG, payload)

    def onClose(self, payload: bytes) -> None:
        """
        UpgradeResponse a close frame.

        @raise Violation: It is none.
        """
        if payload:
            self._decoder = _UTF8()
            self.checkClose(payload)
        self._over = True
        self.write(CLOSE, payload)
        self.end()

    def checkClose(self, payload: bytes) -> None:
        """
        @raise Violation: This is not what close frames carry.
        """
        if len(payload) < 2 or int.from_bytes(payload[:2]) not in _CODES:
            raise Violation(1002)
        self.decode(payload[2:])

    def onData(self, received: Received) -> None:
        """
        React to a message, or a fragment of one.
        """
        self.checkOrder(received.opcode)
        if received.opcode != CONTINUATION:
            self._kind, self._parts = received.opcode, b""
            self._compressed = bool(received.rsv)
        self.onPart(received)
        if received.fin:
            kind, self._kind = self._kind, 0
            whole = self.inflate(self._parts) if self._compressed else self._parts
            if kind == TEXT and self._compressed:
                self.decode(whole)
            self.onMessage(kind, whole)

    def onPart(self, received: Received) -> None:
        """
        Keep a fragment. Text is looked at as it comes.
        """
        self._parts += received.payload
        if self._kind == TEXT and not self._compressed:
            self.decode(received.payload, received.fin)

    def checkOrder(self, opcode: int) -> None:
        """
        @raise Violation: It is no time for this.
        """
        if (opcode == CONTINUATION) != bool(self._kind):
            raise Violation(1002)

    def decode(self, text: bytes, final: bool = True) -> None:
        """
        @param final: Whether it is the last part.

        @raise Violation: This is no text.
        """
        try:
            self._decoder.decode(text, final)
        except UnicodeDecodeError:
            raise Violation(1007) from None

    def inflate(self, payload: bytes) -> bytes:
        """
        @raise Violation: This is no deflated data.
        """
        self._inflater = self._inflater or zlib.decompressobj(-15)
        try:
            whole: bytes = self._inflater.decompress(payload + b"\0\0\xff\xff")
            return whole
        except zlib.error:
            raise Violation(1007) from None

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send a message back.
        """
        if self._compressed:
            compressor = self.compressor()
            payload = compressor.compress(payload)
            payload += compressor.flush(zlib.Z_SYNC_FLUSH)
            self.write(kind, payload.removesuffix(b"\0\0\xff\xff"), rsv=4)
        else:
            self.write(kind, payload)

    def compressor(self) -> Any:
        """
        @return: What compresses the next message.
        """
        return zlib.compressobj(wbits=-self._windowBits)

    def write(
        self, opcode: int, payload: bytes, fin: bool = True, rsv: int = 0
    ) -> None:
        """
        Send a frame.
        """
        first = fin << 7 | rsv << 4 | opcode
        self.transport.write(bytes([first]) + self.encode(payload))

    def encode(self, payload: bytes) -> bytes:
        """
        @return: All of a frame but its first byte.
        """
        if len(payload) < 126:
            return bytes([len(payload)]) + payload
        if len(payload) < 2**16:
            return struct.pack("!BH", 126, len(payload)) + payload
        return struct.pack("!BQ", 127, len(payload)) + payload

    def fail(self, code: int) -> None:
        """
        Fail the connection.
        """
        self._over = True
        self.write(CLOSE, struct.pack("!H", code))
        self.end()

    def end(self) -> None:
        """
        End the TCP connection.
        """
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The client is gone.
        """
        self._over = True
