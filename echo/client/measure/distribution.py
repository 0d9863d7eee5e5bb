"""
Times as a distribution: of bounded size, and exact when several are added up.

Times are whole nanoseconds.
"""

import math
from bisect import bisect_left
from itertools import accumulate
from typing import Self

from echo.client.measure.hdrhistogram import HIGHEST, HdrHistogram, longestIn, slotOf

#: The percentiles that reports show.
PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)

# Times that the histogram counts in one go, which is faster than one by one.
_TOGETHER = 512


class Distribution:
    """
    A distribution of times.

    Count, sum, sum of squares, minimum and maximum are exact integers. So the sum of
    several runs does not depend on their order. Percentiles are those of an HDR
    histogram, exact to three significant digits. Without times, all of them are 0.
    """

    def __init__(self, keepsLatest: bool = False) -> None:
        """
        @param keepsLatest: Whether L{takeLatest} is called.
        """
        self.count = 0
        self.total = 0
        self.squares = 0
        self.minimum = 0
        self.maximum = 0
        self._histogram: HdrHistogram | None = None  # a third of a megabyte
        self._pending: list[int] = []  # times that the histogram has not counted yet
        self._latest: list[int] | None = [] if keepsLatest else None

    def add(self, time: int) -> None:
        if time < self.minimum or not self.count:
            self.minimum = time
        if time > self.maximum:
            self.maximum = time
        self.count += 1
        self.total += time
        self.squares += time * time
        self._pending.append(time)
        if len(self._pending) == _TOGETHER:
            self._recorded()

    def _recorded(self) -> HdrHistogram | None:
        """
        @return: The histogram of all times; C{None} if there are none.
        """
        if self._pending:
            self._histogram = self._histogram or HdrHistogram()
            times, self._pending = self._pending, []
            if self._latest is not None:
                self._latest += times
            if self.maximum > HIGHEST:
                times = [min(time, HIGHEST) for time in times]
            self._histogram.record(times)
        return self._histogram

    def takeLatest(self) -> list[int]:
        """
        @return: The times since the last call, the shortest first.
        """
        self._recorded()
        latest, self._latest = self._latest or [], []
        return sorted(latest)

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    @property
    def deviation(self) -> float:
        if not self.count:
            return 0.0
        return math.sqrt(self.count * self.squares - self.total**2) / self.count

    def percentile(self, percent: float) -> int:
        """
        @param percent: The percentile, to three decimal places.
        """
        histogram = self._recorded()
        if histogram is None:
            return 0
        first, counts = self._slots(histogram)
        rank = max(1, -(-self.count * round(1000 * percent) // 100_000))
        index = first + bisect_left(list(accumulate(counts)), rank)
        return min(longestIn(index), self.maximum)

    def counts(self, edges: list[int]) -> list[int]:
        """
        @return: For each edge, in rising order, how many times are up to it, and above
            the edge before.
        """
        found = [0] * len(edges)
        histogram = self._recorded()
        if histogram is None:
            return found
        first, counts = self._slots(histogram)
        for index, count in enumerate(counts, first):
            if count:
                at = bisect_left(edges, min(longestIn(index), self.maximum))
                if at == len(edges):
                    break
                found[at] += count
        return found

    def _bounds(self) -> tuple[int, int]:
        return slotOf(min(self.minimum, HIGHEST)), slotOf(min(self.maximum, HIGHEST))

    def _slots(self, histogram: HdrHistogram) -> tuple[int, list[int]]:
        """
        @return: The first used slot, and the counts from that to the last used slot.
        """
        first, last = self._bounds()
        return first, histogram.counts[first : last + 1].tolist()

    def merge(self, other: "Distribution") -> None:
        theirs = other._recorded()  # noqa: SLF001  (of the same class)
        if theirs is None:
            return
        ours = self._histogram = self._recorded() or HdrHistogram()
        if other.minimum < self.minimum or not self.count:
            self.minimum = other.minimum
        self.maximum = max(self.maximum, other.maximum)
        self.count += other.count
        self.total += other.total
        self.squares += other.squares
        ours.add(theirs)

    def encode(self) -> str:
        """
        @return: The encoded histogram; empty if there are no times.
        """
        histogram = self._recorded()
        return "" if histogram is None else histogram.encode()

    @classmethod
    def decode(
        cls,
        count: int,
        total: int,
        squares: int,
        minimum: int,
        maximum: int,
        histogram: str,
    ) -> Self:
        """
        @raise ValueError: No distribution has these attributes and this encoded
            histogram.
        """
        self = cls()
        if not (
            0 <= minimum <= maximum <= total
            and minimum * count <= total <= maximum * count
            and total**2 <= squares * count
            and squares <= maximum * total
        ):
            raise ValueError("the times contradict each other")
        if not (histogram or count):
            return self
        self._histogram = found = HdrHistogram.decode(histogram)
        self.count, self.total, self.squares = count, total, squares
        self.minimum, self.maximum = minimum, maximum
        used = list(found.used()) or [0]
        if sum(found.counts) != count or (used[0], used[-1]) != self._bounds():
            raise ValueError("the histogram is not that of these times")
        return self
