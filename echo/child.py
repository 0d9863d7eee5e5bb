"""
The daemon as a child of whoever tests against it: C{python -m echo.child}.

It takes the daemon's switches, from its command line only, and listens on a free
port of loopback if they do not say where. It writes its URL to standard output, as
a line, and ends with its standard input, so that it does not outlive its parent,
however that died. Where its switches are wrong it says so in one line on standard
error, and its status is 2.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from typing import Any, TextIO

from twisted.internet.error import ReactorNotRunning
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.logger import globalLogBeginner, textFileLogObserver
from twisted.python.failure import Failure

from echo.server.service import CannotListen, Daemon
from echo.server.signals import Signals
from echo.tap import Options, makeService
from echo.usage import UsageError

# An environment of our own: what somebody set for another daemon is not for this
# one. Its peers are near, and a test that left one behind should not wait for it.
_ENVIRONMENT = {"ECHO_LISTEN": "tcp:0:interface=127.0.0.1", "ECHO_DRAIN": "250ms"}

CANNOT_LISTEN, USAGE = 1, 2


def parse(arguments: Sequence[str]) -> Options:
    """
    Read the switches of a daemon to test against.

    @raise ValueError: They are wrong; it says how, in one line.
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
    Start the daemon.

    @param signals: The module C{signal}: a signal during the drain ends it. None
        leaves signals alone.

    @return: The daemon, which listens.

    @raise CannotListen: It could not.
    """
    daemon = makeService(options, reactor, signals)
    daemon.privilegedStartService()
    daemon.startService()
    return daemon


def url(daemon: Daemon) -> str:
    """
    @return: Where to connect to: the first address that is not a UNIX socket. If
        there is none, what to ask for through that socket.
    """
    for where in daemon.addresses:
        if where.startswith(("ws://", "wss://")):
            # Every address of the machine is none that can be connected to.
            return where.replace("//0.0.0.0:", "//127.0.0.1:").replace("[::]", "[::1]")
    return "ws://localhost/socket"


class Lifeline(Protocol):
    """
    Standard input and output: says where the daemon is, and ends it.
    """

    transport: Any

    def __init__(self, line: str, end: Callable[[], object]) -> None:
        self._line = line
        self._end = end

    def connectionMade(self) -> None:
        """
        Say where the daemon is.
        """
        self.transport.write(f"{self._line}\n".encode())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Nobody is there any more, or it is the daemon that ends.
        """
        with suppress(ReactorNotRunning):
            self._end()


def main(
    arguments: Sequence[str] | None = None,
    *,
    reactor: Any = None,
    stdio: Callable[[Lifeline], object] = StandardIO,
    stderr: TextIO | None = None,
    beginLogging: Callable[..., None] = globalLogBeginner.beginLoggingTo,
) -> int:
    """
    Run the daemon.

    @param arguments: Its switches; those of the process, if C{None}.

    @param reactor: What runs it; the real one, if C{None}.

    @param stdio: What connects the lifeline.

    @return: The exit status.
    """
    if reactor is None:
        from twisted.internet import reactor  # noqa: PLC0415  importing installs it
    stderr = stderr or sys.stderr
    try:
        with redirect_stdout(stderr):  # --help is no URL
            options = parse(sys.argv[1:] if arguments is None else arguments)
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


if __name__ == "__main__":  # pragma: no cover  (tests run it in processes of its own)
    # Its sockets are closed, and the rest is memory: to clear that up first would
    # take a quarter of the time that a test waits for all of this.
    os._exit(main())
