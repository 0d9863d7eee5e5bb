"""
Tests for L{echo.client.output.text.livereport}.
"""

import fcntl
import io
import os
import pty
import re
import struct
import termios

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.events import (
    Connected,
    Finished,
    Interim,
    Lost,
    PingEnded,
    Received,
    Started,
)
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.statistics import MessageCounts, Statistics
from echo.client.measure.summary import Summary
from echo.client.output.display import Display
from echo.client.output.streams import Streams
from echo.client.output.text.livereport import LiveReport, StatusLine, statusText
from tests.kit.client import ClientTestCase
from tests.kit.runs import Terminal
from tests.kit.samples import roundTrips

_CLEAR = "\r\x1b[K"


class LiveTests(ClientTestCase):
    """
    Tests for L{LiveReport}, on one terminal.
    """

    def setUp(self) -> None:
        super().setUp()
        self.terminal = io.StringIO()
        line = StatusLine(self.terminal)
        streams = Streams(self.terminal, self.terminal, lambda _: None, line.clear)
        self.report = LiveReport(streams, Display(), self.reactor, line)
        self.statistics = Statistics()
        self.report.tell(Started(self.statistics))
        _, self.connection = self.open()

    def _written(self) -> str:
        text = self.terminal.getvalue()
        self.terminal.truncate(0)
        self.terminal.seek(0)
        return text

    def _begin(self) -> None:
        self.report.tell(Connected(self.connection))
        self.assertIn("echo-client: connected to ", self._written())

    def _over(self) -> None:
        self.report.tell(Finished(Summary("ws://x/", statistics=self.statistics)))

    def test_redrawsFiveTimesASecond(self) -> None:
        """
        With the rate since the last time, once a connection is open.
        """
        self.reactor.advance(1)
        self.assertEqual(self._written(), "")
        self._begin()
        self.statistics.sent = self.statistics.received = 10
        self.reactor.advance(0.1)
        self.assertEqual(self._written(), "")
        self.reactor.advance(0.1)
        text = "\r10 sent  10 received  0.0 % lost  50.0/s\x1b[K"
        self.assertEqual(self._written(), text)
        self.statistics.sent, self.statistics.received = 20, 14
        self.statistics.gaveUp([11])
        self.reactor.advance(0.2)
        text = "\r20 sent  14 received  5.0 % lost  20.0/s\x1b[K"
        self.assertEqual(self._written(), text)
        self.reactor.advance(0.2)
        self.assertIn(" 0.0/s\x1b[K", self._written())
        self._over()

    def test_rateStartsWithConnection(self) -> None:
        self.statistics.received = 100
        self._begin()
        self.statistics.received = 101
        self.reactor.advance(0.2)
        self.assertIn("  5.0/s", self._written())
        self._over()

    def test_percentilesOfAllRoundTrips(self) -> None:
        self._begin()
        stream = self.statistics.roundTrips.stream()
        self.statistics.arrived(Echo(1, 3_000_000, answers=True), stream)
        self.reactor.advance(0.2)
        self.assertIn("  p50 3.00 ms  p99 3.00 ms\x1b[K", self._written())
        self._over()

    def test_otherLinesReplaceStatusLine(self) -> None:
        """
        It is redrawn below them.
        """
        self._begin()
        for tell in (
            lambda: self.report.tell(Lost([3])),
            lambda: self.report.tell(Interim(Summary("ws://x/"))),
            lambda: self.report.tell(PingEnded(4, None)),
        ):
            self.reactor.advance(0.2)
            self.assertTrue(re.fullmatch(r"\r[^\r\n]*\x1b\[K", self._written()))
            tell()
            first, *lines = self._written().split("echo-client: ")
            self.assertEqual(first, _CLEAR)
            self.assertTrue(lines)
            self.assertTrue(all(line.endswith("\n") for line in lines))
        self._over()

    def test_onlyAnomaliesHaveLines(self) -> None:
        self._begin()
        self.report.tell(Received(Echo(1, 5, answers=True), "a"))
        self.report.tell(PingEnded(1, 5))
        self.assertEqual(self._written(), "")
        self.report.tell(Received(Echo(2, 5, (Anomaly.ALTERED,), answers=True), "a"))
        self.assertEqual(self._written(), "echo-client: seq=2 came back altered\n")
        self._over()

    def test_reconnectionKeepsRhythm(self) -> None:
        self._begin()
        self.reactor.advance(0.1)
        self._begin()
        self.reactor.advance(0.1)
        self.assertEqual(self._written().count("\x1b[K"), 1)
        self._over()

    def test_summaryReplacesStatusLine(self) -> None:
        self._begin()
        self.reactor.advance(0.2)
        self._written()
        self._over()
        self.reactor.advance(1)
        written = self._written()
        self.assertTrue(written.startswith(f"{_CLEAR}--- ws://x/ ---\n"), written)
        self.assertEqual(written.count("\r"), 1)

    def test_noStatusLineWithoutConnection(self) -> None:
        self.report.tell(Finished(Summary("ws://x/", error="nobody there")))
        self.assertEqual(self._written(), "")


class StatusLineTests(SynchronousTestCase):
    """
    Tests for L{StatusLine}.
    """

    def test_showErasesEarlierText(self) -> None:
        stream = Terminal()
        line = StatusLine(stream)
        line.show("long")
        line.show("new")
        self.assertEqual(stream.getvalue(), "\rlong\x1b[K\rnew\x1b[K")

    def test_clearErasesOnce(self) -> None:
        stream = Terminal()
        line = StatusLine(stream)
        line.clear()
        self.assertEqual(stream.getvalue(), "")
        line.show("text")
        line.clear()
        line.clear()
        self.assertEqual(stream.getvalue(), "\rtext\x1b[K\r\x1b[K")

    def test_unknownWidthIs80(self) -> None:
        stream = Terminal()
        StatusLine(stream).show("x" * 100)
        self.assertEqual(stream.getvalue().count("x"), 79)

    def test_neverWraps(self) -> None:
        """
        The width can change, and be reported as 0.
        """
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        with open(slave, "w") as stream:  # noqa: PTH123  (a descriptor)
            line = StatusLine(stream)
            for columns, expected in ((30, 29), (20, 19), (0, 79)):
                size = struct.pack("HHHH", 24, columns, 0, 0)
                fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
                line.show("x" * 100)
                self.assertEqual(os.read(master, 1024).count(b"x"), expected)

    def test_ignoresClosedTerminal(self) -> None:
        class Gone(Terminal):
            def write(self, text: str) -> int:
                raise OSError(5, "Input/output error")

        line = StatusLine(Gone())
        line.show("text")
        line.clear()


class StatusTextTests(SynchronousTestCase):
    """
    Tests for L{statusText}.
    """

    def test_countsRateAndPercentiles(self) -> None:
        statistics = Statistics(
            sent=12345,
            received=12340,
            lost=MessageCounts(5),
            roundTrips=roundTrips([*[410_000] * 98, 1_200_000, 1_200_000]),
        )
        self.assertEqual(
            statusText(statistics, 998.7),
            "12,345 sent  12,340 received  0.0 % lost  998.7/s"
            "  p50 0.41 ms  p99 1.20 ms",
        )

    def test_noPercentilesWithoutTimes(self) -> None:
        self.assertEqual(
            statusText(Statistics(sent=1, lost=MessageCounts(1)), 0.0),
            "1 sent  0 received  100.0 % lost  0.0/s",
        )
