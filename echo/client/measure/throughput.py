"""
How much of the requested load was applied.

Times are whole nanoseconds of the caller's clock.
"""

from dataclasses import dataclass, field

#: From this share of the due messages on, the load counts as applied.
FULL = 0.99


@dataclass
class Throughput:
    """
    The requested load and the applied load.

    @ivar asked: Requested messages a second; C{None} if messages had no due times.

    @ivar notSent: Messages that were due and were not sent.

    @ivar seconds: Time from the first message to the end of the last message's
        interval. C{scheduled}: the same time by the due times.
    """

    asked: float | None = None
    sent: int = 0
    notSent: int = 0
    seconds: float = 0.0
    scheduled: float = 0.0

    @property
    def due(self) -> int:
        return self.sent + self.notSent

    @property
    def reached(self) -> float:
        return self.sent / self.seconds if self.seconds else 0.0

    @property
    def share(self) -> float | None:
        """
        The part of the load that was applied, from 0 to 1. Messages that were not sent
        lower it, and a run that took longer than its schedule. C{None} if messages had
        no due times.
        """
        if self.asked is None or not self.due:
            return None
        inTime = min(1.0, self.scheduled / self.seconds) if self.seconds else 1.0
        return self.sent / self.due * inTime

    @property
    def isFull(self) -> bool:
        return self.share is None or self.share >= FULL

    def merge(self, other: "Throughput") -> None:
        """
        Add a run that took place at the same time.
        """
        if other.asked is not None:
            self.asked = other.asked + (self.asked or 0.0)
        self.sent += other.sent
        self.notSent += other.notSent
        self.seconds = max(self.seconds, other.seconds)
        self.scheduled = max(self.scheduled, other.scheduled)


@dataclass
class ThroughputMeter:
    """
    Measures the throughput of a run.

    @ivar asked: Requested messages a second; C{None} if messages have no due times.

    @ivar notSent: Messages that were due and were not sent.
    """

    asked: float | None
    notSent: int = field(default=0, init=False)
    _sent: int = field(default=0, init=False)
    _first: int | None = field(default=None, init=False)
    _lastDue: int = field(default=0, init=False)
    _lastSent: int = field(default=0, init=False)

    def sent(self, due: int | None, now: int) -> None:
        self._sent += 1
        self._lastDue = due = now if due is None else due
        self._lastSent = now
        if self._first is None:
            self._first = due

    def skipped(self, count: int, now: int) -> None:
        if count:
            self.notSent += count
            self._lastDue = max(self._lastDue, now)
            if self._first is None:
                self._first = now

    def missing(self, count: int, now: int) -> None:
        """
        Set the number of messages that are due by now and not sent.
        """
        self.notSent = 0
        self.skipped(count, now)

    def throughput(self) -> Throughput:
        if self._first is None:
            return Throughput(self.asked)
        interval = 1 / self.asked if self.asked else 0.0
        scheduled = (self._lastDue - self._first) / 1e9 + interval
        # A timer that fires a little late does not lower the load.
        seconds = max(scheduled, (self._lastSent - self._first) / 1e9)
        return Throughput(self.asked, self._sent, self.notSent, seconds, scheduled)
