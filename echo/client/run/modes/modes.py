"""
The kinds of runs: sending, holding, many connections, and checking.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from secrets import token_hex
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from echo.client.check.runner import check
from echo.client.check.verdicts import Level, Verdict
from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import CannotConnect, EchoClientError
from echo.client.measure.events import Outage, Outcome, Progress
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.status import Status, judge, statusOf
from echo.client.measure.steps import Steps
from echo.client.measure.summary import FailedDemand
from echo.client.output.junit import JUnitFile
from echo.client.output.plots.plot import Plot
from echo.client.output.text.report import Report
from echo.client.program.options import CheckOptions, Options
from echo.client.run.fleet import Fleet
from echo.client.run.hold import Holder
from echo.client.run.lines import Lines
from echo.client.run.modes.base import ConnectedRun, Run
from echo.client.run.precisetimers import preciseTime
from echo.client.run.probe import Probe
from echo.client.run.reconnect import Reconnecting
from echo.client.traffic.payloads import Payloads
from echo.client.traffic.plan import Load, Plan
from echo.client.traffic.sweep import SweepPayloads


class ProbeRun(ConnectedRun):
    """
    Sends, and watches what comes back.
    """

    def __init__(self, reactor: Any, options: Options, report: Report) -> None:
        super().__init__(reactor, options, report)
        plan, lines = _named(options.plan), None
        if options["lines"]:
            stdin = options.standardInput("lines").fileno()
            lines = Lines(reactor, stdin, plan.payloads.isBinary)
        timing = preciseTime(reactor)
        self._probe = Probe(reactor, plan, self, lines=lines, timing=timing)
        self.summary.statistics = self._probe.statistics
        report.follow(self._probe.statistics)
        self._reconnecting = None
        if options["reconnect"]:
            self._reconnecting = Reconnecting(
                reactor, self.dial, self._probe, plan.interval, self
            )
            self.summary.outages = self._reconnecting.outages
        self._steps = None
        if isinstance(plan.payloads, SweepPayloads):
            self._steps = Steps(plan.payloads)
        self._plot = None if options["plot"] is None else Plot(options["plot"])

    def arrived(self, echo: Echo, message: str | bytes) -> None:
        """
        A message came.
        """
        self._report.arrived(echo, message)
        if self._plot is not None and echo.time is not None:
            self._plot.add(self._now() - echo.time / 1e9, echo.time)
        step = None if self._steps is None else self._steps.arrived(echo)
        if step is not None:
            self._report.step(step)

    def gaveUp(self, seqs: list[int]) -> None:
        """
        Messages are lost.
        """
        self._report.gaveUp(seqs)
        if self._plot is not None:
            self._plot.lost(self._now())

    def ponged(self, number: int, time: int | None) -> None:
        """
        A pong came, or did not.
        """
        self._report.ponged(number, time)
        if self._plot is not None and time is not None:
            self._plot.ping(self._now() - time / 1e9, time)

    def disconnected(self, outcome: Outcome) -> None:
        """
        An outage begins.
        """
        self._report.ended(outcome)

    def refused(self, error: EchoClientError) -> None:
        """
        An outage goes on.
        """
        self._report.refused(error)

    def reconnected(self, connection: Connection, outage: Outage) -> None:
        """
        An outage is over.
        """
        connections = self.summary.connections
        connections.handshakes.add(int(1e9 * connection.opening.total))
        self._report.outage(outage)
        self._report.connected(connection)

    def _over(self, connection: Connection) -> Deferred[Outcome]:
        return (self._reconnecting or self._probe).run(connection)

    def _now(self) -> float:
        now: float = self._reactor.seconds() - self._began
        return now

    def _stop(self) -> None:
        (self._reconnecting or self._probe).stop()

    def _sumUp(self) -> None:
        super()._sumUp()
        self.summary.throughput = self._probe.throughput.throughput()
        if self._steps is not None:
            self.summary.steps = self._steps.all(self.summary.statistics.sent)

    def _ended(self, outcome: Outcome) -> None:
        outages = self.summary.outages
        if outages and outages[-1].seconds is None:  # its beginning was told
            self._report.outage(outages[-1])
            unconnected = FailedDemand("--reconnect", "", "not connected at the end")
            self.summary.failed.append(unconnected)
            return
        super()._ended(outcome)
        if not outcome.complete and self._probe.wanting:
            why = "" if outcome.byPeer else ": the server did not answer in --timeout"
            self._report.problem(f"not all messages were sent{why}")

    def _judge(self) -> None:
        # Lines have no number that there should be: "tail -f" never ends.
        counted = not self._options["lines"]
        if self._expired and counted and self._probe.wanting:
            self.summary.failed.append(_NOT_ALL_SENT)
            self.summary.complete = False
        super()._judge()
        if self._probe.problem is not None:
            failed = FailedDemand("standard input", "", self._probe.problem)
            self._report.problem(str(failed))
            self.summary.failed.append(failed)
            self.status = Status.USAGE
        if self._plot is not None:
            self._save(self._plot)

    def _save(self, plot: Plot) -> None:
        for outage in self.summary.outages:
            end = self._now() if outage.seconds is None else outage.at + outage.seconds
            plot.outage(outage.at, end)
        try:
            plot.save(self.summary.url)
        except OSError as error:
            self._report.problem(f"--plot: {error}")
            self.status = self.status or Status.FAILED


class HoldRun(ConnectedRun):
    """
    Says nothing, and sees when the connection is cut.
    """

    def __init__(self, reactor: Any, options: Options, report: Report) -> None:
        super().__init__(reactor, options, report)
        self._holder = Holder(reactor, options["hold-ping"], options["timeout"], report)
        self.summary.statistics.pings = self._holder.pings

    def _over(self, connection: Connection) -> Deferred[Outcome]:
        return self._holder.run(connection)

    def _stop(self) -> None:
        self._holder.stop()

    def _sumUp(self) -> None:
        super()._sumUp()
        self.summary.hold = self._holder.hold


class FleetRun(Run[Options]):
    """
    Many connections at once.
    """

    def __init__(
        self, reactor: Any, options: Options, report: Report, load: Load
    ) -> None:
        super().__init__(reactor, options, report)
        self._load = load = replace(load, plan=_named(load.plan))
        timing = preciseTime(reactor)
        self._fleet = Fleet(reactor, self._open, load, self, timing=timing)
        self.summary.statistics = self._fleet.statistics
        self.summary.connections = self._fleet.connections

    def _open(self) -> Deferred[Connection]:
        # The deadline ends the attempts, too: how much of it was left to each
        # would make a reason of its own out of each failure.
        arguments = self._options.connectArguments()
        return connect(self._reactor, self._options["url"], **arguments)

    def opened(self, connection: Connection) -> None:
        """
        A connection is open.
        """
        for each in self._options.gates.opened(
            connection.subprotocol, connection.compression
        ):
            if each not in self.summary.failed:
                self.summary.failed.append(each)

    def progress(self, progress: Progress) -> None:
        """
        Another second is over.
        """
        self._report.progress(progress)

    def _sumUp(self) -> None:
        super()._sumUp()
        self.summary.throughput = self._fleet.throughput.throughput()

    async def _work(self) -> None:
        await self._fleet.run()
        self._sumUp()
        gates, summary = self._options.gates, self.summary
        if self._expired:
            summary.failed += self._late()
        elif not summary.connections.tried:
            raise CancelledError
        summary.failed += gates.ended(summary)
        self._hintAtGreeting()
        summary.complete = self._fleet.complete
        summary.cutOff = self._fleet.cutOff
        self.status = judge(summary, gates)
        refusal = self._fleet.refusal
        if refusal is not None and not summary.connections.opened:
            self._report.failed(refusal)
            self.status = max(self.status, statusOf(refusal))

    def _hintAtGreeting(self) -> None:
        """
        Name C{--greeting} where each connection got as many messages that were not
        sent.
        """
        anomalies = self.summary.statistics.anomalies
        kinds = (Anomaly.UNEXPECTED, Anomaly.ALTERED)
        strangers = sum(anomalies[each].count for each in kinds if each in anomalies)
        each, rest = divmod(strangers, self.summary.connections.opened or 1)
        isGreeting = each == 1 or Anomaly.ALTERED not in anomalies
        if each and not rest and isGreeting:
            self._report.greeted(each)

    def _late(self) -> list[FailedDemand]:
        """
        @return: What was not done when time was up.
        """
        if self.summary.connections.tried < self._load.connections:
            late = "not all connections were opened in time"
            return [FailedDemand("--deadline", "", late)]
        count = self._load.plan.count
        opened, sent = self.summary.connections.opened, self.summary.statistics.sent
        if count is not None and sent < count * opened:
            return [_NOT_ALL_SENT]
        return []

    def _stop(self) -> None:
        self._fleet.stop()


_NOT_ALL_SENT = FailedDemand("--deadline", "", "not all was sent in time")


def _named(plan: Plan) -> Plan:
    """
    @return: The plan with messages that name this run and their connections.
    """
    payloads = plan.payloads
    if isinstance(payloads, Payloads):
        payloads = replace(payloads, run=token_hex(4))
    return replace(plan, payloads=payloads)


class CheckRun(Run[CheckOptions]):
    """
    Conformance.
    """

    _checking: Deferred[list[Verdict]]

    def __init__(self, reactor: Any, options: CheckOptions, report: Report) -> None:
        super().__init__(reactor, options, report)
        self._verdicts: list[Verdict] = []
        path = options["junit"]
        self._junit = None if path is None else JUnitFile(path, options.cases)

    async def _work(self) -> None:
        if self._junit is not None:
            self._save(self._junit.begin)
        arguments = {**self._arguments(), "compression": False}
        self._checking = check(
            self._reactor,
            partial(connect, self._reactor, self._options["url"], **arguments),
            self._verdict,
            self._options.cases,
            arguments["timeout"],
            self._opened,
        )
        try:
            await self._checking
        except CannotConnect as error:
            if not self._verdicts:
                raise
            unreachable = "the server cannot be reached any more"
            self._late(FailedDemand("", "", f"{unreachable}: {error}"))
            return
        except CancelledError:
            if not self._expired:
                self.summary.error = "interrupted"
            else:
                late = "not all was checked in time"
                self._late(FailedDemand("--deadline", "", late))
            return
        failed = any(each.level is Level.FAIL for each in self._verdicts)
        self.status = Status.FAILED if failed else Status.OK

    def _opened(self) -> None:
        connections = self.summary.connections
        connections.opened += 1
        connections.wanted = connections.opened

    def _verdict(self, verdict: Verdict) -> None:
        self._verdicts.append(verdict)
        self._report.verdict(verdict)

    def _late(self, failed: FailedDemand) -> None:
        self.summary.failed.append(failed)
        self._report.problem(str(failed))
        self.status = Status.FAILED

    def _tell(self) -> None:
        if self._junit is not None:
            missing = self.summary.error or "; ".join(map(str, self.summary.failed))
            self._save(self._junit.end, self._verdicts, missing)
        self.summary.status = self.status
        left = len(self._options.cases) - len(self._verdicts)
        self.summary.complete = not left
        self._report.checked(self.summary, left)

    def _save(self, write: Callable[..., None], *arguments: object) -> None:
        try:
            write(self.summary.url, *arguments)
        except OSError as error:
            self._report.problem(f"--junit: {error}")
            self.status = self.status or Status.FAILED

    def _stop(self) -> None:
        self._checking.cancel()
