"""
Tests for L{echo.client.run.reasons}.
"""

from collections import Counter

from twisted.trial.unittest import SynchronousTestCase

from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.run.reasons import REASONS, countFailure


class FailureTests(SynchronousTestCase):
    """
    Tests for L{countFailure}.
    """

    def test_reasons(self) -> None:
        """
        Failures are told apart by how far they came and what happened there, and
        not by what a peer said.
        """
        failures: Counter[str] = Counter()
        for error in [
            CannotConnect("TCP", "connection refused"),
            CannotConnect("TCP", "connection refused"),
            CannotConnect("TLS", "bad\x1b[31m"),
            HandshakeRefused(503, "Come back at noon"),
            HandshakeRefused(503, "Come back at one"),
            HandshakeRefused(None, "no complete answer within 1 s"),
            ProtocolError("no key: 1"),
            ProtocolError("no key: 2"),
            ConnectionClosed(1000),
        ]:
            countFailure(failures, error)
        self.assertEqual(
            failures,
            {
                "TCP: connection refused": 2,
                r"TLS: bad\x1b[31m": 1,
                "HTTP 503": 2,
                "HTTP: no complete answer within 1 s": 1,
                "protocol error": 2,
                "other": 1,
            },
        )

    def test_bounds(self) -> None:
        """
        However many reasons there are, those that came first are told apart, and
        the others counted.
        """
        failures: Counter[str] = Counter()
        for status in [*range(400, 500), 400]:
            countFailure(failures, HandshakeRefused(status, ""))
        self.assertEqual(len(failures), REASONS + 1)
        self.assertEqual(failures["HTTP 400"], 2)
        self.assertEqual(failures["other"], 100 - REASONS)
