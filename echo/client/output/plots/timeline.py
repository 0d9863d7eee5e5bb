"""
The data of a plot: round trips, outages and losses over time, in bounded memory.
"""

import random
from collections.abc import Callable

from echo.client.measure.distribution import Distribution

#: Points to keep of messages, and of pings.
POINTS = 50_000

#: Spans to keep of outages, and of losses.
SPANS = 1_000

# Columns of a plot. In each, only the shortest and the longest time show.
_COLUMNS = 1_000

Point = tuple[float, int]
Span = tuple[float, float]


class Timeline:
    """
    What a plot shows of a run.

    @ivar trips: Round trips of messages; C{pings}: of control pings.

    @ivar outages: Times without a connection; C{losses}: times of lost messages.
    """

    def __init__(self) -> None:
        self.trips = Series()
        self.pings = Series()
        self.outages = Spans()
        self.losses = Spans()


class Series:
    """
    Round trips over time: all of them as a distribution, and a sample as points.

    The sample has one random point of each stretch of neighbours, so it is as dense as
    the run, and hides no periodic pattern. The shortest and the longest time of longer
    stretches are in it, too, since a random sample misses outliers.
    """

    def __init__(self) -> None:
        self.distribution = Distribution()
        # A fixed seed: the same times make the same plot.
        self._random = random.Random(0)  # noqa: S311  (no secret depends on it)
        self._some = _Stretches(POINTS - 2 * _COLUMNS, lambda each: each[2])
        self._least = _Stretches(_COLUMNS, lambda each: -each[1])
        self._greatest = _Stretches(_COLUMNS, lambda each: each[1])

    def add(self, at: float, time: int) -> None:
        """
        @param at: Seconds since the start of the run.

        @param time: Nanoseconds.
        """
        self.distribution.add(time)
        point = (at, time, self._random.random())
        for stretches in (self._some, self._least, self._greatest):
            stretches.add(point)

    @property
    def points(self) -> list[Point]:
        kept = {*self._some.kept, *self._least.kept, *self._greatest.kept}
        return sorted((at, time) for at, time, _ in kept)


_Drawn = tuple[float, int, float]


class _Stretches:
    """
    Keeps one point of each stretch of neighbours: that of the most worth. When there
    are too many stretches, each pair becomes one, so their largest number is even.
    """

    def __init__(self, most: int, worth: Callable[[_Drawn], float]) -> None:
        self.kept: list[_Drawn] = []
        self._most = most
        self._worth = worth
        self._length = 1
        self._room = 0  # in the last stretch

    def add(self, point: _Drawn) -> None:
        if self._room:
            self._room -= 1
            self.kept[-1] = max(self.kept[-1], point, key=self._worth)
            return
        if len(self.kept) == self._most:
            pairs = zip(self.kept[::2], self.kept[1::2], strict=True)
            self.kept = [max(pair, key=self._worth) for pair in pairs]
            self._length *= 2
        self._room = self._length - 1
        self.kept.append(point)


class Spans:
    """
    Keeps spans of time. When there are too many, the closest ones become one. Their
    ends are seconds since the start of the run.
    """

    def __init__(self) -> None:
        self._kept: list[Span] = []
        self._between = 0.001

    def add(self, begin: float, end: float) -> None:
        self._kept.append((begin, end))
        while len(self._kept) > SPANS:
            self._kept = self._joined()
            self._between *= 2

    @property
    def kept(self) -> list[Span]:
        return sorted(self._kept)

    def _joined(self) -> list[Span]:
        joined: list[Span] = []
        for begin, end in sorted(self._kept):
            if joined and begin - joined[-1][1] <= self._between:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((begin, end))
        return joined
