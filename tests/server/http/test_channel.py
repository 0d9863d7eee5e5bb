"""
Tests of L{echo.server.http.channel}: malformed requests, and time limits.
"""

from http import HTTPStatus

from OpenSSL import SSL
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from echo.printable import quoted
from echo.server.http.responses import BaseResource
from echo.server.http.site import EchoSite
from tests.kit.daemon import EchoFixture
from tests.kit.handshake import get, upgradeRequest


class BadRequestTests(SynchronousTestCase):
    """
    Requests that cannot be parsed.
    """

    def test_counted(self) -> None:
        """
        A connection counts as refused unless a request was parsed.
        """
        fixture = EchoFixture(self)
        fixture.dial().send(b"garbage\r\n\r\n")
        fixture.dial()
        fixture.dial().send(get("/healthz"))
        failed = fixture.dial()
        failed.transport.protocol.connectionLost(Failure(SSL.Error()))
        fixture.advance(6)
        refusals = {key: n for key, n in fixture.factory.counters.refusals.items() if n}
        self.assertEqual(refusals, {"malformed": 1, "tls": 1, "timeout": 1})

    def test_notCounted(self) -> None:
        """
        A site without counters counts nothing.
        """
        factory = EchoFixture(self).factory
        EchoSite(BaseResource(), factory).countRefusal("timeout")
        self.assertEqual(sum(factory.counters.refusals.values()), 0)

    def refused(self, status: str, data: bytes) -> None:
        """
        Assert that there is one response, with this status, and a log line.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        head, _, why = peer.send(data).decode().partition("\r\n\r\n")
        self.assertEqual(
            head.split("\r\n"),
            [
                f"HTTP/1.1 {status}",
                "Connection: close",
                "Content-Type: text/plain; charset=utf-8",
                "X-Content-Type-Options: nosniff",
                f"Content-Length: {len(why)}",
            ],
        )
        self.assertRegex(why, r"\A[A-Z][^\n]{20,}\.\n\Z")
        event = fixture.events[-1]
        self.assertEqual(
            fixture.lines[-1],
            f"Answered 192.0.2.1:50000: {status} {quoted(event['reason'])}",
        )
        self.assertEqual(event["peer"], "192.0.2.1:50000")
        self.assertEqual(event["event"], "answered")
        self.assertEqual(event["status"], int(status.split(maxsplit=1)[0]))
        fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_garbage(self) -> None:
        """
        Garbage gets 400.
        """
        for data in [
            b"garbage\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        ]:
            self.refused("400 Bad Request", data)

    def test_host(self) -> None:
        """
        A request of HTTP/1.1 needs one valid Host field, at each address. HTTP/1.0
        needs none.
        """
        lines = ("", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host:\r\n")
        for target in ("/", "/info", "/socket", "/healthz", "/nowhere", "*"):
            for method in ("GET", "HEAD", "POST"):
                for line in lines:
                    fixture = EchoFixture(self)
                    peer = fixture.dial()
                    data = f"{method} {target} HTTP/1.1\r\n{line}\r\n".encode()
                    answer = peer.send(data + get())
                    self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), data)
                    self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
                    if target == "/info":
                        why = "There must be one Host field: a host, and optionally a"
                        self.assertIn(why, fixture.events[-1]["reason"])
        answer = EchoFixture(self).dial().send(b"GET /info HTTP/1.0\r\n\r\n")
        self.assertIn(b" 200 ", answer)

    def test_text(self) -> None:
        """
        The response says whether the first line is wrong, or a field.
        """
        for data in [
            b"X\r\n\r\n",
            b"GET / HTTP/2.0\r\n\r\n",
            b"GET /info\r\n\r\n",
            b"\r\n\r\n",
            b" GET / HTTP/1.1\r\n\r\n",
            b"GET /\xe9 HTTP/1.1\r\n\r\n",
        ]:
            answer = EchoFixture(self).dial().send(data)
            _, _, body = answer.partition(b"\r\n\r\n")
            self.assertTrue(
                body.startswith(b"The first line must be METHOD target HTTP/1.1"),
                answer,
            )
        for line in (b"no colon", b" X: a", b"Content-Length: x"):
            data = b"GET / HTTP/1.1\r\nHost: a\r\n" + line + b"\r\n\r\n"
            answer = EchoFixture(self).dial().send(data)
            self.assertIn(b"header field must be a name", answer)

    def test_tooLarge(self) -> None:
        """
        A target or a header above the limits gets 414 or 431.
        """
        self.refused(f"414 {HTTPStatus(414).phrase}", b"GET /" + b"x" * 20000)
        for data in [
            b"GET / HTTP/1.1\r\nX: " + b"x" * 20000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 600 + b"\r\n",
            b"GET / HTTP/1.1\r\n" + (b"X: " + b"x" * 1000 + b"\r\n") * 20 + b"\r\n",
        ]:
            self.refused("431 Request Header Fields Too Large", data)

    def test_halfClosed(self) -> None:
        """
        A client that closes its sending half after a request gets the response.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        channel = IHalfCloseableProtocol(peer.transport.protocol)
        peer.transport.stuck = True
        peer.send(get())
        channel.readConnectionLost()
        channel.writeConnectionLost()
        fixture.advance(0.1)
        self.assertIsNone(peer.transport.lost)
        peer.transport.take()
        self.assertIn(b"200 OK", peer.transport.taken)
        self.assertIs(peer.transport.lost, ConnectionDone)


