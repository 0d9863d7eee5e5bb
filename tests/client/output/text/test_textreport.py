"""
Tests for L{echo.client.output.text.textreport} and its L{diagnostics
<echo.client.output.text.diagnostics>}.
"""

import io
from dataclasses import replace
from typing import Any

from echo.client.check.verdicts import Level, Verdict
from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.measure.distribution import Distribution
from echo.client.measure.events import (
    CheckFinished,
    Connected,
    Finished,
    GreetingSuspected,
    Interim,
    Lost,
    NotConnected,
    Outcome,
    PingEnded,
    Progress,
    Received,
    ReceivedUnasked,
    ReconnectFailed,
    Started,
)
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.statistics import Statistics
from echo.client.measure.summary import FailedDemand, Outage, Step, Summary
from echo.client.measure.throughput import Throughput
from echo.client.output.display import Display
from echo.client.output.streams import Streams, isDataLoss
from echo.client.output.text.eventlines import outageLine, progressLine, stepLine
from echo.client.output.text.summarylines import loadWarning, summaryLines
from echo.client.output.text.terminal import Style
from echo.client.output.text.textreport import TextReport
from tests.kit.client import URL, BrokenStream, ClientTestCase
from tests.kit.samples import distribution

_OUTAGE = Outage(1.0, 0.0, 2.0, 1012, "restart", 1, 2, 3)


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


def _red(text: str) -> str:
    return f"\x1b[31m{text}\x1b[39m"


