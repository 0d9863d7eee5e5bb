"""
Tests of L{echo.client.transport.httpconnect}, through L{echo.client.connect}.
"""

import ssl
from pathlib import Path
from typing import Any

from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import CannotConnect
from echo.client.transport.phases import Phases
from echo.client.transport.proxy import parseProxy
from echo.client.transport.responsehead import HEAD_LIMIT
from echo.client.transport.route import DNSOverride
from echo.client.transport.tls import TLS
from tests.kit.certificates import AUTHORITY, ELSEWHERE, GOOD, serverContext
from tests.kit.client import URL, ClientTestCase, Server, TLSServer
from tests.kit.frames import TEXT, serverFrame
from tests.kit.handshake import switchingProtocols
from tests.kit.reactor import SilentResolver

PROXY = "http://me:secret@p.example:3128"
DONE = b"HTTP/1.1 200 Connection established\r\n\r\n"
TRUSTING = TLS(authorities=AUTHORITY.pem)


class TunnelTestCase(ClientTestCase):
    """
    Attempts to connect through a proxy.
    """

    def failed(self, attempt: "Deferred[Connection]", phase: str = "proxy") -> str:
        """
        @return: Why an attempt failed in a phase. The reason contains no password.
        """
        failed = self.failureResultOf(attempt, CannotConnect).value
        assert isinstance(failed, CannotConnect)
        self.assertEqual(failed.phase, phase)
        self.assertNotIn("secret", str(failed))
        return failed.reason

    def context(self) -> ssl.SSLContext:
        directory = self.mktemp()
        Path(directory).mkdir()
        return serverContext(GOOD, directory)


