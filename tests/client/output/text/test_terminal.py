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

from echo.client.measure.distribution import Distribution
from echo.client.output.text.terminal import (
    StatusLine,
    Style,
    statusText,
    wantsColor,
)
from tests.kit.samples import distribution


class Terminal(io.StringIO):
    """
    A stream that takes itself for a terminal, of no known width.
    """

    def isatty(self) -> bool:
        """
        It is one.
        """
        return True


class ColorTests(SynchronousTestCase):
    """
    Tests for L{wantsColor} and L{Style}.
    """

    def test_auto(self) -> None:
        """
        There is colour on a terminal that can, if nobody minds.
        """
        for stream, environment, expected in (
            (Terminal(), {}, True),
            (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
            (Terminal(), {"NO_COLOR": "0"}, False),
            (Terminal(), {"TERM": "dumb"}, False),
            (io.StringIO(), {}, False),
        ):
            self.assertIs(wantsColor("auto", stream, environment), expected)

    def test_chosen(self) -> None:
        """
        Whoever says what he wants gets that.
        """
        self.assertTrue(wantsColor("always", io.StringIO(), {"NO_COLOR": "1"}))
        self.assertFalse(wantsColor("never", Terminal(), {}))

    def test_disabled(self) -> None:
        """
        Text stays as it is where there is no colour.
        """
        style = Style(enabled=False)
        for each in (style.good, style.bad, style.faint, style.strong):
            self.assertEqual(each("text"), "text")

    def test_enabled(self) -> None:
        """
        Each style ends what it began, and nothing else.
        """
        style = Style(enabled=True)
        self.assertEqual(style.good("text"), "\x1b[32mtext\x1b[39m")
        self.assertEqual(style.bad("text"), "\x1b[31mtext\x1b[39m")
        self.assertEqual(style.faint("text"), "\x1b[2mtext\x1b[22m")
        self.assertEqual(style.strong("text"), "\x1b[1mtext\x1b[22m")

    def test_nested(self) -> None:
        """
        After a style within another the outer one goes on.
        """
        style = Style(enabled=True)
        self.assertEqual(
            style.good(f"a{style.bad('b')}c"),
            "\x1b[32ma\x1b[31mb\x1b[39m\x1b[32mc\x1b[39m",
        )


class StatusLineTests(SynchronousTestCase):
    """
    Tests for L{StatusLine}.
    """

    def test_shown(self) -> None:
        """
        It is written over what was there, and what is left of that is erased.
        """
        stream = Terminal()
        line = StatusLine(stream)
        line.show("long")
        line.show("new")
        self.assertEqual(stream.getvalue(), "\rlong\x1b[K\rnew\x1b[K")

    def test_cleared(self) -> None:
        """
        It is removed once, and only if it is there.
        """
        stream = Terminal()
        line = StatusLine(stream)
        line.clear()
        self.assertEqual(stream.getvalue(), "")
        line.show("text")
        line.clear()
        line.clear()
        self.assertEqual(stream.getvalue(), "\rtext\x1b[K\r\x1b[K")

    def test_noWidth(self) -> None:
        """
        A terminal that cannot be asked is taken for one of the usual width.
        """
        stream = Terminal()
        StatusLine(stream).show("x" * 100)
        self.assertEqual(stream.getvalue().count("x"), 79)

    def test_width(self) -> None:
        """
        It never wraps, however the width changes; a width of 0 is none.
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

    def test_broken(self) -> None:
        """
        A terminal that is gone is nobody's concern.
        """

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

    def test_text(self) -> None:
        """
        It says how much, how fast and how far away.
        """
        times = distribution(*[410_000] * 98, 1_200_000, 1_200_000)
        self.assertEqual(
            statusText(12345, 12340, 0.04, 998.7, times),
            "12,345 sent  12,340 received  0.0 % lost  998.7/s"
            "  p50 0.41 ms  p99 1.20 ms",
        )

    def test_none(self) -> None:
        """
        Without times there are no percentiles.
        """
        self.assertEqual(
            statusText(1, 0, 100.0, 0.0, Distribution()),
            "1 sent  0 received  100.0 % lost  0.0/s",
        )
