"""
A run as lines of text: data on standard output, diagnostics on standard error.
"""

from echo.client.check.cases.case import Case
from echo.client.check.verdicts import Level, Verdict
from echo.client.measure import events
from echo.client.measure.status import Status
from echo.client.measure.summary import Outage, Step, Summary
from echo.client.output.display import Display
from echo.client.output.streams import Streams
from echo.client.output.text.diagnostics import Diagnostics
from echo.client.output.text.eventlines import (
    outageLine,
    progressLine,
    receivedLine,
    stepLine,
)
from echo.client.output.text.histogram import drawHistogram
from echo.client.output.text.summarylines import loadWarning, summaryLines
from echo.printable import printable


class TextReport:
    """
    Writes the events of a run as text.
    """

    def __init__(self, streams: Streams, display: Display) -> None:
        self.diagnostics = Diagnostics(streams, display)
        self._streams = streams
        self._display = display
        self._levels = dict.fromkeys(Level, 0)

    def tell(self, event: events.Event) -> None:
        match event:
            case events.Received():
                self._received(event)
            case events.PingEnded(number, int(time)):
                self._data(f"Pong: ping={number} time={time / 1e6:.2f} ms")
            case Outage():
                self._data(self._display.style.bad(outageLine(event)))
            case Step():
                self._data(stepLine(event))
            case events.Progress():
                self._data(progressLine(event))
            case Case(section, name):
                self._streams.data(f"{section:<12} {name}")
            case Verdict():
                self._verdict(event)
            case events.Interim(summary):
                for line in summaryLines(summary):
                    self._streams.diagnostic(line)
            case events.Finished(summary):
                self._finished(summary)
            case events.CheckFinished():
                self._checkFinished(event)
        self.diagnostics.tell(event)

    def _data(self, line: str) -> None:
        if not self._display.quiet:
            self._streams.data(line)

    def _received(self, event: events.Received) -> None:
        anomalies = event.echo.anomalies
        if (self._display.each or anomalies) and not self._display.quiet:
            line = receivedLine(event.echo, event.message)
            self._streams.data(self._display.style.bad(line) if anomalies else line)

    def _verdict(self, verdict: Verdict) -> None:
        self._levels[verdict.level] += 1
        style = self._display.style
        mark = {
            Level.OK: style.good("ok  "),
            Level.NOTE: style.strong("note"),
            Level.FAIL: style.bad("FAIL"),
            Level.SKIP: style.faint("skip"),
        }[verdict.level]
        detail = f": {verdict.detail}" if verdict.detail else ""
        write = self._streams.data if verdict.level is Level.FAIL else self._data
        write(f"{mark}  {verdict.section:<12} {verdict.name}{detail}")

    def _finished(self, summary: Summary) -> None:
        if summary.error is not None:
            return
        bad, write = self._display.style.bad, self._streams.data
        for step in summary.steps:
            isShown = not self._display.quiet and step.roundTrips.count == step.sent
            if not isShown:
                write(stepLine(step))
        for line in summaryLines(summary):
            write(line)
        warning = loadWarning(summary.throughput)
        if warning is not None:
            write(bad(warning))
        if self._display.histogram:
            times = summary.statistics.roundTrips
            for line in drawHistogram(times, blocks=self._display.blocks):
                write(line)
        for demand in summary.failed:
            write(bad(f"FAILED: {printable(str(demand))}"))

    def _checkFinished(self, event: events.CheckFinished) -> None:
        summary, left = event.summary, event.left
        if summary.error is not None and summary.status != Status.INTERRUPTED:
            return
        ok, notes, failed, skipped = (self._levels[each] for each in Level)
        text = f"{ok} ok, {notes} notes, {failed} failed"
        if skipped + left:
            text += f", {skipped + left} not checked"
        isGood = not failed and not left
        style = self._display.style.good if isGood else self._display.style.bad
        self._streams.data(style(f"{printable(summary.url)}: {text}"))
