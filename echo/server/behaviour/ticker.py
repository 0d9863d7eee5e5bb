"""
Repeat a call at an interval, in time slices: C{tick=} and C{ping=}.

A few hundred C{LoopingCall}s could keep the reactor busy. Here each call waits for its
time slice, and the next one is scheduled after it. A late ticker skips calls.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from echo.server.conversation.fairness import FairScheduler


class Ticker:
    """
    Repeats one call until it is stopped.
    """

    def __init__(
        self,
        clock: IReactorTime,
        fairness: FairScheduler,
        interval: float,
        call: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._fairness = fairness
        self._interval = interval
        self._repeated = call
        self._began = clock.seconds()
        self._passed = 0
        self._isStopped = False
        self._timer: IDelayedCall
        self._schedule(self._began)

    def stop(self) -> None:
        self._isStopped = True
        if self._timer.active():
            self._timer.cancel()

    def _schedule(self, now: float) -> None:
        wait = self._began + (self._passed + 1) * self._interval - now
        # The clock can be set back.
        wait = min(max(wait, 0.0), self._interval)
        self._timer = self._clock.callLater(wait, self._fairness.enqueue, self._run)

    def _run(self) -> None:
        if not self._isStopped:
            now = self._clock.seconds()
            passed = int((now - self._began) / self._interval)
            self._passed = max(self._passed + 1, passed)
            self._schedule(now)
            self._fairness.charge(self._repeated)
