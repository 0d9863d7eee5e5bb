"""
One message an interval, matched with its echo.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from echo.client.connection import (
    Connection,
    EchoClientError,
)
from echo.client.goodbye import trapEnd
from echo.client.measure.events import Outcome
from echo.client.measure.matching import Echo, Ledger
from echo.client.measure.plan import Plan
from echo.client.measure.statistics import Pings, Statistics
from echo.client.run.pinging import Pinger

# The timer may fire a little before the other clock says so.
_SLACK = 1_000_000


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

    def ponged(self, number: int, time: int | None) -> None:
        """
        A pong came after so many nanoseconds, or C{None}: none came in time.
        """


class Lines(Protocol):
    """
    Messages that somebody else makes.
    """

    def take(self) -> Deferred[bytes | None]:
        """
        @return: The next payload; C{None} if there will be none. It can be
            cancelled, and fails with C{ValueError} if there is one that cannot be
            sent.
        """


class Probe:
    """
    Sends, matches, and ends the connection when all is done; over one connection,
    or over one after another.

    @ivar statistics: How it goes.

    @ivar problem: Why there is nothing more to send, if there should be.
    """

    problem: str | None = None

    def __init__(
        self,
        reactor: Any,
        plan: Plan,
        watcher: Watcher,
        *,
        lines: Lines | None = None,
        clock: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        """
        @param lines: What to send in the place of the plan's payloads.

        @param clock: What connections take the time from: nanoseconds.
        """
        self.statistics = Statistics(
            warmup=plan.warmup, pings=Pings() if plan.ping else None
        )
        self._reactor = reactor
        self._plan = plan
        self._watcher = watcher
        self._lines = lines
        self._clock = clock
        self._ledger = Ledger()
        self._stream = self.statistics.roundTrips.stream()
        self._timer: IDelayedCall | None = None
        self._grace: IDelayedCall | None = None
        self._line: Deferred[bytes | None] | None = None
        self._turn: Deferred[None] | None = None
        self._going: Deferred[None] | None = None
        self._exhausted = False
        self._stopped = False
        self._closing = True  # there is no connection yet
        self._pinger: Pinger | None = None
        if self.statistics.pings is not None:
            self._pinger = Pinger(
                reactor, self.statistics.pings, plan.warmup, plan.timeout, self._ponged
            )

    def run(self, connection: Connection) -> Deferred[Outcome]:
        """
        Go on, over a new connection.

        @return: Fires when it is gone.
        """
        self._connection = connection
        self._greeting = self._plan.greeting
        self._closing = False
        self._turn = None
        self._given = 0  # messages given up together with the connection
        self._outcome: Deferred[Outcome] = Deferred()
        self._loop = LoopingCall(self._next)
        self._loop.clock = self._reactor
        Deferred.fromCoroutine(self._listen()).addErrback(self._outcome.errback)
        if self._outcome.called:
            return self._outcome
        if self._allSent or self._stopped:
            self._close()
        else:
            self._loop.start(self._plan.interval).addErrback(self._outcome.errback)
        return self._outcome

    def stop(self) -> None:
        """
        Send no more, wait a little for what is on its way, and close.
        """
        self._stopped = True
        if self._closing:
            return
        self._sendNoMore()
        self._finishIfDone()
        if not self._closing and self._grace is None:
            self._grace = self._reactor.callLater(self._plan.grace, self._close)

    @property
    def wanting(self) -> bool:
        """
        Whether not all was sent that there was to send.
        """
        endless = self._plan.count is None and self._lines is None
        return not endless and not self._allSent

    @property
    def _allSent(self) -> bool:
        return self._exhausted or self.statistics.sent == self._plan.count

    def _next(self) -> Deferred[Any] | None:
        """
        @return: Fires when it is time for the next.
        """
        if not self._connection.isOpen:
            # What cannot be sent any more is not lost either.
            self._loop.stop()
            return None
        if self._lines is None:
            return self._send(self._plan.payloads.payload(self.statistics.sent + 1))
        self._line = self._lines.take()
        return self._line.addCallbacks(self._sendLine, self._badLine)

    def _sendLine(self, line: bytes | None) -> Deferred[None] | None:
        self._line = None
        if line is not None:
            return self._send(line)
        self._exhausted = True
        self._loop.stop()
        self._finishIfDone()
        return None

    def _badLine(self, failure: Failure) -> None:
        if failure.trap(ValueError, CancelledError) is ValueError:
            self.problem = str(failure.value)
            self.stop()

    def _send(self, payload: bytes) -> Deferred[None]:
        """
        @return: Fires when there is room for the next: until then the loop waits,
            so that a peer that does not read cannot fill our memory.
        """
        isBinary = self._plan.payloads.isBinary
        message = payload if isBinary else payload.decode()
        seq = self._ledger.sent(payload, isBinary, self._clock())
        self.statistics.sent += 1
        self._wait()
        # From here on, whatever is done is done while the echo is on its way.
        self._going = going = self._connection.send(message)
        self._ledger.stamp(seq, self._connection.sentAt)
        if self._pinger is not None:
            self._pinger.ping(self._connection)
        if self._allSent:
            self._loop.stop()
        going.addErrback(trapEnd)
        if self._plan.closedLoop:
            self._turn = Deferred()
            return self._turn
        return going

    async def _listen(self) -> None:
        # A loop, not a chain of callbacks: thousands of messages can be there at
        # once, and each would be a level of recursion.
        while True:
            try:
                message = await self._connection.receive()
            except EchoClientError as end:
                self._over(end)
                return
            if self._greeting:
                self._greeting -= 1
            else:
                self._arrived(message, self._connection.readAt)

    def _arrived(self, message: str | bytes, now: int) -> None:
        isBinary = isinstance(message, bytes)
        payload = message if isinstance(message, bytes) else message.encode()
        echo = self._ledger.arrived(payload, isBinary, now)
        self.statistics.arrived(echo, self._stream)
        self._watcher.arrived(echo, message)
        self._settled()

    def _ponged(self, number: int, time: int | None) -> None:
        self._watcher.ponged(number, time)
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
        self._settled()
        if self._closing or not lost:
            return
        silent = self._clock() - self._connection.readAt
        if not self._ledger and self._stalled:
            self._close()
        elif self._plan.closedLoop and silent >= limit:
            self._close()  # each message would wait for the whole time-out
        elif self._plan.abandon and silent >= limit:
            self._given = len(lost)
            self._connection.abandon(f"nothing came for {silent / 1e9:.1f} s")

    @property
    def _stalled(self) -> bool:
        """
        Whether there is an end to come to, and the peer takes nothing any more.
        """
        return self.wanting and self._going is not None and not self._going.called

    def _lost(self, seqs: list[int]) -> None:
        self.statistics.gaveUp(seqs)
        self._watcher.gaveUp(seqs)

    def _settled(self) -> None:
        """
        Something has come, or will not.
        """
        if self._turn is not None and not self._ledger:
            turn, self._turn = self._turn, None
            turn.callback(None)
        self._finishIfDone()

    def _finishIfDone(self) -> None:
        pinging = self._pinger is not None and bool(self._pinger)
        if (self._allSent or self._stopped) and not self._ledger and not pinging:
            self._close()

    def _close(self) -> None:
        # What the server has begun to close, it is the server that closes.
        if not self._closing and self._connection.isOpen:
            self._closing = True
            self._quiet()
            self._connection.close()

    def _sendNoMore(self) -> None:
        if self._loop.running:
            self._loop.stop()
        if self._line is not None:
            self._line.cancel()

    def _quiet(self) -> None:
        self._sendNoMore()
        for timer in (self._timer, self._grace):
            if timer is not None and timer.active():
                timer.cancel()
        self._timer = self._grace = None

    def _over(self, end: EchoClientError) -> None:
        byPeer = not self._closing
        self._closing = True
        self._quiet()
        lost = self._ledger.lose()
        if lost:
            self._lost(lost)
        complete = self._stopped or (self._allSent and not lost)
        self._outcome.callback(Outcome(end, byPeer, complete, len(lost) + self._given))
