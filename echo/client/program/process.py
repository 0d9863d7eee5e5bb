"""
The process of the program: its streams, signals, reactor and end.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.python.failure import Failure

from echo.client.measure.status import Status
from echo.client.run.modes.base import Run

_SetSignal = Callable[[int, Callable[[int, object], None]], object]


@dataclass(frozen=True)
class Process:
    """
    The process of the program. A test replaces its parts. C{None} stands for the real
    standard input, and for the global reactor.

    @ivar leave: Ends the process at once.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    stdin: BinaryIO | None = None
    stdout: TextIO = field(default_factory=lambda: writable(sys.stdout))
    stderr: TextIO = field(default_factory=lambda: writable(sys.stderr))
    reactor: Any = None
    setSignal: _SetSignal = signal.signal
    leave: Callable[[int], object] = os._exit

    def flush(self) -> None:
        for stream in (self.stdout, self.stderr):
            _flush(stream)

    def run(self, make: Callable[[IReactorTime], Run]) -> int:
        """
        Run the reactor until a run is over.

        @return: The exit status.
        """
        reactor = self.reactor or _globalReactor()
        run = make(reactor)
        bugs: list[Failure] = []

        def begin() -> None:
            self._handleSignals(reactor, run)
            run.start().addErrback(bugs.append).addBoth(end)

        def end(_: object) -> None:
            if reactor.getThreadPool().working:
                # A thread still looks up a name, and the reactor would wait for it.
                self.flush()
                self.leave(run.status)
            reactor.stop()

        reactor.callWhenRunning(begin)
        reactor.run(installSignalHandlers=False)
        if bugs:
            bugs[0].raiseException()
        return run.status

    def _handleSignals(self, reactor: IReactorFromThreads, run: Run) -> None:
        """
        SIGINT and SIGTERM end the run in good order; the second one ends the process.
        SIGQUIT asks for the results so far.
        """
        isEnding = False

        def end(*_: object) -> None:
            nonlocal isEnding
            if isEnding:  # a write to a terminal can block the run
                self.flush()
                self.leave(Status.INTERRUPTED)
            isEnding = True
            reactor.callFromThread(run.interrupt)

        for number in (signal.SIGINT, signal.SIGTERM):
            self.setSignal(number, end)
        self.setSignal(signal.SIGQUIT, lambda *_: reactor.callFromThread(run.interim))


def _globalReactor() -> Any:
    # Importing the reactor installs it: a library must not do that.
    from twisted.internet import reactor  # noqa: PLC0415

    return reactor


def writable(stream: TextIO | None) -> TextIO:
    """
    @return: The stream, which escapes characters that its encoding does not have; a
        null stream if the process has none.
    """
    if stream is None:  # it was closed before the program started
        return Path(os.devnull).open("w")
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _flush(stream: TextIO) -> None:
    try:
        stream.flush()
    except RuntimeError:  # a signal interrupted a write
        pass
    except OSError:
        # Nobody reads the stream. Python flushes it again at exit, and would complain.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
