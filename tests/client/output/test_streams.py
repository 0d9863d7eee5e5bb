"""
Tests for L{echo.client.output.streams}.
"""

import errno
import io

from twisted.trial.unittest import SynchronousTestCase

from echo.client.output.streams import Output
from tests.kit.client import BrokenStream


class BrokenFlush(io.StringIO):
    """
    A stream whose lines get no further than its buffer.
    """

    def flush(self) -> None:
        """
        Fail.
        """
        raise OSError(errno.EPIPE, "No go")


class OutputTests(SynchronousTestCase):
    """
    Tests for L{Output}.
    """

    def setUp(self) -> None:
        """
        Have streams.
        """
        self.out, self.err = io.StringIO(), io.StringIO()
        self.breaks: list[None] = []

    def _output(
        self, out: io.StringIO | None = None, err: io.StringIO | None = None
    ) -> Output:
        return Output(
            out or self.out, err or self.err, lambda: self.breaks.append(None)
        )

    def test_streams(self) -> None:
        """
        Data go to one stream as they are, diagnostics to the other, and say who
        tells them.
        """
        output = self._output()
        output.data("a")
        output.diagnostic("b")
        self.assertEqual(self.out.getvalue(), "a\n")
        self.assertEqual(self.err.getvalue(), "echo-client: b\n")
        self.assertFalse(output.failed)
        self.assertIsNone(output.broken)
        self.assertEqual(self.breaks, [])

    def test_flushed(self) -> None:
        """
        Each line is there to read when it is written.
        """
        raw = io.BytesIO()
        out, err = (io.TextIOWrapper(raw, write_through=False) for _ in range(2))
        output = Output(out, err, lambda: None)
        output.data("a")
        self.assertEqual(raw.getvalue(), b"a\n")
        output.diagnostic("b")
        self.assertEqual(raw.getvalue(), b"a\necho-client: b\n")

    def test_brokenPipe(self) -> None:
        """
        When nobody reads on, that is told once, to us and to nobody else; and
        nothing more is tried.
        """
        out = BrokenStream(errno.EPIPE)
        output = self._output(out)
        output.data("a")
        output.data("b")
        self.assertEqual((out.tries, self.breaks), (1, [None]))
        self.assertEqual(self.err.getvalue(), "")
        self.assertFalse(output.failed)

    def test_unflushed(self) -> None:
        """
        A line that does not get out is not written.
        """
        output = self._output(BrokenFlush())
        output.data("a")
        self.assertIsInstance(output.broken, BrokenPipeError)

    def test_fullDisk(self) -> None:
        """
        Data that somebody misses are a failure, and it is said once.
        """
        output = self._output(BrokenStream(errno.ENOSPC))
        output.data("a")
        output.data("b")
        self.assertTrue(output.failed)
        self.assertEqual(self.breaks, [None])
        self.assertEqual(self.err.getvalue(), "echo-client: cannot write: No go\n")

    def test_noDiagnostics(self) -> None:
        """
        Diagnostics that nobody reads are no reason to stop.
        """
        output = self._output(err=BrokenStream(errno.EPIPE))
        output.diagnostic("a")
        output.data("b")
        self.assertEqual((self.breaks, self.out.getvalue()), ([], "b\n"))
        self.assertFalse(output.failed)