class ConnectionTests(ReportTestCase):
    """
    The diagnostics of connections.
    """

    def test_connectedHasPeerPhasesAndExtensions(self) -> None:
        _, connection = self.open("Sec-WebSocket-Protocol: a", subprotocols=["a"])
        connection.opening = replace(connection.opening, dns=0.001, upgrade=0.0025)
        self.report.tell(Connected(connection))
        (line,) = self.told()
        self.assertEqual(
            line,
            f"connected to {URL} (127.0.0.1:8080) in 3.50 ms"
            " (DNS 1.00, TCP 0.00, upgrade 2.50), subprotocol a",
        )
        _, connection = self.open(
            "Sec-WebSocket-Extensions: permessage-deflate;"
            " server_no_context_takeover; client_no_context_takeover",
            compression=True,
        )
        self.report.tell(Connected(connection))
        (line,) = self.told()
        self.assertTrue(line.endswith(" upgrade 0.00), permessage-deflate"), line)
        self.assertEqual(self.written(), "")

    def test_hidesCredentialsByDefault(self) -> None:
        _, connection = self.open(url="ws://u:p@h/s?token=abc&x=1")
        self.report.tell(Connected(connection))
        (line,) = self.told()
        self.assertIn("connected to ws://h/s?token=***&x=1 (", line)
        self.make(secrets=True).tell(Connected(connection))
        (line,) = self.told()
        self.assertIn("connected to ws://h/s?token=abc&x=1 (", line)

    def test_verboseShowsHandshake(self) -> None:
        """
        Escaped, and without credentials.
        """
        _, connection = self.open(
            "Set-Cookie: id=abc",
            "X-A: \x1b[2J",
            url="ws://h/s?token=abc",
            headers=[("Authorization", "Bearer abc")],
        )
        self.make(verbose=True).tell(Connected(connection))
        _, *heads = self.told()
        self.assertEqual(heads[0], "> GET /s?token=*** HTTP/1.1")
        self.assertIn("> Authorization: Bearer ***", heads)
        self.assertIn("< HTTP/1.1 101 Switching Protocols", heads)
        self.assertIn("< set-cookie: ***", heads)
        asked = [line for line in heads if line.startswith("> ")]
        self.assertEqual(heads[: len(asked)], asked)
        self.assertIn("> Sec-WebSocket-Version: 13", asked)
        self.assertNotIn("abc", "".join(heads))
        self.assertTrue(all(line.isprintable() for line in heads))
        self.make(verbose=True, secrets=True).tell(Connected(connection))
        heads = self.told()
        self.assertIn("> GET /s?token=abc HTTP/1.1", heads)
        self.assertIn("> Authorization: Bearer abc", heads)
        self.assertIn("< set-cookie: id=abc", heads)

    def test_handshakeIsFaint(self) -> None:
        _, connection = self.open()
        self.make(verbose=True, errorStyle=Style(True)).tell(Connected(connection))
        first, *heads = self.told()
        self.assertNotIn("\x1b", first)
        for line in heads:
            self.assertTrue(line.startswith("\x1b[2m"), line)

    def test_notConnectedNamesCause(self) -> None:
        """
        The target of a redirect has no credentials.
        """
        error: EchoClientError = CannotConnect("TCP", "connection refused")
        text = "cannot connect (TCP): connection refused"
        self.report.tell(NotConnected(error))
        self.assertEqual(self.told(), [text])
        error = HandshakeRefused(404, "Not Found")
        self.report.tell(NotConnected(error))
        self.assertEqual(self.told(), ["handshake refused: HTTP 404 Not Found"])
        error = HandshakeRefused(302, "Found", "https://u:p@x/?token=abc")
        text = "handshake refused: HTTP 302 Found (to https://***@x/?token=***)"
        self.report.tell(NotConnected(error))
        self.assertEqual(self.told(), [text])
        error = HandshakeRefused(403, "No", body="?token=abc")
        text = "handshake refused: HTTP 403 No: ?token=***"
        self.report.tell(NotConnected(error))
        self.report.tell(ReconnectFailed(error))
        self.assertEqual(self.told(), [text, f"not yet: {text}"])
        error = HandshakeRefused(302, "Found", "https://u:p@x/?token=abc")
        self.make(secrets=True).tell(NotConnected(error))
        self.assertIn("(to https://u:p@x/?token=abc)", self.told()[0])

    def test_endNamesSideCodeAndReason(self) -> None:
        refused: EchoClientError = ProtocolError("bad")
        cases: list[tuple[Outcome, *tuple[str, ...]]] = [
            (Outcome(refused, True, True), "protocol error: bad"),
            (
                Outcome(ConnectionClosed(4000, "a"), True, True),
                'closed by the server: 4000 "a"',
            ),
            (
                Outcome(ConnectionClosed(1006, "gone"), True, False),
                "connection lost: 1006 (gone)",
            ),
            (
                Outcome(ConnectionClosed(1006, "silence"), False, True),
                "closed by us: silence",
            ),
            (
                Outcome(ConnectionClosed(1000), False, False),
                "closed by us, answered with 1000",
            ),
        ]
        for outcome, *told in cases:
            self.report.tell(outcome)
            self.assertEqual(self.told(), told)
        self.assertEqual(self.written(), "")

    def test_closeByServerIsRed(self) -> None:
        report = self.make(errorStyle=Style(True))
        report.tell(Outcome(ConnectionClosed(1001), True, True))
        self.assertEqual(self.told(), [_red("closed by the server: 1001")])
        report.tell(Outcome(ConnectionClosed(1001), False, True))
        self.assertEqual(self.told(), ["closed by us, answered with 1001"])

    def test_outageIsData(self) -> None:
        self.report.tell(_OUTAGE)
        self.assertEqual(self.written(), outageLine(_OUTAGE) + "\n")
        self.make(style=Style(True)).tell(_OUTAGE)
        self.assertEqual(self.written(), _red(outageLine(_OUTAGE)) + "\n")

    def test_quietHasNoDiagnosticsOfEvents(self) -> None:
        """
        Only the cause of an early end.
        """
        _, connection = self.open()
        report = self.make(quiet=True, verbose=True)
        report.tell(Connected(connection))
        report.tell(Received(Echo(1, 0, (Anomaly.ALTERED,), answers=True), "a"))
        report.tell(Received(Echo(None, None, (Anomaly.UNEXPECTED,)), "a"))
        report.tell(Lost([2]))
        report.tell(GreetingSuspected(1))
        report.tell(PingEnded(1, None))
        report.tell(ReconnectFailed(CannotConnect("TCP", "refused")))
        report.tell(_OUTAGE)
        report.tell(Outcome(ConnectionClosed(1000), False, True))
        self.assertEqual((self.written(), self.told()), ("", []))
        report.tell(Outcome(ConnectionClosed(1001), True, True))
        report.tell(NotConnected(CannotConnect("TCP", "refused")))
        self.assertEqual(
            self.told(),
            ["closed by the server: 1001", "cannot connect (TCP): refused"],
        )


