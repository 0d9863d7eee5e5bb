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
from echo.client.program.process import Interrupts, Process, writable
from tests.kit.reactor import Reactor


class Work:
    """
    Something to be done.

    @ivar done: Fires when it is.

    @ivar asked: What was asked of it meanwhile.
    """

    status = Status.OK

    def __init__(self) -> None:
        self.done: Deferred[None] = Deferred()
        self.asked: list[str] = []

    def start(self) -> Deferred[None]:
        """
        Begin.
        """
        return self.done

    def interrupt(self) -> None:
        """
        Take note.
        """
        self.asked.append("interrupt")

    def interim(self) -> None:
        """
        Take note.
        """
        self.asked.append("interim")


class Running(Reactor):
    """
    A reactor that does what the test wants while it runs.

    @ivar threaded: What came from signal handlers.

    @ivar stops: How often it was stopped. It does that once on its own, before the
        test has its turn.
    """

    threaded = 0
    stops = 0

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act

    def run(self, **options: Any) -> None:
        """
        Run, with nobody else's signal handlers.
        """
        assert options == {"installSignalHandlers": False}
        super().run(**options)
        self.act()

    def stop(self) -> None:
        """
        Count.
        """
        self.stops += 1
        super().stop()

    def callFromThread(self, f: Any, *args: Any) -> None:
        """
        A signal may come at any moment: what it asks for has to come by here.
        """
        self.threaded += 1
        f(*args)


class ProcessTests(SynchronousTestCase):
    """
    Tests for L{Process}.
    """

    def setUp(self) -> None:
        """
        Make streams, a place for signal handlers, and something to do.
        """
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

    def _make(self, reactor: Any) -> Work:
        self.made.append(reactor)
        self.assertEqual(self.handlers, {})
        return self.work

    def _end(self) -> None:
        self.assertEqual(self.reactor.stops, 1)
        self.work.status = Status.REFUSED
        self.work.done.callback(None)

    def test_run(self) -> None:
        """
        The reactor runs until it is over, and not longer; the status is that of
        what ran.
        """
        self.assertEqual(self._work(self._end), 4)
        self.assertEqual(self.made, [self.reactor])
        self.assertEqual(self.reactor.stops, 2)
        self.assertEqual(self.left, [])

    def test_atOnce(self) -> None:
        """
        It may be over as soon as it begins.
        """
        self.work.done = succeed(None)
        self.assertEqual(self._work(), 0)
        self.assertEqual(self.reactor.stops, 2)

    def test_signals(self) -> None:
        """
        Who wants it to end says so by SIGINT or SIGTERM, or in the program; who
        wants to know how it goes by SIGQUIT, as often as that may be.
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

    def test_second(self) -> None:
        """
        The second signal does not ask.
        """

        def act() -> None:
            self.handlers[signal.SIGINT](signal.SIGINT, None)
            self.handlers[signal.SIGTERM](signal.SIGTERM, None)

        self._work(act)
        self.assertEqual(self.left, [130])

    def test_hangingLookup(self) -> None:
        """
        A name that is still being looked up is not waited for, and nothing that
        was to be written is lost by that.
        """
        flushed: list[int] = []

        class Buffered(io.StringIO):
            def flush(_) -> None:  # the test is another self
                flushed.append(len(self.left))

        def act() -> None:
            self.reactor.working = ("a thread",)
            self.work.status = Status.INTERRUPTED
            object.__setattr__(self.process, "stdout", Buffered())
            self.work.done.callback(None)

        self._work(act)
        self.assertEqual((self.left, flushed), ([130], [0]))

    def test_bug(self) -> None:
        """
        A mistake of our own is not passed over.
        """
        self.work.done = fail(ZeroDivisionError("a bug"))
        self.assertRaises(ZeroDivisionError, self._work)
        self.assertEqual(self.reactor.stops, 2)

    def test_realReactor(self) -> None:
        """
        Without a reactor it is the real one that runs, which is Twisted's.
        """
        from twisted.internet import reactor  # noqa: PLC0415  (a test has one anyway)

        self.assertIs(process._realReactor(), reactor)
        self.work.done = succeed(None)
        running = Running(lambda: None)
        self.patch(process, "_realReactor", lambda: running)
        streams = io.StringIO(), io.StringIO()
        handlers = self.handlers.__setitem__
        real = Process({}, None, *streams, None, handlers, self.left.append)
        real.run(self._make)
        self.assertEqual(self.made, [running])


class StreamTests(SynchronousTestCase):
    """
    What is done to streams.
    """

    def _flush(self, stream: Any) -> None:
        none: Any = None
        Process({}, None, stream, io.StringIO(), none, none, none).flush()

    def test_narrow(self) -> None:
        """
        A stream of a narrow encoding takes any text.
        """
        raw = io.BytesIO()
        stream = writable(io.TextIOWrapper(raw, "ascii"))
        stream.write("ü\udcff")
        stream.flush()
        self.assertEqual(raw.getvalue(), b"\\xfc\\udcff")

    def test_other(self) -> None:
        """
        A stream of another kind is left as it is.
        """
        stream = io.StringIO()
        self.assertIs(writable(stream), stream)

    def test_closed(self) -> None:
        """
        Where there is none, what is written goes nowhere.
        """
        stream = writable(None)
        self.addCleanup(stream.close)
        stream.write("a")
        self.assertEqual(os.fstat(stream.fileno()), Path(os.devnull).stat())

    def test_flush(self) -> None:
        """
        Both streams are written.
        """
        raws = io.BytesIO(), io.BytesIO()
        out, err = (io.TextIOWrapper(raw) for raw in raws)
        out.write("a")
        err.write("a")
        none: Any = None
        Process({}, None, out, err, none, none, none).flush()
        self.assertEqual([raw.getvalue() for raw in raws], [b"a", b"a"])

    def test_brokenPipe(self) -> None:
        """
        A pipe that nobody reads is replaced, so that nobody complains at the end.
        """
        reading, writing = os.pipe()
        os.close(reading)
        stream = os.fdopen(writing, "w")
        stream.write("x")
        self._flush(stream)
        stream.close()

    def test_noDescriptor(self) -> None:
        """
        A stream without a descriptor is left alone; one in the middle of a write
        as well.
        """

        class Failing(io.StringIO):
            problem: Exception = OSError("gone")

            def flush(self) -> None:
                raise self.problem

        stream = Failing()
        self._flush(stream)
        stream.problem = RuntimeError("reentrant call")
        self._flush(stream)


class InterruptsTests(SynchronousTestCase):
    """
    Tests for L{Interrupts}.
    """

    def test_twice(self) -> None:
        """
        The first signal asks; the second flushes and leaves, whichever it is.
        """
        done: list[object] = []
        interrupts = Interrupts(
            lambda: done.append("asked"), lambda: done.append("flushed"), done.append
        )
        interrupts(signal.SIGINT, None)
        self.assertEqual(done, ["asked"])
        interrupts(signal.SIGTERM, None)
        self.assertEqual(done[1:3], ["flushed", 130])
