"""
The payloads of a run over several message sizes: C{--sweep}.
"""

from dataclasses import dataclass

from echo.units import parseSize

_PADDING = b"."


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
