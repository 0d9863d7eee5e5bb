"""
Tests of L{echo.client.errors}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)


class ErrorTests(SynchronousTestCase):
    """
    The texts of errors.
    """

    def test_textsEscapePeersWords(self) -> None:
        for error, text in [
            (CannotConnect("TCP", "refused"), "cannot connect (TCP): refused"),
            (HandshakeRefused(401, "No\x1b"), r"handshake refused: HTTP 401 No\x1b"),
            (HandshakeRefused(404, ""), "handshake refused: HTTP 404"),
            (HandshakeRefused(None, "silence"), "handshake refused: silence"),
            (
                HandshakeRefused(302, "Found", "/\n"),
                r"handshake refused: HTTP 302 Found (to /\n)",
            ),
            (
                HandshakeRefused(400, "Bad", body="no\x1b ticket"),
                r"handshake refused: HTTP 400 Bad: no\x1b ticket",
            ),
            (
                HandshakeRefused(404, "Bad", body="404 Bad", hint="try /b"),
                "handshake refused: HTTP 404 Bad (try /b)",
            ),
            (
                HandshakeRefused(404, "Bad", body="Bad"),
                "handshake refused: HTTP 404 Bad",
            ),
            (ProtocolError("bad\n"), r"protocol error: bad\n"),
            (ProtocolError("bad", 1002), "protocol error: bad (closed with 1002)"),
            (ConnectionClosed(1000), "connection closed: 1000"),
            (ConnectionClosed(4000, "a\n"), r'connection closed: 4000 "a\n"'),
            (ConnectionClosed(1005), "connection closed: 1005 (no code)"),
            (ConnectionClosed(1006), "connection closed: 1006 (no close frame)"),
            (ConnectionClosed(1006, "lost"), "connection closed: 1006 (lost)"),
        ]:
            self.assertIsInstance(error, EchoClientError)
            self.assertEqual(str(error), text)

    def test_refusalCanBeRedacted(self) -> None:
        error = HandshakeRefused(301, "p=1", "p=2", body="p=3", hint="/p=4")
        self.assertEqual(
            error.text(lambda text: text.partition("=")[0]),
            "handshake refused: HTTP 301 p (to p) (/p): p",
        )
