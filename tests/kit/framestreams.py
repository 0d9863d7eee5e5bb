"""
Streams of frames, good and bad, and ways to cut them: strategies of Hypothesis.
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

#: How many examples there are of everything: 1,000, or those of a whole night.
EXAMPLES = int(os.environ.get("ECHO_EXAMPLES", "1000"))

#: A limit that some of the messages here are beyond.
LIMIT = 300

# What texts are made of: characters of every length, and what is not UTF-8, or not yet.
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


class _Score:
    """
    Bytes that say what a stream is like. (To have Hypothesis choose every frame takes
    it longer than all that is done with them.)

    @ivar mask: That of a frame which need not have another; None if a server sends it.
    """

    def __init__(self, notes: bytes, isServer: bool) -> None:
        self._notes = iter(notes)
        self.isOver = False
        self.mask = None if isServer else MASK

    def below(self, limit: int) -> int:
        """
        @return: A number.
        """
        note = next(self._notes, None)
        self.isOver = note is None
        return (note or 0) % limit

    def anyMask(self) -> bytes | None:
        """
        @return: A mask, if there is to be one.
        """
        return None if self.mask is None else self.one(_MASKS)

    def wrongMask(self) -> bytes | None:
        """
        @return: One where there is to be none, and the other way round.
        """
        return self.one(_MASKS) if self.mask is None else None

    def one(self, choices: Sequence[_T]) -> _T:
        """
        @return: One of them.
        """
        return choices[self.below(len(choices))]

    def some(self, choices: list[bytes]) -> bytes:
        """
        @return: A few of them.
        """
        return b"".join(self.one(choices) for _ in range(self.below(8)))


def _message(score: _Score) -> bytes:
    payload = score.some(_PIECES)
    return frame(1 + score.below(2), payload, mask=score.anyMask())


def _border(score: _Score) -> bytes:
    payload = b"0123456\xc3\xa4" * LIMIT
    length = score.one(_LENGTHS)
    return frame(1 + score.below(2), payload[:length], mask=score.mask)


def _badText(score: _Score) -> bytes:
    payload = score.some(_PIECES) + score.some(_BAD_PIECES) + score.some(_PIECES)
    return frame(TEXT, payload, mask=score.anyMask())


def _fragments(score: _Score) -> bytes:
    mask = score.mask
    stream = frame(1 + score.below(2), score.some(_PIECES), fin=False, mask=mask)
    for _ in range(score.below(3)):
        stream += frame(CONTINUATION, score.some(_PIECES), fin=False, mask=mask)
        stream += score.one([b"", frame(PING, b"in between", mask=mask)])
    return stream + frame(CONTINUATION, score.some(_PIECES), mask=mask)


def _control(score: _Score) -> bytes:
    return frame(
        (PING, PONG)[score.below(2)], score.some(_PIECES), mask=score.anyMask()
    )


def _close(score: _Score) -> bytes:
    code = _CODES[score.below(len(_CODES))].to_bytes(2, "big")
    payload = score.one([b"", b"\x03", code]) + score.some(_PIECES)
    return frame(CLOSE, payload, mask=score.mask)


def _odd(score: _Score) -> bytes:
    return frame(
        opcode=score.below(16),
        payload=score.some(_PIECES + _BAD_PIECES),
        fin=bool(score.below(4)),
        rsv=max(0, score.below(16) - 8),
        mask=score.anyMask() if score.below(4) else score.wrongMask(),
        size=[None, None, 2, 8][score.below(4)],
    )


def _noise(score: _Score) -> bytes:
    return bytes(score.below(256) for _ in range(score.below(16)))


_USUAL = [*[_message] * 8, _border, _fragments, _control, _control]
_ALL: list[Callable[[_Score], bytes]] = [*_USUAL * 3, _badText, _close, _odd, _noise]


def _play(notes: bytes, isServer: bool) -> bytes:
    score = _Score(notes, isServer)
    stream = b""
    while not score.isOver:
        stream += _ALL[score.below(len(_ALL))](score)
    return stream


def _streams(isServer: bool) -> st.SearchStrategy[bytes]:
    notes = st.binary(min_size=24, max_size=120)
    return notes.map(partial(_play, isServer=isServer))


def _longStreams(isServer: bool) -> st.SearchStrategy[bytes]:
    some, mask = _streams(isServer), None if isServer else MASK

    def between(before: bytes, opcode: int, length: int, after: bytes) -> bytes:
        return before + frame(opcode, bytes(length), mask=mask) + after

    opcodes, lengths = st.sampled_from([TEXT, BINARY]), st.sampled_from(_LONG_LENGTHS)
    return st.builds(between, some, opcodes, lengths, some)


#: What a client may send: mostly good, and never the end of it.
streams = _streams(isServer=False)

#: The same with a message of more than 64 KiB in it.
longStreams = _longStreams(isServer=False)

#: What a server may send to a client, likewise.
serverStreams = _streams(isServer=True)
longServerStreams = _longStreams(isServer=True)

#: The sizes of pieces, one after the other, and over again.
cuts = st.binary(min_size=1, max_size=6).map(lambda sizes: [1 + x % 50 for x in sizes])


def cut(stream: bytes, sizes: list[int]) -> Iterator[bytes]:
    """
    @param sizes: From L{cuts}; of a long stream, the pieces are longer.

    @return: The stream, in pieces.
    """
    longer = 1 + len(stream) // 100
    start = number = 0
    while start < len(stream):
        end = start + sizes[number % len(sizes)] * longer
        yield stream[start:end]
        start, number = end, number + 1
