"""
The run on one connection: it sends on a pace, and ends when all messages are answered.
"""

import time
from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from echo.client.connection import Connection
from echo.client.errors import EchoClientError
from echo.client.interfaces import Message
from echo.client.measure.events import Lost, Outcome, PingEnded, Tell
from echo.client.measure.statistics import PingStatistics, Statistics
from echo.client.measure.throughput import ThroughputMeter
from echo.client.run.pinging import Pinger
from echo.client.run.probe.duetimes import DueTimes
from echo.client.run.probe.lines import LineFeed, TakeLine
from echo.client.run.probe.sendloop import SendLoop
from echo.client.run.sender import Measurement, Sender
from echo.client.traffic.plan import Plan

# The clock of timers and the clock of messages may differ by this: nanoseconds.
_SLACK = 1_000_000


class Probe:
    """
    Sends messages and matches their echoes, over one connection after another. Closes
    the last connection when all messages are answered or lost.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        plan: Plan,
        tell: Tell,
        *,
        takeLine: TakeLine | None = None,
        clock: Callable[[], int] = time.perf_counter_ns,
        timing: IReactorTime | None = None,
    ) -> None:
        """
        @param takeLine: Makes the messages, instead of the plan's payloads.

        @param clock: The clock of connections, in nanoseconds.

        @param timing: The timers that messages are sent by; C{None} for the reactor.
        """
        self.statistics = Statistics(
            warmup=plan.warmup,
            pings=PingStatistics() if plan.ping else None,
            tellsCrossTalk=plan.payloads.named and takeLine is None,
        )
        pace = plan.pace
        self.throughput = ThroughputMeter(None if pace is None else 1 / pace)
        self._reactor = reactor
        self._plan = plan
        self._tell = tell
        self._lines = None if takeLine is None else LineFeed(takeLine)
        self._clock = clock
        self._sender = Sender(Measurement(plan, self.statistics, self.throughput))
        self._pinger: Pinger | None = None
        if self.statistics.pings is not None:
            self._pinger = Pinger(
                reactor, self.statistics.pings, plan.warmup, plan.timeout, self._ponged
            )
        timing = timing or reactor
        self._loop = SendLoop(
            plan,
            self._sender,
            DueTimes(pace, timing, self.throughput),
            timing,
            self._lines,
            self._pinger,
            self._setTimer,
            self._noLine,
        )
        self._timer: IDelayedCall | None = None
        self._grace: IDelayedCall | None = None
        self._outcome: Deferred[Outcome] = Deferred()
        self._stopped = False
        self._closing = True  # there is no connection yet

    @property
    def problem(self) -> str | None:
        """
        Why there is nothing more to send, if this is an error.
        """
        return None if self._lines is None else self._lines.problem

    @property
    def wanting(self) -> bool:
        endless = self._plan.count is None and self._lines is None
        return not endless and not self._loop.allSent

    def run(self, connection: Connection) -> Deferred[Outcome]:
        """
        Continue on a new connection.

        @return: Fires when the connection is closed.
        """
        self._connection = connection
        self._sender.use(connection)
        self._closing = False
        self._abandoned = 0  # messages that were lost when we dropped the connection
        self._silentSince: int | None = None
        self._outcome = Deferred()
        connection.deliver(self)
        if self._outcome.called:
            return self._outcome
        if self._loop.allSent or self._stopped:
            self._close()
        else:
            self._loop.run(connection).addErrback(self._broken)
        return self._outcome

    def stop(self) -> None:
        """
        Send no more. Close when all is answered, or nothing arrives for the plan's
        grace.
        """
        if self._closing:
            if not self._stopped and self._outcome.called:
                self._loop.account()  # for the last outage, too
            self._stopped = True
            return
        self._stopped = True
        self._loop.stop()
        self._finishIfDone()
        if not self._closing and self._grace is None:
            self._grace = self._reactor.callLater(self._plan.grace, self._close)

    # Receiving

    def received(self, messages: Sequence[Message]) -> None:
        sender, matcher = self._sender, self._sender.matcher
        outstanding = len(matcher)
        try:
            if sender.greeting is not None:
                messages = sender.greeting.strip(messages, matcher)
            sender.received(messages, self._connection.readAt, self._tell)
            if len(matcher) < outstanding and self._grace is not None:
                self._prolong()
            self._settled()
        except Exception:  # noqa: BLE001  (it fails the run)
            self._broken(Failure())

    def _ponged(self, number: int, time: int | None) -> None:
        self._tell(PingEnded(number, time))
        if time is not None:
            self._prolong()
        self._finishIfDone()

    def _prolong(self) -> None:
        # The peer still answers.
        if self._grace is not None and self._grace.active():
            self._grace.reset(self._plan.grace)

    def _broken(self, failure: Failure) -> None:
        if not self._outcome.called:
            self._outcome.errback(failure)

    # Losing

    def _setTimer(self) -> None:
        if self._timer is not None or self._closing:
            return
        oldest = self._sender.matcher.oldest()
        if oldest is None:
            return
        passed = (self._clock() - oldest) / 1e9
        self._timer = self._reactor.callLater(
            max(0.0, self._plan.timeout - passed), self._timeUp
        )

    def _timeUp(self) -> None:
        self._timer = None
        limit = int(self._plan.timeout * 1e9) - _SLACK
        oldest = self._sender.matcher.oldest()
        lost = self._lose(before=self._clock() - limit)
        self._setTimer()
        if lost and oldest is not None and not self._loop.allSent:
            self._giveUp(lost, oldest, limit)
        self._settled()

    def _lose(self, before: int | None = None) -> list[int]:
        lost = self._sender.lose(before)
        if lost:
            self._tell(Lost(lost))
        return lost

    def _giveUp(self, lost: list[int], oldest: int, limit: int) -> None:
        """
        End the connection if the peer is gone.
        """
        heard = self._connection.readAt
        silent = self._clock() - heard
        if self._plan.abandon and not self._stopped and silent >= limit:
            self._abandoned = len(lost)
            self._silentSince = max(oldest, heard)
            self._connection.abandon(f"nothing came for {silent / 1e9:.1f} s")
        elif self._plan.closedLoop and silent >= limit:
            self._close()  # each further message would wait for a whole time-out
        elif not self._sender.matcher and self.wanting and not self._loop.isWritable:
            self._close()  # the peer reads nothing, so the run would not end

    # Ending

    def _settled(self) -> None:
        if not self._sender.matcher:
            self._loop.answered()
            self._finishIfDone()

    def _noLine(self) -> None:
        if self._loop.allSent:  # the input has ended
            self._loop.stop()
            self._finishIfDone()
        elif self.problem is not None:
            self.stop()

    def _finishIfDone(self) -> None:
        awaited = self._sender.matcher or self._pinger
        if (self._stopped or self._loop.allSent) and not awaited:
            self._close()

    def _close(self) -> None:
        # A close that the server has begun is the server's.
        if not self._closing and self._connection.isOpen:
            self._closing = True
            self._quiet()
            self._connection.close()

    def _quiet(self) -> None:
        self._loop.stop()
        for timer in (self._timer, self._grace):
            if timer is not None and timer.active():
                timer.cancel()
        self._timer = self._grace = None

    def ended(self, end: EchoClientError) -> None:
        byPeer = not self._closing
        self._closing = True
        self._quiet()
        lost, cutOff = self._sender.ended(byPeer)
        if lost:
            self._tell(Lost(lost))
        complete = self._stopped or (self._loop.allSent and not lost)
        since, silent = self._silentSince, 0.0
        if since is not None:
            silent = (self._clock() - since) / 1e9
        unanswered = len(lost) + self._abandoned
        if not self._outcome.called:
            self._outcome.callback(
                Outcome(end, byPeer, complete, unanswered, silent, cutOff)
            )
