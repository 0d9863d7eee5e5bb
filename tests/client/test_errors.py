"""
Tests for L{echo.client.errors}.
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
    Tests for the texts of errors.
    """

    def test_texts(self) -> None:
        """
        Each error says what it is; what a peer had a hand in is escaped.
        """
        for error, text in [
            (CannotConnect("TCP", "refused"), "cannot connect (TCP): refused"),
            (HandshakeRefused(401, "No\x1b"), r"handshake refused: HTTP 401 No\x1b"),
            (HandshakeRefused(404, ""), "handshake refused: HTTP 404"),
            (HandshakeRefused(None, "silence"), "handshake refused: silence"),
            (
                HandshakeRefused(302, "Found", "/\n"),
                r"handshake refused: HTTP 302 Found (to /\n)",
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
