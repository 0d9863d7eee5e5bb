"""
Fairness: how the connections of a daemon share the reactor.

Autobahn processes all frames of a read, and Twisted reads all sockets that are
readable, before anything else runs. A few dozen clients that send as fast as they can
keep the reactor busy for seconds, and a request for C{/healthz} waits as long.
"""

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime


class FairScheduler:
    """
    The time slice that all connections share between two polls of the reactor, and the
    queue of calls for the next slices.

    Some work cannot be interrupted: to inflate one message can take 0.1 s. A slice that
    took much too long is followed by a pause, in which the reactor accepts new
    connections and reads them.

    @cvar slice: Seconds of a time slice.

    @cvar longSlice: Seconds of work above which a pause follows.

    @cvar pause: Seconds of that pause.

    @ivar left: Seconds that are left of the current slice.
    """

    slice = 0.005
    longSlice = 0.02
    pause = 0.001

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._queue: deque[Callable[[], None]] = deque()
        self._isScheduled = False
        self.seconds: Callable[[], float] = clock.seconds
        self.left = self.slice

    def enqueue(self, call: Callable[[], None]) -> None:
        """
        Make a call in the next slice that has time for it, first in, first out.
        """
        self._queue.append(call)
        self._schedule()

    def charge(self, work: Callable[[], None]) -> None:
        """
        Call C{work} now, and take its time off the slice.
        """
        began = self.seconds()
        try:
            work()
        finally:
            self.left -= self.seconds() - began

    def run(self, step: Callable[[], bool]) -> bool:
        """
        Call C{step} while the slice lasts and it returns true.

        @return: Whether it has returned false.
        """
        seconds = self.seconds
        now = began = seconds()
        end = began + self.left
        while now < end:
            if not step():
                self.left -= seconds() - began
                return True
            now = seconds()
        self.left -= now - began
        return False

    def _schedule(self) -> None:
        if self._queue and not self._isScheduled:
            self._isScheduled = True
            isLate = self.left < self.slice - self.longSlice
            self._clock.callLater(self.pause if isLate else 0, self._begin)

    def _begin(self) -> None:
        self.left = self.slice
        try:
            for _ in range(len(self._queue)):
                if self.left <= 0:
                    break
                self._queue.popleft()()
        finally:
            self._isScheduled = False
            self._schedule()
