"""
Tests for L{echo.client.output.text.textreport}.
"""

from echo.client.check.verdicts import Level, Verdict
from echo.client.measure.distribution import Distribution
from echo.client.measure.events import (
    CheckFinished,
    Finished,
    Interim,
    Lost,
    PingEnded,
    Progress,
    Received,
    Started,
)
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.statistics import Statistics
from echo.client.measure.summary import FailedDemand, Outage, Step, Summary
from echo.client.measure.throughput import Throughput
from echo.client.output.display import Display, Style
from echo.client.output.streams import Streams, isDataLoss
from echo.client.output.text.eventlines import progressLine, stepLine
from echo.client.output.text.summarylines import loadWarning, summaryLines
from echo.client.output.text.textreport import TextReport
from tests.client.output.reports import ReportTestCase
from tests.kit.client import BrokenStream
from tests.kit.samples import distribution

_OUTAGE = Outage(1.0, 0.0, 2.0, 1012, "restart", 1, 2, 3)


def _red(text: str) -> str:
    return f"\x1b[31m{text}\x1b[39m"


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
        report.tell(Received(Echo(None, None), "a"))
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
        self.report.tell(Received(Echo(None, None), "Welcome"))
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
