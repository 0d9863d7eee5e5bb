"""
Many connections at once: opened one after the other, sending in turn.

Each message is sent when it is due, and not in batches: what a batch waits for would
be measured as the server's time. All connections share a handful of timers.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from echo.client.connection import Connection
from echo.client.errors import ConnectionClosed, EchoClientError
from echo.client.measure.events import Connected, Tell
from echo.client.measure.matching import MEMORY
from echo.client.measure.statistics import Connections, Statistics
from echo.client.measure.throughput import ThroughputMeter
from echo.client.run.failures import countEnd, countFailure
from echo.client.run.member import Common, Member
from echo.client.run.progress import Course, LatestRoundTrips
from echo.client.traffic.plan import Load
from echo.client.traffic.schedule import (
    SendSchedule,
    SeparateSchedules,
    SharedSchedule,
)

#: Seconds between two looks at connections that wait to be closed: a power of two, so
#: that sums of it are exact.
TICK = 1 / 128

#: Goodbyes that may wait for their answers at once: each has to be answered before
#: its time is up.
GOODBYES = 256

# Most messages in one turn of the reactor. Echoes are read in between.
_BATCH = 32

# Payloads that a connection remembers, however many there are.
_MEMORY = 16

_EXPIRY = 0.25
_REPORT = 1.0


class Fleet:
    """
    Opens connections, sends over them, and is done when all of them are over.

    @ivar statistics: What came back.

    @ivar connections: How many were opened, why others failed, and how they ended.

    @ivar cutOff: How many messages the server's closes cut off: those that were sent
        after the last message of their connection whose echo came.

    @ivar refusal: Why the first of those could not be opened that could not.

    @ivar throughput: Counts the messages that were due and the messages that were sent.
    """

    cutOff = 0
    _cutShort = False
    refusal: EchoClientError | None = None

    def __init__(
        self,
        reactor: Any,
        dial: Callable[[], Deferred[Connection]],
        load: Load,
        tell: Tell,
        clock: Callable[[], int] = time.perf_counter_ns,
        timing: Any = None,
    ) -> None:
        """
        @param dial: What opens one connection.

        @param clock: What connections take the time from: nanoseconds.

        @param timing: The timers that messages are sent by: L{IReactorTime
            <twisted.internet.interfaces.IReactorTime>}; those of the reactor, if
            C{None}.
        """
        self._latest = LatestRoundTrips()
        self.statistics = Statistics(
            load.plan.warmup,
            roundTrips=self._latest,
            named=False,
            tellsCrossTalk=load.plan.payloads.named,
        )
        self.connections = Connections(load.connections)
        self._reactor = reactor
        self._dial = dial
        self._load = load
        self._tell = tell
        self._clock = clock
        self._timing = timing or reactor
        self._schedule = _schedule(load)
        self.throughput = ThroughputMeter(load.asked)
        self._waking: IDelayedCall | None = None
        memory = max(_MEMORY, MEMORY // load.connections)
        self._common = Common(
            load.plan,
            memory,
            self.statistics,
            self._resumed,
            self._ended,
            self._finish,
        )
        self._begun = 0
        self._dialling: set[Deferred[Connection]] = set()
        self._members: set[Member] = set()
        self._stopping = False
        self._leaving: deque[Member] = deque()
        self._parting: set[Member] = set()
        self._opening = self._loop(self._open)
        self._expiring = self._loop(self._expire)
        self._telling = self._loop(self._reportProgress)
        self._closing = self._loop(self._close)
        self._over: Deferred[None] = Deferred()

    @property
    def complete(self) -> bool:
        """
        Whether every planned message was sent, or we stopped before that. A peer
        that ended a connection before cut the run short.
        """
        count = self._load.plan.count
        if self._cutShort:
            return False
        if self._stopping or count is None:
            return True
        return self.statistics.sent == count * self._load.connections

    def run(self) -> Deferred[None]:
        """
        Start.

        @return: Fires when all connections are over.
        """
        now = self._reactor.seconds()
        self._course = Course(self.connections, self.statistics, now)
        self._start(self._telling, _REPORT, now=False)
        self._start(self._expiring, _EXPIRY)
        self._start(self._opening, 1 / self._load.ramp)
        return self._over

    def stop(self) -> None:
        """
        Open no more, send no more, and close when all is answered or nothing comes
        any more.
        """
        if self._stopping or self._over.called:
            return
        self._send()  # what is due by now
        self._stopping = True
        self._sendNoMore()
        self._leaving.extend(self._members)
        self._prolong()
        self._halt(self._opening)
        self._start(self._closing, TICK)
        for attempt in list(self._dialling):
            attempt.cancel()
        self._finishIfOver()

    # Opening

    def _open(self, due: int) -> None:
        left = self._load.connections - self._begun
        for _ in range(min(due, left)):
            self._begun += 1
            attempt = self._dial()
            self._dialling.add(attempt)
            attempt.addBoth(self._dialled, attempt).addErrback(self._finish)
        if due >= left:
            self._halt(self._opening)

    def _dialled(
        self, result: Connection | Failure, attempt: Deferred[Connection]
    ) -> None:
        self._dialling.discard(attempt)
        if not isinstance(result, Failure):
            self._opened(result)
        elif isinstance(result.value, EchoClientError):
            self.refusal = self.refusal or result.value
            countFailure(self.connections.failures, result.value)
        else:
            result.trap(CancelledError)
        self._finishIfOver()

    def _opened(self, connection: Connection) -> None:
        self.connections.opened += 1
        self.connections.handshakes.add(round(connection.opening.total * 1e9))
        member = Member(self._common, connection, self.connections.opened)
        self._members.add(member)
        self._tell(Connected(connection))
        self._schedule.add(member, self._now())
        member.listen()
        self._send()

    # Sending

    def _send(self) -> None:
        """
        Send what is due, up to a batch, and wake up for the next message.
        """
        self._sleep()
        for _ in range(_BATCH):
            due, now = self._schedule.due(), self._now()
            if due is None or self._stopping:
                return
            if due > now:
                self._wake((due - now) / 1e9)
                return
            member, room = self._schedule.pop(), False
            if member.sends:
                due = self._schedule.claim(member)
                room = member.send(None if due is None else max(0, now - due))
                self.throughput.sent(due, now)
            if not member.sends:
                self._leave(member)
            elif room:
                self._schedule.ready(member)
        self._wake(0.0)

    def _now(self) -> int:
        """
        @return: Nanoseconds of the clock that messages are due by.
        """
        now: float = self._timing.seconds()
        return round(now * 1e9)

    def _sleep(self) -> None:
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None

    def _wake(self, seconds: float) -> None:
        def send() -> None:
            self._waking = None
            try:
                self._send()
            except Exception:  # noqa: BLE001  (it ends the run, and is raised there)
                self._finish(Failure())

        self._waking = self._timing.callLater(seconds, send)

    def _resumed(self, member: Member) -> None:
        """
        A connection has room again.
        """
        if self._stopping:
            return
        self._schedule.ready(member)
        self._sleep()
        self._wake(0.0)

    def _leave(self, member: Member) -> None:
        """
        A connection sends no more.
        """
        if member.sending:
            member.sending = False
            now = self._now()
            self.throughput.skipped(
                self._schedule.remove(member, member.left, now), now
            )

    def _sendNoMore(self) -> None:
        """
        Nothing is sent any more: account for what is due and was not sent.
        """
        self._sleep()
        sending = [member for member in self._members if member.sending]
        for member in sending:
            self._leave(member)
        left = None
        if self._load.plan.count is not None:
            left = sum(member.left or 0 for member in sending)
        now = self._now()
        self.throughput.skipped(self._schedule.end(left, now), now)

    def _expire(self, _: int) -> None:
        before = self._clock() - int(self._load.plan.timeout * 1e9)
        for member in list(self._members):
            member.lose(before)

    def _reportProgress(self, _: int) -> None:
        now = self._reactor.seconds()
        latest = self._latest.takeLatest()
        self._tell(self._course.report(latest, len(self._members), now))

    # Ending

    def _prolong(self) -> None:
        self._answered = self.statistics.received
        self._graceEnds = self._reactor.seconds() + self._load.plan.grace

    def _close(self, _: int) -> None:
        if self.statistics.received > self._answered:
            self._prolong()
        late = self._reactor.seconds() >= self._graceEnds
        for _ in range(len(self._leaving)):
            if len(self._parting) == GOODBYES:
                return
            member = self._leaving.popleft()
            if member.waits and not late:
                self._leaving.append(member)
            elif member in self._members:
                self._parting.add(member)
                member.close()

    def _ended(self, member: Member, error: EchoClientError, cutOff: int) -> None:
        countEnd(self.connections, error, byPeer=not member.closing)
        if not member.closing:
            self.cutOff += cutOff if isinstance(error, ConnectionClosed) else 0
            self._cutShort = self._cutShort or not self._stopping
        self._leave(member)
        self._members.discard(member)
        self._parting.discard(member)
        self._finishIfOver()

    def _finishIfOver(self) -> None:
        begun = self._stopping or self._begun == self._load.connections
        if begun and not self._dialling and not self._members:
            self._finish(None)

    def _finish(self, result: Failure | None) -> None:
        if not self._over.called:
            if not self._stopping:
                self._sendNoMore()
            self._halt(self._opening, self._closing)
            self._halt(self._expiring, self._telling)
            self._over.callback(result)

    def _loop(self, action: Callable[[int], None]) -> LoopingCall:
        loop = LoopingCall.withCount(action)
        loop.clock = self._reactor
        return loop

    def _start(self, loop: LoopingCall, interval: float, now: bool = True) -> None:
        loop.start(interval, now).addErrback(self._finish)

    def _halt(self, *loops: LoopingCall) -> None:
        for loop in loops:
            if loop.running:
                loop.stop()


def _schedule(load: Load) -> SendSchedule[Member]:
    if load.rate is not None:
        return SharedSchedule(load.rate)
    if load.plan.interval:
        return SeparateSchedules(load.plan.interval, load.connections)
    return SendSchedule()
