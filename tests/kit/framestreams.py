"""
Hypothesis strategies: streams of frames, valid and invalid, and ways to cut them into
pieces.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from hypothesis import strategies as st

from tests.kit.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    MASK,
    PING,
    PONG,
    TEXT,
    frame,
)

_T = TypeVar("_T")

#: The number of examples for each property.
EXAMPLES = int(os.environ.get("ECHO_EXAMPLES", "1000"))

#: A message limit that some messages exceed.
LIMIT = 300

# Pieces of texts: UTF-8 characters of every length, and invalid or incomplete UTF-8.
_PIECES = [
    *(b"a", b"Hello, world. ", b"\0", b"0123456789abcdef\x7f"),
    *(char.encode() for char in "\x80\xe4\u07ff\u0800\u20ac\ud7ff\ue000\uffff"),
    *(char.encode() for char in "\U00010000\U0001f600\U0010ffff"),
]
_BAD_PIECES = [
    *(b"\x80", b"\xc0", b"\xc3", b"\xe0", b"\xe0\x80", b"\xe2\x82", b"\xed\xa0"),
    *(b"\xed\xa0\x80", b"\xf0", b"\xf0\x8f", b"\xf0\x9f\x98", b"\xf4\x90", b"\xff"),
]
_LENGTHS = [0, 1, 125, 126, 127, LIMIT, LIMIT + 1]
_LONG_LENGTHS = [65535, 65536, 70000]
_MASKS = [b"\0\0\0\0", b"\xff\x00\xaa\x55", b"mask", b"\x80\x81\x82\x83"]
_CODES = [1000, 1001, 1005, 1015, 3000, 4999, 9999]


class _Draw:
    """
    Bytes from which a stream is made. Drawing each frame from Hypothesis would take
    longer than testing it.

    @ivar mask: The usual masking key; None for a server's frames.
    """

    def __init__(self, data: bytes, isServer: bool) -> None:
        self._data = iter(data)
        self.isOver = False
        self.mask = None if isServer else MASK

    def below(self, limit: int) -> int:
        byte = next(self._data, None)
        self.isOver = byte is None
        return (byte or 0) % limit

    def anyMask(self) -> bytes | None:
        """
        @return: A masking key; None for a server's frame.
        """
        return None if self.mask is None else self.one(_MASKS)

    def wrongMask(self) -> bytes | None:
        """
        @return: A masking key for a server's frame, which must have none; None for a
            client's.
        """
        return self.one(_MASKS) if self.mask is None else None

    def one(self, choices: Sequence[_T]) -> _T:
        return choices[self.below(len(choices))]

    def some(self, choices: list[bytes]) -> bytes:
        return b"".join(self.one(choices) for _ in range(self.below(8)))


def _message(draw: _Draw) -> bytes:
    payload = draw.some(_PIECES)
    return frame(1 + draw.below(2), payload, mask=draw.anyMask())


def _border(draw: _Draw) -> bytes:
    payload = b"0123456\xc3\xa4" * LIMIT
    length = draw.one(_LENGTHS)
    return frame(1 + draw.below(2), payload[:length], mask=draw.mask)


def _badText(draw: _Draw) -> bytes:
    payload = draw.some(_PIECES) + draw.some(_BAD_PIECES) + draw.some(_PIECES)
    return frame(TEXT, payload, mask=draw.anyMask())


def _fragments(draw: _Draw) -> bytes:
    mask = draw.mask
    stream = frame(1 + draw.below(2), draw.some(_PIECES), fin=False, mask=mask)
    for _ in range(draw.below(3)):
        stream += frame(CONTINUATION, draw.some(_PIECES), fin=False, mask=mask)
        stream += draw.one([b"", frame(PING, b"in between", mask=mask)])
    return stream + frame(CONTINUATION, draw.some(_PIECES), mask=mask)


def _control(draw: _Draw) -> bytes:
    return frame((PING, PONG)[draw.below(2)], draw.some(_PIECES), mask=draw.anyMask())


def _close(draw: _Draw) -> bytes:
    code = _CODES[draw.below(len(_CODES))].to_bytes(2, "big")
    payload = draw.one([b"", b"\x03", code]) + draw.some(_PIECES)
    return frame(CLOSE, payload, mask=draw.mask)


def _odd(draw: _Draw) -> bytes:
    return frame(
        opcode=draw.below(16),
        payload=draw.some(_PIECES + _BAD_PIECES),
        fin=bool(draw.below(4)),
        rsv=max(0, draw.below(16) - 8),
        mask=draw.anyMask() if draw.below(4) else draw.wrongMask(),
        size=[None, None, 2, 8][draw.below(4)],
    )


def _noise(draw: _Draw) -> bytes:
    return bytes(draw.below(256) for _ in range(draw.below(16)))


_USUAL = [*[_message] * 8, _border, _fragments, _control, _control]
_ALL: list[Callable[[_Draw], bytes]] = [*_USUAL * 3, _badText, _close, _odd, _noise]


def _stream(data: bytes, isServer: bool) -> bytes:
    draw = _Draw(data, isServer)
    stream = b""
    while not draw.isOver:
        stream += _ALL[draw.below(len(_ALL))](draw)
    return stream


def _streams(isServer: bool) -> st.SearchStrategy[bytes]:
    data = st.binary(min_size=24, max_size=120)
    return data.map(partial(_stream, isServer=isServer))


def _longStreams(isServer: bool) -> st.SearchStrategy[bytes]:
    some, mask = _streams(isServer), None if isServer else MASK

    def between(before: bytes, opcode: int, length: int, after: bytes) -> bytes:
        return before + frame(opcode, bytes(length), mask=mask) + after

    opcodes, lengths = st.sampled_from([TEXT, BINARY]), st.sampled_from(_LONG_LENGTHS)
    return st.builds(between, some, opcodes, lengths, some)


#: Streams of a client, mostly valid.
streams = _streams(isServer=False)

#: The same, with a message of more than 64 KiB.
longStreams = _longStreams(isServer=False)

#: Streams of a server, likewise.
serverStreams = _streams(isServer=True)
longServerStreams = _longStreams(isServer=True)

#: Sizes of pieces, for L{cut} to use in turn.
cuts = st.binary(min_size=1, max_size=6).map(lambda sizes: [1 + x % 50 for x in sizes])


def cut(stream: bytes, sizes: list[int]) -> Iterator[bytes]:
    """
    @param sizes: Sizes from L{cuts}. The pieces of a long stream are longer.

    @return: The pieces of a stream.
    """
    longer = 1 + len(stream) // 100
    start = number = 0
    while start < len(stream):
        end = start + sizes[number % len(sizes)] * longer
        yield stream[start:end]
        start, number = end, number + 1
