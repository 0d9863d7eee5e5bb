"""
Tests of L{echo.child}.
"""

import io
import os
import sys
from pathlib import Path
from typing import Any

import twisted.internet.reactor
from twisted.internet.error import CannotListenError, ReactorNotRunning
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from echo import child
from tests.kit.certificates import GOOD
from tests.kit.reactor import Reactor, Signals


class ParseTests(SynchronousTestCase):
    """
    The options.
    """

    def test_listensOnLoopbackWithShortDrain(self) -> None:
        options = child.parse([])
        self.assertEqual(options["listen"], ["tcp:0:interface=127.0.0.1"])
        self.assertEqual(options["drain"], 0.25)

    def test_optionsReplaceDefaults(self) -> None:
        options = child.parse(["--listen", "tcp:81", "--drain=3s", "--compression"])
        self.assertEqual((options["listen"], options["drain"]), (["tcp:81"], 3.0))
        self.assertTrue(options["compression"])

    def test_onlyTLS(self) -> None:
        """
        Without C{--listen}, C{--listen-tls} replaces the default.
        """
        directory = self.mktemp()
        Path(directory).mkdir()
        pem = GOOD.save(directory)
        tls = ["--listen-tls=tcp:82", "--tls-cert", pem, "--tls-key", pem]
        self.assertEqual(child.parse(tls).settings.listen, ())
        both = child.parse([*tls, "--listen=tcp:81"])
        self.assertEqual((both["listen"], both["listen-tls"]), (["tcp:81"], ["tcp:82"]))

    def test_environmentIsIgnored(self) -> None:
        self.addCleanup(os.environ.pop, "ECHO_MAX_MESSAGE")
        os.environ["ECHO_MAX_MESSAGE"] = "1k"
        self.assertEqual(child.parse([])["max-message"], 16 * 2**20)

    def test_invalidOption(self) -> None:
        error = self.assertRaises(ValueError, child.parse, ["--drain=soon"])
        self.assertTrue(str(error).startswith("--drain: 'soon' is not a time span"))


class StartTests(SynchronousTestCase):
    """
    The running daemon.
    """

    def url(self, *arguments: str) -> str:
        """
        @return: A daemon's URL.
        """
        daemon = child.start(child.parse(arguments), Reactor())
        self.addCleanup(daemon.stopService)
        return child.url(daemon)

    def test_url(self) -> None:
        """
        It is the first TCP address. An address of all interfaces becomes that of
        loopback.
        """
        unix = f"--listen=unix:{self.mktemp()}"
        for arguments, expected in [
            (["--listen=tcp:81"], "ws://127.0.0.1:81/socket"),
            (["--listen=tcp6:81"], "ws://[::1]:81/socket"),
            ([unix, "--listen=tcp:82", "--listen=tcp:83"], "ws://127.0.0.1:82/socket"),
            ([unix], "ws://localhost/socket"),
        ]:
            self.assertEqual(self.url(*arguments), expected)

    def test_signalsArePassedOn(self) -> None:
        signals = Signals()
        daemon: Any = child.start(child.parse([]), Reactor(), signals)
        self.assertIs(next(iter(daemon))._signals, signals)


class MainTests(SynchronousTestCase):
    """
    The process.
    """

    def setUp(self) -> None:
        self.reactor = Reactor()
        self.stdio = StringTransport()
        self.stderr = io.StringIO()
        self.observers: list[Any] = []

    def main(self, *arguments: str) -> int:
        """
        @return: The exit status.
        """
        return child.main(
            arguments,
            reactor=self.reactor,
            stdio=self.connect,
            stderr=self.stderr,
            beginLogging=self.beginLogging,
        )

    def connect(self, lifeline: child.Lifeline) -> None:
        """
        Stand in for standard input and output.
        """
        self.lifeline = lifeline
        lifeline.makeConnection(self.stdio)

    def beginLogging(self, observers: list[Any], redirectStandardIO: bool) -> None:
        """
        Stand in for L{twisted.logger}.
        """
        self.assertFalse(redirectStandardIO)
        self.observers += observers

    def test_writesURL(self) -> None:
        """
        It logs to standard error, and stops the daemon before the reactor.
        """
        self.assertEqual(self.main("--listen=tcp:81"), 0)
        self.assertEqual(self.stdio.value(), b"ws://127.0.0.1:81/socket\n")
        (observer,) = self.observers
        observer({"log_format": "news", "log_time": 0.0})
        self.assertIn("news", self.stderr.getvalue())
        self.assertTrue(self.reactor.hasRun)
        ((stop, _, _),) = self.reactor.triggers["before"]["shutdown"]
        self.assertTrue(stop.__self__.running)
        self.successResultOf(stop())
        self.assertFalse(stop.__self__.running)

    def test_endOfInputStopsReactor(self) -> None:
        """
        An end while the reactor stops is no error.
        """
        self.main()
        self.reactor.hasStopped = False
        self.lifeline.connectionLost()
        self.assertTrue(self.reactor.hasStopped)

        def stop() -> None:
            raise ReactorNotRunning

        child.Lifeline("", stop).connectionLost()

    def test_defaultsOfProcess(self) -> None:
        self.patch(sys, "argv", ["child", "--listen=tcp:82"])
        self.patch(twisted.internet, "reactor", self.reactor)
        child.main(
            stdio=self.connect, stderr=self.stderr, beginLogging=self.beginLogging
        )
        self.assertEqual(self.stdio.value(), b"ws://127.0.0.1:82/socket\n")

    def test_invalidOption(self) -> None:
        """
        The error is the only output.
        """
        self.assertEqual(self.main("--nonsense"), child.USAGE)
        self.assertEqual(self.stderr.getvalue(), "option --nonsense not recognized\n")
        self.assertFalse(self.reactor.hasRun)

    def test_helpGoesToStandardError(self) -> None:
        """
        A parent reads the URL from standard output.
        """
        self.assertEqual(self.assertRaises(SystemExit, self.main, "--help").code, 0)
        self.assertIn("--max-message SIZE", self.stderr.getvalue())

    def test_cannotListen(self) -> None:
        """
        The error is the only output.
        """
        self.patch(sys, "excepthook", sys.excepthook)

        def listenTCP(*arguments: object, **options: object) -> None:
            raise CannotListenError("::1", 81, "in use")

        self.patch(self.reactor, "listenTCP", listenTCP)
        self.patch(self.reactor, "iterate", lambda _: None)
        self.assertEqual(self.main("--listen=tcp:81"), child.CANNOT_LISTEN)
        self.assertEqual(self.stderr.getvalue(), "cannot listen on ::1:81: in use\n")
        self.assertFalse(self.reactor.hasRun)
