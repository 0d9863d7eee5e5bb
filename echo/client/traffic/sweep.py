"""
Messages of one size after another: plain data.
"""

from dataclasses import dataclass

from echo.units import parseSize

_PADDING = b"."


def parseSizes(text: str) -> list[int]:
    """
    @param text: Two sizes, C{1k..16m}; or one.

    @return: The first, twice that and so on, and the last, in bytes.

    @raise ValueError: It is not that; the message says what would be.
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

    @ivar isBinary: Whether the messages are binary.

    @ivar sizes: Bytes of each message, one after another.

    @ivar each: How many messages of a size follow each other.
    """

    isBinary: bool
    sizes: tuple[int, ...]
    each: int

    @property
    def longest(self) -> int:
        """
        Bytes of the longest message.
        """
        return self.sizes[-1]

    def step(self, seq: int) -> int:
        """
        @return: Which of the sizes the message of that number has.
        """
        return (seq - 1) // self.each

    named = False

    def isForeign(self, payload: bytes, connection: int) -> bool:
        """
        @return: C{False}: a sweep has one connection.
        """
        return False

    def payload(self, seq: int, connection: int = 1) -> bytes:
        """
        @return: The payload of the message of that number: no two are the same,
            where the size allows it.
        """
        size = self.sizes[self.step(seq)]
        return (b"%d" % seq)[:size].ljust(size, _PADDING)
