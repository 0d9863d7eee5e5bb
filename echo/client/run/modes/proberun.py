"""
The default run: send messages over one connection and match the echoes.
"""

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFDSet, IReactorTime

from echo.client.connection import Connection
from echo.client.measure import events
from echo.client.measure.status import Status
from echo.client.measure.steps import Steps
from echo.client.measure.summary import FailedDemand
from echo.client.output.plots.plot import Plot
from echo.client.run.modes.base import NOT_ALL_SENT, ConnectedRun, named
from echo.client.run.modes.settings import ProbeSettings
from echo.client.run.precisetimers import preciseTime
from echo.client.run.probe.lines import LineReader
from echo.client.run.probe.probe import Probe
from echo.client.run.probe.reconnect import ReconnectingProbe
from echo.client.traffic.payloads import SweepPayloads


class ProbeRun(ConnectedRun):
    """
    Sends messages and matches the echoes: with C{--lines}, C{--sweep}, C{--reconnect}
    and C{--plot}, too.
    """

    def __init__(
        self, reactor: IReactorTime, settings: ProbeSettings, tell: events.Tell
    ) -> None:
        super().__init__(reactor, settings, settings.gates, tell)
        plan, takeLine = named(settings.plan), None
        if settings.lines is not None:
            descriptors, stdin = IReactorFDSet(reactor), settings.lines.fileno()
            takeLine = LineReader(descriptors, stdin, plan.payloads.isBinary).take
        # Input such as that of "tail -f" has no end, so no number of its lines is due.
        self._counted = takeLine is None
        self._steps = None
        if isinstance(plan.payloads, SweepPayloads):
            self._steps = Steps(plan.payloads)
        self._plot = None if settings.plot is None else Plot(settings.plot)
        observed = settings.reconnect or self._plot or self._steps
        observe = self._observe if observed else tell
        timing = preciseTime(reactor)
        self._probe = Probe(reactor, plan, observe, takeLine=takeLine, timing=timing)
        self.summary.statistics = self._probe.statistics
        tell(events.Started(self._probe.statistics))
        self._reconnecting = None
        if settings.reconnect:
            self._reconnecting = ReconnectingProbe(
                reactor, self.dial, self._probe, plan.interval, observe
            )
            self.summary.outages = self._reconnecting.outages

    def _observe(self, event: events.Event) -> None:
        """
        Pass on an event, and take it into the plot, the steps and the summary.
        """
        self._tell(event)
        match event:
            case events.Received(echo):
                if self._plot is not None and echo.time is not None:
                    self._plot.trips.add(self._now() - echo.time / 1e9, echo.time)
                step = None if self._steps is None else self._steps.arrived(echo)
                if step is not None:
                    self._tell(step)
            case events.Lost() if self._plot is not None:
                now = self._now()
                self._plot.losses.add(now, now)
            case events.PingEnded(_, int(time)) if self._plot is not None:
                self._plot.pings.add(self._now() - time / 1e9, time)
            case events.Connected(connection):
                handshakes = self.summary.connections.handshakes
                handshakes.add(int(1e9 * connection.opening.total))

    def _over(self, connection: Connection) -> Deferred[events.Outcome]:
        return (self._reconnecting or self._probe).run(connection)

    def _now(self) -> float:
        return self._reactor.seconds() - self._began

    def _stop(self) -> None:
        (self._reconnecting or self._probe).stop()

    def _sumUp(self) -> None:
        super()._sumUp()
        self.summary.throughput = self._probe.throughput.throughput()
        if self._steps is not None:
            self.summary.steps = self._steps.all(self.summary.statistics.sent)

    def _ended(self, outcome: events.Outcome) -> None:
        outages = self.summary.outages
        if outages and outages[-1].seconds is None:  # its begin is reported already
            self._tell(outages[-1])
            unconnected = FailedDemand("--reconnect", "", "not connected at the end")
            self.summary.failed.append(unconnected)
            return
        super()._ended(outcome)
        if not outcome.complete and self._probe.wanting:
            why = "" if outcome.byPeer else ": the server did not answer in --timeout"
            self._tell(events.Problem(f"not all messages were sent{why}"))

    def _judge(self) -> None:
        if self._expired and self._counted and self._probe.wanting:
            self.summary.failed.append(NOT_ALL_SENT)
            self.summary.complete = False
        super()._judge()
        if self._probe.problem is not None:
            failed = FailedDemand("standard input", "", self._probe.problem)
            self._tell(events.Problem(str(failed)))
            self.summary.failed.append(failed)
            self.status = Status.USAGE
        if self._plot is not None:
            self._save(self._plot)

    def _save(self, plot: Plot) -> None:
        for outage in self.summary.outages:
            end = self._now() if outage.seconds is None else outage.at + outage.seconds
            plot.outages.add(outage.at, end)
        try:
            plot.save(self.summary.url)
        except OSError as error:
            self._tell(events.Problem(f"--plot: {error}"))
            self.status = self.status or Status.FAILED
