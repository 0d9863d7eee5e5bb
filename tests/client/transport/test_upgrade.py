"""
Tests of L{echo.client.transport.upgrade}: responses that open no WebSocket.
"""

from twisted.internet.defer import CancelledError

from echo.client.errors import HandshakeRefused, ProtocolError
from echo.client.transport.refusal import BODY_TIME
from echo.client.transport.responsehead import HEAD_LIMIT
from tests.kit.client import ClientTestCase
from tests.kit.frames import serverFrame
from tests.kit.handshake import switchingProtocols


class HandshakeTests(ClientTestCase):
    """
    Refusals and invalid responses.
    """

    def _refused(self, *answer: bytes) -> HandshakeRefused:
        server, attempt = self.dial()
        for piece in answer:
            server.say(piece)
        server.hangUp()
        failed = self.failureResultOf(attempt, HandshakeRefused).value
        assert isinstance(failed, HandshakeRefused)
        return failed

    def test_statusOtherThan101IsRefusal(self) -> None:
        """
        A status other than 101 is a refusal, in any HTTP version.
        """
        for line, status, phrase in [
            (b"HTTP/1.1 401 Unauthorized", 401, "Unauthorized"),
            (b"HTTP/1.0 503 Service Unavailable", 503, "Service Unavailable"),
            (b"HTTP/1.1 200", 200, ""),
            (b"HTTP/1.1 403 D\xc3\xa9fendu", 403, "D??fendu"),
        ]:
            failed = self._refused(line + b"\r\nA: b\r\n\r\n<html>")
            self.assertEqual((failed.status, failed.phrase), (status, phrase))

    def test_refusalHasFirstLineOfBody(self) -> None:
        """
        A refusal has the first line of the body, in whatever pieces it arrives, and
        ends the attempt at once.
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

    def test_refusalNamesPath(self) -> None:
        server, attempt = self.dial("ws://x.example/a/b?token=c")
        server.say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        failed = self.failureResultOf(attempt, HandshakeRefused).value
        self.assertIn("the server speaks HTTP at /a/b, not", str(failed))

    def test_slowBodyIsCutOff(self) -> None:
        """
        The wait for a body has a limit of its own, within the time-out of the attempt.
        """
        for timeout in (10, BODY_TIME / 2):
            server, attempt = self.dial(timeout=timeout)
            server.say(b"HTTP/1.1 503 Busy\r\nConnection: keep-alive\r\n\r\nlat")
            self.assertNoResult(attempt)
            self.reactor.advance(min(timeout, BODY_TIME))
            failed = self.failureResultOf(attempt, HandshakeRefused).value
            self.assertEqual((failed.status, failed.body), (503, "lat"))
            self.assertFalse(server.transport.connected)

    def test_cancelWhileBodyArrives(self) -> None:
        server, attempt = self.dial()
        server.say(b"HTTP/1.1 503 Busy\r\n\r\n")
        attempt.cancel()
        self.failureResultOf(attempt, CancelledError)
        self.assertFalse(server.transport.connected)

    def test_redirectIsReportedNotFollowed(self) -> None:
        failed = self._refused(b"HTTP/1.1 301 Moved\r\nLocation: ws://y/\r\n\r\n")
        self.assertEqual((failed.status, failed.location), (301, "ws://y/"))
        self.assertEqual(len(self.reactor.tcpClients), 1)

    def test_transportClosedBeforeResponse(self) -> None:
        silent = self._refused()
        self.assertEqual(silent.phrase, "the server hung up without an answer")
        self.assertEqual(silent.hint, "is it wss://?")
        self.assertEqual(
            self._refused(b"HTTP/1.1 101").phrase,
            "the server hung up without a complete answer",
        )

    def test_timeoutBeforeResponse(self) -> None:
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

    def test_invalid101IsProtocolError(self) -> None:
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

    def test_exceptionInAutobahnIsProtocolError(self) -> None:
        server, attempt = self.dial(compression=True)

        def broken(_: object) -> None:
            raise KeyError("a parser that meets its limits")

        server.protocol._wrappedProtocol.perMessageCompressionAccept = broken
        server.accept("Sec-WebSocket-Extensions: permessage-deflate")
        failed = self.failureResultOf(attempt, ProtocolError).value
        self.assertEqual(failed.reason, "the answer to the handshake is malformed")

    def test_compressionThatWasNotOffered(self) -> None:
        server, attempt = self.dial(compression=True)
        server.accept("Sec-WebSocket-Extensions: permessage-bzip2")
        self.failureResultOf(attempt, ProtocolError)

    def test_firstByteThatIsNotHTTP(self) -> None:
        for data in (b"SSH-2.0-OpenSSH\r\n", b"H\xff", b"\x15\x04"):
            server, attempt = self.dial()
            server.say(data)
            failed = self.failureResultOf(attempt, ProtocolError).value
            self.assertEqual(failed.reason, "the answer is not HTTP")

    def test_TLSRecordGetsHint(self) -> None:
        for data in (b"\x15", b"\x15\x03\x01\x00\x02\x02\x46", b"\x16\x03"):
            server, attempt = self.dial()
            server.say(data)
            failed = self.failureResultOf(attempt, ProtocolError).value
            self.assertEqual(
                failed.reason, "the answer is TLS, not HTTP: is it wss://?"
            )

    def test_headIsLimited(self) -> None:
        line = b"HTTP/1.1 101 Switching Protocols\r\n"
        for end in (b"", b"\r\n\r\n"):
            server, attempt = self.dial()
            server.say(line + b"A: " + b"b" * HEAD_LIMIT + end)
            failed = self.failureResultOf(attempt, ProtocolError).value
            self.assertEqual(failed.reason, "the head of the answer is too long")

    def test_dataAfterFailureIgnored(self) -> None:
        server, attempt = self.dial()
        server.say(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        server.say(serverFrame(1, b"x"))
        self.failureResultOf(attempt, HandshakeRefused)
