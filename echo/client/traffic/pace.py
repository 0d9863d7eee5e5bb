"""
Due times of the messages of one connection: C{-i}.

Times are whole nanoseconds of the caller's clock. A message that could not be sent when
it was due stays due. So a slow server does not slow down the load that measures it
(coordinated omission).
"""


class Pace:
    """
    Due times, one an interval.

    @ivar next: Due time of the next message.
    """

    __slots__ = ("_interval", "_start", "_taken", "next")

    def __init__(self, interval: float, now: int, second: int | None = None) -> None:
        """
        @param interval: Seconds from a message to the next one.

        @param now: Due time of the first message.

        @param second: Due time of the second message; C{None} for an interval later.
        """
        self._interval = interval * 1e9
        self.restart(now)
        if second is not None:
            self._start, self._taken = second, -1

    def restart(self, now: int) -> None:
        self._start = self.next = now
        self._taken = 0

    def take(self) -> int:
        """
        @return: Due time of the next message, which is sent now.
        """
        due = self.next
        self._taken += 1
        self.next = self._start + int(self._taken * self._interval)
        return due

    def due(self, now: int) -> int:
        if now < self.next:
            return 0
        passed = int((now - self._start) // self._interval)
        return max(passed - self._taken, 0) + 1

    def skip(self, now: int) -> int:
        """
        Drop the messages that are due, and return how many these were.
        """
        skipped = self.due(now)
        self._taken += skipped
        self.next = self._start + int(self._taken * self._interval)
        return skipped
