"""
C{echo-client}: the program.
"""

import contextlib
import functools
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.python.failure import Failure

from echo.client.connection import Connection, connect
from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.options import Options
from echo.client.probe import Outcome, Probe
from echo.client.report import Report
from echo.usage import UsageError

FAITHFUL, UNFAITHFUL, USAGE, UNREACHABLE, REFUSED, BROKEN, CLOSED = range(7)
INTERRUPTED = 130

_STATUS: dict[type[EchoClientError], int] = {
    CannotConnect: UNREACHABLE,
    HandshakeRefused: REFUSED,
    ProtocolError: BROKEN,
}
_NORMAL = (1000, 1001)
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_SetSignal = Callable[[int, Callable[[int, object], None]], object]


class Client:
    """
    One run of the program.

    @ivar status: The exit status, once it is over.

    @ivar bug: What should not have happened, if it did.
    """

    status = INTERRUPTED
    bug: Failure | None = None
    _connecting: Deferred[Any]

    def __init__(
        self, reactor: Any, options: Options, stdout: TextIO, stderr: TextIO
    ) -> None:
        self._reactor = reactor
        self._options = options
        self._report = Report(stdout, stderr, self.interrupt)
        self._probe: Probe | None = None

    def start(self) -> Deferred[Any]:
        """
        Connect, and go on from there.

        @return: Fires when it is over.
        """
        options = self._options
        self._connecting = maybeDeferred(
            connect, self._reactor, options["url"], **options.connectArguments()
        )
        self._connecting.addCallback(self._opened)
        self._connecting.addErrback(self._failed)
        return self._connecting.addErrback(self._broken)

    def interrupt(self) -> None:
        """
        Come to an orderly end.
        """
        if self._probe is not None:
            self._probe.stop()
        else:
            self._connecting.cancel()

    def _opened(self, connection: Connection) -> Deferred[None]:
        self._report.connected(connection)
        probe = Probe(self._reactor, connection, self._options.plan, self._report)
        self._probe = probe
        return probe.run().addCallback(self._ended, connection.url, probe)

    def _ended(self, outcome: Outcome, url: str, probe: Probe) -> None:
        self._report.ended(outcome)
        self._report.summary(url, probe.statistics)
        faultless = probe.statistics.faultless and not self._report.failed
        self.status = _status(outcome, faultless)

    def _failed(self, failure: Failure) -> None:
        if failure.check(CancelledError):
            return
        failure.trap(*_STATUS)
        self._report.diagnostic(str(failure.value))
        self.status = next(_STATUS[each] for each in _STATUS if failure.check(each))

    def _broken(self, failure: Failure) -> None:
        self.bug = failure


def _status(outcome: Outcome, faultless: bool) -> int:
    end = outcome.end
    if not isinstance(end, ConnectionClosed):
        return _STATUS[type(end)]
    if outcome.byPeer and end.code not in _NORMAL:
        return CLOSED
    return FAITHFUL if faultless and outcome.complete else UNFAITHFUL


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
            self._leave(INTERRUPTED)
        self._again = True
        self._interrupt()


def main(
    arguments: Sequence[str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    stdin: BinaryIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    reactor: Any = None,
    setSignal: _SetSignal = signal.signal,
    leave: Callable[[int], object] = os._exit,
) -> int:
    """
    Run the program.

    @param arguments: Its arguments; those of the process, if C{None}.

    @param reactor: What runs it; the real one, if C{None}.

    @param setSignal: What installs a signal handler.

    @param leave: What ends the process at once.

    @return: The exit status.
    """
    stdout = _writable(sys.stdout if stdout is None else stdout)
    stderr = _writable(sys.stderr if stderr is None else stderr)
    try:
        options = Options(environment, stdin)
        options.parseOptions(arguments)
    except UsageError as error:
        stderr.write(f"echo-client: {error}\n")
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    reactor = reactor or _realReactor()
    client = Client(reactor, options, stdout, stderr)

    flush = functools.partial(_flush, stdout, stderr)

    def begin() -> None:
        interrupts = Interrupts(
            functools.partial(reactor.callFromThread, client.interrupt), flush, leave
        )
        for number in _SIGNALS:
            setSignal(number, interrupts)
        client.start().addBoth(end)

    def end(_: object) -> None:
        if reactor.getThreadPool().working:
            # A name is still being looked up, and the reactor would wait for it.
            flush()
            leave(client.status)
        reactor.stop()

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    flush()
    if client.bug is not None:
        client.bug.raiseException()
    return client.status


def _realReactor() -> Any:
    # Importing it installs it: only a program may do that, and only when it runs.
    from twisted.internet import reactor  # noqa: PLC0415

    return reactor


def _writable(stream: TextIO | None) -> TextIO:
    """
    @return: A stream that takes whatever there is to say, or nowhere.
    """
    if stream is None:  # it was closed before we began
        return Path(os.devnull).open("w")
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _flush(*streams: TextIO) -> None:
    for stream in streams:
        try:
            stream.flush()
        except RuntimeError:  # a signal came in the middle of a write
            pass
        except OSError:
            # Nobody reads it. Python would try once more as it exits, and complain.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
