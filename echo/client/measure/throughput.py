"""
How much of a load was applied: plain data.

Times are whole nanoseconds of whatever clock the caller has.
"""

from dataclasses import dataclass

#: The share of the due messages below which the load counts as not applied.
FULL = 0.99


@dataclass
class Throughput:
    """
    The load that was asked for, and the load that was applied.

    @ivar asked: Messages a second; C{None} where no message had a due time.

    @ivar sent: Messages sent.

    @ivar notSent: Messages that were due and were not sent.

    @ivar seconds: From the first message to the end of the interval of the last one.

    @ivar scheduled: The same as it should have been, by the due times.
    """

    asked: float | None = None
    sent: int = 0
    notSent: int = 0
    seconds: float = 0.0
    scheduled: float = 0.0

    @property
    def due(self) -> int:
        """
        Messages that were due.
        """
        return self.sent + self.notSent

    @property
    def reached(self) -> float:
        """
        Messages a second that were sent.
        """
        return self.sent / self.seconds if self.seconds else 0.0

    @property
    def share(self) -> float | None:
        """
        The part of the load that was applied, from 0 to 1: messages that were not
        sent count against it, and a schedule that took longer than it should;
        C{None} where no message had a due time.
        """
        if self.asked is None or not self.due:
            return None
        inTime = min(1.0, self.scheduled / self.seconds) if self.seconds else 1.0
        return self.sent / self.due * inTime

    @property
    def isFull(self) -> bool:
        """
        Whether the load was applied as it was asked for.
        """
        return self.share is None or self.share >= FULL

    def merge(self, other: "Throughput") -> None:
        """
        Take a run beside this one into account.
        """
        if other.asked is not None:
            self.asked = other.asked + (self.asked or 0.0)
        self.sent += other.sent
        self.notSent += other.notSent
        self.seconds = max(self.seconds, other.seconds)
        self.scheduled = max(self.scheduled, other.scheduled)


class ThroughputMeter:
    """
    Measures the throughput of a run.

    @ivar asked: Messages a second; C{None} where no message has a due time.

    @ivar notSent: Messages that were due and were not sent.
    """

    def __init__(self, asked: float | None) -> None:
        self.asked = asked
        self.notSent = 0
        self._sent = 0
        self._first: int | None = None
        self._lastDue = 0
        self._lastSent = 0

    def sent(self, due: int | None, now: int) -> None:
        """
        A message was sent.
        """
        self._sent += 1
        self._lastDue = due = now if due is None else due
        self._lastSent = now
        if self._first is None:
            self._first = due

    def skipped(self, count: int, now: int) -> None:
        """
        Messages are not sent, though they are due.
        """
        if count:
            self.notSent += count
            self._lastDue = max(self._lastDue, now)
            if self._first is None:
                self._first = now

    def missing(self, count: int, now: int) -> None:
        """
        Say how many messages are due by now and not sent, whatever was said before.
        """
        self.notSent = 0
        self.skipped(count, now)

    def throughput(self) -> Throughput:
        """
        @return: The throughput so far.
        """
        if self._first is None:
            return Throughput(self.asked)
        interval = 1 / self.asked if self.asked else 0.0
        scheduled = (self._lastDue - self._first) / 1e9 + interval
        # A timer that fires a little late is no lack of load.
        seconds = max(scheduled, (self._lastSent - self._first) / 1e9)
        return Throughput(self.asked, self._sent, self.notSent, seconds, scheduled)
