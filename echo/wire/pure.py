"""
The Python codec: the same results as the C codec (C{wire.h}), without a compiler. It
has no pump.
"""

import sys
from codecs import utf_8_decode
from collections.abc import Callable, Sequence

from autobahn.websocket.xormasker import create_xor_masker

from echo.wire import Counts

_TEXT = 0x81  # the first byte of a whole message's frame
_BINARY = 0x82
_MASKED = 0x80

#: For each value of the 7-bit length that announces a longer field: bytes of that
#: field, and the least length that needs it.
_LONGER = {126: (2, 126), 127: (8, 1 << 16)}

#: As in C: a quarter of the address space.
_LONGEST = sys.maxsize // 2

#: Bytes of the shortest payload for which Autobahn's masker is faster than ours. It is
#: usually compiled, but takes time to make.
_LONG = 2048

#: A translation table for each value of a mask's byte.
_XOR = [bytes(byte ^ mask for byte in range(256)) for mask in range(256)]


class _NotSimple(Exception):
    pass


class Wire:
    """
    See L{echo.wire.Wire}.
    """

    makePump = None

    def __init__(self) -> None:
        self._totals = [0, 0, 0, 0]

    @property
    def totals(self) -> Counts:
        return Counts(*self._totals)

    def codec(self, limit: int) -> "Codec":
        return Codec(limit, self._totals)


class _Reader:
    __slots__ = ("_due", "_have", "_head", "_limit", "_pieces", "_sequence")

    #: Bytes of each frame's mask: 4 from a client, 0 from a server.
    maskLength: int

    #: Called with the header and the unmasked pieces of the payload of each complete
    #: frame.
    _finish: Callable[[bytes, list[bytes | bytearray]], None]

    def __init__(self, limit: int) -> None:
        self._limit = min(limit or _LONGEST, _LONGEST)
        self._forget()

    def _forget(self) -> None:
        # The partial frame: the bytes of its header, the unmasked pieces of its
        # payload, how many bytes of the payload have arrived and how many are missing,
        # and an incomplete UTF-8 sequence at the end of its text.
        self._head = b""
        self._pieces: list[bytes | bytearray] = []
        self._have = 0
        self._due = 0
        self._sequence = b""

    def _read(self, data: bytes) -> bytes | None:
        """
        @return: All input from the first frame on that is not simple, or None.
        """
        if not self._due:
            data, self._head = self._head + data, b""
        at, end = 0, len(data)
        try:
            while at < end:
                if not self._due:
                    size = self._begin(data, at)
                    if not size:
                        break
                    at += size
                piece = data[at : at + self._due]
                at += len(piece)
                self._append(piece)
                if not self._due:
                    head, pieces = self._head, self._pieces
                    self._forget()
                    self._finish(head, pieces)
        except (_NotSimple, UnicodeDecodeError):
            return self.take() + data[at:]
        return None

    def _begin(self, data: bytes, at: int) -> int:
        """
        @return: The length of the header. 0 if it is incomplete: its bytes are kept.
        """
        maskLength = self.maskLength
        extra = least = 0
        length = -1
        if len(data) - at > 1:
            masked, length = divmod(data[at + 1], _MASKED)
            if data[at] not in (_TEXT, _BINARY) or bool(masked) != bool(maskLength):
                raise _NotSimple
            extra, least = _LONGER.get(length, (0, 0))
        start = at + 2 + extra + maskLength
        if start > len(data):
            self._head = data[at:]
            return 0
        if extra:
            length = int.from_bytes(data[at + 2 : at + 2 + extra], "big")
        if not least <= length <= self._limit:
            raise _NotSimple
        self._head = data[at:start]
        self._due = length
        return start - at

    def _append(self, piece: bytes) -> None:
        arrived = self._unmasked(piece, self._have)
        self._have += len(piece)
        self._due -= len(piece)
        last = self._pieces[-1] if self._pieces else None
        # Short pieces are merged: a Python object is larger than a short piece.
        if isinstance(arrived, bytearray) and isinstance(last, bytearray):
            last += arrived
        else:
            self._pieces.append(arrived)
        if self._head[0] == _TEXT:
            text = self._sequence + arrived
            _, whole = utf_8_decode(text, "strict", not self._due)
            self._sequence = text[whole:]
            # ED A0..BF starts a surrogate, which is not UTF-8. Python's decoder waits
            # for the third byte.
            if self._sequence[:1] == b"\xed" and self._sequence[1:] > b"\x9f":
                raise _NotSimple

    def take(self) -> bytes:
        taken = self._head + self._unmasked(b"".join(self._pieces), 0)
        self._forget()
        return taken

    def _unmasked(self, payload: bytes, phase: int) -> bytes | bytearray:
        if self.maskLength:
            return _xor(payload, self._head[-self.maskLength :], phase)
        return payload if len(payload) >= _LONG else bytearray(payload)


