"""
Exit statuses of C{echo-client}, and how a run comes by one: plain data.
"""

import enum

from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.measure.gates import Gates
from echo.client.measure.summary import Summary

_NORMAL = (1000, 1001)


class Status(enum.IntEnum):
    """
    How a run ended.
    """

    FAITHFUL = 0
    UNFAITHFUL = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    BROKEN = 5
    CLOSED = 6
    INTERRUPTED = 130


_OF: dict[type[EchoClientError], Status] = {
    CannotConnect: Status.UNREACHABLE,
    HandshakeRefused: Status.REFUSED,
    ProtocolError: Status.BROKEN,
}


def statusOf(error: EchoClientError) -> Status:
    """
    @return: What it comes to if a run ends so.
    """
    if isinstance(error, ConnectionClosed):
        return Status.FAITHFUL if error.code in _NORMAL else Status.CLOSED
    return _OF[type(error)]


def judge(summary: Summary, gates: Gates) -> Status:
    """
    @return: How the server closed, if it did so where it should not; otherwise
        whether what came back is what was sent, all that was demanded holds, and
        all that was wanted could be done.
    """
    statistics, closes = summary.statistics, set(summary.connections.closes)
    lost, complete = statistics.lost.count, summary.complete
    unanswered = statistics.pings.lost if statistics.pings is not None else 0
    if closes == {gates.close}:
        # An end that was wanted takes along what it meets.
        lost, complete, unanswered = lost - summary.cutOff, True, 0
    elif closes.difference(_NORMAL):
        return Status.CLOSED
    missing = (lost and gates.maxLoss is None) or unanswered
    broken = summary.error is not None or summary.connections.failures
    if missing or broken or summary.failed or not (complete and statistics.exact):
        return Status.UNFAITHFUL
    return Status.FAITHFUL
