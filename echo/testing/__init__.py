"""
The daemon in other people's tests, of whatever kind.

In any of them::

    from echo.testing import echoServer

    with echoServer() as url:
        ...

With pytest there is a fixture of that name (L{echo.testing.pytestplugin}); with trial,
and the daemon inside trial's own reactor, there is L{EchoServerMixin}. None of them
reads C{ECHO_*} from the environment: a test says itself what it tests against.
"""

# Nothing of Twisted up here: most users have none in their process, and a reactor,
# once imported, is chosen for all who come later.
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import SEEK_END
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryFile
from typing import IO, Any

# Seconds to start in: enough for the busiest machine.
_START = 60.0

# Seconds to stop in: more than enough, unless it was given a long C{--drain}.
_STOP = 5.0

# The exit status of L{echo.child} for wrong switches.
_USAGE = 2

# Bytes of the log that are shown when it failed.
_SHOWN = 2000


@contextmanager
def echoServer(*arguments: str) -> Iterator[str]:
    """
    Run the daemon while a C{with} block lasts, in a process of its own.

    To start it takes the better part of a second, for which this blocks. Its peers
    may be anything that can open a socket: threads, event loops, other processes.
    It ends with this process too, if not before, however that comes about.

    @param arguments: The daemon's switches: C{"--compression", "--max-message",
        "1m"}. Where they do not say where to listen, it is on a free port of
        C{127.0.0.1}.

    @return: In C{with}: where it listens, C{ws://127.0.0.1:PORT/socket}, or
        C{wss://} after C{--listen-tls}.

    @raise ValueError: A switch is wrong; it says which.

    @raise RuntimeError: It could not start, or it died in the block. Where the
        block raises something itself, that it died is a note on that.
    """
    with (
        TemporaryFile() as log,
        subprocess.Popen(  # noqa: S603  it is our own Python
            [sys.executable, "-P", "-m", "echo.child", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            process_group=0,  # Ctrl-C is for the tests to deal with
        ) as process,
    ):
        try:
            url = _url(process, log)
            try:
                yield url
            except BaseException as error:
                if _died(process):
                    error.add_note(f"the echo server died: {_end(log)}")
                raise
            if _died(process):
                raise RuntimeError(f"the echo server died: {_end(log)}")
        finally:
            process.kill()  # if it is still there


def _url(process: subprocess.Popen[str], log: IO[bytes]) -> str:
    assert process.stdout is not None  # noqa: S101  (it is a pipe)
    with DefaultSelector() as selector:
        selector.register(process.stdout, EVENT_READ)
        if not selector.select(_START):
            process.kill()
    url = process.stdout.readline()
    if url:
        return url.rstrip()
    if process.wait() == _USAGE:
        raise ValueError(_end(log))
    raise RuntimeError(f"the echo server did not start: {_end(log)}")


def _died(process: subprocess.Popen[str]) -> bool:
    """
    Stop it.

    @return: Whether that came too late, or it failed in doing so.
    """
    died = process.poll() is not None
    process.terminate()
    try:
        return process.wait(_STOP) != 0 or died
    except subprocess.TimeoutExpired:
        return False


def _end(log: IO[bytes]) -> str:
    size = log.seek(0, SEEK_END)
    log.seek(max(0, size - _SHOWN))
    return log.read().decode(errors="replace").strip()


class EchoServerMixin:
    """
    Runs the daemon in trial's own reactor while a test lasts, with its setup and
    its cleanups. It comes before C{twisted.trial.unittest.TestCase} in the bases,
    and a C{setUp} of one's own begins with C{super().setUp()}.

    @cvar echoArguments: The daemon's switches, as L{echoServer} takes them.

    @ivar echoURL: Where it listens.
    """

    echoArguments: Sequence[str] = ()
    echoURL: str

    def setUp(self) -> Any:
        """
        Start it.

        @return: What the next C{setUp} returns.

        @raise ValueError: A switch is wrong.
        """
        from twisted.internet import reactor  # noqa: PLC0415  as above

        from echo import child  # noqa: PLC0415  as above

        # Signals are trial's.
        daemon = child.start(child.parse(self.echoArguments), reactor, None)
        self.addCleanup(daemon.stopService)  # type: ignore[attr-defined]  # TestCase's
        self.echoURL = child.url(daemon)
        return super().setUp()  # type: ignore[misc]  # TestCase's
