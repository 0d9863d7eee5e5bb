"""
A run as NDJSON for programs: one JSON object a line, the summary last. Diagnostics stay
text on standard error.
"""

import json
import time
from collections.abc import Callable

from echo.client.check.cases.case import Case
from echo.client.check.verdicts import Level, Verdict
from echo.client.connection import Connection
from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
)
from echo.client.measure import events
from echo.client.measure.matching import Echo
from echo.client.measure.summary import Outage, Step, Summary
from echo.client.output.display import Display
from echo.client.output.records.write import (
    ANOMALIES,
    SCHEMA,
    Record,
    instant,
    optionalMilliseconds,
    outageRecord,
    phasesRecord,
    progressRecord,
    stepRecord,
    summaryRecord,
)
from echo.client.output.streams import Streams
from echo.client.output.text.diagnostics import Diagnostics
from echo.client.output.text.summarylines import loadWarning
from echo.printable import printable

_LONGEST_URL = 8192

# Characters of a message that a record shows.
_SHOWN = 256


class NDJSONReport:
    """
    Writes the events of a run as JSON records.
    """

    def __init__(
        self, streams: Streams, display: Display, now: Callable[[], float] = time.time
    ) -> None:
        self._diagnostics = Diagnostics(streams, display, highlight=False)
        self._streams = streams
        self._display = display
        self._now = now
        self._levels = dict.fromkeys(Level, 0)

    def tell(self, event: events.Event) -> None:
        if isinstance(event, events.Received):
            if not self._display.quiet:  # a record costs time for each message
                self._echo(event.echo, event.message)
            self._diagnostics.tell(event)
            return
        self._diagnostics.tell(event)
        match event:
            case events.PingEnded(number, time):
                self._detail("ping", number=number, rtt=optionalMilliseconds(time))
            case events.Lost(seqs):
                self._detail("lost", seqs=list(seqs))
            case events.Connected(connection):
                self._connected(connection)
            case events.NotConnected(error):
                self._notConnected(error)
            case events.Outcome():
                self._ended(event)
            case Outage():
                self._detail("outage", **outageRecord(event))
            case Step():
                self._detail("step", **stepRecord(event))
            case events.Progress():
                self._detail("progress", **progressRecord(event))
            case Case(section, name):
                self._record("demand", section=section, name=name)
            case Verdict():
                self._verdict(event)
            case events.Interim(summary):
                self._record("interim", **summaryRecord(summary), check=None)
            case events.Finished(summary):
                self._finished(summary)
            case events.CheckFinished():
                levels = {each.value: self._levels[each] for each in Level}
                check = {**levels, "unchecked": event.left}
                self._record("summary", **summaryRecord(event.summary), check=check)

    def _detail(self, type: str, **fields: object) -> None:  # noqa: A002  (its name in JSON)
        if not self._display.quiet:
            self._record(type, **fields)

    def _record(self, type: str, **fields: object) -> None:  # noqa: A002  (its name in JSON)
        at = instant(self._now())
        record: Record = {"type": type, "schema": SCHEMA, "time": at, **fields}
        self._streams.data(json.dumps(record, separators=(",", ":")))

    def _echo(self, echo: Echo, message: str | bytes) -> None:
        self._record(
            "echo",
            seq=echo.seq,
            rtt=optionalMilliseconds(echo.time),
            response=optionalMilliseconds(echo.response),
            corrects=echo.corrects,
            anomalies=[ANOMALIES[each] for each in echo.anomalies],
            **_message(message),
        )

    def _connected(self, connection: Connection) -> None:
        self._detail(
            "connected",
            url=printable(self._display.url(connection.url), _LONGEST_URL),
            peer=printable(connection.peer),
            subprotocol=connection.subprotocol,
            compression=connection.compression,
            phases=phasesRecord(connection.opening),
            request={
                "line": self._display.url(connection.requestLine),
                "headers": self._display.headers(connection.requestHeaders),
            },
            response={
                "line": connection.statusLine,
                "headers": self._display.headers(connection.headers.items()),
            },
        )

    def _notConnected(self, error: EchoClientError) -> None:
        phase, status, body = "HTTP", None, None
        if isinstance(error, CannotConnect):
            phase = error.phase
        elif isinstance(error, HandshakeRefused):
            status, body = error.status, self._display.url(error.body) or None
        message = self._display.error(error)
        self._record(
            "error", message=message, phase=phase, httpStatus=status, body=body
        )

    def _ended(self, outcome: events.Outcome) -> None:
        self._detail(
            "closed",
            **outcome.end.toClose()._asdict(),
            byPeer=outcome.byPeer,
            complete=outcome.complete,
            protocolError=not isinstance(outcome.end, ConnectionClosed),
        )

    def _verdict(self, verdict: Verdict) -> None:
        self._levels[verdict.level] += 1
        write = self._record if verdict.level is Level.FAIL else self._detail
        write(
            "check",
            section=verdict.section,
            name=verdict.name,
            level=verdict.level.value,
            detail=verdict.detail,
        )

    def _finished(self, summary: Summary) -> None:
        self._record("summary", **summaryRecord(summary), check=None)
        warning = loadWarning(summary.throughput)
        if warning is not None:
            self._diagnostics.problem(warning)
        for demand in summary.failed:
            self._diagnostics.problem(f"FAILED: {printable(str(demand))}")


def _message(message: str | bytes) -> Record:
    if isinstance(message, str):
        # The UTF-8 length of ASCII text is its own length, without an encoding.
        size = len(message) if message.isascii() else len(message.encode())
        return {"binary": False, "size": size, "text": message[:_SHOWN]}
    return {"binary": True, "size": len(message), "hex": message[: _SHOWN // 2].hex()}