class Codec(_Reader):
    """
    See L{echo.wire.Codec}.
    """

    __slots__ = ("_counts", "_replies", "_totals")

    maskLength = 4
    pumped = 0
    heardAt = 0.0

    def __init__(self, limit: int, totals: list[int]) -> None:
        super().__init__(limit)
        self._counts = [0, 0, 0, 0]
        self._totals = totals
        self._replies: list[bytes | bytearray] = []

    @property
    def counts(self) -> Counts:
        return Counts(*self._counts)

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        rest = self._read(data)
        replies = b"".join(self._replies)
        self._replies.clear()
        return replies, rest

    def _finish(self, head: bytes, pieces: list[bytes | bytearray]) -> None:
        first, octets = 0 if head[0] == _TEXT else 2, sum(map(len, pieces))
        for counts in (self._counts, self._totals):
            counts[first] += 1
            counts[first + 1] += octets
        self._replies += (head[:1], bytes((head[1] - _MASKED,)), head[2:-4], *pieces)


class ClientCodec(_Reader):
    """
    See L{echo.wire.ClientCodec}.
    """

    __slots__ = ("_messages",)

    maskLength = 0

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._messages: list[tuple[bytes, bool]] = []

    def feed(self, data: bytes) -> tuple[list[tuple[bytes, bool]], bytes | None]:
        rest = self._read(data)
        messages, self._messages = self._messages, []
        return messages, rest

    def _finish(self, head: bytes, pieces: list[bytes | bytearray]) -> None:
        self._messages.append((b"".join(pieces), head[0] == _BINARY))


def writeFrames(first: int, payloads: Sequence[bytes], masks: bytes) -> bytes:
    """
    @param first: The first byte of each frame: FIN, RSV and opcode.

    @param masks: Four bytes a frame, from L{echo.wire.masks}.

    @return: A client's frames, one after the other.
    """
    parts: list[bytes | bytearray] = []
    for number, payload in enumerate(payloads):
        mask, length = masks[4 * number : 4 * number + 4], len(payload)
        extra = 0 if length < 126 else 2 if length < 1 << 16 else 8
        short = {0: length, 2: 126, 8: 127}[extra]
        parts += (
            bytes((first, _MASKED | short)),
            length.to_bytes(8, "big")[8 - extra :],
        )
        parts += (mask, _xor(payload, mask, 0))
    return b"".join(parts)


def _xor(payload: bytes | bytearray, mask: bytes, phase: int) -> bytes | bytearray:
    """
    @param phase: The index of the mask's byte for the first byte of the payload.
    """
    if len(payload) >= _LONG:
        rotated = mask[phase % 4 :] + mask[: phase % 4]
        whole: bytes = create_xor_masker(rotated, len(payload)).process(bytes(payload))
        return whole
    result = bytearray(payload)
    for i, byte in enumerate(mask):
        first = (i - phase) % 4
        result[first::4] = result[first::4].translate(_XOR[byte])
    return result
