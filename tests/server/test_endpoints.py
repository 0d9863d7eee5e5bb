"""
Tests of L{echo.server.endpoints}.
"""

from typing import Any, NoReturn

from twisted.internet import reactor as realReactor
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SynchronousTestCase

from echo.server.endpoints import listener, parseEndpoint
from tests.kit.daemon import EchoFixture


class ListenTests(SynchronousTestCase):
    """
    The endpoints.
    """

    def test_announced(self) -> None:
        """
        The log has the URL.
        """
        fixture = EchoFixture(self, "--listen=tcp:81:interface=127.0.0.1")
        self.assertEqual(fixture.lines, ["Listening on ws://0.0.0.0:81/socket"])

    def test_unix(self) -> None:
        """
        The log has the path of a UNIX socket.
        """
        path = self.mktemp()
        fixture = EchoFixture(self, f"--listen=unix:{path}")
        self.assertEqual(fixture.lines, [f"Listening on {path}"])

    def test_descriptions(self) -> None:
        """
        Descriptions are Twisted's, and C{haproxy:} before them is ours.
        """
        for text, proxied in [
            ("tcp:8080", False),
            ("tcp6:8080", False),
            ("unix:/run/echo", False),
            ("haproxy:tcp:8080", True),
        ]:
            self.assertEqual(parseEndpoint(text, realReactor)[1], proxied)

    def test_invalidDescriptions(self) -> None:
        """
        The error for an invalid description has examples.
        """
        for text in ["", "8080", "tcp:http", "udp:8080", "tcp:80:backlog=x"]:
            error: Any = self.assertRaises(ValueError, parseEndpoint, text, realReactor)
            self.assertIn(f"{text!r} is not an address to listen on", str(error))


class StopTests(SynchronousTestCase):
    """
    The end of listening.
    """

    def test_neverStarted(self) -> None:
        """
        A listener that was never started can be stopped: another one may have failed.
        """
        service = listener("tcp:81", Factory(), MemoryReactor())
        self.successResultOf(service.stopService())

    def test_couldNotListen(self) -> None:
        """
        A failed endpoint ends the start, and can be stopped.
        """

        class Busy(MemoryReactor):
            def listenTCP(self, port: int, *_: object, **__: object) -> NoReturn:
                raise CannotListenError("", port, OSError("Address already in use"))

        service = listener("tcp:81", Factory(), Busy())
        self.assertRaises(CannotListenError, service.startService)
        self.successResultOf(service.stopService())

    def test_beforeStop(self) -> None:
        """
        The listener listens until the Deferred of C{beforeStop} fires.
        """
        over: Deferred[None] = Deferred()
        service = listener("tcp:81", Factory(), MemoryReactor())
        service.beforeStop = lambda: over
        service.startService()
        stopped = service.stopService()
        self.assertNoResult(stopped)
        over.callback(None)
        self.successResultOf(stopped)
