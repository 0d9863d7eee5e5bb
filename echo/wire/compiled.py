"""
The data path in C, as Python sees it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from echo.wire._wire import ffi, lib


class Counts:
    """
    See L{echo.wire.Counts}.
    """

    __slots__ = ("_owner",)

    def __init__(self, owner: Any) -> None:
        """
        @param owner: Who has C{counts}, and the memory that they are in.
        """
        self._owner = owner

    @property
    def texts(self) -> int:
        """
        Text messages.
        """
        return int(self._owner.counts.texts)

    @property
    def textOctets(self) -> int:
        """
        Their bytes.
        """
        return int(self._owner.counts.text_octets)

    @property
    def binaries(self) -> int:
        """
        Binary messages.
        """
        return int(self._owner.counts.binaries)

    @property
    def binaryOctets(self) -> int:
        """
        Their bytes.
        """
        return int(self._owner.counts.binary_octets)


class Wire:
    """
    See L{echo.wire.Wire}.

    @ivar out: What the replies are written to.

    @ivar room: How many bytes that has.
    """

    def __init__(self) -> None:
        self.counts = ffi.new("struct wire_counts *")
        self.totals = Counts(self)
        self.replies = ffi.new("struct wire_replies *")
        self.reserve(0)

    @property
    def makePump(self) -> "type[Pump]":
        """
        See L{echo.wire.Wire.makePump}.
        """
        return Pump

    def codec(self, limit: int) -> "Codec":
        """
        See L{echo.wire.Wire.codec}.
        """
        return Codec(limit, self)

    def reserve(self, length: int) -> None:
        """
        Have room for the replies to so many bytes.
        """
        self._out = ffi.new("uint8_t[]", length)
        self.replies.others = self._out
        self.out = ffi.buffer(self._out)
        self.room = length


class Codec:
    """
    See L{echo.wire.Codec}.
    """

    __slots__ = ("_wire", "codec")

    def __init__(self, limit: int, wire: Wire) -> None:
        self._wire = wire
        made = lib.wire_codec_new(limit, wire.counts)
        if made == ffi.NULL:
            raise MemoryError
        self.codec = ffi.gc(made, lib.wire_codec_free)

    @property
    def counts(self) -> Counts:
        """
        See L{echo.wire.Codec.counts}.
        """
        return Counts(self.codec)

    @property
    def pumped(self) -> int:
        """
        See L{echo.wire.Codec.pumped}.
        """
        return int(self.codec.pumped)

    @property
    def heardAt(self) -> float:
        """
        See L{echo.wire.Codec.heardAt}.
        """
        return float(self.codec.heard / 1e9)

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        """
        See L{echo.wire.Codec.feed}.
        """
        codec, wire, length = self.codec, self._wire, len(data)
        replies = wire.replies
        if length > wire.room:
            wire.reserve(length)
        taken = lib.wire_feed(codec, data, length, replies)
        answer: bytes = wire.out[: replies.others_length]
        if replies.first:
            answer = ffi.buffer(replies.first, replies.first_length)[:] + answer
            lib.wire_sent(replies)
        return answer, self.take() + data[taken:] if codec.refused else None

    def take(self) -> bytes:
        """
        See L{echo.wire.Codec.take}.
        """
        return _take(self.codec)


#: So many messages are found with one call. A read of 64 KiB has more only where they
#: are very short.
_ROOM = 1024

_BINARY = 2

#: Of a client's frame, in bytes.
_LONGEST_HEADER = 14


class _Scratch:
    """
    Memory that all client codecs of the process have in common: it is of use within a
    call only.

    @ivar numbers: What L{messages} has found: three numbers each.

    @ivar firstNumbers: The first three.
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
        """
        Have room to write so many bytes.
        """
        self.out = ffi.new("uint8_t[]", length)
        self.written = ffi.buffer(self.out)
        self.room = length


_scratch = _Scratch()


class ClientCodec:
    """
    See L{echo.wire.ClientCodec}.
    """

    __slots__ = ("codec",)

    def __init__(self, limit: int) -> None:
        made = lib.wire_client_new(limit, _scratch.totals)
        if made == ffi.NULL:
            raise MemoryError
        self.codec = ffi.gc(made, lib.wire_codec_free)

    def feed(self, data: bytes) -> tuple[list[tuple[bytes, bool]], bytes | None]:
        """
        See L{echo.wire.ClientCodec.feed}.
        """
        codec = self.codec
        taken = lib.wire_read(codec, data, len(data), _scratch.messages)
        come = _messages(data)
        while taken < len(data) and not codec.refused:
            data = data[taken:]
            taken = lib.wire_read(codec, data, len(data), _scratch.messages)
            come += _messages(data)
        return come, self.take() + data[taken:] if codec.refused else None

    def take(self) -> bytes:
        """
        See L{echo.wire.ClientCodec.take}.
        """
        return _take(self.codec)


