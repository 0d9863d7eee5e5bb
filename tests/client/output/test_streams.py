"""
Tests for L{echo.client.output.streams}.
"""

import errno
import io

from twisted.trial.unittest import SynchronousTestCase

from echo.client.output.streams import Streams, isDataLoss
from tests.kit.client import BrokenStream


class BrokenFlush(io.StringIO):
    """
    A stream that fails to flush.
    """

    def flush(self) -> None:
        raise OSError(errno.EPIPE, "No go")


class StreamsTests(SynchronousTestCase):
    """
    Tests for L{Streams}.
    """

    def setUp(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.breaks: list[OSError] = []

    def _streams(
        self, out: io.StringIO | None = None, err: io.StringIO | None = None
    ) -> Streams:
        return Streams(out or self.out, err or self.err, self.breaks.append)

    def test_dataAndDiagnosticsGoToDifferentStreams(self) -> None:
        """
        Diagnostics have the name of the program.
        """
        streams = self._streams()
        streams.data("a")
        streams.diagnostic("b")
        self.assertEqual(self.out.getvalue(), "a\n")
        self.assertEqual(self.err.getvalue(), "echo-client: b\n")
        self.assertIsNone(streams.broken)
        self.assertEqual(self.breaks, [])

    def test_eachLineIsFlushed(self) -> None:
        raw = io.BytesIO()
        out, err = (io.TextIOWrapper(raw, write_through=False) for _ in range(2))
        streams = Streams(out, err, self.breaks.append)
        streams.data("a")
        self.assertEqual(raw.getvalue(), b"a\n")
        streams.diagnostic("b")
        self.assertEqual(raw.getvalue(), b"a\necho-client: b\n")

    def test_closedPipeIsReportedOnce(self) -> None:
        """
        To the caller only. Nothing more is written.
        """
        out = BrokenStream(errno.EPIPE)
        streams = self._streams(out)
        streams.data("a")
        streams.data("b")
        self.assertEqual((out.tries, len(self.breaks)), (1, 1))
        self.assertEqual(self.err.getvalue(), "")
        self.assertFalse(isDataLoss(self.breaks[0]))

    def test_failedFlushBreaksStream(self) -> None:
        streams = self._streams(BrokenFlush())
        streams.data("a")
        self.assertIsInstance(streams.broken, BrokenPipeError)

    def test_fullDiskIsDataLoss(self) -> None:
        """
        A diagnostic says so once.
        """
        streams = self._streams(BrokenStream(errno.ENOSPC))
        streams.data("a")
        streams.data("b")
        (error,) = self.breaks
        self.assertTrue(isDataLoss(error))
        self.assertEqual(self.err.getvalue(), "echo-client: cannot write: No go\n")

    def test_closedStandardErrorIsIgnored(self) -> None:
        streams = self._streams(err=BrokenStream(errno.EPIPE))
        streams.diagnostic("a")
        streams.data("b")
        self.assertEqual((self.breaks, self.out.getvalue()), ([], "b\n"))
