"""
Opens the connections of a run, and ends when all of them are closed.

All connections share a handful of timers.
"""

import time
from collections.abc import Callable

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from echo.client.connection import Connection
from echo.client.errors import ConnectionClosed, EchoClientError
from echo.client.measure.events import Connected, Tell
from echo.client.measure.matching import MEMORY
from echo.client.measure.roundtrips import RoundTrips
from echo.client.measure.statistics import Connections, Statistics
from echo.client.measure.throughput import ThroughputMeter
from echo.client.run.failures import countEnd, countFailure
from echo.client.run.fleet.closingqueue import TICK, ClosingQueue
from echo.client.run.fleet.fleetconnection import FleetConnection
from echo.client.run.fleet.fleetsendloop import FleetSendLoop
from echo.client.run.fleet.progressmeter import ProgressMeter
from echo.client.run.sender import Measurement
from echo.client.traffic.plan import Load

# Fewest answered and lost messages that each connection remembers.
_MEMORY = 16

# Seconds between two looks for lost messages, and between two reports.
_EXPIRY = 0.25
_REPORT = 1.0


class Fleet:
    """
    Many connections at the same time.

    @ivar cutOff: Number of messages that the server's closes cut off: those that were
        sent after the last answered message of their connection.

    @ivar refusal: Why the first connection failed that could not be opened.
    """

    cutOff = 0
    refusal: EchoClientError | None = None
    _cutShort = False
    _stopped = False

    def __init__(
        self,
        reactor: IReactorTime,
        dial: Callable[[], Deferred[Connection]],
        load: Load,
        tell: Tell,
        clock: Callable[[], int] = time.perf_counter_ns,
        timing: IReactorTime | None = None,
    ) -> None:
        """
        @param clock: The clock of connections, in nanoseconds.

        @param timing: The timers that messages are sent by; C{None} for the reactor.
        """
        plan = load.plan
        self.statistics = Statistics(
            plan.warmup,
            roundTrips=RoundTrips(keepsLatest=True),
            named=False,
            tellsCrossTalk=plan.payloads.named,
        )
        self.connections = Connections(load.connections)
        self.throughput = ThroughputMeter(load.asked)
        memory = max(_MEMORY, MEMORY // load.connections)
        self._measurement = Measurement(plan, self.statistics, self.throughput, memory)
        self._reactor = reactor
        self._dial = dial
        self._load = load
        self._tell = tell
        self._clock = clock
        timing = timing or reactor
        self._sending = FleetSendLoop(load, timing, self.throughput, self.broken)
        self._closing = ClosingQueue(reactor, plan.grace, self.statistics)
        self._begun = 0
        self._dialling: set[Deferred[Connection]] = set()
        self._open: dict[FleetConnection, None] = {}  # in the order of their opening
        self._timers: list[LoopingCall] = []
        self._opening = self._timer(self._dialDue)
        self._over: Deferred[None] = Deferred()

    @property
    def complete(self) -> bool:
        """
        Whether every planned message was sent, or L{stop} was called before, and no
        peer ended a connection before that.
        """
        count = self._load.plan.count
        if self._cutShort:
            return False
        if self._stopped or count is None:
            return True
        return self.statistics.sent == count * self._load.connections

    def run(self) -> Deferred[None]:
        """
        @return: Fires when all connections are closed.
        """
        self._progress = ProgressMeter(
            self.connections, self.statistics, self._reactor.seconds()
        )
        self._start(self._timer(self._report), _REPORT, now=False)
        self._start(self._timer(self._expire), _EXPIRY)
        self._start(self._opening, 1 / self._load.ramp)
        return self._over

    def stop(self) -> None:
        """
        Open no more connections and send no more. Close when all is answered, or
        nothing arrives for the plan's grace.
        """
        if self._stopped or self._over.called:
            return
        self._sending.send()  # what is due by now
        self._stopped = True
        self._sending.stop(self._open)
        self._closing.add(self._open)
        self._halt(self._opening)
        self._start(self._timer(self._close), TICK)
        for attempt in list(self._dialling):
            attempt.cancel()
        self._finishIfOver()

    # Opening

    def _dialDue(self, due: int) -> None:
        left = self._load.connections - self._begun
        for _ in range(min(due, left)):
            self._begun += 1
            attempt = self._dial()
            self._dialling.add(attempt)
            attempt.addBoth(self._dialled, attempt).addErrback(self.broken)
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

    def _opened(self, opened: Connection) -> None:
        self.connections.opened += 1
        self.connections.handshakes.add(round(opened.opening.total * 1e9))
        number = self.connections.opened
        connection = FleetConnection(self, self._measurement, opened, number)
        self._open[connection] = None
        self._tell(Connected(opened))
        self._sending.add(connection)
        connection.listen()
        self._sending.send()

    # Each moment

    def _expire(self, _: int) -> None:
        before = self._clock() - int(self._load.plan.timeout * 1e9)
        for connection in list(self._open):
            connection.lose(before)

    def _report(self, _: int) -> None:
        now = self._reactor.seconds()
        self._tell(self._progress.report(len(self._open), now))

    def _close(self, _: int) -> None:
        self._closing.close()

    # What a connection calls

    def resumed(self, connection: FleetConnection) -> None:
        self._sending.resumed(connection)

    def ended(
        self, connection: FleetConnection, error: EchoClientError, cutOff: int
    ) -> None:
        byPeer = not connection.closing
        countEnd(self.connections, error, byPeer)
        if byPeer:
            self.cutOff += cutOff if isinstance(error, ConnectionClosed) else 0
            self._cutShort = self._cutShort or not self._stopped
        self._sending.remove(connection)
        self._open.pop(connection, None)
        self._closing.ended(connection)
        self._finishIfOver()

    def broken(self, failure: Failure) -> None:
        self._finish(failure)

    # Ending

    def _finishIfOver(self) -> None:
        begun = self._stopped or self._begun == self._load.connections
        if begun and not self._dialling and not self._open:
            self._finish(None)

    def _finish(self, result: Failure | None) -> None:
        if not self._over.called:
            if not self._stopped:
                self._sending.stop(self._open)
            self._halt(*self._timers)
            self._over.callback(result)

    def _timer(self, action: Callable[[int], None]) -> LoopingCall:
        timer = LoopingCall.withCount(action)
        timer.clock = self._reactor
        self._timers.append(timer)
        return timer

    def _start(self, timer: LoopingCall, interval: float, now: bool = True) -> None:
        timer.start(interval, now).addErrback(self.broken)

    def _halt(self, *timers: LoopingCall) -> None:
        for timer in timers:
            if timer.running:
                timer.stop()
