"""
Drop a peer that reads nothing of what is sent to it (C{--stall-timeout}).

Autobahn has no back-pressure (autobahn-python#1574), and Twisted no time-out for a
write buffer that stays full.
"""

from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from echo.server.conversation.readgate import HoldReason
from echo.server.sockets import unsent

# The time-out is exact to this fraction of it.
_CHECKS = 8


class StallWatch:
    """
    Watches one conversation while its transport's write buffer is full.
    """

    __slots__ = ("_clock", "_conversation", "_resumptions", "_timeout", "_timer")

    def __init__(self, conversation: Any, clock: IReactorTime, timeout: float) -> None:
        self._conversation = conversation
        self._clock = clock
        self._timeout = timeout
        self._resumptions = 0
        self._timer: IDelayedCall | None = None

    def start(self) -> None:
        """
        The buffer is full. No effect if the watch has started.
        """
        if self._timer is None:
            self._await(self._progress(), self._clock.seconds())

    def resumed(self) -> None:
        """
        The buffer has room again. The watch ends at its next check.
        """
        self._resumptions += 1

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _progress(self) -> object:
        """
        @return: A value that changes when the peer reads something.
        """
        return self._resumptions, unsent(self._conversation.transport)

    def _await(self, progress: object, since: float) -> None:
        self._timer = self._clock.callLater(
            self._timeout / _CHECKS, self._check, progress, since
        )

    def _check(self, before: object, since: float) -> None:
        self._timer = None
        if not self._conversation.readGate.isHeldBy(HoldReason.BACKPRESSURE):
            return
        now, progress = self._clock.seconds(), self._progress()
        if progress != before:
            self._await(progress, now)
        elif now - since < self._timeout:
            self._await(before, since)
        else:
            self._conversation.hangUp("took nothing of what was sent to it")
