"""
What a run tells, to a person: data on one stream, diagnostics on the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from echo.client.check.cases.case import Case
from echo.client.check.verdicts import Level, Verdict
from echo.client.connection import Connection
from echo.client.errors import ConnectionClosed, EchoClientError, HandshakeRefused
from echo.client.measure.events import Outage, Outcome, Progress, Step
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.statistics import Statistics
from echo.client.measure.status import Status
from echo.client.measure.summary import Summary
from echo.client.output.streams import Output
from echo.client.output.text.greetinghint import GreetingHint
from echo.client.output.text.histogram import drawHistogram
from echo.client.output.text.lines import (
    endText,
    listed,
    loadWarning,
    openingText,
    outageLine,
    progressLine,
    receivedLine,
    stepLine,
    summaryLines,
)
from echo.client.output.text.terminal import Style
from echo.printable import messageText, printable
from echo.redact import redactHeader, redactURL


@dataclass(frozen=True)
class Display:
    """
    How a run is to be shown.

    @ivar style: The colours on standard output.

    @ivar errorStyle: The colours on standard error.

    @ivar quiet: Whether to show the summary only, and why a run ends early.

    @ivar each: Whether each message that comes gets a line.

    @ivar verbose: Whether to show the heads of the handshake.

    @ivar secrets: Whether to show credentials.

    @ivar histogram: Whether to draw how round trips are distributed.

    @ivar blocks: Whether the terminal has characters to draw with.
    """

    style: Style = field(default_factory=lambda: Style(False))
    errorStyle: Style = field(default_factory=lambda: Style(False))
    quiet: bool = False
    each: bool = True
    verbose: bool = False
    secrets: bool = False
    histogram: bool = False
    blocks: bool = True

    def url(self, url: str) -> str:
        """
        @return: A URL, fit to be shown.
        """
        return url if self.secrets else redactURL(url)

    def header(self, name: str, value: str) -> str:
        """
        @return: The value of a header field, fit to be shown.
        """
        return value if self.secrets else redactHeader(name, value)


class Report:
    """
    Tells a person what happens, as it happens.

    @ivar display: How.
    """

    def __init__(self, output: Output, display: Display) -> None:
        self.display = display
        self._output = output
        self._levels = dict.fromkeys(Level, 0)
        self._greeting = GreetingHint()
        self._refusal = ""

    @property
    def broken(self) -> bool:
        """
        Whether data are missing that somebody still wanted to read.
        """
        return self._output.failed

    def follow(self, statistics: Statistics) -> None:
        """
        Keep an eye on these, if there is something to show of them meanwhile.
        """

    def problem(self, text: str) -> None:
        """
        Something is not as it should be, on our side.
        """
        self._output.diagnostic(self.display.errorStyle.bad(text))

    def _remark(self, text: str) -> None:
        if not self.display.quiet:
            self._output.diagnostic(text)

    def _fault(self, text: str) -> None:
        if not self.display.quiet:
            self.problem(text)

    def failed(self, error: EchoClientError) -> str:
        """
        There will be no connection.

        @return: The text of the error.
        """
        text = self._text(error)
        self.problem(text)
        if self.display.verbose and isinstance(error, HandshakeRefused):
            self._heads(self._fields("<", error.headers.items()))
        return text

    def _text(self, error: EchoClientError) -> str:
        if isinstance(error, HandshakeRefused):
            return error.text(self.display.url)
        return str(error)

    def connected(self, connection: Connection) -> None:
        """
        A connection is open.
        """
        if self.display.quiet:
            return
        url = printable(self.display.url(connection.url))
        text = (
            f"connected to {url} ({printable(connection.peer)})"
            f" in {openingText(connection.opening)}"
        )
        if connection.subprotocol is not None:
            text += f", subprotocol {printable(connection.subprotocol)}"
        if connection.compression:
            text += ", permessage-deflate"
        self._output.diagnostic(text)
        if self.display.verbose:
            self._heads(
                [
                    f"> {self.display.url(connection.requestLine)}",
                    *self._fields(">", connection.requestHeaders),
                    f"< {connection.statusLine}",
                    *self._fields("<", connection.headers.items()),
                ]
            )

    def _fields(self, mark: str, headers: Iterable[tuple[str, str]]) -> list[str]:
        return [
            f"{mark} {name}: {self.display.header(name, value)}"
            for name, value in headers
        ]

    def _heads(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._output.diagnostic(
                self.display.errorStyle.faint(printable(line, _HEAD))
            )

    def arrived(self, echo: Echo, message: str | bytes) -> None:
        """
        A message came.
        """
        if (self.display.each or echo.anomalies) and not self.display.quiet:
            line = receivedLine(echo, message)
            self._event(self.display.style.bad(line) if echo.anomalies else line)
        self._judge(echo, message)

    def _judge(self, echo: Echo, message: str | bytes) -> None:
        """
        Name what is wrong with a message that came.
        """
        hint = self._greeting.hint(echo)
        if echo.corrects:
            self._fault(
                f"seq={echo.seq} came back after all:"
                f" what came before it was not sent{hint}"
            )
        for anomaly in echo.anomalies:
            if anomaly is Anomaly.CROSSED:
                text = f"a message of another connection came: {messageText(message)}"
            elif echo.seq is None:
                text = f"a message came that was not sent: {messageText(message)}{hint}"
            elif anomaly is Anomaly.ALTERED:
                text = f"seq={echo.seq} came back altered{hint}"
            else:
                text = f"seq={echo.seq} came back {_HOW[anomaly]}"
            self._fault(text)

    def greeted(self, count: int) -> None:
        """
        Each of several connections got as many messages that were not sent.
        """
        self._fault(
            f"messages that were not sent came on each connection: {count}:"
            f" is it a greeting? Try --greeting {count}"
        )

    def unasked(self, message: str | bytes) -> None:
        """
        A message came, where none was sent.
        """
        self._event(receivedLine(Echo(None, None), message))

    def gaveUp(self, seqs: Sequence[int]) -> None:
        """
        Messages are lost.
        """
        self._fault(f"lost: seq {listed(seqs, len(seqs))}")

    def ponged(self, number: int, time: int | None) -> None:
        """
        A pong came after so many nanoseconds, or C{None}: none came in time.
        """
        if time is None:
            self._fault(f"lost: ping {number}")
        else:
            self._event(f"Pong: ping={number} time={time / 1e6:.2f} ms")

    def ended(self, outcome: Outcome) -> None:
        """
        A connection is gone.
        """
        end = outcome.end
        if not isinstance(end, ConnectionClosed):
            self.problem(str(end))
        elif outcome.byPeer:
            self.problem(endText(end.code, end.reason, True))
        else:
            self._remark(endText(end.code, end.reason, False))

    def refused(self, error: EchoClientError) -> None:
        """
        There is no connection yet, and there will be another attempt.
        """
        text = self._text(error)
        if text != self._refusal:
            self._refusal = text
            self._remark(f"not yet: {text}")

    def outage(self, outage: Outage) -> None:
        """
        An outage is over.
        """
        self._refusal = ""
        self._event(self.display.style.bad(outageLine(outage)))

    def step(self, step: Step) -> None:
        """
        All messages of a size came back.
        """
        self._event(stepLine(step))

    def progress(self, progress: Progress) -> None:
        """
        Another second is over.
        """
        self._event(progressLine(progress))

    def demand(self, case: Case) -> None:
        """
        A server can be checked for this.
        """
        self._output.data(f"{case.section:<12} {case.name}")

    def verdict(self, verdict: Verdict) -> None:
        """
        A demand of the standard is met, or not.
        """
        self._levels[verdict.level] += 1
        style = self.display.style
        mark = {
            Level.OK: style.good("ok  "),
            Level.NOTE: style.strong("note"),
            Level.FAIL: style.bad("FAIL"),
            Level.SKIP: style.faint("skip"),
        }[verdict.level]
        detail = f": {verdict.detail}" if verdict.detail else ""
        tell = self._output.data if verdict.level is Level.FAIL else self._event
        tell(f"{mark}  {verdict.section:<12} {verdict.name}{detail}")

    def checked(self, summary: Summary, left: int) -> None:
        """
        The check is over.

        @param left: How many demands have no verdict.
        """
        if summary.error is not None and summary.status != Status.INTERRUPTED:
            return
        ok, notes, failed, skipped = (self._levels[each] for each in Level)
        text = f"{ok} ok, {notes} notes, {failed} failed"
        if skipped + left:
            text += f", {skipped + left} not checked"
        isGood = not failed and not left
        style = self.display.style.good if isGood else self.display.style.bad
        self._output.data(style(f"{printable(summary.url)}: {text}"))

    def interim(self, summary: Summary) -> None:
        """
        Write what it comes to so far, where it disturbs nobody.
        """
        for line in summaryLines(summary):
            self._output.diagnostic(line)

    def summary(self, summary: Summary) -> None:
        """
        Write what it comes to.
        """
        if summary.error is not None:
            return
        for step in summary.steps:
            told = not self.display.quiet and step.roundTrips.count == step.sent
            if not told:
                self._output.data(stepLine(step))
        for line in summaryLines(summary):
            self._output.data(line)
        warning = loadWarning(summary.throughput)
        if warning is not None:
            self._output.data(self.display.style.bad(warning))
        if self.display.histogram:
            times = summary.statistics.roundTrips
            for line in drawHistogram(times, blocks=self.display.blocks):
                self._output.data(line)
        for each in summary.failed:
            self._output.data(self.display.style.bad(f"FAILED: {printable(str(each))}"))

    def _event(self, line: str) -> None:
        if not self.display.quiet:
            self._output.data(line)


_HEAD = 2048

_HOW = {
    Anomaly.TYPE_CHANGED: "with its type changed",
    Anomaly.TWICE: "twice",
    Anomaly.OUT_OF_ORDER: "out of order",
    Anomaly.LATE: "late: it counts as lost",
}
