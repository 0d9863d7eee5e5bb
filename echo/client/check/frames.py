"""
Frames as bytes (RFC 6455, 5.2): parses the server's, encodes the client's, valid and
invalid.

Autobahn's encoder refuses invalid frames. Its parser is under test itself when the
server uses Autobahn, too.
"""

import os
import struct
from dataclasses import dataclass

from echo.client.check.verdicts import Failed
from echo.client.close import NO_CODE, Close
from echo.printable import messageText, quoted

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = OPCODES = 0, 1, 2, 8, 9, 10

#: The reserved bits.
RSV1, RSV2, RSV3 = 4, 2, 1

#: Bytes of the longest frame or message that a case expects of the server.
LIMIT = 2**20

_NAMES = {
    CONTINUATION: "continuation",
    TEXT: "text",
    BINARY: "binary message",
    PING: "ping",
    PONG: "pong",
}
_SHOWN = 48


@dataclass(frozen=True)
class Frame:
    """
    A frame of the server, unmasked. C{str()} is safe for a terminal.

    @ivar rsv: The reserved bits: L{RSV1}, L{RSV2} and L{RSV3}.

    @ivar shortest: Whether the length has the fewest bytes possible.
    """

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0
    masked: bool = False
    shortest: bool = True

    def __str__(self) -> str:
        name = _NAMES.get(self.opcode, f"frame of opcode {self.opcode}")
        if self.rsv & RSV1 and self.opcode in (TEXT, BINARY):
            return f"a compressed {name} of {len(self.payload)} bytes"
        if not self.payload:
            return f"an empty {name}"
        if self.opcode == TEXT:
            return f"text {quoted(self.payload, _SHOWN)}"
        return (
            f"{'binary' if self.opcode == BINARY else name} {messageText(self.payload)}"
        )

    def close(self) -> Close:
        """
        @raise Failed: No endpoint may send such a close frame.
        """
        if not self.payload:
            return Close(NO_CODE, "")
        if len(self.payload) == 1:
            raise Failed("sent a close frame with half a code")
        code = int.from_bytes(self.payload[:2])
        if code in (1005, 1006, 1015):
            raise Failed(f"sent a close frame with {code}, which is reserved")
        try:
            return Close(code, self.payload[2:].decode())
        except UnicodeDecodeError:
            raise Failed("sent a close frame whose reason is not UTF-8") from None


def parseFrame(data: bytearray) -> tuple[Frame, int] | None:
    """
    @return: The first frame in the data, and its length in bytes; C{None} if it is
        incomplete.

    @raise Failed: It is longer than L{LIMIT}.
    """
    if len(data) < 2:
        return None
    length, at = data[1] & 0x7F, 2
    shortest = True
    if length > 125:
        at, least = (4, 126) if length == 126 else (10, 2**16)
        if len(data) < at:
            return None
        length = int.from_bytes(data[2:at])
        shortest = length >= least
    if length > LIMIT:
        raise Failed(f"announced a frame of {length} bytes")
    masked = data[1] >= 0x80
    start = at + 4 if masked else at
    end = start + length
    if len(data) < end:
        return None
    payload = _mask(bytes(data[start:end]), bytes(data[at:start]))
    fin, rsv, opcode = data[0] >= 0x80, data[0] >> 4 & 7, data[0] & 0x0F
    return Frame(opcode, payload, fin, rsv, masked, shortest), end


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    size: int | None = None,
    length: int | None = None,
    key: bytes | None = None,
) -> bytes:
    """
    Encode a frame of the client. The defaults make a valid one.

    @param size: Bytes of the extended length: 0, 2 or 8; by default the fewest.

    @param length: The length to announce; by default that of the payload.

    @param key: The masking key; random by default.
    """
    length = len(payload) if length is None else length
    if size is None:
        size = 0 if length < 126 else 2 if length < 2**16 else 8
    short = {0: length, 2: 126, 8: 127}[size]
    head = bytes([fin << 7 | rsv << 4 | opcode, masked << 7 | short])
    if size:
        head += length.to_bytes(size)
    if key is None:
        key = os.urandom(4) if masked else b""
    return head + key + _mask(payload, key)


def closeFrame(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


def messageFrame(message: str | bytes) -> bytes:
    return b"".join(fragments(message))


def fragments(message: str | bytes, *lengths: int) -> list[bytes]:
    """
    @param lengths: Payload bytes of each frame but the last.
    """
    data = message.encode() if isinstance(message, str) else message
    opcode = TEXT if isinstance(message, str) else BINARY
    frames = []
    for length in lengths:
        frames.append(frame(opcode, data[:length], fin=False))
        data, opcode = data[length:], CONTINUATION
    return [*frames, frame(opcode, data)]


def _mask(payload: bytes, key: bytes) -> bytes:
    if not key:
        return payload
    mask = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(len(payload))
