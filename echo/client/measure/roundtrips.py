"""
Round trips of a run: their distribution, and the jitter of each connection.

Times are whole nanoseconds.
"""

from echo.client.measure.distribution import Distribution


class RoundTrips(Distribution):
    """
    The round trips of all connections.
    """

    def __init__(self, keepsLatest: bool = False) -> None:
        super().__init__(keepsLatest)
        self._streams: list[Stream] = []
        self._jitters = 0
        self._differing = 0

    def stream(self) -> "Stream":
        """
        @return: Takes the round trips of one connection.
        """
        stream = Stream(self)
        self._streams.append(stream)
        return stream

    @property
    def differing(self) -> int:
        """
        Number of connections with two round trips or more.
        """
        return self._differing + sum(each.differs for each in self._streams)

    @property
    def jitters(self) -> int:
        """
        Sum of the jitters of these connections, each in whole nanoseconds.
        """
        return self._jitters + sum(round(each.jitter) for each in self._streams)

    @property
    def jitter(self) -> float:
        differing = self.differing
        return self.jitters / differing if differing else 0.0

    def mergeJitter(self, jitters: int, differing: int) -> None:
        """
        Add the jitters of C{differing} other connections.
        """
        self._jitters += jitters
        self._differing += differing

    def merge(self, other: Distribution) -> None:
        super().merge(other)
        if isinstance(other, RoundTrips):
            self.mergeJitter(other.jitters, other.differing)


class Stream:
    """
    The round trips of one connection, in the order in which they ended.

    @ivar jitter: The interarrival jitter of RFC 3550, 6.4.1, in nanoseconds, of round
        trips instead of transit times: C{J += (|D| - J) / 16} for each difference C{D}
        between two successive round trips. C{J} starts as the first difference: from
        zero it would take dozens of round trips to approach the mean difference.

    @ivar differs: Whether there are two round trips or more.
    """

    __slots__ = ("_previous", "_roundTrips", "differs", "jitter")

    def __init__(self, roundTrips: RoundTrips) -> None:
        self._roundTrips = roundTrips
        self._previous: int | None = None
        self.differs = False
        self.jitter = 0.0

    def add(self, time: int) -> None:
        self._roundTrips.add(time)
        if self._previous is not None:
            difference = abs(time - self._previous)
            if self.differs:
                self.jitter += (difference - self.jitter) / 16
            else:
                self.differs = True
                self.jitter = float(difference)
        self._previous = time
