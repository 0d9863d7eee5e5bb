"""
C{--connections}: send messages over many connections at the same time.
"""

from dataclasses import replace

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.measure import events
from echo.client.measure.matching import Anomaly
from echo.client.measure.status import judge, statusOf
from echo.client.measure.summary import FailedDemand
from echo.client.run.fleet.fleet import Fleet
from echo.client.run.modes.base import NOT_ALL_SENT, Run, named
from echo.client.run.modes.settings import FleetSettings
from echo.client.run.precisetimers import preciseTime


class FleetRun(Run):
    """
    Sends over all connections of a L{Fleet}.
    """

    def __init__(
        self, reactor: IReactorTime, settings: FleetSettings, tell: events.Tell
    ) -> None:
        super().__init__(reactor, settings, tell)
        self._gates = settings.gates
        self._load = replace(settings.load, plan=named(settings.load.plan))
        self._fleet = Fleet(
            reactor,
            self._open,
            self._load,
            self._observe,
            timing=preciseTime(reactor),
        )
        self.summary.statistics = self._fleet.statistics
        self.summary.connections = self._fleet.connections

    def _open(self) -> Deferred[Connection]:
        # The deadline cancels the attempts. A timeout that ended with the deadline
        # would give each failure a reason of its own.
        return connect(self._reactor, **vars(self._target))

    def _observe(self, event: events.Event) -> None:
        """
        Check the gates of each connection, and pass on all other events.
        """
        if not isinstance(event, events.Connected):
            self._tell(event)
            return
        connection, failed = event.connection, self.summary.failed
        for each in self._gates.opened(connection.subprotocol, connection.compression):
            if each not in failed:
                failed.append(each)

    def _sumUp(self) -> None:
        super()._sumUp()
        self.summary.throughput = self._fleet.throughput.throughput()

    async def _work(self) -> None:
        await self._fleet.run()
        self._sumUp()
        summary = self.summary
        if self._expired:
            summary.failed += self._late()
        elif not summary.connections.tried:
            raise CancelledError
        summary.failed += self._gates.ended(summary)
        self._hintAtGreeting()
        summary.complete = self._fleet.complete
        summary.cutOff = self._fleet.cutOff
        self.status = judge(summary, self._gates)
        refusal = self._fleet.refusal
        if refusal is not None and not summary.connections.opened:
            self._tell(events.NotConnected(refusal))
            self.status = max(self.status, statusOf(refusal))

    def _hintAtGreeting(self) -> None:
        """
        Suggest C{--greeting} if each connection received the same number of messages
        that were not sent.
        """
        anomalies = self.summary.statistics.anomalies
        kinds = (Anomaly.UNEXPECTED, Anomaly.ALTERED)
        strangers = sum(anomalies[each].count for each in kinds if each in anomalies)
        each, rest = divmod(strangers, self.summary.connections.opened or 1)
        isGreeting = each == 1 or Anomaly.ALTERED not in anomalies
        if each and not rest and isGreeting:
            self._tell(events.GreetingSuspected(each))

    def _late(self) -> list[FailedDemand]:
        if self.summary.connections.tried < self._load.connections:
            late = "not all connections were opened in time"
            return [FailedDemand("--deadline", "", late)]
        count = self._load.plan.count
        opened, sent = self.summary.connections.opened, self.summary.statistics.sent
        if count is not None and sent < count * opened:
            return [NOT_ALL_SENT]
        return []

    def _stop(self) -> None:
        self._fleet.stop()
