"""
Tests for L{echo.client.report}.
"""

import errno
import io

from twisted.trial.unittest import SynchronousTestCase

from echo.client.errors import ConnectionClosed, EchoClientError, ProtocolError
from echo.client.matching import Anomaly, Echo
from echo.client.probe import Outcome
from echo.client.report import Report, receivedLine, summaryLines
from echo.client.statistics import Statistics
from tests.client.fixture import ClientTestCase


class LineTests(SynchronousTestCase):
    """
    Tests for lines about messages.
    """

    def test_plain(self) -> None:
        """
        An echo has its number and its time, in milliseconds.
        """
        line = receivedLine(Echo(1, 421_000, answers=True), "Hello 1")
        self.assertEqual(line, 'Received: "Hello 1" seq=1 time=0.42 ms')

    def test_anomalies(self) -> None:
        """
        What is wrong with it stands behind it.
        """
        changed = Anomaly.TYPE_CHANGED
        cases: list[tuple[Echo, str | bytes, str]] = [
            (Echo(1, 0, (Anomaly.TWICE,)), "a", " ms (twice)"),
            (Echo(1, 0, (changed,)), b"a", " (type changed: text came back binary)"),
            (Echo(1, 0, (changed,)), "a", " (type changed: binary came back text)"),
            (
                Echo(1, 0, (changed, Anomaly.OUT_OF_ORDER)),
                "a",
                "(type changed: binary came back text, out of order)",
            ),
            (Echo(None, None, (Anomaly.UNEXPECTED,)), "a", '"a" (unexpected)'),
        ]
        for echo, message, end in cases:
            line = receivedLine(echo, message)
            self.assertTrue(line.endswith(end), line)


class SummaryTests(SynchronousTestCase):
    """
    Tests for L{summaryLines}.
    """

    def test_plain(self) -> None:
        """
        Counts and times, as C{ping} has them.
        """
        figures = Statistics(sent=3)
        for seq, time in enumerate((388_000, 421_000, 462_000), 1):
            figures.arrived(Echo(seq, time, answers=True))
        self.assertEqual(
            summaryLines("ws://x/\n", figures),
            [
                r"--- ws://x/\n ---",
                "3 sent, 3 received, 0 lost (0.0 %)",
                "round trip min/avg/max/stddev = 0.388/0.424/0.462/0.030 ms",
            ],
        )

    def test_nothing(self) -> None:
        """
        Nothing sent is nothing lost.
        """
        lines = summaryLines("ws://x/", Statistics())
        self.assertEqual(lines[1:], ["0 sent, 0 received, 0 lost (0.0 %)"])

    def test_faults(self) -> None:
        """
        Faults are counted and named, the first ten of each.
        """
        figures = Statistics(sent=30)
        figures.arrived(Echo(2, 1, (Anomaly.ALTERED,), answers=True))
        figures.arrived(Echo(None, None, (Anomaly.UNEXPECTED,)))
        figures.gaveUp(range(1, 13))
        lines = summaryLines("ws://x/", figures)
        lost = "lost: 12 (seq 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...)"
        self.assertEqual(
            lines[1:],
            [
                "30 sent, 1 received, 12 lost (40.0 %)",
                f"altered: 1 (seq 2); unexpected: 1; {lost}",
            ],
        )


