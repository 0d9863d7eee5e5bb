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
    Where the daemon listens.
    """

    def test_announced(self) -> None:
        """
        The log says where the socket is.
        """
        fixture = EchoFixture(self, "--listen=tcp:81:interface=127.0.0.1")
        self.assertEqual(fixture.lines, ["Listening on ws://0.0.0.0:81/socket"])

    def test_unix(self) -> None:
        """
        A UNIX socket is announced by its path.
        """
        path = self.mktemp()
        fixture = EchoFixture(self, f"--listen=unix:{path}")
        self.assertEqual(fixture.lines, [f"Listening on {path}"])

    def test_strports(self) -> None:
        """
        Descriptions of endpoints are read as Twisted reads them; PROXY is ours.
        """
        for text, proxied in [
            ("tcp:8080", False),
            ("tcp6:8080", False),
            ("unix:/run/echo", False),
            ("haproxy:tcp:8080", True),
        ]:
            self.assertEqual(parseEndpoint(text, realReactor)[1], proxied)

    def test_badStrports(self) -> None:
        """
        What cannot be listened on is named, along with what could.
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
        What never listened is stopped like the rest: another address was taken.
        """
        service = listener("tcp:81", Factory(), MemoryReactor())
        self.successResultOf(service.stopService())

    def test_couldNotListen(self) -> None:
        """
        An address that cannot be had ends the start, and is none to stop at.
        """

        class Busy(MemoryReactor):
            def listenTCP(self, port: int, *_: object, **__: object) -> NoReturn:
                raise CannotListenError("", port, OSError("Address already in use"))

        service = listener("tcp:81", Factory(), Busy())
        self.assertRaises(CannotListenError, service.startService)
        self.successResultOf(service.stopService())

    def test_until(self) -> None:
        """
        A stop can wait for something, and listens until then.
        """
        over: Deferred[None] = Deferred()
        service = listener("tcp:81", Factory(), MemoryReactor())
        service.until = lambda: over
        service.startService()
        stopped = service.stopService()
        self.assertNoResult(stopped)
        over.callback(None)
        self.successResultOf(stopped)
