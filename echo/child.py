"""
The daemon as a child process of tests, in any language: C{python -m echo.child}.

It takes the daemon's options from its command line only. By default it listens on a
free port of loopback. It writes its URL to standard output, one line, and its log to
standard error. It ends with its standard input, and so with its parent.

An invalid option is one line on standard error, and exit status 2. L{echo.testing} runs
this module, and calls its functions in trial's reactor.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from typing import Any, TextIO

from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.logger import globalLogBeginner, textFileLogObserver
from twisted.python.failure import Failure

from echo.server.service import CannotListen, Daemon
from echo.server.signals import Signals
from echo.tap import Options, makeService
from echo.usage import UsageError

# The defaults, in place of ECHO_* from the environment, which may be meant for another
# daemon. The drain is short, as clients are local and tests wait for it.
_ENVIRONMENT = {"ECHO_LISTEN": "tcp:0:interface=127.0.0.1", "ECHO_DRAIN": "250ms"}

CANNOT_LISTEN, USAGE = 1, 2


def parse(arguments: Sequence[str] | None) -> Options:
    """
    @raise ValueError: An option is invalid; the text is one line.
    """
    options = Options(_ENVIRONMENT)
    try:
        options.parseOptions(arguments)
    except UsageError as error:
        raise ValueError(str(error)) from None
    if options.settings.listenTLS and options.source("listen") in _ENVIRONMENT:
        options.settings = replace(options.settings, listen=())
    return options


def start(options: Options, reactor: Any, signals: Signals | None = signal) -> Daemon:
    """
    @param signals: As for L{makeService}.

    @raise CannotListen: An endpoint is in use, or not available.
    """
    daemon = makeService(options, reactor, signals)
    daemon.privilegedStartService()
    daemon.startService()
    return daemon


def url(daemon: Daemon) -> str:
    """
    @return: The URL of the first TCP address. Without one, the URL to request through a
        Unix socket.
    """
    for where in daemon.addresses:
        if where.startswith(("ws://", "wss://")):
            # An address of all interfaces is none to connect to.
            return where.replace("//0.0.0.0:", "//127.0.0.1:").replace("[::]", "[::1]")
    return "ws://localhost/socket"


class Lifeline(Protocol):
    """
    Standard input and output: writes the URL, and ends the daemon with the input.
    """

    transport: ITransport

    def __init__(self, line: str, end: Callable[[], object]) -> None:
        self._line = line
        self._end = end

    def connectionMade(self) -> None:
        self.transport.write(f"{self._line}\n".encode())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        with suppress(ReactorNotRunning):
            self._end()


def main(
    arguments: Sequence[str] | None = None,
    *,
    reactor: Any = None,  # Twisted's own is a module to mypy
    stdio: Callable[[Lifeline], object] = StandardIO,
    stderr: TextIO | None = None,
    beginLogging: Callable[..., None] = globalLogBeginner.beginLoggingTo,
) -> int:
    if reactor is None:
        from twisted.internet import reactor  # noqa: PLC0415  importing installs it
    stderr = stderr or sys.stderr
    try:
        with redirect_stdout(stderr):  # the parent would take --help for the URL
            options = parse(arguments)
    except ValueError as error:
        print(error, file=stderr)
        return USAGE
    try:
        daemon = start(options, reactor)
    except CannotListen as error:
        print(error, file=stderr)
        return CANNOT_LISTEN
    beginLogging([textFileLogObserver(stderr)], redirectStandardIO=False)
    reactor.addSystemEventTrigger("before", "shutdown", daemon.stopService)
    stdio(Lifeline(url(daemon), reactor.stop))
    reactor.run()
    return 0


if __name__ == "__main__":  # pragma: no cover  (tests run it as a process)
    # All sockets are closed. Freeing the memory would take a quarter of the time that a
    # test waits for the end.
    os._exit(main())