class MessageTests(ReportTestCase):
    """
    The lines of messages and of other events.
    """

    def test_anomalyIsDataAndDiagnostic(self) -> None:
        self.report.tell(Received(Echo(1, 0, answers=True), "a"))
        self.assertEqual(self.told(), [])
        self.assertEqual(self.written(), 'Received: "a" seq=1 time=0.00 ms\n')
        for anomaly, how in [
            (Anomaly.ALTERED, "altered"),
            (Anomaly.TYPE_CHANGED, "with its type changed"),
            (Anomaly.TWICE, "twice"),
            (Anomaly.OUT_OF_ORDER, "out of order"),
            (Anomaly.LATE, "late: it counts as lost"),
        ]:
            self.report.tell(Received(Echo(7, 0, (anomaly,)), "a"))
            self.assertEqual(self.told(), [f"seq=7 came back {how}"])
            self.assertEqual(self.written().count("Received: "), 1)
        self.report.tell(Received(Echo(None, None, (Anomaly.UNEXPECTED,)), "\x1b"))
        self.assertEqual(self.told(), ['a message came that was not sent: "\\x1b"'])
        self.report.tell(Received(Echo(3, 0, corrects=True), "a"))
        (line,) = self.told()
        self.assertTrue(line.startswith("seq=3 came back after all"), line)

    def test_onlyAnomaliesHaveLinesWithoutEach(self) -> None:
        """
        They are red.
        """
        report = self.make(each=False, style=Style(True), errorStyle=Style(True))
        report.tell(Received(Echo(1, 0, answers=True), "a"))
        self.assertEqual(self.written(), "")
        report.tell(Received(Echo(2, 0, (Anomaly.ALTERED,)), "a"))
        line = 'Received: "a" seq=2 time=0.00 ms (altered)'
        self.assertEqual(self.written(), _red(line) + "\n")
        self.assertEqual(self.told(), [_red("seq=2 came back altered")])

    def test_quietHasNoDataOfEvents(self) -> None:
        """
        Only the failed demands of a check.
        """
        report = self.make(quiet=True)
        report.tell(Received(Echo(1, 0, (Anomaly.ALTERED,)), "a"))
        report.tell(ReceivedUnasked("a"))
        report.tell(PingEnded(1, 5))
        report.tell(Step(1, 1, Distribution()))
        report.tell(Progress(1, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        report.tell(Verdict("5.1", "a", Level.OK))
        self.assertEqual(self.written(), "")
        report.tell(Verdict("5.1", "a", Level.NOTE, "b"))
        report.tell(Verdict("5.1", "c", Level.FAIL, "d"))
        self.assertEqual(self.written(), "FAIL  5.1          c: d\n")
        self.assertEqual(self.told(), [])

    def test_unaskedMessageIsNoFault(self) -> None:
        self.report.tell(ReceivedUnasked("Welcome"))
        self.assertEqual(self.written(), 'Received: "Welcome"\n')
        self.assertEqual(self.told(), [])

    def test_lossIsOneLine(self) -> None:
        self.report.tell(Lost([3]))
        self.assertEqual(self.told(), ["lost: seq 3"])
        self.report.tell(Lost(range(1, 100)))
        self.assertEqual(self.told(), ["lost: seq 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ..."])

    def test_missingPongIsDiagnostic(self) -> None:
        self.report.tell(PingEnded(3, 1_234_567))
        self.assertEqual(self.written(), "Pong: ping=3 time=1.23 ms\n")
        self.report.tell(PingEnded(4, None))
        self.assertEqual((self.written(), self.told()), ("", ["lost: ping 4"]))

    def test_stepAndProgressAreData(self) -> None:
        step = Step(1024, 10, Distribution())
        self.report.tell(step)
        progress = Progress(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
        self.report.tell(progress)
        self.assertEqual(
            self.written(), f"{stepLine(step)}\n{progressLine(progress)}\n"
        )

    def test_startIsSilent(self) -> None:
        self.report.tell(Started(Statistics(sent=3)))
        self.assertEqual((self.written(), self.told()), ("", []))


class SummaryTests(ReportTestCase):
    """
    The lines at the end, and the diagnostics that precede them.
    """

    def setUp(self) -> None:
        super().setUp()
        statistics = Statistics(sent=1)
        echo = Echo(1, 1_000_000, answers=True)
        statistics.arrived(echo, statistics.roundTrips.stream())
        self.summary = Summary("ws://x/", statistics=statistics)

    def test_summaryIsData(self) -> None:
        self.report.tell(Finished(self.summary))
        self.assertEqual(self.written().splitlines(), summaryLines(self.summary))
        self.assertEqual(self.told(), [])

    def test_warnsOfSmallerLoad(self) -> None:
        self.summary.throughput = Throughput(10.0, 9, 1, 1.0, 1.0)
        self.report.tell(Finished(self.summary))
        warning = loadWarning(self.summary.throughput)
        self.assertEqual(self.written().splitlines()[-1], warning)

    def test_noSummaryWithoutConnection(self) -> None:
        self.summary.error = "cannot connect"
        self.summary.failed = [FailedDemand("--max-loss", "", "")]
        self.report.tell(Finished(self.summary))
        self.report.tell(CheckFinished(self.summary, 0))
        self.assertEqual((self.written(), self.told()), ("", []))

    def test_failedDemandsAreLastAndRed(self) -> None:
        self.summary.failed = [
            FailedDemand("--max-loss", "0%", "1"),
            FailedDemand("--expect-subprotocol", "a", "\x1b"),
        ]
        self.make(style=Style(True)).tell(Finished(self.summary))
        self.assertEqual(
            self.written().splitlines()[-2:],
            [
                _red("FAILED: --max-loss 0%: 1"),
                _red("FAILED: --expect-subprotocol a: \\x1b"),
            ],
        )

    def test_histogramInCharactersOfTerminal(self) -> None:
        plain = summaryLines(self.summary)
        for blocks in (True, False):
            self.make(histogram=True, blocks=blocks).tell(Finished(self.summary))
            written = self.written()
            drawing = written.splitlines()[len(plain) :]
            self.assertTrue(drawing[0].strip(), "up to")
            self.assertIn("100.0 %", written)
            self.assertEqual("█" in written, blocks)
            self.assertEqual("#" in written, not blocks)

    def test_verboseShowsHeaderOfRefusal(self) -> None:
        headers = {"retry-after": "5", "set-cookie": "a=b"}
        error = HandshakeRefused(503, "Busy", None, headers)
        self.make(verbose=True).tell(NotConnected(error))
        refused = "handshake refused: HTTP 503 Busy"
        self.assertEqual(
            self.told(), [refused, "< retry-after: 5", "< set-cookie: ***"]
        )
        self.make().tell(NotConnected(error))
        self.assertEqual(self.told(), [refused])

    def test_hintsAtGreeting(self) -> None:
        """
        For messages before the first echo: before our first message, and after it if
        they look like altered echoes.
        """
        unexpected = Echo(None, None, (Anomaly.UNEXPECTED,))
        altered = Echo(1, 1, (Anomaly.ALTERED,), answers=True)
        corrects = Echo(1, 2, corrects=True)
        try1, try2 = (f": is it a greeting? Try --greeting {n}" for n in (1, 2))
        for echoes, hints in [
            ([unexpected, unexpected, Echo(1, 1, answers=True)], [try1, try2]),
            ([altered, corrects], [try1, try1]),
            ([unexpected, altered, corrects], [try1, "altered", try2]),
            ([altered, altered, corrects], [try1, "altered", try2]),
        ]:
            report = self.make()
            for echo in [*echoes, unexpected]:
                report.tell(Received(echo, "welcome"))
            for line, hint in zip(self.told(), [*hints, ""], strict=True):
                self.assertTrue(line.endswith(hint), line)
                self.assertEqual("--greeting" in line, "--greeting" in hint)

    def test_eachReasonOfRefusalOnce(self) -> None:
        for status in (503, 503, 502):
            self.report.tell(ReconnectFailed(HandshakeRefused(status, "")))
        self.report.tell(_OUTAGE)
        self.report.tell(ReconnectFailed(HandshakeRefused(502, "")))
        text = "not yet: handshake refused: HTTP "
        self.assertEqual(self.told(), [f"{text}503", f"{text}502", f"{text}502"])

    def test_unfinishedStepsPrecedeSummary(self) -> None:
        """
        With C{--quiet}, all steps do.
        """
        self.summary.steps = [Step(1, 1, distribution(1)), Step(2, 1, Distribution())]
        self.report.tell(Finished(self.summary))
        self.assertEqual(
            self.written().splitlines(),
            [stepLine(self.summary.steps[1]), *summaryLines(self.summary)],
        )
        self.make(quiet=True).tell(Finished(self.summary))
        self.assertEqual(
            self.written().splitlines(),
            [*map(stepLine, self.summary.steps), *summaryLines(self.summary)],
        )

    def test_interimIsDiagnostic(self) -> None:
        self.summary.failed = [FailedDemand("", "", "a")]
        self.report.tell(Interim(self.summary))
        self.assertEqual(self.told(), summaryLines(self.summary))
        self.assertEqual(self.written(), "")

    def test_lastLineCountsVerdicts(self) -> None:
        report = self.make()
        report.tell(Verdict("5.1", "masks", Level.OK))
        report.tell(Verdict("5.5.2", "pings", Level.NOTE, "slow"))
        report.tell(CheckFinished(self.summary, 0))
        self.assertEqual(
            self.written().splitlines(),
            [
                "ok    5.1          masks",
                "note  5.5.2        pings: slow",
                "ws://x/: 1 ok, 1 notes, 0 failed",
            ],
        )
        report.tell(Verdict("7.4", "codes", Level.FAIL, "none"))
        report.tell(CheckFinished(self.summary, 0))
        self.assertEqual(
            self.written().splitlines(),
            [
                "FAIL  7.4          codes: none",
                "ws://x/: 1 ok, 1 notes, 1 failed",
            ],
        )

    def test_lastLineCountsUncheckedDemands(self) -> None:
        """
        Also after an interrupt. Only demands without a verdict make it red.
        """
        report = self.make(style=Style(True))
        report.tell(Verdict("7692 7.2", "deflates", Level.SKIP, "declined"))
        report.tell(CheckFinished(self.summary, 0))
        self.summary.error, self.summary.status = "interrupted", 130
        report.tell(CheckFinished(self.summary, 3))
        _, *lines = self.written().splitlines()
        good, bad = Style(True).good, Style(True).bad
        text = "ws://x/: 0 ok, 0 notes, 0 failed"
        self.assertEqual(
            lines, [good(f"{text}, 1 not checked"), bad(f"{text}, 4 not checked")]
        )

    def test_verdictsHaveColours(self) -> None:
        report = self.make(style=Style(True))
        report.tell(CheckFinished(self.summary, 0))
        for level in Level:
            report.tell(Verdict("5.1", "a", level))
        report.tell(CheckFinished(self.summary, 0))
        codes = [line[:4].strip("\x1b[m") for line in self.written().splitlines()]
        self.assertEqual(codes, ["32", "32", "1", "31", "2", "31"])

    def test_brokenOutput(self) -> None:
        """
        A full disk loses data. A closed pipe does not.
        """
        for number, isLoss in [(32, False), (28, True)]:
            broken: list[OSError] = []
            streams = Streams(BrokenStream(number), self.err, broken.append)
            TextReport(streams, Display()).tell(Finished(self.summary))
            (error,) = broken
            self.assertEqual(isDataLoss(error), isLoss)
