"""
What a run tells, to a program: a JSON object a line, and the summary last.

Diagnostics stay what they are: text, on the other stream.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from echo.client.check.cases.case import Case
from echo.client.check.verdicts import Level, Verdict
from echo.client.connection import Connection
from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
)
from echo.client.measure.events import Outage, Outcome, Progress, Step
from echo.client.measure.matching import Echo
from echo.client.measure.summary import Summary
from echo.client.output.records.write import (
    SCHEMA,
    Record,
    anomalyName,
    instant,
    milliseconds,
    openingRecord,
    outageRecord,
    stepRecord,
    summaryRecord,
)
from echo.client.output.streams import Output
from echo.client.output.text.lines import loadWarning
from echo.client.output.text.report import Display, Report
from echo.printable import printable


class RecordReport(Report):
    """
    Tells a program what happens, as it happens.
    """

    def __init__(
        self, output: Output, display: Display, now: Callable[[], float] = time.time
    ) -> None:
        """
        @param now: What time it is, in seconds since the epoch.
        """
        super().__init__(output, display)
        self._now = now

    def failed(self, error: EchoClientError) -> str:
        """
        There will be no connection.

        @return: The text of the error.
        """
        text = super().failed(error)
        phase, status, body = "HTTP", None, None
        if isinstance(error, CannotConnect):
            phase = error.phase
        elif isinstance(error, HandshakeRefused):
            status, body = error.status, self.display.url(error.body) or None
        self._record("error", message=text, phase=phase, httpStatus=status, body=body)
        return text

    def problem(self, text: str) -> None:
        """
        Something is not as it should be, on our side.
        """
        self._output.diagnostic(text)

    def connected(self, connection: Connection) -> None:
        """
        A connection is open.
        """
        super().connected(connection)
        self._notice(
            "connected",
            url=printable(self.display.url(connection.url), _LONGEST),
            peer=printable(connection.peer),
            subprotocol=connection.subprotocol,
            compression=connection.compression,
            phases=openingRecord(connection.opening),
            request={
                "line": self.display.url(connection.requestLine),
                "headers": self._headers(connection.requestHeaders),
            },
            response={
                "line": connection.statusLine,
                "headers": self._headers(list(connection.headers.items())),
            },
        )

    def _headers(self, headers: Sequence[tuple[str, str]]) -> list[list[str]]:
        return [[name, self.display.header(name, value)] for name, value in headers]

    def arrived(self, echo: Echo, message: str | bytes) -> None:
        """
        A message came.
        """
        if not self.display.quiet:  # each message pays for its record
            self._echo(echo, message)
        self._judge(echo, message)

    def _echo(self, echo: Echo, message: str | bytes) -> None:
        self._record(
            "echo",
            seq=echo.seq,
            rtt=_optional(echo.time),
            response=_optional(echo.response),
            corrects=echo.corrects,
            anomalies=[anomalyName(each) for each in echo.anomalies],
            **_message(message),
        )

    def unasked(self, message: str | bytes) -> None:
        """
        A message came, where none was sent.
        """
        self.arrived(Echo(None, None), message)

    def gaveUp(self, seqs: Sequence[int]) -> None:
        """
        Messages are lost.
        """
        super().gaveUp(seqs)
        self._notice("lost", seqs=list(seqs))

    def ponged(self, number: int, time: int | None) -> None:
        """
        A pong came, or did not.
        """
        if time is None:
            super().ponged(number, time)
        self._notice("ping", number=number, rtt=_optional(time))

    def ended(self, outcome: Outcome) -> None:
        """
        A connection is gone.
        """
        super().ended(outcome)
        self._notice(
            "closed",
            **outcome.end.toClose()._asdict(),
            byPeer=outcome.byPeer,
            complete=outcome.complete,
            protocolError=not isinstance(outcome.end, ConnectionClosed),
        )

    def outage(self, outage: Outage) -> None:
        """
        An outage is over.
        """
        self._notice("outage", **outageRecord(outage))

    def step(self, step: Step) -> None:
        """
        All messages of a size came back.
        """
        self._notice("step", **stepRecord(step))

    def progress(self, progress: Progress) -> None:
        """
        Another second is over.
        """
        self._notice(
            "progress",
            seconds=round(progress.seconds, 3),
            open=progress.open,
            opened=progress.opened,
            failed=progress.failed,
            sent=progress.sent,
            received=progress.received,
            lost=progress.lost,
            rate=round(progress.rate, 1),
            p50=_optional(progress.p50),
            p99=_optional(progress.p99),
        )

    def demand(self, case: Case) -> None:
        """
        A server can be checked for this.
        """
        self._record("demand", section=case.section, name=case.name)

    def verdict(self, verdict: Verdict) -> None:
        """
        A demand of the standard is met, or not.
        """
        self._levels[verdict.level] += 1
        tell = self._record if verdict.level is Level.FAIL else self._notice
        tell(
            "check",
            section=verdict.section,
            name=verdict.name,
            level=verdict.level.value,
            detail=verdict.detail,
        )

    def checked(self, summary: Summary, left: int) -> None:
        """
        The check is over.

        @param left: How many demands have no verdict.
        """
        levels = {each.value: self._levels[each] for each in Level}
        check = {**levels, "unchecked": left}
        self._record("summary", **summaryRecord(summary), check=check)

    def interim(self, summary: Summary) -> None:
        """
        Write what it comes to so far.
        """
        self._record("interim", **summaryRecord(summary), check=None)

    def summary(self, summary: Summary) -> None:
        """
        Write what it comes to.
        """
        self._record("summary", **summaryRecord(summary), check=None)
        warning = loadWarning(summary.throughput)
        if warning is not None:
            self.problem(warning)
        for each in summary.failed:
            self.problem(f"FAILED: {printable(str(each))}")

    def _notice(self, type: str, **fields: Any) -> None:  # noqa: A002  (its name in JSON)
        if not self.display.quiet:
            self._record(type, **fields)

    def _record(self, type: str, **fields: Any) -> None:  # noqa: A002  (its name in JSON)
        at = instant(self._now())
        record: Record = {"type": type, "schema": SCHEMA, "time": at, **fields}
        self._output.data(json.dumps(record, separators=(",", ":")))


_LONGEST = 8192

# Characters of a message that a record shows.
_SHOWN = 256


def _message(message: str | bytes) -> Record:
    if isinstance(message, str):
        # ASCII is its own length, and most is that.
        size = len(message) if message.isascii() else len(message.encode())
        return {"binary": False, "size": size, "text": message[:_SHOWN]}
    return {"binary": True, "size": len(message), "hex": message[: _SHOWN // 2].hex()}


def _optional(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else milliseconds(nanoseconds)
