"""
Tests for L{echo.client.script} in memory; C{tests.test_script} has the process.
"""

import io
import os
import runpy
import signal
import sys
from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase

from echo.client import script
from echo.client.script import Interrupts, main
from tests.client.fixture import (
    TEXT,
    ClientTestCase,
    Reactor,
    Server,
    closeFrame,
    frame,
)
from tests.client.test_report import Broken


class Running(Reactor):
    """
    A reactor that does what the test wants while it runs.
    """

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act

    def run(self, **options: Any) -> None:
        """
        Run.
        """
        super().run(**options)
        self.act()


class MainTests(ClientTestCase):
    """
    Tests for L{main}.
    """

    def setUp(self) -> None:
        """
        Make streams, and a place for signal handlers.
        """
        super().setUp()
        self.out, self.err = io.StringIO(), io.StringIO()
        self.handlers: dict[int, Callable[[int, object], None]] = {}
        self.left: list[int] = []

    def _main(
        self, *arguments: str, act: Callable[[], None] = lambda: None, **options: Any
    ) -> int:
        self.reactor = Running(act)
        return main(
            arguments,
            **{
                "environment": {},
                "stdout": self.out,
                "stderr": self.err,
                "reactor": self.reactor,
                "setSignal": self.handlers.__setitem__,
                "leave": self.left.append,
                **options,
            },
        )

    def _server(self) -> Server:
        factory = self.reactor.tcpClients[-1][2]
        server = Server(factory, IPv4Address("TCP", "127.0.0.1", 8080))
        server.accept()
        return server

    def _ended(self, server: Server) -> None:
        server.say(closeFrame(1000))
        server.hangUp()

    def test_faithful(self) -> None:
        """
        All came back: status 0, data and diagnostics each on their stream.
        """

        def act() -> None:
            server = self._server()
            server.say(frame(TEXT, b"Hello 1"))
            self._ended(server)

        self.assertEqual(self._main("-c1", act=act), 0)
        self.assertIn('Received: "Hello 1" seq=1 time=', self.out.getvalue())
        self.assertIn("1 sent, 1 received, 0 lost", self.out.getvalue())
        self.assertIn("echo-client: connected to ws://localhost", self.err.getvalue())
        self.assertEqual(self.left, [])

    def test_unfaithful(self) -> None:
        """
        Something did not come back as sent: status 1.
        """

        def act() -> None:
            server = self._server()
            server.say(frame(TEXT, b"Hallo 1"))
            self._ended(server)

        self.assertEqual(self._main("-c1", act=act), 1)

    def test_usage(self) -> None:
        """
        What makes no sense: status 2, and one line.
        """
        self.assertEqual(self._main("--count", "x"), 2)
        self.assertEqual(self.err.getvalue().count("\n"), 1)
        self.assertTrue(self.err.getvalue().startswith("echo-client: --count: "))

    def test_unreachable(self) -> None:
        """
        Nobody there: status 3.
        """
        self.assertEqual(self._main(act=lambda: self.reactor.advance(10)), 3)
        self.assertEqual(
            self.err.getvalue(),
            "echo-client: cannot connect (TCP): no answer within 10 s\n",
        )

    def test_refused(self) -> None:
        """
        A refusal: status 4.
        """

        def act() -> None:
            factory = self.reactor.tcpClients[-1][2]
            server = Server(factory, IPv4Address("TCP", "127.0.0.1", 8080))
            server.say(b"HTTP/1.1 404 Not Found\r\n\r\n")

        self.assertEqual(self._main(act=act), 4)

    def test_broken(self) -> None:
        """
        A protocol error: status 5, and the summary.
        """

        def act() -> None:
            server = self._server()
            server.say(frame(TEXT, rsv=7))
            server.hangUp()

        self.assertEqual(self._main(act=act), 5)
        self.assertIn("1 sent, 0 received, 1 lost", self.out.getvalue())

    def test_closed(self) -> None:
        """
        A close with another code than 1000 or 1001: status 6, though a message is
        lost by it; with one of these, what was lost counts.
        """
        for code, status in [(4001, 6), (1000, 1), (1001, 1), (None, 6)]:

            def act(code: int | None = code) -> None:
                server = self._server()
                server.say(closeFrame(code))
                server.hangUp()

            self.assertEqual(self._main(act=act), status)

    def test_incomplete(self) -> None:
        """
        A server that closes before all was sent did not echo all.
        """

        def act() -> None:
            server = self._server()
            server.say(frame(TEXT, b"Hello 1"))
            self._ended(server)

        self.assertEqual(self._main("-c2", act=act), 1)
        self.assertEqual(self._main(act=act), 0)

    def test_interrupted(self) -> None:
        """
        A signal ends it in good order; what is outstanding is lost.
        """

        def act() -> None:
            server = self._server()
            server.say(frame(TEXT, b"Hello 1"))
            self.handlers[signal.SIGTERM](signal.SIGTERM, None)
            self._ended(server)

        self.assertEqual(self._main(act=act), 0)
        self.assertEqual(self.handlers[signal.SIGINT], self.handlers[signal.SIGTERM])

    def test_interruptedEarly(self) -> None:
        """
        A signal before there is a connection: status 130, and not a word.
        """

        def act() -> None:
            self.handlers[signal.SIGINT](signal.SIGINT, None)

        self.assertEqual(self._main(act=act), 130)
        self.assertEqual(self.out.getvalue() + self.err.getvalue(), "")

    def test_interruptedReading(self) -> None:
        """
        So it is while standard input is read.
        """

        class Terminal(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                raise KeyboardInterrupt

        self.assertEqual(self._main("-m", "@-", stdin=Terminal()), 130)

    def test_hangingLookup(self) -> None:
        """
        A name that is still being looked up is not waited for.
        """

        def act() -> None:
            self.reactor.working = ("a thread",)
            self.handlers[signal.SIGINT](signal.SIGINT, None)

        self._main(act=act)
        self.assertEqual(self.left, [130])

    def test_fullDisk(self) -> None:
        """
        Data that could not be written are a failure, and the end.
        """

        def act() -> None:
            server = self._server()
            server.say(frame(TEXT, b"Hello 1"))
            self._ended(server)

        status = self._main(act=act, stdout=Broken(28))
        self.assertEqual(status, 1)
        self.assertIn("cannot write: No go", self.err.getvalue())

    def test_bug(self) -> None:
        """
        A mistake of our own is not passed over.
        """

        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError("a bug")

        self.patch(script, "connect", broken)
        self.assertRaises(ZeroDivisionError, self._main)

    def test_closedStreams(self) -> None:
        """
        A process that was started without streams runs all the same.
        """
        self.patch(sys, "stdout", None)
        self.patch(sys, "stderr", None)
        self.assertEqual(self._main("-c0", stdout=None, stderr=None), 2)

    def test_realReactor(self) -> None:
        """
        Without a reactor it is the real one that runs.
        """
        self.patch(script, "_realReactor", lambda: self.reactor)
        status = self._main(act=lambda: self.reactor.advance(10), reactor=None)
        self.assertEqual(status, 3)

    def test_asModule(self) -> None:
        """
        The module can be run, as C{python -m} does.
        """
        self.patch(sys, "argv", ["echo-client", "--count", "x"])
        self.patch(sys, "stderr", self.err)
        assert script.__file__ is not None
        ended = self.assertRaises(
            SystemExit, runpy.run_path, script.__file__, run_name="__main__"
        )
        self.assertEqual(ended.code, 2)

    def test_theReactor(self) -> None:
        """
        The real one is Twisted's.
        """
        from twisted.internet import reactor  # noqa: PLC0415  (a test has one anyway)

        self.assertIs(script._realReactor(), reactor)


class StreamTests(SynchronousTestCase):
    """
    Tests for what is done to streams.
    """

    def test_narrow(self) -> None:
        """
        A stream of a narrow encoding takes any text.
        """
        raw = io.BytesIO()
        stream = script._writable(io.TextIOWrapper(raw, "ascii"))
        stream.write("ü")
        stream.flush()
        self.assertEqual(raw.getvalue(), b"\\xfc")

    def test_brokenPipe(self) -> None:
        """
        A pipe that nobody reads is replaced, so that nobody complains at the end.
        """
        reading, writing = os.pipe()
        os.close(reading)
        stream = os.fdopen(writing, "w")
        stream.write("x")
        script._flush(stream)
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
        script._flush(stream)
        stream.problem = RuntimeError("reentrant call")
        script._flush(stream)


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