class TunnelTests(TunnelTestCase):
    """
    Proxies that open a tunnel.
    """

    def test_requestNamesHostAndAuthorization(self) -> None:
        authorized = (
            b"CONNECT server.example:8080 HTTP/1.1\r\n"
            b"Host: server.example:8080\r\n"
            b"Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n"
        )
        plain = b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n"
        for url, proxy, request in [
            (URL, PROXY, authorized),
            ("wss://[::1]/", parseProxy("p.example"), plain),
        ]:
            server, attempt = self.dial(url, proxy=proxy)
            self.assertEqual(server.transport.value(), request)
            attempt.cancel()
            self.failureResultOf(attempt, CancelledError)

    def test_webSocketThroughTunnel(self) -> None:
        """
        The WebSocket goes through the tunnel, and the proxy is the peer.
        """
        server, attempt = self.dial(proxy=PROXY)
        server.transport.clear()
        server.say(DONE)
        request = server.accept(then=serverFrame(TEXT, b"hello"))
        self.assertTrue(request.startswith(b"GET /socket HTTP/1.1\r\n"))
        self.assertNotIn(b"Proxy", request)
        connection = self.successResultOf(attempt)
        self.assertEqual(connection.peer, "127.0.0.1:3128")
        self.assertEqual(self.successResultOf(connection.receive()), "hello")
        waiting = connection.receive()
        server.hangUp()
        self.failureResultOf(waiting)

    def test_responseInPieces(self) -> None:
        """
        The response may arrive in pieces, after interim responses, with any status 2xx.
        """
        answer = b"HTTP/1.0 100 Continue\r\n\r\nHTTP/1.0 204 Fine\r\nVia: p\r\n\r\n"
        server, attempt = self.dial(proxy=PROXY)
        server.transport.clear()
        for at in range(len(answer)):
            self.assertEqual(server.transport.value(), b"")
            server.say(answer[at : at + 1])
        server.accept()
        self.successResultOf(attempt)
        server.hangUp()

    def test_bytesBehindResponseAreTheServers(self) -> None:
        server, attempt = self.dial(proxy=PROXY)
        server.say(DONE, b"HTTP/1.1 503 Busy\r\n\r\nno room\n")
        refused = self.failureResultOf(attempt).value
        self.assertEqual(str(refused), "handshake refused: HTTP 503 Busy: no room")

    def test_timeOfProxyPhase(self) -> None:
        resolving: list[Any] = []

        class Resolver:
            def resolveHostName(self, receiver: Any, name: str, **_: Any) -> None:
                resolving.append(receiver)

        address = self.reactor.nameResolver
        self.reactor.installNameResolver(Resolver())  # type: ignore[arg-type]
        attempt = connect(
            self.reactor, URL, proxy=PROXY, clock=self.reactor.nanoseconds
        )
        self.reactor.advance(1)
        address.resolveHostName(resolving[0], "p.example", 3128)
        self.reactor.advance(2)
        server = Server(self.reactor.tcpClients[-1][2], None)  # type: ignore[arg-type]
        server.transport.clear()
        self.reactor.advance(3)
        server.say(DONE)
        self.reactor.advance(1)
        server.accept()
        opening = self.successResultOf(attempt).opening
        self.assertEqual(opening, Phases(1.0, 2.0, 3.0, None, 1.0))
        server.hangUp()

    def test_DNSOverrideIsSentToProxy(self) -> None:
        server, attempt = self.dial(
            proxy=PROXY, resolve=[DNSOverride("*", 8080, "2001:db8::1")]
        )
        self.assertIn(b"CONNECT [2001:db8::1]:8080 ", server.transport.value())
        self.assertEqual(self.reactor.tcpClients[-1][:2], ("127.0.0.1", 3128))
        server.transport.clear()
        server.say(DONE)
        self.assertIn(b"Host: server.example:8080\r\n", server.accept())
        self.successResultOf(attempt)
        server.hangUp()

    def test_TLSWithServerIsPhaseOfItsOwn(self) -> None:
        server, attempt = self.dial("wss://good.example/", proxy=PROXY, tls=TRUSTING)
        server.transport.clear()
        server.say(DONE)
        secured = TLSServer(server, self.context(), self.reactor)
        self.reactor.advance(1)
        secured.shakeHands()
        secured.write(switchingProtocols(secured.read()))
        opening = self.successResultOf(attempt).opening
        self.assertEqual((opening.proxy, opening.tls), (0.0, 1.0))
        server.hangUp()
        server, attempt = self.dial("wss://good.example/", proxy=PROXY)
        server.say(DONE)
        server.hangUp()
        reason = self.failed(attempt, "TLS")
        self.assertIn("the server hung up during the TLS handshake", reason)

    def test_TLSWithProxyPrecedesRequest(self) -> None:
        """
        TLS with the proxy precedes the CONNECT request, and its time belongs to the
        proxy phase.
        """
        server, attempt = self.dial(proxy="https://me:it@good.example", tls=TRUSTING)
        self.assertEqual(self.reactor.tcpClients[-1][1], 443)
        secured = TLSServer(server, self.context(), self.reactor)
        self.reactor.advance(1)
        secured.shakeHands()
        self.assertIn(b"CONNECT server.example:8080 ", secured.read())
        secured.write(DONE)
        secured.write(switchingProtocols(secured.read()))
        opening = self.successResultOf(attempt).opening
        self.assertEqual((opening.proxy, opening.tls), (1.0, None))
        server.hangUp()


