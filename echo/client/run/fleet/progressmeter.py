"""
The progress of a fleet since the last report.
"""

import math
from dataclasses import dataclass

from echo.client.measure.events import Progress
from echo.client.measure.statistics import Connections, Statistics


@dataclass
class ProgressMeter:
    """
    Makes a L{Progress} of the counts of a fleet.

    @ivar statistics: Its round trips keep the latest ones.

    @ivar began: When the run began, in seconds.
    """

    connections: Connections
    statistics: Statistics
    began: float

    def __post_init__(self) -> None:
        self._reported = self.began
        self._received = 0

    def report(self, stillOpen: int, now: float) -> Progress:
        connections, statistics = self.connections, self.statistics
        latest = statistics.roundTrips.takeLatest()
        received = statistics.received - self._received
        rate = received / (now - self._reported)
        self._reported, self._received = now, statistics.received
        return Progress(
            seconds=now - self.began,
            open=stillOpen,
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
