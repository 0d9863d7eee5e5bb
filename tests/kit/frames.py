"""
Frames, as clients send them and as they are answered (RFC 6455 section 5.2).
"""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

_FINAL = 0x80
_MASKED = 0x80
#: That of all frames that need not have another.
MASK = b"\x37\xfa\x21\x3d"


def _header(first: int, length: int, masked: int, extra: int | None) -> bytes:
    if extra is None:
        extra = 0 if length < 126 else 2 if length < 65536 else 8
    short = {0: length, 2: 126, 8: 127}[extra]
    return bytes([first, masked | short]) + length.to_bytes(8, "big")[8 - extra :]


def _xor(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    pattern = (mask * (size // 4 + 1))[:size]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")
    return number.to_bytes(size, "big")


def frame(
    opcode: int,
    payload: bytes = b"",
    final: bool = True,
    reserved: int = 0,
    mask: bytes | None = MASK,
    extra: int | None = None,
) -> bytes:
    """
    @param mask: None for none, which is wrong for a client.

    @param extra: How many bytes its length takes, beyond the usual: 0, 2 or 8. As few
        as can be if it is None; all else is wrong.

    @return: A frame of a client, or of a server if it has no mask.
    """
    first = (_FINAL if final else 0) | reserved << 4 | opcode
    if mask is None:
        return _header(first, len(payload), 0, extra) + payload
    header = _header(first, len(payload), _MASKED, extra)
    return header + mask + _xor(payload, mask)


def reply(opcode: int, payload: bytes = b"") -> bytes:
    """
    @return: A final frame of a server.
    """
    return frame(opcode, payload, mask=None)