class RefusalTests(TunnelTestCase):
    """
    Proxies that open no tunnel.
    """

    def test_statusOtherThan2xxIsRefusal(self) -> None:
        """
        A status other than 2xx is a refusal, and later bytes are ignored.
        """
        for answer, reason in [
            (
                b"HTTP/1.1 407 Proxy Authentication Required\r\nA: b\r\n\r\nsecret",
                "HTTP 407 Proxy Authentication Required",
            ),
            (b"HTTP/1.1 502 Bad\x9b31mGateway\r\n\r\n", "HTTP 502 Bad\x9b31mGateway"),
            (b"HTTP/1.1 101\r\n\r\n", "HTTP 101"),
            (b"HTTP/1.1 abc\r\n\r\n", "the answer is not HTTP"),
            (b"SSH-2.0-OpenSSH\r\n", "the answer is not HTTP"),
            (b"HTTP/" + b"x" * HEAD_LIMIT, "the head of the answer is too long"),
        ]:
            server, attempt = self.dial(proxy=PROXY)
            protocol = server.transport.protocol
            server.say(answer)
            protocol.dataReceived(DONE)
            self.assertEqual(self.failed(attempt), reason)
            self.assertFalse(server.transport.connected)

    def test_proxysTextIsEscaped(self) -> None:
        server, attempt = self.dial(proxy=PROXY)
        server.say(b"HTTP/1.1 502 \x1b[31mBad\r\n\r\n")
        failed = self.failureResultOf(attempt).value
        self.assertEqual(str(failed), r"cannot connect (proxy): HTTP 502 \x1b[31mBad")

    def test_transportClosedBeforeResponse(self) -> None:
        for said, what in [(b"", "an answer"), (b"HTTP/1.1 2", "a complete answer")]:
            server, attempt = self.dial(proxy=PROXY)
            server.say(said)
            server.hangUp()
            reason = self.failed(attempt)
            self.assertEqual(reason, f"the proxy hung up without {what}")

    def test_timeoutBeforeResponse(self) -> None:
        server, attempt = self.dial(proxy=PROXY, timeout=3)
        server.say(b"HTTP/1.1 200")
        self.reactor.advance(3)
        self.assertEqual(self.failed(attempt), "no answer within 3 s")
        self.assertFalse(server.transport.connected)

    def test_cancelClosesTransport(self) -> None:
        server, attempt = self.dial(proxy=PROXY)
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)
        self.assertFalse(server.transport.connected)

    def test_cancelWithSlowTransport(self) -> None:
        """
        A socket reports its end after the cancellation, which changes nothing.
        """
        server, attempt = self.dial(proxy=PROXY)
        server.transport.abortConnection = lambda: None  # type: ignore[method-assign]  # what it does, it does later
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)
        server.say(DONE)
        server.hangUp()

    def test_errorNamesUnreachableProxy(self) -> None:
        attempt = connect(self.reactor, URL, proxy=PROXY)
        factory: Any = self.reactor.tcpClients[-1][2]
        factory.clientConnectionFailed(None, Failure(error.ConnectionRefusedError()))
        factory.doStop()
        self.reactor.advance(1)
        reason = self.failed(attempt, "TCP")
        self.assertEqual(reason, "connection refused (proxy http://p.example:3128)")
        self.reactor.installNameResolver(SilentResolver())  # type: ignore[arg-type]
        attempt = connect(self.reactor, URL, proxy=PROXY, timeout=1)
        self.reactor.advance(1)
        self.assertEqual(
            self.failed(attempt, "DNS"),
            "no answer from the resolver within 1 s (proxy http://p.example:3128)",
        )

    def test_proxysCertificateIsAlwaysVerified(self) -> None:
        """
        The proxy's certificate is verified, even if the server's is not.
        """
        directory = self.mktemp()
        Path(directory).mkdir()
        server, attempt = self.dial(
            "wss://good.example/",
            proxy="https://me:secret@good.example",
            tls=TLS(authorities=AUTHORITY.pem, verify=False),
        )
        context = serverContext(ELSEWHERE, directory)
        TLSServer(server, context, self.reactor).shakeHands()
        self.assertEqual(
            self.failed(attempt),
            "the proxy's certificate is refused: it is not for good.example",
        )

    def test_plainTextProxy(self) -> None:
        server, attempt = self.dial(proxy="https://p.example:3128")
        server.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        server.hangUp()
        self.assertIn("does not speak TLS", self.failed(attempt))

    def test_invalidArgumentsConnectNowhere(self) -> None:
        for options in (
            {"proxy": "socks5://p"},
            {"proxy": PROXY, "unixSocket": "/x"},
            {"proxy": "https://p", "tls": TLS(authorities=b"x")},
        ):
            attempt = connect(self.reactor, URL, **options)
            self.failureResultOf(attempt, ValueError)
        self.assertEqual(self.reactor.tcpClients, [])
