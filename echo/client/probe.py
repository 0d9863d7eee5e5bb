"""
One message an interval, matched with its echo.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from echo.client.connection import (
    Connection,
    ConnectionClosed,
    EchoClientError,
    ProtocolError,
)
from echo.client.matching import Echo, Ledger
from echo.client.payloads import Payloads
from echo.client.statistics import Statistics

# The timer may fire a little before the other clock says so.
_SLACK = 1_000_000


@dataclass(frozen=True)
class Plan:
    """
    What to send, when, and how long to wait.

    @ivar payloads: What.

    @ivar interval: Seconds from a message to the next.

    @ivar count: How many; C{None} for no end.

    @ivar timeout: Seconds after which an echo is lost.
    """

    payloads: Payloads = field(default_factory=Payloads)
    interval: float = 1.0
    count: int | None = None
    timeout: float = 10.0


class Watcher(Protocol):
    """
    Who is told what happens.
    """

    def arrived(self, echo: Echo, message: str | bytes) -> None:
        """
        A message came.
        """

    def gaveUp(self, seqs: list[int]) -> None:
        """
        Messages are lost: their time is up.
        """


@dataclass(frozen=True)
class Outcome:
    """
    How a probe ended.

    @ivar end: What ended the connection.

    @ivar byPeer: Whether it ended before we wanted it to.

    @ivar complete: Whether all that was planned was sent, or the user stopped it.
    """

    end: EchoClientError
    byPeer: bool
    complete: bool


class Probe:
    """
    Sends, matches, and ends the connection when all is done.

    @ivar statistics: How it goes.
    """

    def __init__(
        self,
        reactor: Any,
        connection: Connection,
        plan: Plan,
        watcher: Watcher,
        clock: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        """
        @param clock: What measures round trips: nanoseconds.
        """
        self.statistics = Statistics()
        self._reactor = reactor
        self._connection = connection
        self._plan = plan
        self._watcher = watcher
        self._clock = clock
        self._ledger = Ledger()
        self._loop = LoopingCall(self._send)
        self._loop.clock = reactor
        self._timer: IDelayedCall | None = None
        self._closing = False
        self._stopped = False
        self._outcome: Deferred[Outcome] = Deferred()

    def run(self) -> Deferred[Outcome]:
        """
        Start.

        @return: Fires when the connection is gone.
        """
        Deferred.fromCoroutine(self._listen()).addErrback(self._outcome.errback)
        if not self._outcome.called:
            self._loop.start(self._plan.interval).addErrback(self._outcome.errback)
        return self._outcome

    def stop(self) -> None:
        """
        Send no more, and close.
        """
        self._stopped = True
        self._close()

    @property
    def _allSent(self) -> bool:
        return self.statistics.sent == self._plan.count

    def _send(self) -> Deferred[None]:
        """
        @return: Fires when there is room for the next: until then the loop waits,
            so that a peer that does not read cannot fill our memory.
        """
        payloads = self._plan.payloads
        payload = payloads.payload(self.statistics.sent + 1)
        message = payload if payloads.isBinary else payload.decode()
        self.statistics.sent += 1
        if self._allSent:
            self._loop.stop()
        self._ledger.sent(payload, payloads.isBinary, self._clock())
        going = self._connection.send(message)
        self._wait()
        return going.addErrback(_ended)

    async def _listen(self) -> None:
        # A loop, not a chain of callbacks: thousands of messages can be there at
        # once, and each would be a level of recursion.
        while True:
            try:
                message = await self._connection.receive()
            except EchoClientError as end:
                self._over(end)
                return
            self._arrived(message, self._clock())

    def _arrived(self, message: str | bytes, now: int) -> None:
        isBinary = isinstance(message, bytes)
        payload = message if isinstance(message, bytes) else message.encode()
        echo = self._ledger.arrived(payload, isBinary, now)
        self.statistics.arrived(echo)
        self._watcher.arrived(echo, message)
        self._finishIfDone()

    def _wait(self) -> None:
        """
        Have a timer for the oldest one outstanding.
        """
        oldest = self._ledger.oldest()
        if oldest is None or self._timer is not None or self._closing:
            return
        passed = (self._clock() - oldest) / 1e9
        self._timer = self._reactor.callLater(
            max(0.0, self._plan.timeout - passed), self._timeUp
        )

    def _timeUp(self) -> None:
        self._timer = None
        limit = int(self._plan.timeout * 1e9) - _SLACK
        lost = self._ledger.lose(before=self._clock() - limit)
        if lost:
            self._lost(lost)
        self._wait()
        self._finishIfDone()

    def _lost(self, seqs: list[int]) -> None:
        self.statistics.gaveUp(seqs)
        self._watcher.gaveUp(seqs)

    def _finishIfDone(self) -> None:
        if self._allSent and not self._ledger:
            self._close()

    def _close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._quiet()
        self._connection.close()

    def _quiet(self) -> None:
        if self._loop.running:
            self._loop.stop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self, end: EchoClientError) -> None:
        byPeer = not self._closing
        self._closing = True
        self._quiet()
        lost = self._ledger.lose()
        if lost:
            self._lost(lost)
        complete = self._stopped or self._plan.count is None or self._allSent
        self._outcome.callback(Outcome(end, byPeer, complete))


def _ended(failure: Failure) -> None:
    """
    The listening side is told the same, and deals with it.
    """
    failure.trap(ConnectionClosed, ProtocolError)
