"""
Reports in memory: of text, and of records.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

from echo.client.check.cases.table import CASES
from echo.client.check.verdicts import Level, Verdict
from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.measure.events import (
    CheckFinished,
    Connected,
    Event,
    Finished,
    Interim,
    Lost,
    NotConnected,
    Outcome,
    PingEnded,
    Progress,
    Received,
)
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.summary import Step, Summary
from echo.client.output.display import Display
from echo.client.output.records.ndjsonreport import NDJSONReport
from echo.client.output.streams import Streams
from echo.client.output.text.textreport import TextReport
from echo.client.transport.phases import Phases
from tests.kit.client import ClientTestCase
from tests.kit.samples import LAST_OUTAGE, OUTAGE, distribution, fullSummary

NOW = 1_700_000_000.25

PROGRESS = Progress(
    seconds=1.0004,
    open=1,
    opened=2,
    failed=3,
    sent=4,
    received=5,
    lost=6,
    rate=7.77,
    p50=1_000_000,
    p99=2_000_000,
)


def reportTo(
    out: io.StringIO, err: io.StringIO | None = None, display: Display | None = None
) -> NDJSONReport:
    """
    @return: A report that writes records to C{out}.
    """
    streams = Streams(out, err or io.StringIO(), lambda _: None)
    return NDJSONReport(streams, display or Display(), lambda: NOW)


def written(out: io.StringIO) -> list[dict[str, Any]]:
    """
    @return: The records since the last call.
    """
    lines = out.getvalue().splitlines()
    out.truncate(0)
    out.seek(0)
    return [json.loads(line) for line in lines]


def samples(
    case: ClientTestCase, display: Display | None = None
) -> list[dict[str, Any]]:
    """
    @return: The records of one event of each kind, or several.
    """
    out = io.StringIO()
    report = reportTo(out, display=display)
    _, connection = case.open(subprotocols=["a"])
    connection.opening = Phases(0.001, 0.002, 0.003, 0.004, 0.005)
    events: list[Event] = [
        NotConnected(CannotConnect("TCP", "refused")),
        NotConnected(HandshakeRefused(404, "No", body="a")),
        Connected(connection),
        Received(Echo(1, 5, (Anomaly.TWICE,)), "a"),
        Received(Echo(1, 5), b"a"),
        Received(Echo(None, None), "a"),
        Lost([1, 2]),
        PingEnded(1, 5),
        PingEnded(1, None),
        Outcome(ConnectionClosed(1000, "a"), True, True),
        Outcome(ProtocolError("bad"), True, True),
        OUTAGE,
        LAST_OUTAGE,
        Step(1, 1, distribution(5)),
        PROGRESS,
        CASES[0],
        Verdict("5.1", "masks", Level.OK),
        Verdict("5.1", "masks", Level.FAIL),
        Interim(fullSummary()),
        CheckFinished(fullSummary(), 7),
        Finished(Summary("ws://x/")),
        Finished(fullSummary()),
    ]
    for event in events:
        report.tell(event)
    return written(out)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """
    @return: All places in a record: the container of each, and its key in there.
    """
    if isinstance(value, dict | list):
        for at in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, at
            yield from places(value[at])


class ReportTestCase(ClientTestCase):
    """
    Has a report, and its streams.
    """

    def setUp(self) -> None:
        super().setUp()
        self.make()

    def make(self, **display: Any) -> TextReport:
        """
        @return: A report with another display, and empty streams.
        """
        self.out, self.err = io.StringIO(), io.StringIO()
        streams = Streams(self.out, self.err, lambda _: None)
        self.report = TextReport(streams, Display(**display))
        return self.report

    def written(self) -> str:
        """
        @return: The data since the last call.
        """
        return _taken(self.out)

    def told(self) -> list[str]:
        """
        @return: The diagnostics since the last call, without the name of the program.
        """
        lines = _taken(self.err).splitlines()
        for line in lines:
            self.assertTrue(line.startswith("echo-client: "), line)
        return [line.removeprefix("echo-client: ") for line in lines]


def _taken(stream: io.StringIO) -> str:
    text = stream.getvalue()
    stream.truncate(0)
    stream.seek(0)
    return text
