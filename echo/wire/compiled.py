"""
The C codec, as Python classes: those that L{echo.wire} describes.
"""

from collections.abc import Sequence
from typing import Any

from echo.wire import Counts
from echo.wire._wire import ffi, lib
from echo.wire.pump import Pump


class Wire:
    """
    See L{echo.wire.Wire}.

    @ivar counts: The C struct of L{totals}.

    @ivar replies: The C struct that receives the replies of each call.

    @ivar out: The memory of the replies.

    @ivar room: Its size in bytes.
    """

    makePump = Pump

    def __init__(self) -> None:
        self.counts = ffi.new("struct wire_counts *")
        self.replies = ffi.new("struct wire_replies *")
        self.reserve(0)

    @property
    def totals(self) -> Counts:
        return _counts(self.counts)

    def codec(self, limit: int) -> "Codec":
        return Codec(limit, self)

    def reserve(self, length: int) -> None:
        self._out = ffi.new("uint8_t[]", length)
        self.replies.others = self._out
        self.out = ffi.buffer(self._out)
        self.room = length


class Codec:
    """
    See L{echo.wire.Codec}.
    """

    __slots__ = ("_wire", "struct")

    def __init__(self, limit: int, wire: Wire) -> None:
        self._wire = wire
        self.struct = _owned(lib.wire_codec_new(limit, wire.counts))

    @property
    def counts(self) -> Counts:
        return _counts(self.struct.counts)

    @property
    def pumped(self) -> int:
        return int(self.struct.pumped)

    @property
    def heardAt(self) -> float:
        return float(self.struct.heard / 1e9)

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        codec, wire, length = self.struct, self._wire, len(data)
        replies = wire.replies
        if length > wire.room:
            wire.reserve(length)
        taken = lib.wire_feed(codec, data, length, replies)
        answer: bytes = wire.out[: replies.others_length]
        if replies.first:
            answer = ffi.buffer(replies.first, replies.first_length)[:] + answer
            lib.wire_replies_free(replies)
        return answer, self.take() + data[taken:] if codec.refused else None

    def take(self) -> bytes:
        return _take(self.struct)


#: Messages that one call finds at most. Only a read of very short messages has more.
_ROOM = 1024

_BINARY = 2

#: Bytes of the longest header of a client's frame.
_LONGEST_HEADER = 14


class _Scratch:
    """
    Memory that all client codecs share. Its content is valid during one call.

    @ivar numbers: Offset, length and opcode of each message of L{messages}.

    @ivar firstNumbers: The numbers of the first message.
    """

    def __init__(self) -> None:
        self.totals = ffi.new("struct wire_counts *")
        self._found = ffi.new("struct wire_message[]", _ROOM)
        self.messages = ffi.new("struct wire_messages *")
        self.messages.found = self._found
        self.messages.room = _ROOM
        self.numbers = memoryview(ffi.buffer(self._found)).cast("B").cast("Q")
        self.firstNumbers = self.numbers[:3]
        self.length = ffi.new("uint64_t *")
        self.reserve(64 << 10)

    def reserve(self, length: int) -> None:
        self.out = ffi.new("uint8_t[]", length)
        self.written = ffi.buffer(self.out)
        self.room = length


_scratch = _Scratch()


class ClientCodec:
    """
    See L{echo.wire.ClientCodec}.
    """

    __slots__ = ("struct",)

    def __init__(self, limit: int) -> None:
        self.struct = _owned(lib.wire_client_new(limit, _scratch.totals))

    def feed(self, data: bytes) -> tuple[list[tuple[bytes, bool]], bytes | None]:
        codec = self.struct
        taken = lib.wire_read(codec, data, len(data), _scratch.messages)
        found = _messages(data)
        while taken < len(data) and not codec.refused:
            data = data[taken:]
            taken = lib.wire_read(codec, data, len(data), _scratch.messages)
            found += _messages(data)
        return found, self.take() + data[taken:] if codec.refused else None

    def take(self) -> bytes:
        return _take(self.struct)


def writeFrames(first: int, payloads: Sequence[bytes], masks: bytes) -> bytes:
    count = len(payloads)
    if count == 1:  # the usual case
        whole, lengths = payloads[0], _scratch.length
        lengths[0] = len(whole)
    else:
        whole = b"".join(payloads)
        lengths = ffi.new("uint64_t[]", list(map(len, payloads)))
    longest = len(whole) + _LONGEST_HEADER * count
    if longest > _scratch.room:
        _scratch.reserve(longest)
    written = lib.wire_write(first, whole, lengths, count, masks, _scratch.out)
    frames: bytes = _scratch.written[:written]
    return frames


def _counts(counts: Any) -> Counts:
    return Counts(
        counts.texts, counts.text_octets, counts.binaries, counts.binary_octets
    )


def _owned(made: Any) -> Any:
    """
    @return: The codec. It is freed with its last reference in Python.
    """
    if made == ffi.NULL:
        raise MemoryError
    return ffi.gc(made, lib.wire_codec_free)


def _take(codec: Any) -> bytes:
    held = ffi.new("uint8_t[]", lib.wire_held(codec))
    lib.wire_take(codec, held)
    taken: bytes = ffi.buffer(held)[:]
    return taken


def _messages(data: bytes) -> list[tuple[bytes, bool]]:
    """
    @return: The messages that the last C{wire_read} has found in this input.
    """
    messages = _scratch.messages
    count = messages.count
    if messages.first:
        at, _, opcode = _scratch.firstNumbers.tolist()
        first = ffi.buffer(messages.first, messages.first_length)[at:]
        lib.wire_read_free(messages)
        return [(first, opcode == _BINARY), *_slices(data, 1, count)]
    if count == 1:  # the usual case
        at, length, opcode = _scratch.firstNumbers.tolist()
        return [(data[at : at + length], opcode == _BINARY)]
    return _slices(data, 0, count)


def _slices(data: bytes, first: int, count: int) -> list[tuple[bytes, bool]]:
    numbers = iter(_scratch.numbers[3 * first : 3 * count].tolist())
    return [
        (data[at : at + length], opcode == _BINARY)
        for at, length, opcode in zip(numbers, numbers, numbers, strict=True)
    ]
