"""
What is said again and again, unasked: in turns, like everything else.

A LoopingCall for each conversation would call whenever it is time to, and a few hundred
of them would leave time for nothing else. Here the next call is set only when the one
before had its turn, so that whoever is behind leaves some out.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall

from echo.server.conversation.fairness import FairScheduler


class Ticker:
    """
    Says something at every so many seconds from now, until it is stopped.
    """

    def __init__(
        self,
        clock: Any,
        fairness: FairScheduler,
        interval: float,
        say: Callable[[], None],
    ) -> None:
        """
        @param clock: The reactor.

        @param interval: Seconds, more than 0.

        @param say: Called when an interval is over.
        """
        self._clock = clock
        self._fairness = fairness
        self._interval = interval
        self._say = say
        self._began = clock.seconds()
        self._passed = 0
        self._isStopped = False
        self._call: IDelayedCall
        self._await(self._began)

    def stop(self) -> None:
        """
        Say nothing any more.
        """
        self._isStopped = True
        if self._call.active():
            self._call.cancel()

    def _await(self, now: float) -> None:
        wait = self._began + (self._passed + 1) * self._interval - now
        # The clock may be set back.
        wait = min(max(wait, 0.0), self._interval)
        self._call = self._clock.callLater(wait, self._fairness.enqueue, self._takeTurn)

    def _takeTurn(self) -> None:
        if not self._isStopped:
            now = self._clock.seconds()
            passed = int((now - self._began) / self._interval)
            self._passed = max(self._passed + 1, passed)
            self._await(now)
            self._fairness.charge(self._say)
