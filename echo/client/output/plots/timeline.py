"""
What there is to draw of a run: plain data, of bounded size however long it takes.
"""

import random
from collections.abc import Callable

from echo.client.measure.distribution import Distribution

#: Most points that are kept of each kind of round trip.
POINTS = 50_000

#: Most spans that are kept of each kind.
SPANS = 1_000

# As many as a plot is wide: the least and the greatest of all that fall into one
# column of it are what shows there.
_COLUMNS = 1_000

Point = tuple[float, int]
Span = tuple[float, float]


class Timeline:
    """
    A run, as it is to be drawn.

    @ivar trips: Round trips of messages; C{pings} those of control pings.

    @ivar outages: The times without a connection; C{losses} where something got
        lost.
    """

    def __init__(self) -> None:
        self.trips = Series()
        self.pings = Series()
        self.outages = Spans()
        self.losses = Spans()

    def add(self, at: float, time: int) -> None:
        """
        A message came back.

        @param at: When, in seconds since the start.

        @param time: Its round trip, in nanoseconds.
        """
        self.trips.add(at, time)

    def ping(self, at: float, time: int) -> None:
        """
        A control ping came back; as in L{add}.
        """
        self.pings.add(at, time)

    def outage(self, begin: float, end: float) -> None:
        """
        There was no connection.

        @param begin: Since when, in seconds since the start; C{end} until when.
        """
        self.outages.add(begin, end)

    def lost(self, at: float) -> None:
        """
        A message did not come back.

        @param at: When it was to, in seconds since the start.
        """
        self.losses.add(at, at)


class Series:
    """
    Round trips over time: all of them as a distribution, and some as points.

    Of each stretch of neighbours, as long as it takes to keep within L{POINTS}, one
    is kept that is drawn by lot: so those that are kept are as dense as all were,
    and no rhythm of the run can hide in a rhythm of the choice. As few can miss what
    matters most, the least and the greatest of longer stretches are kept as well.

    @ivar distribution: Of all.
    """

    def __init__(self) -> None:
        self.distribution = Distribution()
        # The same lots in every run: the same times make the same plot.
        self._lot = random.Random(0)  # noqa: S311  (nobody gains by guessing it)
        self._some = _Stretches(POINTS - 2 * _COLUMNS, lambda each: each[2])
        self._least = _Stretches(_COLUMNS, lambda each: -each[1])
        self._greatest = _Stretches(_COLUMNS, lambda each: each[1])

    def add(self, at: float, time: int) -> None:
        """
        Take one more into account.
        """
        self.distribution.add(time)
        point = (at, time, self._lot.random())
        for stretches in (self._some, self._least, self._greatest):
            stretches.add(point)

    @property
    def points(self) -> list[Point]:
        """
        Those that are kept, in order of time.
        """
        kept = {*self._some.kept, *self._least.kept, *self._greatest.kept}
        return sorted((at, time) for at, time, _ in kept)


_Drawn = tuple[float, int, float]


class _Stretches:
    """
    One of each stretch of neighbours. When there are too many stretches, two and two
    become one.
    """

    def __init__(self, most: int, worth: Callable[[_Drawn], float]) -> None:
        """
        @param most: How many stretches there may be: an even number.

        @param worth: What the one that is kept has most of.
        """
        self.kept: list[_Drawn] = []
        self._most = most
        self._worth = worth
        self._length = 1
        self._room = 0  # in the last of them

    def add(self, point: _Drawn) -> None:
        """
        Take one more into account.
        """
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
    Spans of time. When there are too many, those with the least between them become
    one.
    """

    def __init__(self) -> None:
        self._kept: list[Span] = []
        self._between = 0.001

    def add(self, begin: float, end: float) -> None:
        """
        Take one more into account.

        @param begin: Its begin in seconds; C{end} its end.
        """
        self._kept.append((begin, end))
        while len(self._kept) > SPANS:
            self._kept = self._joined()
            self._between *= 2

    @property
    def kept(self) -> list[Span]:
        """
        Those that are kept, in order of time.
        """
        return sorted(self._kept)

    def _joined(self) -> list[Span]:
        joined: list[Span] = []
        for begin, end in sorted(self._kept):
            if joined and begin - joined[-1][1] <= self._between:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((begin, end))
        return joined
