"""
The daemon in other projects' tests.

With any test runner::

    from echo.testing import echoServer

    with echoServer() as url:
        ...

L{echo.testing.pytestplugin} is a pytest fixture of that name. L{EchoServerMixin} runs
the daemon in trial's reactor. All ignore C{ECHO_*} in the environment.

The work is L{echo.child}'s; this module imports nothing of Twisted until it is needed.
"""

# No import of Twisted here: most users do not run it, and importing a reactor installs
# it for the whole process.
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import SEEK_END
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryFile
from typing import IO, Any

# Seconds for the start: enough for a busy machine.
_START = 60.0

# Seconds for the stop: more than the default drain.
_STOP = 5.0

# The exit status of L{echo.child} for invalid options.
_USAGE = 2

# Bytes of the log that an error shows.
_SHOWN = 2000


@contextmanager
def echoServer(*arguments: str) -> Iterator[str]:
    """
    Run the daemon in a process of its own for the length of a C{with} block.

    The start blocks for nearly a second. Clients may be threads, event loops or other
    processes. The daemon also ends with this process.

    @param arguments: The daemon's options, for example C{"--compression",
        "--max-message", "1m"}. By default it listens on a free port of C{127.0.0.1}.

    @return: The URL: C{ws://127.0.0.1:PORT/socket}, or C{wss://} after C{--listen-tls}.

    @raise ValueError: An option is invalid.

    @raise RuntimeError: The daemon did not start, or died in the block. If the block
        raises an error itself, the death is a note on that error.
    """
    with (
        TemporaryFile() as log,
        subprocess.Popen(  # noqa: S603  our own Python
            [sys.executable, "-P", "-m", "echo.child", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            process_group=0,  # Ctrl-C goes to the tests only
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
            process.kill()  # no-op after its end


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
    Stop the daemon.

    @return: Whether it had died before, or fails now.
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
    Runs the daemon in trial's reactor for the length of a test. It stands before
    C{twisted.trial.unittest.TestCase} in the bases. A C{setUp} of the test case begins
    with C{super().setUp()}.

    @cvar echoArguments: The daemon's options, as for L{echoServer}.

    @ivar echoURL: The daemon's URL.
    """

    echoArguments: Sequence[str] = ()
    echoURL: str

    def setUp(self) -> Any:  # as TestCase, which returns None or a Deferred
        """
        Start the daemon.

        @raise ValueError: An option is invalid.
        """
        from twisted.internet import reactor  # noqa: PLC0415  as above

        from echo import child  # noqa: PLC0415  as above

        # trial handles signals.
        daemon = child.start(child.parse(self.echoArguments), reactor, None)
        self.addCleanup(daemon.stopService)  # type: ignore[attr-defined]  # TestCase's
        self.echoURL = child.url(daemon)
        return super().setUp()  # type: ignore[misc]  # TestCase's
