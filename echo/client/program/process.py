"""
The process that the program is: its streams, its signals, its reactor, its end.
"""

import contextlib
import functools
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from echo.client.measure.status import Status

_SetSignal = Callable[[int, Callable[[int, object], None]], object]


class Runnable(Protocol):
    """
    What the program does.

    @ivar status: The exit status, once it is over.
    """

    status: Status

    def start(self) -> Deferred[None]:
        """
        @return: Fires when it is over.
        """

    def interrupt(self) -> None:
        """
        Come to an orderly end.
        """

    def interim(self) -> None:
        """
        Tell how it goes.
        """


@dataclass(frozen=True)
class Process:
    """
    The process of the program: its streams, signals and reactor.

    @ivar environment: Its environment variables.

    @ivar stdin: What it reads; the real one, if C{None}.

    @ivar stdout: Where data go.

    @ivar stderr: Where diagnostics go.

    @ivar reactor: What runs it; the real one, if C{None}.

    @ivar setSignal: What installs a signal handler.

    @ivar leave: What ends the process at once.
    """

    environment: Mapping[str, str]
    stdin: BinaryIO | None
    stdout: TextIO
    stderr: TextIO
    reactor: Any = None
    setSignal: _SetSignal = signal.signal
    leave: Callable[[int], object] = os._exit

    def flush(self) -> None:
        """
        Have everything written.
        """
        for stream in (self.stdout, self.stderr):
            _flush(stream)

    def run(self, make: Callable[[Any], Runnable]) -> int:
        """
        Run the reactor until a run is over.

        @param make: Makes the run, for the reactor.

        @return: The exit status.
        """
        reactor = self.reactor or _realReactor()
        runnable = make(reactor)
        bugs: list[Failure] = []

        def begin() -> None:
            self._listen(reactor, runnable)
            runnable.start().addErrback(bugs.append).addBoth(end)

        def end(_: object) -> None:
            if reactor.getThreadPool().working:
                # A name is still being looked up, and the reactor would wait for it.
                self.flush()
                self.leave(runnable.status)
            reactor.stop()

        reactor.callWhenRunning(begin)
        reactor.run(installSignalHandlers=False)
        if bugs:
            bugs[0].raiseException()
        return runnable.status

    def _listen(self, reactor: Any, runnable: Runnable) -> None:
        """
        Have signals do what they are to do.
        """
        later = functools.partial(reactor.callFromThread, runnable.interrupt)
        interrupts = Interrupts(later, self.flush, self.leave)
        for number in (signal.SIGINT, signal.SIGTERM):
            self.setSignal(number, interrupts)
        self.setSignal(
            signal.SIGQUIT, lambda *_: reactor.callFromThread(runnable.interim)
        )


class Interrupts:
    """
    What signals do: the first asks for an orderly end, the second does not ask.
    """

    def __init__(
        self,
        interrupt: Callable[[], None],
        flush: Callable[[], None],
        leave: Callable[[int], object],
    ) -> None:
        self._interrupt = interrupt
        self._flush = flush
        self._leave = leave
        self._again = False

    def __call__(self, number: int, frame: object) -> None:
        """
        A signal came, at any moment: also while a write to a terminal hangs.
        """
        if self._again:
            self._flush()
            self._leave(Status.INTERRUPTED)
        self._again = True
        self._interrupt()


def _realReactor() -> Any:
    # Importing it installs it: only a program may do that, and only when it runs.
    from twisted.internet import reactor  # noqa: PLC0415

    return reactor


def writable(stream: TextIO | None) -> TextIO:
    """
    @return: A stream that takes whatever there is to say, or nowhere.
    """
    if stream is None:  # it was closed before we began
        return Path(os.devnull).open("w")
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _flush(stream: TextIO) -> None:
    try:
        stream.flush()
    except RuntimeError:  # a signal came in the middle of a write
        pass
    except OSError:
        # Nobody reads it. Python would try once more as it exits, and complain.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
