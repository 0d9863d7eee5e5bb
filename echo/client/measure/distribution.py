"""
Times, as a distribution: of bounded size however many there are, and exact to add up.

Plain data: nothing here knows a reactor, a socket or a clock. Times are whole
nanoseconds.
"""

import math
from bisect import bisect_left
from itertools import accumulate
from typing import Self

from echo.client.measure.hdr import (
    HIGHEST,
    HdrHistogram,
    decodeHistogram,
    makeHistogram,
    record,
)

#: The percentiles that reports name.
PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)


#: So many times go into the histogram together: that takes less than one by one.
_TOGETHER = 512


class Distribution:
    """
    How times are distributed.

    Count, sum, sum of squares, minimum and maximum are exact, and whole numbers:
    those of several runs add up to those of one, in whatever order. Percentiles
    are of an HDR histogram, exact to three digits.

    @ivar count: How many.

    @ivar total: Their sum, in nanoseconds.

    @ivar squares: The sum of their squares.

    @ivar minimum: The least of them; 0 if there are none. C{maximum} likewise.
    """

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.squares = 0
        self.minimum = 0
        self.maximum = 0
        self._histogram: HdrHistogram | None = None  # a third of a megabyte
        self._pending: list[int] = []  # times that are not in it yet

    def add(self, time: int) -> None:
        """
        Take one more into account.
        """
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
            self._histogram = self._histogram or makeHistogram()
            times, self._pending = self._pending, []
            if self.maximum > HIGHEST:
                times = [min(time, HIGHEST) for time in times]
            record(self._histogram, times)
        return self._histogram

    @property
    def mean(self) -> float:
        """
        Their mean, in nanoseconds.
        """
        return self.total / self.count if self.count else 0.0

    @property
    def deviation(self) -> float:
        """
        Their standard deviation, in nanoseconds.
        """
        if not self.count:
            return 0.0
        return math.sqrt(self.count * self.squares - self.total**2) / self.count

    def percentile(self, percent: float) -> int:
        """
        @param percent: To three digits after the point.

        @return: A time that so many of a hundred do not exceed, in nanoseconds; 0
            if there are none.
        """
        histogram = self._recorded()
        if histogram is None:
            return 0
        first, counts = self._slots(histogram)
        rank = max(1, -(-self.count * round(1000 * percent) // 100_000))
        index = first + bisect_left(list(accumulate(counts)), rank)
        return self._greatest(histogram, index)

    def counts(self, edges: list[int]) -> list[int]:
        """
        @param edges: Times, in rising order.

        @return: How many are up to each edge, and above the one before it. What
            is above the last is not counted.
        """
        found = [0] * len(edges)
        histogram = self._recorded()
        if histogram is None:
            return found
        first, counts = self._slots(histogram)
        for index, count in enumerate(counts, first):
            if count:
                at = bisect_left(edges, self._greatest(histogram, index))
                if at == len(edges):
                    break
                found[at] += count
        return found

    def _slots(self, histogram: HdrHistogram) -> tuple[int, list[int]]:
        """
        The library's own ways to read a histogram ask for each of its 40,000
        slots, one by one: that takes milliseconds, in which no message is read.

        @return: What is in the slots from that of the minimum to that of the
            maximum, and which is the first.
        """
        first = histogram.get_counts_array_index(min(self.minimum, HIGHEST))
        last = histogram.get_counts_array_index(min(self.maximum, HIGHEST))
        return first, histogram.counts[first : last + 1]

    def _greatest(self, histogram: HdrHistogram, index: int) -> int:
        """
        @return: The greatest of the times that a slot can have been given.
        """
        value = histogram.get_value_from_index(index)
        greatest: int = histogram.get_highest_equivalent_value(value)
        return min(greatest, self.maximum)

    def merge(self, other: "Distribution") -> None:
        """
        Take all of another into account.
        """
        theirs = other._recorded()  # noqa: SLF001  (of the same class)
        if theirs is None:
            return
        ours = self._histogram = self._recorded() or makeHistogram()
        if other.minimum < self.minimum or not self.count:
            self.minimum = other.minimum
        self.maximum = max(self.maximum, other.maximum)
        self.count += other.count
        self.total += other.total
        self.squares += other.squares
        ours.add(theirs)

    def encode(self) -> str:
        """
        @return: The histogram in the form that HdrHistogram has in all languages
            (V2, compressed, base64); empty if there is nothing in it.
        """
        histogram = self._recorded()
        if histogram is None:
            return ""
        encoded: bytes = histogram.encode()
        return encoded.decode("ascii")

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
        @param histogram: What L{encode} gave.

        @return: The distribution that has these attributes.

        @raise ValueError: They are not those of one.
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
        self._histogram = found = decodeHistogram(histogram)
        same = found.values_are_equivalent
        if (
            sum(found.counts[:]) != count  # its own sum can have overflowed
            or not same(found.get_min_value(), min(minimum, HIGHEST))
            or not same(found.get_max_value(), min(maximum, HIGHEST))
        ):
            raise ValueError("the histogram is not that of these times")
        self.count, self.total, self.squares = count, total, squares
        self.minimum, self.maximum = minimum, maximum
        return self


class RoundTrips(Distribution):
    """
    Round trips: their distribution, and how much each differs from the one before.
    """

    def __init__(self) -> None:
        super().__init__()
        self._streams: list[Stream] = []
        self._jitters = 0
        self._differing = 0

    def stream(self) -> "Stream":
        """
        @return: What the round trips of one connection are to be added to.
        """
        stream = Stream(self)
        self._streams.append(stream)
        return stream

    @property
    def differing(self) -> int:
        """
        Connections with two round trips at least.
        """
        return self._differing + sum(each.differs for each in self._streams)

    @property
    def jitters(self) -> int:
        """
        The sum of the jitters of these connections, each in whole nanoseconds.
        """
        return self._jitters + sum(round(each.jitter) for each in self._streams)

    @property
    def jitter(self) -> float:
        """
        The mean of them, in nanoseconds.
        """
        differing = self.differing
        return self.jitters / differing if differing else 0.0

    def mergeJitter(self, jitters: int, differing: int) -> None:
        """
        Take the jitters of other round trips into account.

        @param jitters: The sum of them.

        @param differing: Of how many connections.
        """
        self._jitters += jitters
        self._differing += differing

    def merge(self, other: Distribution) -> None:
        """
        Take all of another into account.
        """
        super().merge(other)
        if isinstance(other, RoundTrips):
            self.mergeJitter(other.jitters, other.differing)


class Stream:
    """
    The round trips of one connection, in the order in which they ended.

    @ivar jitter: The interarrival jitter of RFC 3550, 6.4.1, in nanoseconds, with
        round trips in the place of transit times: C{J += (|D| - J) / 16} for each
        difference C{D} between a round trip and the one before. It begins with the
        first difference: from zero, it would need dozens of round trips to come
        near the mean difference.

    @ivar differs: Whether there have been two.
    """

    __slots__ = ("_previous", "_roundTrips", "differs", "jitter")

    def __init__(self, roundTrips: RoundTrips) -> None:
        self._roundTrips = roundTrips
        self._previous: int | None = None
        self.differs = False
        self.jitter = 0.0

    def add(self, time: int) -> None:
        """
        Take one more into account.
        """
        self._roundTrips.add(time)
        if self._previous is not None:
            difference = abs(time - self._previous)
            if self.differs:
                self.jitter += (difference - self.jitter) / 16
            else:
                self.differs = True
                self.jitter = float(difference)
        self._previous = time