def _take(codec: Any) -> bytes:
    held = ffi.new("uint8_t[]", lib.wire_held(codec))
    lib.wire_take(codec, held)
    taken: bytes = ffi.buffer(held)[:]
    return taken


def _messages(data: bytes) -> list[tuple[bytes, bool]]:
    """
    @return: What C{wire_read} has just found there.
    """
    messages = _scratch.messages
    count = messages.count
    if messages.first:
        at, _, opcode = _scratch.firstNumbers.tolist()
        first = ffi.buffer(messages.first, messages.first_length)[at:]
        lib.wire_read_free(messages)
        return [(first, opcode == _BINARY), *_slices(data, 1, count)]
    if count == 1:  # as a rule
        at, length, opcode = _scratch.firstNumbers.tolist()
        return [(data[at : at + length], opcode == _BINARY)]
    return _slices(data, 0, count)


def _slices(data: bytes, first: int, count: int) -> list[tuple[bytes, bool]]:
    numbers = iter(_scratch.numbers[3 * first : 3 * count].tolist())
    return [
        (data[at : at + length], opcode == _BINARY)
        for at, length, opcode in zip(numbers, numbers, numbers, strict=True)
    ]


def writeFrames(first: int, payloads: Sequence[bytes], masks: bytes) -> bytes:
    """
    See L{echo.wire.WriteFrames}.
    """
    count = len(payloads)
    if count == 1:  # as a rule
        whole, lengths = payloads[0], _scratch.length
        lengths[0] = len(whole)
    else:
        whole = b"".join(payloads)
        lengths = ffi.new("uint64_t[]", list(map(len, payloads)))
    most = len(whole) + _LONGEST_HEADER * count
    if most > _scratch.room:
        _scratch.reserve(most)
    written = lib.wire_write(first, whole, lengths, count, masks, _scratch.out)
    frames: bytes = _scratch.written[:written]
    return frames


@dataclass(frozen=True)
class Back:
    """
    A conversation that a L{Pump} gives back.

    @ivar codec: Its data path.

    @ivar unsent: Replies that are still to be sent, before anything else.

    @ivar rest: Bytes that have arrived and are still to be fed.

    @ivar error: The C{errno} of a read that failed, or 0.
    """

    codec: Codec
    unsent: bytes
    rest: bytes
    error: int


class Pump:
    """
    Reads, answers and writes by itself, for conversations that are plain and peers
    that take what is sent to them. It can be watched by a reactor, like a socket:
    there is something to do if it can be read.
    """

    def __init__(self) -> None:
        """
        @raise OSError: There can be none here.
        """
        made = lib.wire_pump_new()
        if made == ffi.NULL:
            raise OSError(ffi.errno, os.strerror(ffi.errno))
        self._pump = ffi.gc(made, lib.wire_pump_free)
        self._pumped: dict[Any, Codec] = {}

    def fileno(self) -> int:
        """
        @return: What to watch.
        """
        return int(self._pump.epoll)

    def add(self, codec: Codec, fd: int) -> None:
        """
        Pump from now on.

        @param fd: The socket.

        @raise OSError: It cannot be.
        """
        error = lib.wire_pump_add(self._pump, codec.codec, fd)
        if error:
            raise OSError(error, os.strerror(error))
        self._pumped[codec.codec] = codec

    def remove(self, codec: Codec) -> None:
        """
        Pump no longer.
        """
        lib.wire_pump_remove(self._pump, codec.codec)
        del self._pumped[codec.codec]

    def run(self, seconds: float) -> Back | None:
        """
        Pump all that is there.

        @param seconds: The most that it may take, about.

        @return: A conversation that cannot be pumped any longer, before all is done;
            None if there is nothing more to do for now, or no time.
        """
        pump = self._pump
        if not lib.wire_pump_run(pump, int(seconds * 1e9)):
            return None
        unsent = b"".join(
            ffi.buffer(pump.unsent[i], pump.unsent_length[i])[:] for i in range(2)
        )
        return Back(
            self._pumped.pop(pump.back),
            unsent,
            ffi.buffer(pump.rest, pump.rest_length)[:],
            pump.error,
        )
