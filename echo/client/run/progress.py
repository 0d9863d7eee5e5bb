"""
How a long run goes, second by second.

Plain data: nothing here knows a reactor, a socket or a clock.
"""

import math

from echo.client.measure.events import Progress
from echo.client.measure.roundtrips import RoundTrips
from echo.client.measure.statistics import Connections, Statistics


class LatestRoundTrips(RoundTrips):
    """
    Round trips, of which those since the last report are known apart.
    """

    def __init__(self) -> None:
        super().__init__()
        self._latest: list[int] = []

    def add(self, time: int) -> None:
        """
        Take one more into account.
        """
        super().add(time)
        self._latest.append(time)

    def takeLatest(self) -> list[int]:
        """
        @return: Those since the last call, the shortest first.
        """
        latest, self._latest = self._latest, []
        return sorted(latest)


class Course:
    """
    Makes reports of what changes.
    """

    def __init__(
        self, connections: Connections, statistics: Statistics, now: float
    ) -> None:
        """
        @param now: When it begins, in seconds of any clock.
        """
        self._connections = connections
        self._statistics = statistics
        self._began = self._reported = now
        self._received = 0

    def report(self, latest: list[int], members: int, now: float) -> Progress:
        """
        @param latest: The round trips since the last report, in order.

        @param members: Connections that are open.

        @return: How it goes now.
        """
        connections, statistics = self._connections, self._statistics
        received = statistics.received - self._received
        rate = received / (now - self._reported)
        self._reported, self._received = now, statistics.received
        return Progress(
            seconds=now - self._began,
            open=members,
            opened=connections.opened,
            failed=connections.failures.total(),
            sent=statistics.sent,
            received=statistics.received,
            lost=statistics.lost.count,
            rate=rate,
            p50=_percentile(latest, 50),
            p99=_percentile(latest, 99),
        )


def _percentile(times: list[int], percent: int) -> int | None:
    if not times:
        return None
    return times[math.ceil(len(times) * percent / 100) - 1]
