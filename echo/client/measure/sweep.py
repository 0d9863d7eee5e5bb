"""
Messages of one size after another: plain data.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from echo.client.measure.distribution import Distribution
from echo.client.measure.events import Step
from echo.client.measure.matching import Echo
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


class Steps:
    """
    What came of each size.
    """

    def __init__(self, payloads: SweepPayloads) -> None:
        self._payloads = payloads
        self._times = [Distribution() for _ in payloads.sizes]

    def arrived(self, echo: Echo) -> Step | None:
        """
        Take an echo into account.

        @return: What came of its size, if it is the last of it.
        """
        if echo.seq is None or echo.time is None or echo.anomalies:
            return None
        at = self._payloads.step(echo.seq)
        self._times[at].add(echo.time)
        last = echo.seq % self._payloads.each == 0
        return self._step(at, self._payloads.each) if last else None

    def all(self, sent: int) -> list[Step]:
        """
        @param sent: Messages sent in all.

        @return: What came of each size that was tried.
        """
        each = self._payloads.each
        counts = (min(each, sent - at * each) for at in range(len(self._times)))
        return [self._step(at, count) for at, count in enumerate(counts) if count > 0]

    def _step(self, at: int, count: int) -> Step:
        return Step(self._payloads.sizes[at], count, self._times[at])


def mergeSteps(steps: Iterable[Step]) -> list[Step]:
    """
    @return: What came of each size, the least first, where a size can be there
        several times.
    """
    merged: dict[int, Step] = {}
    for each in sorted(steps, key=lambda step: step.size):
        known = merged.setdefault(each.size, Step(each.size, 0, Distribution()))
        known.roundTrips.merge(each.roundTrips)
        merged[each.size] = replace(known, sent=known.sent + each.sent)
    return list(merged.values())
