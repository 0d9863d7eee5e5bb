"""
The parts that all runs share: the start, the deadline, the end and the summary.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from math import ceil
from secrets import token_hex

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import (
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    HandshakeUnfinished,
)
from echo.client.measure import events
from echo.client.measure.gates import Gates
from echo.client.measure.status import Status, judge, statusOf
from echo.client.measure.summary import FailedDemand, Summary
from echo.client.output.streams import isDataLoss
from echo.client.run.failures import countEnd, countFailure
from echo.client.run.modes.settings import RunSettings, Target
from echo.client.traffic.payloads import Payloads
from echo.client.traffic.plan import Plan
from echo.redact import redactURL
from echo.units import durationText


class Run(ABC):
    """
    A run of the program.

    @ivar status: The exit status. It is final when the run is over.

    @ivar summary: The results so far.
    """

    status = Status.INTERRUPTED

    def __init__(
        self, reactor: IReactorTime, settings: RunSettings, tell: events.Tell
    ) -> None:
        redact: Callable[[str], str] = str if settings.showSecrets else redactURL
        self.summary = Summary(redact(settings.target.url))
        self._redact = redact
        self._reactor = reactor
        self._target = settings.target
        self._deadline = settings.deadline
        self._tell = tell
        self._began = reactor.seconds()
        self._expired = False
        self._dataLost = False
        self._dialling: Deferred[Connection] | None = None

    def start(self) -> Deferred[None]:
        """
        @return: Fires when the run is over. It fails only through a bug.
        """
        timer = None
        if self._deadline is not None:
            timer = self._reactor.callLater(self._deadline, self._expire)

        def over(result: Failure | None) -> Failure | None:
            if timer is not None and timer.active():
                timer.cancel()
            return result

        return Deferred.fromCoroutine(self._go()).addBoth(over)

    def interrupt(self) -> None:
        """
        End the run in good order: close connections, and sum up.
        """
        if self._dialling is not None:
            self._dialling.cancel()
        else:
            self._stop()

    def interim(self) -> None:
        self._sumUp()
        self._tell(events.Interim(self.summary))

    def outputBroken(self, error: OSError) -> None:
        """
        End the run, since standard output failed. The run fails if that loses data.
        """
        self._dataLost = isDataLoss(error)
        self.interrupt()

    def dial(self) -> Deferred[Connection]:
        return connect(self._reactor, **vars(self._targetInTime()))

    def _targetInTime(self) -> Target:
        """
        @return: The target, with a timeout that ends with the deadline at the latest.
        """
        if self._deadline is None:
            return self._target
        left = self._began + self._deadline - self._reactor.seconds()
        whole = max(1, ceil(1e3 * left)) / 1e3  # milliseconds, as errors show it
        return replace(self._target, timeout=min(self._target.timeout, whole))

    async def _go(self) -> None:
        try:
            await self._work()
        except CancelledError:
            self.summary.error = "interrupted before it was connected"
        except EchoClientError as failure:
            error = self._cause(failure)
            self.summary.error = error.text(self._redact)
            self._tell(events.NotConnected(error))
            countFailure(self.summary.connections.failures, error)
            self.status = statusOf(error)
        self._sumUp()
        self.summary.status = self.status
        self._finish()
        if self._dataLost:
            self.status = max(self.status, Status.FAILED)

    def _cause(self, error: EchoClientError) -> EchoClientError:
        """
        @return: Why no connection opened. A server that had no time to answer before
            the deadline has refused nothing.
        """
        unanswered = isinstance(error, HandshakeRefused) and error.status is None
        if self._expired and self._deadline is not None and unanswered:
            return HandshakeUnfinished(durationText(self._deadline))
        return error

    def _expire(self) -> None:
        self._expired = True
        # An attempt has a timeout of its own. It ends a moment later, since it is
        # rounded up, and the connection can open in that moment.
        if self._dialling is None:
            self._stop()

    def _finish(self) -> None:
        self._tell(events.Finished(self.summary))

    def _sumUp(self) -> None:
        self.summary.seconds = self._reactor.seconds() - self._began

    @abstractmethod
    async def _work(self) -> None:
        """
        Run to the end, and set the status.
        """

    @abstractmethod
    def _stop(self) -> None:
        """
        Send no more, and close the connections.
        """


class ConnectedRun(Run):
    """
    A run over one connection, or over one after another.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        settings: RunSettings,
        gates: Gates,
        tell: events.Tell,
    ) -> None:
        super().__init__(reactor, settings, tell)
        self._gates = gates

    async def _work(self) -> None:
        self._dialling = self.dial()
        try:
            connection = await self._dialling
        finally:
            self._dialling = None
        self._tell(events.Connected(connection))
        connections = self.summary.connections
        connections.opened = 1
        connections.handshakes.add(int(1e9 * connection.opening.total))
        self.summary.failed += self._gates.opened(
            connection.subprotocol, connection.compression
        )
        if self._expired:
            late = "the connection opened too late"
            self.summary.failed.append(FailedDemand("--deadline", "", late))
        if self.summary.failed:
            self._stop()
        outcome = await self._over(connection)
        self._ended(outcome)
        countEnd(connections, outcome.end, outcome.byPeer)
        if outcome.byPeer and isinstance(outcome.end, ConnectionClosed):
            self.summary.cutOff = outcome.cutOff
        self.summary.complete = outcome.complete
        self._sumUp()
        self._judge()

    def _ended(self, outcome: events.Outcome) -> None:
        self._tell(outcome)

    def _judge(self) -> None:
        self.summary.failed += self._gates.ended(self.summary)
        self.status = judge(self.summary, self._gates)

    @abstractmethod
    def _over(self, connection: Connection) -> Deferred[events.Outcome]:
        """
        @return: How the connection ended.
        """


NOT_ALL_SENT = FailedDemand("--deadline", "", "not all was sent in time")


def named(plan: Plan) -> Plan:
    """
    @return: The plan, with payloads that name this run and their connections.
    """
    payloads = plan.payloads
    if isinstance(payloads, Payloads):
        payloads = replace(payloads, run=token_hex(4))
    return replace(plan, payloads=payloads)
