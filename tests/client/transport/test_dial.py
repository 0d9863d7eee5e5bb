"""
Tests for L{echo.client.transport.dial}, and for handshakes that fail: all through
L{echo.client.connecting.connect}.
"""

from pathlib import Path
from typing import Any

from twisted.internet import error
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import CannotConnect, HandshakeRefused, ProtocolError
from echo.client.transport.phases import Phases
from echo.client.transport.refusal import BODY_TIME
from echo.client.transport.responsehead import HEAD_LIMIT
from echo.client.transport.route import parseDNSOverride
from echo.client.transport.tls import TLS
from tests.kit.certificates import AUTHORITY, GOOD, serverContext
from tests.kit.client import URL, ClientTestCase, Server, TLSServer
from tests.kit.frames import serverFrame
from tests.kit.handshake import switchingProtocols
from tests.kit.reactor import SilentResolver


class ReachTests(ClientTestCase):
    """
    Tests for hosts that cannot be reached.
    """

    def _failed(self, attempt: "Deferred[Connection]", phase: str) -> str:
        failed = self.failureResultOf(attempt, CannotConnect).value
        assert isinstance(failed, CannotConnect)
        self.assertEqual(failed.phase, phase)
        return failed.reason

    def test_reasons(self) -> None:
        """
        Why a connection could not be made is said in plain words.
        """
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

    def test_unknownName(self) -> None:
        """
        A name that is not known fails at DNS.
        """

        class Resolver:
            def resolveHostName(self, receiver: Any, name: str, **_: Any) -> None:
                receiver.resolutionBegan(None)
                receiver.resolutionComplete()

        self.reactor.installNameResolver(Resolver())  # type: ignore[arg-type]
        attempt = connect(self.reactor, URL)
        self.assertEqual(self._failed(attempt, "DNS"), "the host name is not known")

    def test_unixSocket(self) -> None:
        """
        A Unix socket that is not there fails as such.
        """
        attempt = connect(self.reactor, URL, unixSocket="/nowhere")
        factory = self.reactor.unixClients[-1][1]
        factory.clientConnectionFailed(None, Failure(error.ConnectError(2)))
        reason = self._failed(attempt, "unix socket")
        self.assertEqual(reason, "no such file or directory")

    def test_slowName(self) -> None:
        """
        A resolver that does not answer in time fails at DNS.
        """
        self.reactor.installNameResolver(SilentResolver())  # type: ignore[arg-type]
        attempt = connect(self.reactor, URL, timeout=0.5)
        self.reactor.advance(0.5)
        reason = self._failed(attempt, "DNS")
        self.assertEqual(reason, "no answer from the resolver within 0.5 s")

    def test_slowHost(self) -> None:
        """
        A host that does not answer in time fails at TCP.
        """
        attempt = connect(self.reactor, URL, timeout=2)
        self.reactor.advance(1.9)
        self.assertNoResult(attempt)
        self.reactor.advance(0.1)
        self.assertEqual(self._failed(attempt, "TCP"), "no answer within 2 s")

    def test_nonsense(self) -> None:
        """
        What makes no sense is a C{ValueError}, and nothing is tried.
        """
        for url, options in [
            ("http://x", {}),
            (URL, {"headers": [("a b", "c")]}),
            (URL, {"origin": "\n"}),
        ]:
            attempt = connect(self.reactor, url, **options)  # type: ignore[arg-type]
            self.failureResultOf(attempt, ValueError)
        self.assertEqual(self.reactor.tcpClients, [])

    def test_cancelBefore(self) -> None:
        """
        An attempt that is cancelled ends at once, whatever it waits for.
        """
        attempt = connect(self.reactor, URL)
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)
        self.assertTrue(self.reactor.connectors[-1].stoppedConnecting)
        self.reactor.installNameResolver(SilentResolver())  # type: ignore[arg-type]
        attempt = connect(self.reactor, URL)
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)

    def test_cancelDuring(self) -> None:
        """
        An attempt that is cancelled in its handshake hangs up.
        """
        server, attempt = self.dial()
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)
        self.assertFalse(server.transport.connected)


