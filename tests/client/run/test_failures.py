"""
Tests for L{echo.client.run.failures}.
"""

from collections import Counter

from twisted.trial.unittest import SynchronousTestCase

from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.measure.statistics import Connections
from echo.client.run.failures import MOST_REASONS, countEnd, countFailure


class FailureTests(SynchronousTestCase):
    """
    Tests for L{countFailure}.
    """

    def test_failuresAreCountedByPhaseAndCause(self) -> None:
        """
        Values that differ between connections, and the text of peers, do not make
        reasons.
        """
        failures: Counter[str] = Counter()
        for error in [
            CannotConnect("TCP", "connection refused"),
            CannotConnect("TCP", "connection refused"),
            CannotConnect("TLS", "bad\x1b[31m"),
            HandshakeRefused(503, "Come back at noon"),
            HandshakeRefused(503, "Come back at one"),
            HandshakeRefused(None, "no complete answer within 1 s"),
            ProtocolError("no key : expected 'a' / got 'b'"),
            ProtocolError("no key : expected 'c' / got 'd'"),
            ProtocolError("bad\x1b[31m"),
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
                "protocol error: no key": 2,
                r"protocol error: bad\x1b[31m": 1,
                "other": 1,
            },
        )

    def test_numberOfReasonsIsBounded(self) -> None:
        failures: Counter[str] = Counter()
        for status in [*range(400, 500), 400]:
            countFailure(failures, HandshakeRefused(status, ""))
        self.assertEqual(len(failures), MOST_REASONS + 1)
        self.assertEqual(failures["HTTP 400"], 2)
        self.assertEqual(failures["other"], 100 - MOST_REASONS)

    def test_furtherProtocolErrorsCountAsProtocolErrors(self) -> None:
        connections = Connections()
        for status in range(400, 500):
            countFailure(connections.failures, HandshakeRefused(status, ""))
        countFailure(connections.failures, ProtocolError("a"))
        countFailure(connections.failures, ProtocolError("b"))
        self.assertEqual(connections.failures["protocol error: other"], 2)
        self.assertTrue(connections.brokeProtocol)


class EndTests(SynchronousTestCase):
    """
    Tests for L{countEnd}.
    """

    def _count(self, *ends: tuple[EchoClientError, bool]) -> Connections:
        connections = Connections(opened=len(ends))
        for end, byPeer in ends:
            countEnd(connections, end, byPeer)
        return connections

    def test_closesAreCountedByCodeAndReason(self) -> None:
        bye = ConnectionClosed(1001, "bye")
        connections = self._count(
            (bye, True), (bye, True), (ConnectionClosed(1001), True), (bye, False)
        )
        self.assertEqual(connections.closes, {1001: 3})
        self.assertEqual(connections.reasons, {(1001, "bye"): 2, (1001, ""): 1})
        self.assertEqual((connections.broken, connections.unanswered), (0, 0))

    def test_numberOfCloseReasonsIsBounded(self) -> None:
        """
        Each close counts by its code.
        """
        ends = [(ConnectionClosed(4000, str(each)), True) for each in range(100)]
        connections = self._count(*ends, ends[0])
        self.assertEqual(connections.closes, {4000: 101})
        self.assertEqual(len(connections.reasons), MOST_REASONS + 1)
        self.assertEqual(connections.reasons[4000, "0"], 2)
        self.assertEqual(connections.reasons[4000, "other"], 100 - MOST_REASONS)

    def test_unansweredCloseIsCounted(self) -> None:
        silent = ConnectionClosed(1006, "no close frame in answer to ours")
        connections = self._count((silent, False), (silent, True))
        self.assertEqual(connections.unanswered, 1)
        self.assertEqual(connections.closes, {1006: 1})

    def test_protocolErrorIsFailureOfOpenConnection(self) -> None:
        bad = ProtocolError("bad", 1002)
        connections = self._count(
            (bad, True), (bad, False), (ConnectionClosed(1000), True)
        )
        self.assertEqual(connections.failures, {"protocol error: bad": 2})
        self.assertEqual((connections.broken, connections.tried), (2, 3))
