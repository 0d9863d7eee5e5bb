"""
Tests for L{echo.client.output.text.terminal}.
"""

import fcntl
import io
import os
import pty
import struct
import termios

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.statistics import MessageCounts, Statistics
from echo.client.output.text.terminal import (
    StatusLine,
    Style,
    statusText,
    wantsColor,
)
from tests.kit.samples import roundTrips


class Terminal(io.StringIO):
    """
    A stream that claims to be a terminal, without a width.
    """

    def isatty(self) -> bool:
        return True


class ColorTests(SynchronousTestCase):
    """
    Tests for L{wantsColor} and L{Style}.
    """

    def test_autoNeedsTerminal(self) -> None:
        """
        Without C{NO_COLOR}.
        """
        for stream, environment, expected in (
            (Terminal(), {}, True),
            (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
            (Terminal(), {"NO_COLOR": "0"}, False),
            (Terminal(), {"TERM": "dumb"}, False),
            (io.StringIO(), {}, False),
        ):
            self.assertIs(wantsColor("auto", stream, environment), expected)

    def test_choiceOverridesTerminal(self) -> None:
        self.assertTrue(wantsColor("always", io.StringIO(), {"NO_COLOR": "1"}))
        self.assertFalse(wantsColor("never", Terminal(), {}))

    def test_disabledStyleKeepsText(self) -> None:
        style = Style(enabled=False)
        for each in (style.good, style.bad, style.faint, style.strong):
            self.assertEqual(each("text"), "text")

    def test_stylesEndThemselves(self) -> None:
        style = Style(enabled=True)
        self.assertEqual(style.good("text"), "\x1b[32mtext\x1b[39m")
        self.assertEqual(style.bad("text"), "\x1b[31mtext\x1b[39m")
        self.assertEqual(style.faint("text"), "\x1b[2mtext\x1b[22m")
        self.assertEqual(style.strong("text"), "\x1b[1mtext\x1b[22m")

    def test_outerStyleGoesOnAfterInner(self) -> None:
        style = Style(enabled=True)
        self.assertEqual(
            style.good(f"a{style.bad('b')}c"),
            "\x1b[32ma\x1b[31mb\x1b[39m\x1b[32mc\x1b[39m",
        )


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
