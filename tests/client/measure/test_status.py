"""
Tests for L{echo.client.measure.status}.
"""

from collections import Counter
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.measure.gates import Gates
from echo.client.measure.matching import Anomaly
from echo.client.measure.statistics import (
    Connections,
    MessageCounts,
    PingStatistics,
    Statistics,
)
from echo.client.measure.status import Status, judge, statusOf
from echo.client.measure.summary import FailedDemand, Summary

_FAILED = FailedDemand("--x", "", "x")


class StatusTests(SynchronousTestCase):
    """
    Tests for exit statuses.
    """

    def test_numbers(self) -> None:
        """
        Scripts rely on the numbers, which the manual lists.
        """
        self.assertEqual([*Status], [0, 1, 2, 3, 4, 5, 6, 130])

    def test_eachErrorHasStatus(self) -> None:
        cases: list[tuple[EchoClientError, Status]] = [
            (CannotConnect("TCP", "x"), Status.UNREACHABLE),
            (HandshakeRefused(404, "x"), Status.REFUSED),
            (ProtocolError("x"), Status.BROKEN),
            (ConnectionClosed(1000), Status.CLOSED),
            (ConnectionClosed(1001), Status.CLOSED),
            (ConnectionClosed(1005), Status.CLOSED),
            (ConnectionClosed(1006), Status.CLOSED),
            (ConnectionClosed(1002), Status.CLOSED),
            (ConnectionClosed(4000), Status.CLOSED),
        ]
        for error, status in cases:
            self.assertIs(statusOf(error), status)


class JudgeTests(SynchronousTestCase):
    """
    Tests for L{judge}.
    """

    def _judge(self, summary: Summary, gates: Gates | None = None) -> Status:
        return judge(summary, gates or Gates())

    def _lost(self, lost: int) -> Summary:
        return Summary("", statistics=Statistics(sent=10, lost=MessageCounts(lost)))

    def test_okWithoutFault(self) -> None:
        self.assertIs(self._judge(Summary("")), Status.OK)

    def test_lossFailsUnlessAllowed(self) -> None:
        self.assertIs(self._judge(self._lost(1)), Status.FAILED)
        self.assertIs(self._judge(self._lost(1), Gates(maxLoss=50)), Status.OK)

    def _closed(self, *codes: int, **attributes: Any) -> Summary:
        connections = Connections(closes=Counter(codes))
        return Summary("", connections=connections, **attributes)

    def test_closeIsJudgedByItsCode(self) -> None:
        """
        When the server closes a complete run: 1000 and 1001 are no fault, unless
        another code is expected.
        """
        for code, status in [(1000, 0), (1001, 0), (1005, 6), (1006, 6), (4001, 6)]:
            self.assertIs(self._judge(self._closed(code)), Status(status))
        wanted = Gates(close=4001)
        self.assertIs(self._judge(self._closed(4001), wanted), Status.OK)
        self.assertIs(self._judge(self._closed(4002), wanted), Status.CLOSED)
        self.assertIs(self._judge(self._closed(4001, 4002), wanted), Status.CLOSED)

    def test_expectedCloseExcusesCutOffMessages(self) -> None:
        """
        And no other lost message.
        """
        for lost, cutOff, gates, status in [
            (2, 2, Gates(), 1),
            (2, 2, Gates(close=1001), 0),
            (3, 2, Gates(close=1001), 1),
            (3, 2, Gates(close=1001, maxLoss=50), 0),
        ]:
            statistics = Statistics(sent=10, lost=MessageCounts(lost))
            summary = self._closed(1001, statistics=statistics, cutOff=cutOff)
            self.assertIs(self._judge(summary, gates), Status(status))

    def test_lostPingFails(self) -> None:
        """
        Unless an expected close cut it off.
        """
        for lost, gates, status in [
            (0, Gates(), 0),
            (1, Gates(), 1),
            (1, Gates(maxLoss=100), 1),
            (1, Gates(close=1000), 0),
        ]:
            statistics = Statistics(pings=PingStatistics(sent=1, lost=lost))
            summary = self._closed(1000, statistics=statistics)
            self.assertIs(self._judge(summary, gates), Status(status))

    def test_incompleteRunFails(self) -> None:
        """
        CLOSED comes first if a peer ended the run, unless its code is expected.
        """
        self.assertIs(self._judge(Summary("", complete=False)), Status.FAILED)
        for code in (1000, 1001, 4001):
            summary = self._closed(code, complete=False, failed=[_FAILED])
            self.assertIs(self._judge(summary), Status.CLOSED)
            self.assertIs(self._judge(summary, Gates(maxLoss=100)), Status.CLOSED)
            self.assertIs(self._judge(summary, Gates(close=4002)), Status.CLOSED)
            summary.failed = []
            self.assertIs(self._judge(summary, Gates(close=code)), Status.OK)

    def test_anomalyFails(self) -> None:
        """
        A late echo is a loss, not an anomaly.
        """
        for anomaly in Anomaly:
            statistics = Statistics(anomalies={anomaly: MessageCounts(1)})
            late = anomaly is Anomaly.LATE
            self.assertIs(
                self._judge(Summary("", statistics=statistics)),
                Status.OK if late else Status.FAILED,
            )

    def test_protocolErrorComesFirst(self) -> None:
        """
        Also that of one connection of many.
        """
        for reason in ("protocol error", "protocol error: no mask"):
            summary = self._closed(1000, complete=False, failed=[_FAILED])
            summary.connections.failures.update([reason, "HTTP 503"])
            self.assertIs(self._judge(summary), Status.BROKEN)
            self.assertIs(self._judge(summary, Gates(close=1000)), Status.BROKEN)

    def test_failedDemandOrConnectionOrErrorFails(self) -> None:
        for summary in (
            Summary("", failed=[_FAILED]),
            Summary("", error="x"),
            Summary("", connections=Connections(failures=Counter(["x"]))),
        ):
            self.assertIs(self._judge(summary), Status.FAILED)
