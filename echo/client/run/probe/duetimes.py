"""
When the messages of a probe are due, and how many of them were not sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from twisted.internet.interfaces import IReactorTime

from echo.client.measure.throughput import ThroughputMeter
from echo.client.traffic.pace import Pace


@dataclass
class DueTimes:
    """
    Due times over one connection after another, in nanoseconds.

    A new connection restarts the pace. The messages that are due in the whole run are
    counted by the due times of the first connection.

    @ivar interval: Seconds from a due time to the next; C{None} if messages have no due
        times.
    """

    interval: float | None
    timing: IReactorTime
    throughput: ThroughputMeter
    _pace: Pace | None = field(default=None, init=False)
    _schedule: Pace | None = field(default=None, init=False)

    def now(self) -> int:
        return round(self.timing.seconds() * 1e9)

    def connected(self) -> None:
        """
        A connection is open: its first message is due.
        """
        now = self.now()
        if self._pace is not None:
            self._pace.restart(now)
        elif self.interval is not None:
            self._pace = Pace(self.interval, now)
            self._schedule = Pace(self.interval, now)

    def restart(self) -> bool:
        """
        The next message is due now, and was not due before.

        @return: Whether messages have due times.
        """
        if self._pace is None or self._schedule is None:
            return False
        for pace in (self._pace, self._schedule):
            pace.restart(self.now())
        return True

    def due(self) -> int | None:
        """
        @return: How many messages are due; C{None} if messages have no due times.
        """
        return None if self._pace is None else self._pace.due(self.now())

    def take(self, now: int) -> Iterator[int | None]:
        """
        @return: The due times of the messages that are sent now, without an end.
        """
        while True:
            if self._schedule is not None and self._schedule.next <= now:
                self._schedule.take()
            yield None if self._pace is None else self._pace.take()

    def account(self, left: int | None) -> None:
        """
        Count the messages that are due and were not sent.

        @param left: How many messages are left to send; C{None} for no limit.
        """
        if self._schedule is not None:
            now = self.now()
            missing = self._schedule.due(now)
            if left is not None:
                missing = min(missing, left)
            self.throughput.missing(missing, now)
