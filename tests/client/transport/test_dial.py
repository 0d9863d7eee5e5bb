"""
Tests of L{echo.client.transport.dial}, through L{echo.client.connecting.connect}.
"""

from pathlib import Path
from typing import Any

from twisted.internet import error
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import CannotConnect
from echo.client.transport.phases import Phases
from echo.client.transport.route import parseDNSOverride
from echo.client.transport.tls import TLS
from tests.kit.certificates import AUTHORITY, GOOD, serverContext
from tests.kit.client import URL, ClientTestCase, Server, TLSServer
from tests.kit.handshake import switchingProtocols
from tests.kit.reactor import SilentResolver


class ReachTests(ClientTestCase):
    """
    Hosts that cannot be reached.
    """

    def _failed(self, attempt: "Deferred[Connection]", phase: str) -> str:
        failed = self.failureResultOf(attempt, CannotConnect).value
        assert isinstance(failed, CannotConnect)
        self.assertEqual(failed.phase, phase)
        return failed.reason

    def test_endpointErrorsInWords(self) -> None:
        for problem, reason in [
            (error.ConnectionRefusedError(111), "connection refused"),
            (error.TimeoutError(), "no answer in time"),
            (error.NoRouteError(), "no route to the host"),
            (error.ConnectError(101), "network is unreachable"),
            (
                error.ConnectError(string="odd"),
                "An error occurred while connecting: odd",
            ),
        ]:
            attempt = connect(self.reactor, URL)
            factory: Any = self.reactor.tcpClients[-1][2]
            factory.clientConnectionFailed(None, Failure(problem))
            self.reactor.advance(1)
            self.assertEqual(self._failed(attempt, "TCP"), reason)

    def test_unknownNameFailsAtDNS(self) -> None:

        class Resolver:
            def resolveHostName(self, receiver: Any, name: str, **_: Any) -> None:
                receiver.resolutionBegan(None)
                receiver.resolutionComplete()

        self.reactor.installNameResolver(Resolver())  # type: ignore[arg-type]
        attempt = connect(self.reactor, URL)
        self.assertEqual(self._failed(attempt, "DNS"), "the host name is not known")

    def test_missingUnixSocket(self) -> None:
        attempt = connect(self.reactor, URL, unixSocket="/nowhere")
        factory = self.reactor.unixClients[-1][1]
        factory.clientConnectionFailed(None, Failure(error.ConnectError(2)))
        reason = self._failed(attempt, "unix socket")
        self.assertEqual(reason, "no such file or directory")

    def test_resolverTimeoutFailsAtDNS(self) -> None:
        self.reactor.installNameResolver(SilentResolver())  # type: ignore[arg-type]
        attempt = connect(self.reactor, URL, timeout=0.5)
        self.reactor.advance(0.5)
        reason = self._failed(attempt, "DNS")
        self.assertEqual(reason, "no answer from the resolver within 0.5 s")

    def test_hostTimeoutFailsAtTCP(self) -> None:
        attempt = connect(self.reactor, URL, timeout=2)
        self.reactor.advance(1.9)
        self.assertNoResult(attempt)
        self.reactor.advance(0.1)
        self.assertEqual(self._failed(attempt, "TCP"), "no answer within 2 s")

    def test_invalidArgumentsConnectNowhere(self) -> None:
        for url, options in [
            ("http://x", {}),
            (URL, {"headers": [("a b", "c")]}),
            (URL, {"origin": "\n"}),
        ]:
            attempt = connect(self.reactor, url, **options)  # type: ignore[arg-type]
            self.failureResultOf(attempt, ValueError)
        self.assertEqual(self.reactor.tcpClients, [])

    def test_cancelWhileConnecting(self) -> None:
        attempt = connect(self.reactor, URL)
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)
        self.assertTrue(self.reactor.connectors[-1].stoppedConnecting)
        self.reactor.installNameResolver(SilentResolver())  # type: ignore[arg-type]
        attempt = connect(self.reactor, URL)
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)

    def test_cancelDuringHandshakeClosesTransport(self) -> None:
        server, attempt = self.dial()
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)
        self.assertFalse(server.transport.connected)


class PhaseTests(ClientTestCase):
    """
    The time of each phase.
    """

    def test_timesOfAllPhases(self) -> None:
        resolving: list[Any] = []

        class Resolver:
            def resolveHostName(self, receiver: Any, name: str, **_: Any) -> None:
                receiver.resolutionBegan(None)
                resolving.append(receiver)

        self.reactor.installNameResolver(Resolver())  # type: ignore[arg-type]
        clock = self.reactor.nanoseconds
        attempt = connect(
            self.reactor,
            "wss://good.example/",
            tls=TLS(authorities=AUTHORITY.pem),
            timeout=60,
            clock=clock,
        )
        self.reactor.advance(1)
        (receiver,) = resolving
        for host in ("10.0.0.1", "10.0.0.2"):
            receiver.addressResolved(IPv4Address("TCP", host, 443))
        receiver.resolutionComplete()
        self.reactor.advance(2)
        self.assertEqual(len(self.reactor.tcpClients), 2)
        _, _, factory, _, _ = self.reactor.tcpClients[-1]
        server = Server(factory, IPv4Address("TCP", "10.0.0.2", 443))
        directory = self.mktemp()
        Path(directory).mkdir()
        context = serverContext(GOOD, directory)
        secured = TLSServer(server, context, self.reactor)
        self.reactor.advance(3)
        secured.shakeHands()
        self.reactor.advance(4)
        secured.write(switchingProtocols(secured.read()))
        opening = self.successResultOf(attempt).opening
        self.assertEqual(opening, Phases(1.0, 2.0, None, 3.0, 4.0))
        self.assertEqual(opening.total, 10.0)
        server.hangUp()

    def test_noDNSTimeWithoutName(self) -> None:
        fixed = [parseDNSOverride("server.example:8080:10.0.0.7")]
        for options in ({"unixSocket": "/run/x.sock"}, {"resolve": fixed}):
            _, connection = self.open(**options)
            self.assertIsNone(connection.opening.dns)
            self.assertEqual(connection.opening.connect, 0.0)

    def test_DNSOverrideChangesOnlyTheAddress(self) -> None:
        """
        A DNS override changes the address to connect to and nothing else. A failure
        there is one of TCP.
        """
        url, resolve = "wss://good.example/", [parseDNSOverride("*:443:[::7]")]
        server, attempt = self.dial(url, resolve=resolve)
        self.assertEqual(self.reactor.tcpClients[-1][:2], ("::7", 443))
        self.assertIn(b"good.example", server.transport.value())
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)
        attempt = connect(self.reactor, url, resolve=resolve, timeout=1)
        self.reactor.advance(1)
        failed = self.failureResultOf(attempt, CannotConnect).value
        self.assertEqual(failed.phase, "TCP")
