"""
The payloads of a run: numbered or fixed, optionally of a given size; or of several
sizes, for C{--sweep}.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from echo.units import parseSize

_PADDING = b"."
_NAME = re.compile(rb"Hello \d+ of ([0-9a-f]{8})-(\d+)")

# Bytes that suffice for a name, with ten digits for each number.
_NAME_ROOM = 40


@dataclass(frozen=True)
class Payloads:
    """
    The payloads of the messages of a run.

    @ivar fixed: The payload of all messages; C{None} for C{Hello 1}, C{Hello 2} and so
        on.

    @ivar run: Eight random hexadecimal digits. With them, payloads that are not
        C{fixed} name their run and their connection: C{Hello 1 of 5f3a9c01-2}. So an
        echo on a wrong connection is recognised.

    @ivar size: Bytes of each payload, which is cut or repeated; C{None} to leave it as
        it is.
    """

    fixed: bytes | None = None
    isBinary: bool = False
    size: int | None = None
    run: str | None = None

    @property
    def longest(self) -> int:
        """
        Bytes of the longest message, as far as this is known before the run.
        """
        return len(self.payload(1))

    @cached_property
    def named(self) -> bool:
        if self.run is None or self.fixed is not None:
            return False
        return self.size is None or self.size >= _NAME_ROOM

    def payload(self, seq: int, connection: int = 1) -> bytes:
        """
        @param seq: The number of the message on its connection, from 1. C{connection}
            is the number of that, from 1.
        """
        if self.fixed is not None:
            return self._same
        base = b"Hello %d" % seq
        if self.named:
            base += b" of %s-%d" % (self._run, connection)
        return base if self.size is None else self._sized(base)

    def isForeign(self, payload: bytes, connection: int) -> bool:
        name = _NAME.match(payload) if self.named else None
        if name is None:
            return False
        return (name[1], name[2]) != (self._run, b"%d" % connection)

    @cached_property
    def _run(self) -> bytes:
        return (self.run or "").encode()

    @cached_property
    def _same(self) -> bytes:
        return self._sized(self.fixed or b"")

    def _sized(self, base: bytes) -> bytes:
        if self.size is None:
            return base
        payload = (base or _PADDING) * (self.size // (len(base) or 1) + 1)
        payload = payload[: self.size]
        if not self.isBinary:
            # Do not cut a character in two.
            payload = payload.decode("utf-8", "ignore").encode()
        return payload.ljust(self.size, _PADDING)


def parseSizes(text: str) -> list[int]:
    """
    @param text: A range of sizes such as C{1k..16m}, or one size.

    @return: The first size, doubled until the last size, and the last size, in bytes.

    @raise ValueError: It is not a range; the message gives an example.
    """
    first, _, last = text.partition("..")
    low, high = parseSize(first), parseSize(last or first)
    if not low:
        raise ValueError(f"{text!r} does not grow by doubling: try 1..{last or '1k'}")
    if low > high:
        raise ValueError(f"{text!r} goes down: try {last}..{first}")
    sizes = []
    while low < high:
        sizes.append(low)
        low *= 2
    return [*sizes, high]


@dataclass(frozen=True)
class SweepPayloads:
    """
    The payloads of a sweep.

    @ivar sizes: The message sizes, in bytes.

    @ivar each: Number of messages of each size.
    """

    isBinary: bool
    sizes: tuple[int, ...]
    each: int

    @property
    def longest(self) -> int:
        return self.sizes[-1]

    def step(self, seq: int) -> int:
        return (seq - 1) // self.each

    named = False

    def isForeign(self, payload: bytes, connection: int) -> bool:
        return False  # a sweep has one connection

    def payload(self, seq: int, connection: int = 1) -> bytes:
        """
        @return: The payload of a message. It differs from all others, if the size
            allows that.
        """
        size = self.sizes[self.step(seq)]
        return (b"%d" % seq)[:size].ljust(size, _PADDING)
