"""
Tests for L{echo.client.program.process}.
"""

import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.status import Status
from echo.client.program import process
from echo.client.program.process import Process, writable
from tests.kit.runs import Running


class Work:
    """
    A run.

    @ivar done: Fires at its end.

    @ivar asked: The methods that were called.
    """

    status = Status.OK

    def __init__(self) -> None:
        self.done: Deferred[None] = Deferred()
        self.asked: list[str] = []

    def start(self) -> Deferred[None]:
        return self.done

    def interrupt(self) -> None:
        self.asked.append("interrupt")

    def interim(self) -> None:
        self.asked.append("interim")


class ProcessTests(SynchronousTestCase):
    """
    Tests for L{Process}.
    """

    def setUp(self) -> None:
        self.handlers: dict[int, Callable[[int, object], None]] = {}
        self.left: list[int] = []
        self.work = Work()
        self.made: list[object] = []

    def _work(self, act: Callable[[], None] = lambda: None) -> int:
        self.reactor = Running(act)
        self.process = Process(
            {},
            None,
            io.StringIO(),
            io.StringIO(),
            self.reactor,
            self.handlers.__setitem__,
            self.left.append,
        )
        return self.process.run(self._make)

    def _make(self, reactor: Any) -> Any:
        self.made.append(reactor)
        self.assertEqual(self.handlers, {})
        return self.work

    def _end(self) -> None:
        self.assertEqual(self.reactor.stops, 1)
        self.work.status = Status.REFUSED
        self.work.done.callback(None)

    def test_runsReactorUntilRunIsOver(self) -> None:
        """
        The status is that of the run.
        """
        self.assertEqual(self._work(self._end), 4)
        self.assertEqual(self.made, [self.reactor])
        self.assertEqual(self.reactor.stops, 2)
        self.assertEqual(self.left, [])

    def test_runMayEndAtOnce(self) -> None:
        self.work.done = succeed(None)
        self.assertEqual(self._work(), 0)
        self.assertEqual(self.reactor.stops, 2)

    def test_signalsReachRun(self) -> None:
        """
        SIGINT and SIGTERM interrupt it, SIGQUIT asks for an interim report.
        """

        def act() -> None:
            self.handlers[signal.SIGQUIT](signal.SIGQUIT, None)
            self.handlers[signal.SIGINT](signal.SIGINT, None)
            self.handlers[signal.SIGQUIT](signal.SIGQUIT, None)
            self.assertEqual(self.reactor.threaded, 3)
            self.work.interrupt()

        self._work(act)
        self.assertEqual(
            self.work.asked, ["interim", "interrupt", "interim", "interrupt"]
        )
        self.assertEqual(self.handlers[signal.SIGINT], self.handlers[signal.SIGTERM])
        self.assertEqual(self.left, [])

    def _buffer(self) -> list[int]:
        """
        @return: For each flush of standard output from now on, how often the process
            has left before.
        """
        flushed: list[int] = []

        class Buffered(io.StringIO):
            def flush(_) -> None:  # the test is another self
                flushed.append(len(self.left))

        object.__setattr__(self.process, "stdout", Buffered())
        return flushed

    def test_secondSignalLeaves(self) -> None:
        """
        Both streams are flushed first.
        """

        def act() -> None:
            flushed = self._buffer()
            self.handlers[signal.SIGINT](signal.SIGINT, None)
            self.assertEqual(self.work.asked, ["interrupt"])
            self.assertEqual((self.left, flushed), ([], []))
            self.handlers[signal.SIGTERM](signal.SIGTERM, None)
            self.assertEqual((self.left, flushed), ([130], [0]))

        self._work(act)
        self.assertEqual(self.left, [130])

    def test_leavesWithoutWaitingForLookup(self) -> None:
        """
        Both streams are flushed first.
        """

        def act() -> None:
            self.reactor.working = ("a thread",)
            self.work.status = Status.INTERRUPTED
            flushed = self._buffer()
            self.work.done.callback(None)
            self.assertEqual((self.left, flushed), ([130], [0]))

        self._work(act)
        self.assertEqual(self.left, [130])

    def test_bugIsRaised(self) -> None:
        self.work.done = fail(ZeroDivisionError("a bug"))
        self.assertRaises(ZeroDivisionError, self._work)
        self.assertEqual(self.reactor.stops, 2)

    def test_globalReactorByDefault(self) -> None:
        from twisted.internet import reactor  # noqa: PLC0415  (a test has one anyway)

        self.assertIs(process._globalReactor(), reactor)
        self.work.done = succeed(None)
        running = Running(lambda: None)
        self.patch(process, "_globalReactor", lambda: running)
        streams = io.StringIO(), io.StringIO()
        handlers = self.handlers.__setitem__
        real = Process({}, None, *streams, None, handlers, self.left.append)
        real.run(self._make)
        self.assertEqual(self.made, [running])


class StreamTests(SynchronousTestCase):
    """
    Tests for L{writable}, and for the flush at the end.
    """

    def _flush(self, stream: Any) -> None:
        none: Any = None
        Process({}, None, stream, io.StringIO(), none, none, none).flush()

    def test_narrowEncodingEscapes(self) -> None:
        raw = io.BytesIO()
        stream = writable(io.TextIOWrapper(raw, "ascii"))
        stream.write("ü\udcff")
        stream.flush()
        self.assertEqual(raw.getvalue(), b"\\xfc\\udcff")

    def test_otherStreamStaysAsItIs(self) -> None:
        stream = io.StringIO()
        self.assertIs(writable(stream), stream)

    def test_missingStreamIsNull(self) -> None:
        stream = writable(None)
        self.addCleanup(stream.close)
        stream.write("a")
        self.assertEqual(os.fstat(stream.fileno()), Path(os.devnull).stat())

    def test_flushesBothStreams(self) -> None:
        raws = io.BytesIO(), io.BytesIO()
        out, err = (io.TextIOWrapper(raw) for raw in raws)
        out.write("a")
        err.write("a")
        none: Any = None
        Process({}, None, out, err, none, none, none).flush()
        self.assertEqual([raw.getvalue() for raw in raws], [b"a", b"a"])

    def test_replacesClosedPipe(self) -> None:
        """
        Python would complain about it at exit.
        """
        reading, writing = os.pipe()
        os.close(reading)
        stream = os.fdopen(writing, "w")
        stream.write("x")
        self._flush(stream)
        stream.close()

    def test_ignoresStreamWithoutDescriptor(self) -> None:
        """
        And a stream in the middle of a write.
        """

        class Failing(io.StringIO):
            problem: Exception = OSError("gone")

            def flush(self) -> None:
                raise self.problem

        stream = Failing()
        self._flush(stream)
        stream.problem = RuntimeError("reentrant call")
        self._flush(stream)