class PhaseTests(ClientTestCase):
    """
    Tests for what each phase takes.
    """

    def test_phases(self) -> None:
        """
        Name, connection, TLS and answer are told apart.
        """
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

    def test_noName(self) -> None:
        """
        Where there is no name to look up, that took no time.
        """
        fixed = [parseDNSOverride("server.example:8080:10.0.0.7")]
        for options in ({"unixSocket": "/run/x.sock"}, {"resolve": fixed}):
            _, connection = self.open(**options)
            self.assertIsNone(connection.opening.dns)
            self.assertEqual(connection.opening.connect, 0.0)

    def test_resolve(self) -> None:
        """
        An address that stands in for the host is where it goes; nothing else of
        the URL changes, and a failure there is one of TCP.
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


class HandshakeTests(ClientTestCase):
    """
    Tests for answers that open nothing.
    """

    def _refused(self, *answer: bytes) -> HandshakeRefused:
        server, attempt = self.dial()
        for piece in answer:
            server.say(piece)
        server.hangUp()
        failed = self.failureResultOf(attempt, HandshakeRefused).value
        assert isinstance(failed, HandshakeRefused)
        return failed

    def test_statuses(self) -> None:
        """
        An HTTP status that is not 101 is the server's word, in any version.
        """
        for line, status, phrase in [
            (b"HTTP/1.1 401 Unauthorized", 401, "Unauthorized"),
            (b"HTTP/1.0 503 Service Unavailable", 503, "Service Unavailable"),
            (b"HTTP/1.1 200", 200, ""),
            (b"HTTP/1.1 403 D\xc3\xa9fendu", 403, "D??fendu"),
        ]:
            failed = self._refused(line + b"\r\nA: b\r\n\r\n<html>")
            self.assertEqual((failed.status, failed.phrase), (status, phrase))

    def test_body(self) -> None:
        """
        A refusal has the first line of the body, in however many pieces it comes,
        and is there as soon as the line is.
        """
        answer = b"HTTP/1.1 400 Bad Request\r\nA: b\r\n\r\nno such thing\nx"
        for pieces in ([answer], [answer[i : i + 1] for i in range(len(answer))]):
            server, attempt = self.dial()
            for piece in pieces:
                server.say(piece)
            failed = self.failureResultOf(attempt, HandshakeRefused).value
            self.assertEqual((failed.status, failed.body), (400, "no such thing"))
            self.assertFalse(server.transport.connected)
        self.assertEqual(
            self._refused(b"HTTP/1.1 404 No\r\n\r\n", b"not", b" here").body, "not here"
        )

    def test_path(self) -> None:
        """
        A server that speaks HTTP is told with the path that was asked for.
        """
        server, attempt = self.dial("ws://x.example/a/b?token=c")
        server.say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        failed = self.failureResultOf(attempt, HandshakeRefused).value
        self.assertIn("the server speaks HTTP at /a/b, not", str(failed))

    def test_slowBody(self) -> None:
        """
        A body is not waited for any longer than that, and never beyond the time-out.
        """
        for timeout in (10, BODY_TIME / 2):
            server, attempt = self.dial(timeout=timeout)
            server.say(b"HTTP/1.1 503 Busy\r\nConnection: keep-alive\r\n\r\nlat")
            self.assertNoResult(attempt)
            self.reactor.advance(min(timeout, BODY_TIME))
            failed = self.failureResultOf(attempt, HandshakeRefused).value
            self.assertEqual((failed.status, failed.body), (503, "lat"))
            self.assertFalse(server.transport.connected)

    def test_cancelledBody(self) -> None:
        """
        The attempt can be cancelled while a body is awaited.
        """
        server, attempt = self.dial()
        server.say(b"HTTP/1.1 503 Busy\r\n\r\n")
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)
        self.assertFalse(server.transport.connected)

    def test_redirect(self) -> None:
        """
        A redirect says where to, and is not followed.
        """
        failed = self._refused(b"HTTP/1.1 301 Moved\r\nLocation: ws://y/\r\n\r\n")
        self.assertEqual((failed.status, failed.location), (301, "ws://y/"))
        self.assertEqual(len(self.reactor.tcpClients), 1)

    def test_hangUp(self) -> None:
        """
        A server that hangs up before its answer is complete refuses.
        """
        silent = self._refused()
        self.assertEqual(silent.phrase, "the server hung up without an answer")
        self.assertEqual(silent.hint, "is it wss://?")
        self.assertEqual(
            self._refused(b"HTTP/1.1 101").phrase,
            "the server hung up without a complete answer",
        )

    def test_silence(self) -> None:
        """
        So does one that does not answer in time.
        """
        server, attempt = self.dial(timeout=3)
        server.say(b"HTTP/1.1 101 ")
        self.reactor.advance(3)
        failed = self.failureResultOf(attempt, HandshakeRefused).value
        self.assertEqual(failed.phrase, "no complete answer within 3 s")
        self.assertFalse(server.transport.connected)

    def _broken(self, answer: bytes) -> str:
        server, attempt = self.dial()
        request = server.transport.value()
        old, new = answer.split(b"|")
        server.say(switchingProtocols(request).replace(old, new))
        failed = self.failureResultOf(attempt, ProtocolError).value
        assert isinstance(failed, ProtocolError)
        self.assertFalse(server.transport.connected)
        return failed.reason

    def test_wrongAnswers(self) -> None:
        """
        An answer that accepts, but wrongly, is a protocol error.
        """
        for change, said in [
            (b"Accept: |Accept: x", "Accept"),
            (b"Upgrade: websocket\r\n|", "Upgrade header missing"),
            (b"Connection: Upgrade\r\n|", "Connection header missing"),
            (b"\r\n\r\n|\r\nSec-WebSocket-Protocol: x\r\n\r\n", "subprotocol"),
            (b"\r\n\r\n|\r\nSec-WebSocket-Extensions: x\r\n\r\n", "extension"),
            (
                b"\r\n\r\n|\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                "denied",
            ),
            (b"HTTP/1.1 101|HTTP/1.1 abc", "status code"),
            (b"HTTP/1.1 101|HTTP/1.0 101", "HTTP version"),
        ]:
            self.assertIn(said, self._broken(change))

    def test_malformed(self) -> None:
        """
        An answer that Autobahn's parser cannot digest is a protocol error as well.
        """
        server, attempt = self.dial(compression=True)

        def broken(_: object) -> None:
            raise KeyError("a parser that meets its limits")

        server.protocol._wrappedProtocol.perMessageCompressionAccept = broken
        server.accept("Sec-WebSocket-Extensions: permessage-deflate")
        failed = self.failureResultOf(attempt, ProtocolError).value
        self.assertEqual(failed.reason, "the answer to the handshake is malformed")

    def test_otherCompression(self) -> None:
        """
        A compression that was not offered is not accepted.
        """
        server, attempt = self.dial(compression=True)
        server.accept("Sec-WebSocket-Extensions: permessage-bzip2")
        self.failureResultOf(attempt, ProtocolError)

    def test_notHTTP(self) -> None:
        """
        What is not HTTP is noticed with the first byte that is not.
        """
        for data in (b"SSH-2.0-OpenSSH\r\n", b"H\xff", b"\x15\x04"):
            server, attempt = self.dial()
            server.say(data)
            failed = self.failureResultOf(attempt, ProtocolError).value
            self.assertEqual(failed.reason, "the answer is not HTTP")

    def test_TLS(self) -> None:
        """
        An alert of TLS, or its first byte, gets a hint.
        """
        for data in (b"\x15", b"\x15\x03\x01\x00\x02\x02\x46", b"\x16\x03"):
            server, attempt = self.dial()
            server.say(data)
            failed = self.failureResultOf(attempt, ProtocolError).value
            self.assertEqual(
                failed.reason, "the answer is TLS, not HTTP: is it wss://?"
            )

    def test_endless(self) -> None:
        """
        An answer's head has a limit, be it complete or not.
        """
        line = b"HTTP/1.1 101 Switching Protocols\r\n"
        for end in (b"", b"\r\n\r\n"):
            server, attempt = self.dial()
            server.say(line + b"A: " + b"b" * HEAD_LIMIT + end)
            failed = self.failureResultOf(attempt, ProtocolError).value
            self.assertEqual(failed.reason, "the head of the answer is too long")

    def test_lateData(self) -> None:
        """
        What comes after the failure changes nothing.
        """
        server, attempt = self.dial()
        server.say(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        server.say(serverFrame(1, b"x"))
        self.failureResultOf(attempt, HandshakeRefused)
