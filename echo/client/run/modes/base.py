"""
One run of the program, from its beginning to the summary.
"""

from abc import ABC, abstractmethod
from math import ceil
from typing import Any, Generic, TypeVar

from twisted.internet.defer import CancelledError, Deferred

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import (
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    HandshakeUnfinished,
)
from echo.client.measure.events import Outcome
from echo.client.measure.status import Status, judge, statusOf
from echo.client.measure.summary import FailedDemand, Summary
from echo.client.output.text.report import Report
from echo.client.program.dialoptions import DialOptions
from echo.client.program.options import Options
from echo.client.run.failures import countEnd, countFailure
from echo.units import durationText

_Options = TypeVar("_Options", bound=DialOptions)


class Run(ABC, Generic[_Options]):
    """
    What all runs have in common: a beginning, a deadline, an end.

    @ivar status: The exit status, once it is over.

    @ivar summary: What it comes to, so far.
    """

    status = Status.INTERRUPTED

    def __init__(self, reactor: Any, options: _Options, report: Report) -> None:
        self.summary = Summary(report.display.url(options["url"]))
        self._reactor = reactor
        self._options = options
        self._report = report
        self._began = reactor.seconds()
        self._expired = False
        self._dialling: Deferred[Connection] | None = None

    def start(self) -> Deferred[None]:
        """
        Begin.

        @return: Fires when it is over; fails if it should not have come to that.
        """
        deadline = self._options["deadline"]
        timer = None
        if deadline is not None:
            timer = self._reactor.callLater(deadline, self._expire)

        def over(result: Any) -> Any:
            if timer is not None and timer.active():
                timer.cancel()
            return result

        return Deferred.fromCoroutine(self._go()).addBoth(over)

    def interrupt(self) -> None:
        """
        Come to an orderly end.
        """
        if self._dialling is not None:
            self._dialling.cancel()
        else:
            self._stop()

    def interim(self) -> None:
        """
        Tell what it comes to so far.
        """
        self._sumUp()
        self._report.interim(self.summary)

    def dial(self) -> Deferred[Connection]:
        """
        @return: A connection, or why there is none.
        """
        return connect(self._reactor, self._options["url"], **self._arguments())

    def _arguments(self) -> dict[str, Any]:
        """
        @return: What L{connect} takes, and no more time than there is left.
        """
        arguments = self._options.connectArguments()
        deadline = self._options["deadline"]
        if deadline is not None:
            left = self._began + deadline - self._reactor.seconds()
            whole = max(1, ceil(1e3 * left)) / 1e3  # as errors are to show it
            arguments["timeout"] = min(arguments["timeout"], whole)
        return arguments

    async def _go(self) -> None:
        try:
            await self._work()
        except CancelledError:
            self.summary.error = "interrupted before it was connected"
        except EchoClientError as failure:
            error = self._cause(failure)
            self.summary.error = self._report.failed(error)
            countFailure(self.summary.connections.failures, error)
            self.status = statusOf(error)
        self._sumUp()
        self.summary.status = self.status
        self._tell()
        if self._report.broken:
            self.status = max(self.status, Status.FAILED)

    def _cause(self, error: EchoClientError) -> EchoClientError:
        """
        @return: Why there is no connection: an answer that the deadline left no time
            for was not refused.
        """
        unanswered = isinstance(error, HandshakeRefused) and error.status is None
        if self._expired and unanswered:
            return HandshakeUnfinished(durationText(self._options["deadline"]))
        return error

    def _expire(self) -> None:
        self._expired = True
        # An attempt has a time-out of its own. It ends a moment later, as it is
        # rounded up, and the connection can open in that moment.
        if self._dialling is None:
            self._stop()

    def _tell(self) -> None:
        self._report.summary(self.summary)

    def _sumUp(self) -> None:
        self.summary.seconds = self._reactor.seconds() - self._began

    @abstractmethod
    async def _work(self) -> None:
        """
        Do what there is to do, and find out the status.
        """

    @abstractmethod
    def _stop(self) -> None:
        """
        There is nothing more to be done.
        """


class ConnectedRun(Run[Options]):
    """
    A run over one connection; or one after another.
    """

    async def _work(self) -> None:
        self._dialling = self.dial()
        try:
            connection = await self._dialling
        finally:
            self._dialling = None
        self._report.connected(connection)
        connections = self.summary.connections
        connections.opened = 1
        connections.handshakes.add(int(1e9 * connection.opening.total))
        self.summary.failed += self._options.gates.opened(
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

    def _ended(self, outcome: Outcome) -> None:
        """
        The last connection is over.
        """
        self._report.ended(outcome)

    def _judge(self) -> None:
        gates, summary = self._options.gates, self.summary
        summary.failed += gates.ended(summary)
        self.status = judge(summary, gates)

    @abstractmethod
    def _over(self, connection: Connection) -> Deferred[Outcome]:
        """
        @return: How the connection ended.
        """
