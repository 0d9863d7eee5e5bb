"""
One message an interval, matched with its echo.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from echo.client.connection import Connection
from echo.client.errors import EchoClientError
from echo.client.interfaces import Message
from echo.client.measure.events import Lost, Outcome, PingEnded, Received, Tell
from echo.client.measure.greeting import Greeting
from echo.client.measure.matching import EchoMatcher
from echo.client.measure.statistics import PingStatistics, Statistics
from echo.client.measure.throughput import ThroughputMeter
from echo.client.run.pinging import Pinger
from echo.client.traffic.pace import Pace
from echo.client.traffic.plan import Plan

# The timer may fire a little before the other clock says so.
_SLACK = 1_000_000

# Most messages in one turn of the reactor, and about the most bytes that are sent
# together. Echoes are read in between.
_BATCH = 32
_BATCH_BYTES = 2**16


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

    @ivar throughput: Counts the messages that were due and the messages that were sent.
    """

    problem: str | None = None

    def __init__(
        self,
        reactor: Any,
        plan: Plan,
        tell: Tell,
        *,
        lines: Lines | None = None,
        clock: Callable[[], int] = time.perf_counter_ns,
        timing: Any = None,
    ) -> None:
        """
        @param tell: Called with each event.

        @param lines: What to send in the place of the plan's payloads.

        @param clock: What connections take the time from: nanoseconds.

        @param timing: The timers that messages are sent by: L{IReactorTime
            <twisted.internet.interfaces.IReactorTime>}; those of the reactor, if
            C{None}.
        """
        self.statistics = Statistics(
            warmup=plan.warmup,
            pings=PingStatistics() if plan.ping else None,
            tellsCrossTalk=plan.payloads.named and lines is None,
        )
        self._reactor = reactor
        self._plan = plan
        self._tell = tell
        self._lines = lines
        self._clock = clock
        self._timing = timing or reactor
        pace = plan.pace
        self.throughput = ThroughputMeter(None if pace is None else 1 / pace)
        # A new connection begins a pace anew. What is due in the whole run is counted
        # by the due times of the first one.
        self._pace: Pace | None = None
        self._due: Pace | None = None
        self._matcher = EchoMatcher(isForeign=self._isForeign)
        self._stream = self.statistics.roundTrips.stream()
        self._timer: IDelayedCall | None = None
        self._grace: IDelayedCall | None = None
        self._line: Deferred[bytes | None] | None = None
        self._turn: Deferred[None] | None = None
        self._full = False
        self._exhausted = False
        self._stopped = False
        self._closing = True  # there is no connection yet
        self._pinger: Pinger | None = None
        self._greeting: Greeting | None = None
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
        if self._plan.greeting:
            self._greeting = Greeting(self._plan.greeting, self.statistics)
        self._closing = False
        self._turn = None
        self._given = 0  # messages given up together with the connection
        self._silentSince: int | None = None
        self._outcome: Deferred[Outcome] = Deferred()
        self._loop = LoopingCall(self._sendDue)
        self._loop.clock = self._timing
        connection.deliver(self)
        if self._outcome.called:
            return self._outcome
        if self._allSent or self._stopped:
            self._close()
        else:
            # Before the loop takes its time: no message is due later than it is sent.
            self._beginPace()
            self._loop.start(self._plan.interval).addErrback(self._broken)
        return self._outcome

    def _beginPace(self) -> None:
        now = self._now()
        if self._pace is not None:
            self._pace.restart(now)
        elif self._plan.pace is not None:
            self._pace = Pace(self._plan.pace, now)
            self._due = Pace(self._plan.pace, now)

    def _now(self) -> int:
        """
        @return: Nanoseconds of the clock that messages are due by.
        """
        now: float = self._timing.seconds()
        return round(now * 1e9)

    def _account(self) -> None:
        """
        Count the messages that are due and were not sent. No line is due before it
        is there.
        """
        if self._due is not None and self._line is None and not self._allSent:
            now, count = self._now(), self._plan.count
            missing = self._due.due(now)
            if count is not None:
                missing = min(missing, count - self.statistics.sent)
            self.throughput.missing(missing, now)

    def stop(self) -> None:
        """
        Send no more, and close when all is answered or nothing comes any more.
        """
        if self._closing:
            if not self._stopped and self._due is not None and self._outcome.called:
                self._account()  # for the last outage, too
            self._stopped = True
            return
        self._stopped = True
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

    def _isForeign(self, payload: bytes) -> bool:
        return self._plan.payloads.isForeign(payload, 1)

    async def _sendDue(self) -> None:
        """
        Send the messages that are due, up to a batch. While there is no room, or no
        answer that the next one waits for, this waits, and the loop waits for it.
        """
        sent = self.statistics.sent
        while self.statistics.sent < sent + _BATCH:
            if not self._loop.running:
                return
            if not self._connection.isOpen:
                # What cannot be sent any more is not lost either.
                self._sendNoMore()
                return
            if self._pace is not None and self._pace.next > self._now():
                return
            await self._next()
            if self._pace is None and self._plan.interval:
                return

    async def _next(self) -> None:
        if self._lines is None:
            await self._send(self._payloads())
            return
        line = await self._takeLine(self._lines)
        if line is not None:
            await self._send([line])

    def _payloads(self) -> list[bytes]:
        """
        @return: The next message; where nothing is waited for in between, the ones
            that are due with it, too: they leave in one write.
        """
        first, count = self.statistics.sent + 1, self._plan.count
        payloads = [self._plan.payloads.payload(first)]
        most = min(_BATCH, _BATCH_BYTES // (len(payloads[0]) or 1))
        if count is not None:
            most = min(most, count - self.statistics.sent)
        if self._pace is not None:
            most = min(most, self._pace.due(self._now()))
        elif self._plan.interval or self._plan.closedLoop:
            most = 1
        if self._pinger is None:
            payloads += map(self._plan.payloads.payload, range(first + 1, first + most))
        return payloads

    async def _takeLine(self, lines: Lines) -> bytes | None:
        """
        @return: The next line; C{None} if there is none to send.
        """
        self._line = self._line or lines.take()
        waiting = not self._line.called
        try:
            line = await self._line
        except ValueError as error:
            self.problem = str(error)
            self.stop()
            return None
        except CancelledError:
            return None
        finally:
            self._line = None
        if line is None:
            if not self.statistics.sent:
                self.problem = "there was nothing to send"
            self._exhausted = True
            self._sendNoMore()
            self._finishIfDone()
        elif not self._connection.isOpen:
            self._line = succeed(line)  # for the next connection
            return None
        elif waiting and self._pace is not None and self._due is not None:
            # It was not there when it was due: the next one is an interval from now.
            for pace in (self._pace, self._due):
                pace.restart(self._now())
            self._loop.starttime = self._timing.seconds()
        return line

    async def _send(self, payloads: list[bytes]) -> None:
        """
        Send messages, and wait until there is room for the next: a peer that does
        not read cannot fill our memory.
        """
        isBinary, connection = self._plan.payloads.isBinary, self._connection
        now, clock = self._now(), self._clock()
        seqs = [self._matcher.sent(payload, isBinary, clock) for payload in payloads]
        self.statistics.sent += len(seqs)
        self._wait()
        # From here on, whatever is done is done while the echoes are on their way.
        self._full = not connection.sendAll(payloads, isBinary)
        sentAt = connection.sentAt
        for seq in seqs:
            due = None if self._pace is None else self._pace.take()
            if self._due is not None and self._due.next <= now:
                self._due.take()
            late = None if due is None else max(0, now - due)
            self._matcher.stamp(seq, sentAt, late)
            self.throughput.sent(due, now)
        if self._pinger is not None:
            self._pinger.ping(connection)
        if self._allSent:
            self._loop.stop()
        if self._full:
            await self._room(connection)
        if self._plan.closedLoop and self._matcher:
            self._turn = Deferred()
            await self._turn

    async def _room(self, connection: Connection) -> None:
        try:
            await connection.whenWritable()
        except EchoClientError:
            return  # the connection is over, and tells that itself
        self._full = False

    def _broken(self, failure: Failure) -> None:
        if not self._outcome.called:
            self._outcome.errback(failure)

    def received(self, messages: Sequence[Message]) -> None:
        """
        Match messages with those that were sent.
        """
        now, outstanding = self._connection.readAt, len(self._matcher)
        if self._greeting is not None:
            messages = self._greeting.strip(messages, self._matcher)
        try:
            for payload, isBinary in messages:
                self._arrived(payload, isBinary, now)
            if len(self._matcher) < outstanding:
                self._prolong()
            self._settled()
        except Exception:  # noqa: BLE001  (it ends the run, and is raised there)
            self._broken(Failure())

    def _arrived(self, payload: bytes, isBinary: bool, now: int) -> None:
        echo = self._matcher.arrived(payload, isBinary, now)
        self.statistics.arrived(echo, self._stream)
        message = payload if isBinary else payload.decode()
        self._tell(Received(echo, message))

    def _ponged(self, number: int, time: int | None) -> None:
        self._tell(PingEnded(number, time))
        if time is not None:
            self._prolong()
        self._finishIfDone()

    def _prolong(self) -> None:
        """
        Wait on for what is still on its way: something came of it.
        """
        if self._grace is not None and self._grace.active():
            self._grace.reset(self._plan.grace)

    def _wait(self) -> None:
        """
        Have a timer for the oldest one outstanding.
        """
        oldest = self._matcher.oldest()
        if oldest is None or self._timer is not None or self._closing:
            return
        passed = (self._clock() - oldest) / 1e9
        self._timer = self._reactor.callLater(
            max(0.0, self._plan.timeout - passed), self._timeUp
        )

    def _timeUp(self) -> None:
        self._timer = None
        limit = int(self._plan.timeout * 1e9) - _SLACK
        oldest = self._matcher.oldest()
        lost = self._matcher.lose(before=self._clock() - limit)
        if lost:
            self._lost(lost)
        self._wait()
        if lost and oldest is not None and not self._allSent:
            self._giveUp(lost, oldest, limit)
        self._settled()

    def _giveUp(self, lost: list[int], oldest: int, limit: int) -> None:
        """
        End the connection, if there is no use in it any more.

        @param oldest: When the first of the lost messages was sent.
        """
        heard = self._connection.readAt
        silent = self._clock() - heard
        if self._plan.abandon and not self._stopped and silent >= limit:
            self._given = len(lost)
            self._silentSince = max(oldest, heard)
            self._connection.abandon(f"nothing came for {silent / 1e9:.1f} s")
        elif self._plan.closedLoop and silent >= limit:
            self._close()  # each message would wait for the whole time-out
        elif not self._matcher and self._stalled:
            self._close()

    @property
    def _stalled(self) -> bool:
        """
        Whether there is an end to come to, and the peer takes nothing any more.
        """
        return self.wanting and self._full

    def _lost(self, seqs: list[int]) -> None:
        self.statistics.gaveUp(seqs)
        self._tell(Lost(seqs))

    def _settled(self) -> None:
        """
        Something has come, or will not.
        """
        if self._turn is not None and not self._matcher:
            turn, self._turn = self._turn, None
            turn.callback(None)
        self._finishIfDone()

    def _finishIfDone(self) -> None:
        pinging = self._pinger is not None and bool(self._pinger)
        if (self._allSent or self._stopped) and not self._matcher and not pinging:
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
            self._account()
        if self._line is not None:
            self._line.cancel()

    def _quiet(self) -> None:
        self._sendNoMore()
        for timer in (self._timer, self._grace):
            if timer is not None and timer.active():
                timer.cancel()
        self._timer = self._grace = None

    def ended(self, end: EchoClientError) -> None:
        """
        The connection is gone.
        """
        byPeer = not self._closing
        if self._greeting is not None and not byPeer:
            self._greeting.end()
        self._closing = True
        self._quiet()
        cutOff = self._matcher.cutOff
        lost = self._matcher.lose()
        if lost:
            self._lost(lost)
        complete = self._stopped or (self._allSent and not lost)
        since, silent = self._silentSince, 0.0
        if since is not None:
            silent = (self._clock() - since) / 1e9
        unanswered = len(lost) + self._given
        if not self._outcome.called:
            self._outcome.callback(
                Outcome(end, byPeer, complete, unanswered, silent, cutOff)
            )