class DeadlineTests(SynchronousTestCase):
    """
    The time limit of a request.
    """

    def test_noRequest(self) -> None:
        """
        A connection without a request is closed, with a log line.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        fixture.advance(4.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertEqual(
            fixture.lines[-1], "Hung up on 192.0.2.1:50000: no request in 5 s"
        )

    def test_reasons(self) -> None:
        """
        The log line names an incomplete request, or an idle connection after a
        response.
        """
        for data, reason in (
            (b"G", "request incomplete after 5 s"),
            (b"GET / HTTP/1.1\r\nHost", "request incomplete after 5 s"),
            (get(rest="Content-Length: 9\r\n"), "request incomplete after 5 s"),
            (get(), "idle for 5 s after a response"),
            (get() + b"GET", "request incomplete after 5 s"),
        ):
            fixture = EchoFixture(self)
            fixture.dial().send(data)
            fixture.advance(5.2)
            self.assertEqual(
                fixture.lines[-1], f"Hung up on 192.0.2.1:50000: {reason}", data
            )

    def test_trickle(self) -> None:
        """
        The limit is that of the whole request, not of its next byte.
        """
        fixture = EchoFixture(self, "--handshake-timeout=2s")
        peer = fixture.dial()
        for byte in upgradeRequest()[:20]:
            peer.send(bytes([byte]))
            fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_nextRequestHasFullTime(self) -> None:
        """
        The limit begins again after a response.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        for _ in range(3):
            fixture.advance(4)
            peer.send(get())
        self.assertIsNone(peer.transport.lost)
        fixture.advance(5.1)
        self.assertIsNotNone(peer.transport.lost)

    def test_upgradeEndsLimit(self) -> None:
        """
        No limit applies to a conversation.
        """
        fixture = EchoFixture(self, "--ping-interval=0")
        peer = fixture.connect()
        fixture.advance(100)
        self.assertIsNone(peer.transport.lost)

    def test_zeroIsNoLimit(self) -> None:
        """
        0 is no limit.
        """
        fixture = EchoFixture(self, "--handshake-timeout=0")
        peer = fixture.dial()
        fixture.advance(1000)
        self.assertIsNone(peer.transport.lost)

    def test_abortedAfterClose(self) -> None:
        """
        A client that reads nothing of the last response is aborted. A client that
        closes in time leaves no timer behind.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        peer.transport.stuck = True
        peer.send(get(rest="Connection: close\r\n"))
        fixture.advance(4.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        peer = fixture.dial()
        peer.send(get(rest="Connection: close\r\n"))
        peer.transport.protocol.loseConnection()
        fixture.advance(0.1)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])