class Broken(io.StringIO):
    """
    A stream that nobody reads.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.tries = 0

    def write(self, text: str) -> int:
        """
        Fail.
        """
        self.tries += 1
        raise OSError(self.number, "No go")


class ReportTests(ClientTestCase):
    """
    Tests for L{Report}.
    """

    def setUp(self) -> None:
        """
        Make a report.
        """
        super().setUp()
        self.out, self.err = io.StringIO(), io.StringIO()
        self.breaks: list[None] = []
        self.report = Report(self.out, self.err, lambda: self.breaks.append(None))

    def _told(self) -> str:
        text = self.err.getvalue()
        self.err.truncate(0)
        self.err.seek(0)
        return text

    def test_connected(self) -> None:
        """
        Who is connected, and how fast, is a diagnostic.
        """
        _, connection = self.open("Sec-WebSocket-Protocol: a", subprotocols=["a"])
        self.report.connected(connection)
        self.assertEqual(
            self._told(),
            "echo-client: connected to ws://server.example:8080/socket"
            " (127.0.0.1:8080) in 0.00 ms, subprotocol a\n",
        )
        self.report.connected(self.open()[1])
        self.assertTrue(self._told().endswith(" in 0.00 ms\n"))

    def test_arrived(self) -> None:
        """
        Messages are data; what is wrong with them is a diagnostic, too.
        """
        self.report.arrived(Echo(1, 0, answers=True), "a")
        self.assertEqual(self._told(), "")
        for anomaly in set(Anomaly) - {Anomaly.UNEXPECTED}:
            self.report.arrived(Echo(7, 0, (anomaly,)), "a")
            self.assertIn("echo-client: seq=7 came back ", self._told())
        self.report.arrived(Echo(None, None, (Anomaly.UNEXPECTED,)), "\x1b")
        self.assertEqual(
            self._told(), 'echo-client: a message came that was not sent: "\\x1b"\n'
        )
        self.report.arrived(Echo(3, 0, corrects=True), "a")
        self.assertIn("seq=3 came back after all", self._told())
        self.assertEqual(self.out.getvalue().count("Received: "), len(Anomaly) + 2)

    def test_flushed(self) -> None:
        """
        Each line is there to read when it is written.
        """
        raw = io.BytesIO()
        out, err = (io.TextIOWrapper(raw, write_through=False) for _ in range(2))
        report = Report(out, err, lambda: None)
        report.data("a")
        self.assertEqual(raw.getvalue(), b"a\n")
        report.diagnostic("b")
        self.assertEqual(raw.getvalue(), b"a\necho-client: b\n")

    def test_gaveUp(self) -> None:
        """
        What is lost is named, on one line however much it is.
        """
        self.report.gaveUp([3])
        self.assertEqual(self._told(), "echo-client: lost: seq 3\n")
        self.report.gaveUp(range(100))
        self.assertEqual(self._told().count("\n"), 1)

    def test_ended(self) -> None:
        """
        Who closed is told, and what was said.
        """
        refused: EchoClientError = ProtocolError("bad")
        early = "echo-client: not all messages were sent\n"
        for outcome, text in [
            (Outcome(refused, True, True), "protocol error: bad\n"),
            (
                Outcome(ConnectionClosed(4000, "a"), True, True),
                'closed by the server: 4000 "a"\n',
            ),
            (
                Outcome(ConnectionClosed(1006, "gone"), True, False),
                f"connection lost: 1006 (gone)\n{early}",
            ),
            (
                Outcome(ConnectionClosed(1006, "silence"), False, True),
                "closed by us: silence\n",
            ),
            (
                Outcome(ConnectionClosed(1000), False, True),
                "closed by us, answered with 1000\n",
            ),
        ]:
            self.report.ended(outcome)
            self.assertEqual(self._told(), f"echo-client: {text}")

    def test_brokenPipe(self) -> None:
        """
        When nobody reads on, the report says so once, and is silent.
        """
        out = Broken(errno.EPIPE)
        report = Report(out, self.err, lambda: self.breaks.append(None))
        report.data("a")
        report.summary("ws://x", Statistics())
        self.assertEqual((out.tries, self.breaks), (1, [None]))
        self.assertEqual(self._told(), "")
        self.assertFalse(report.failed)

    def test_fullDisk(self) -> None:
        """
        Data that somebody misses are a failure, and it is said.
        """
        report = Report(
            Broken(errno.ENOSPC), self.err, lambda: self.breaks.append(None)
        )
        self.assertFalse(report.failed)
        report.data("a")
        self.assertTrue(report.failed)
        self.assertEqual(self._told(), "echo-client: cannot write: No go\n")

    def test_noDiagnostics(self) -> None:
        """
        Diagnostics that nobody reads are no reason to stop.
        """
        Report(self.out, Broken(errno.EPIPE), lambda: None).diagnostic("a")
        self.assertEqual(self.breaks, [])
