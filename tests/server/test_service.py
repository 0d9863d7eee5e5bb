"""
Tests of L{echo.server.service}: the start, metrics during the drain, and notices.
"""

import io
import os
import sys
from functools import partial
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.error import CannotListenError
from twisted.trial.unittest import SynchronousTestCase

import echo.server.conversation.factory
import echo.wire.pure
from echo.server.endpoints import ListeningService
from echo.server.service import CannotListen, Daemon
from echo.wire import VARIABLE
from tests.kit.daemon import NOTICE, EchoFixture
from tests.kit.reactor import Reactor


class StartTests(SynchronousTestCase):
    """
    The start.
    """

    def test_addresses(self) -> None:
        """
        The log has each address, and so has C{addresses}, in order.
        """
        path = self.mktemp()
        fixture = EchoFixture(
            self, "--listen=tcp:81", f"--listen=unix:{path}", "--listen=tcp:82"
        )
        self.assertEqual(
            fixture.service.addresses,
            ["ws://0.0.0.0:81/socket", path, "ws://0.0.0.0:82/socket"],
        )

    def test_cannotListen(self) -> None:
        """
        A failure to listen is one line without a traceback. Other exceptions have a
        traceback.
        """
        self.patch(sys, "excepthook", sys.excepthook)
        iterations: list[tuple[()]] = []
        reactor: Any = Reactor()
        reactor.iterate = lambda *_: iterations.append(())
        for error, text in [
            (CannotListenError("::1", 80, "in use"), "cannot listen on ::1:80: in use"),
            (
                CannotListenError("", "/run/x", "denied"),
                "cannot listen on /run/x: denied",
            ),
            (
                PermissionError(13, "Permission denied"),
                "cannot listen: [Errno 13] Permission denied",
            ),
            (
                FileNotFoundError(2, "No such file", "7", None, b"/run/x.lock"),
                "cannot listen on /run/x.lock: No such file",
            ),
            (OverflowError("port must be 0-65535."), "port must be 0-65535."),
        ]:

            class Failing(Service):
                def privilegedStartService(self, error: Exception = error) -> None:
                    raise error

            daemon = Daemon(reactor)
            Failing().setServiceParent(daemon)
            raised = self.assertRaises(CannotListen, daemon.privilegedStartService)
            self.assertEqual(iterations.pop(), ())
            self.assertIn(text, str(raised))
            out = io.StringIO()
            self.patch(sys, "__stderr__", out)
            sys.excepthook(type(raised), raised, None)
            self.assertEqual(out.getvalue(), f"echo: {raised}\n")

        shown: list[object] = []
        self.patch(sys, "__excepthook__", lambda *details: shown.append(details))
        bug = RuntimeError("a bug")
        sys.excepthook(RuntimeError, bug, None)
        self.assertEqual(shown, [(RuntimeError, bug, None)])


class WatchTests(SynchronousTestCase):
    """
    The metrics during the drain.
    """

    def test_metricsDuringDrain(self) -> None:
        """
        Metrics are served until the last conversation has ended, and nothing else is.
        """
        fixture = EchoFixture(self, "--metrics=tcp:9090")
        self.assertEqual(
            [port for port, *_ in fixture.reactor.tcpServers], [8080, 9090]
        )
        listeners = [
            each for each in fixture.service if isinstance(each, ListeningService)
        ]
        closed: list[int] = []
        for number, listener in enumerate(listeners):
            port = cast("Any", listener._waitingForPort).result
            self.patch(port, "stopListening", partial(closed.append, number))
        peer = fixture.connect()
        stopped: list[object] = []
        fixture.service.stopService().addCallback(stopped.append)
        fixture.advance(0.1)
        self.assertEqual((closed, stopped), ([0], []))
        peer.transport.hangUp()
        fixture.advance(0.1)
        self.assertEqual(closed, [0, 1])
        self.assertEqual(len(stopped), 1)


class NoticeTests(SynchronousTestCase):
    """
    The log line about the codec.
    """

    def use(self, **environ: str) -> EchoFixture:
        """
        @return: A daemon in this environment.
        """
        self.addCleanup(os.environ.update, os.environ.copy())
        self.addCleanup(os.environ.pop, VARIABLE, None)
        os.environ.pop(VARIABLE, None)
        os.environ.update(environ)
        return EchoFixture(self)

    def test_compiledIsSilent(self) -> None:
        """
        With the C codec there is no line.
        """
        self.patch(echo.server.conversation.factory, "choose", lambda: Compiled)
        self.assertEqual(self.use().notices, [])

    def test_notCompiled(self) -> None:
        """
        Without the C codec there is one line.
        """
        self.patch(echo.server.conversation.factory, "choose", lambda: echo.wire.pure)
        self.assertEqual(self.use().notices, [f"{NOTICE}echo.wire is not compiled"])

    def test_switchedOff(self) -> None:
        """
        With the C codec switched off there is one line.
        """
        fixture = self.use(**{VARIABLE: "0"})
        self.assertEqual(fixture.notices, [f"{NOTICE}ECHO_USE_WIRE is 0"])


class Compiled:
    """
    Looks compiled.
    """

    class Wire(echo.wire.pure.Wire):
        """
        Has a pump, if there were any use for it.
        """

        makePump = object  # type: ignore[assignment]  # the Python codec has none
