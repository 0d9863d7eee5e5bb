"""
WebSocket frames as bytes (RFC 6455 section 5.2): those of clients, those of servers.

L{frame} is masked, as a client must send it. L{serverFrame} is not. Both make invalid
frames on request. Nothing here uses the code under test.
"""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

#: The masking key of L{frame}, unless a test chooses one.
MASK = b"\x37\xfa\x21\x3d"


def _header(first: int, length: int, masked: int, size: int | None) -> bytes:
    if size is None:
        size = 0 if length < 126 else 2 if length < 65536 else 8
    short = {0: length, 2: 126, 8: 127}[size]
    return bytes([first, masked | short]) + length.to_bytes(8, "big")[8 - size :]


def _xor(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    pattern = (mask * (size // 4 + 1))[:size]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")
    return number.to_bytes(size, "big")


def frame(
    opcode: int,
    payload: bytes = b"",
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = MASK,
    size: int | None = None,
) -> bytes:
    """
    @param mask: The masking key; None leaves the frame unmasked.

    @param size: Bytes of the extended payload length: 0, 2 or 8. The default is the
        shortest possible, and the only valid one.

    @return: A client's frame.
    """
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    if mask is None:
        return _header(first, len(payload), 0, size) + payload
    return _header(first, len(payload), 0x80, size) + mask + _xor(payload, mask)


def serverFrame(
    opcode: int, payload: bytes = b"", fin: bool = True, rsv: int = 0
) -> bytes:
    """
    @return: A server's frame.
    """
    return frame(opcode, payload, fin, rsv, mask=None)


def serverClose(code: int | None = None, reason: str = "") -> bytes:
    """
    @return: A server's close frame.
    """
    payload = b"" if code is None else code.to_bytes(2, "big") + reason.encode()
    return serverFrame(CLOSE, payload)


def parseFrames(data: bytes) -> list[tuple[int, bytes]]:
    """
    @return: Opcode and unmasked payload of each of a client's frames.
    """
    frames = []
    while data:
        opcode, length = data[0] & 0x0F, data[1] & 0x7F
        assert data[1] & 0x80, "unmasked"
        size = {126: 2, 127: 8}.get(length, 0)
        if size:
            length = int.from_bytes(data[2 : 2 + size], "big")
        start = 2 + size + 4
        mask, masked = data[start - 4 : start], data[start : start + length]
        frames.append((opcode, _xor(masked, mask)))
        data = data[start + length :]
    return frames
