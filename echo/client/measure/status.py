"""
The exit statuses of C{echo-client}, and the rules that choose one.
"""

import enum

from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    HandshakeUnfinished,
    ProtocolError,
)
from echo.client.measure.gates import Gates
from echo.client.measure.summary import Summary

# The codes of a close without a fault.
_NORMAL = (1000, 1001)


class Status(enum.IntEnum):
    """
    The exit statuses, which README.rst describes.
    """

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    BROKEN = 5
    CLOSED = 6
    INTERRUPTED = 130


_STATUSES: dict[type[EchoClientError], Status] = {
    CannotConnect: Status.UNREACHABLE,
    ConnectionClosed: Status.CLOSED,
    HandshakeRefused: Status.REFUSED,
    HandshakeUnfinished: Status.REFUSED,
    ProtocolError: Status.BROKEN,
}


def statusOf(error: EchoClientError) -> Status:
    return _STATUSES[type(error)]


def judge(summary: Summary, gates: Gates) -> Status:
    """
    @return: BROKEN if a peer broke the protocol. CLOSED if a peer ended the run
        early, unless the gates name the code of that close. Otherwise OK if every echo
        is exact, every gate holds and the run did all that was planned, else FAILED.
    """
    statistics, closes = summary.statistics, set(summary.connections.closes)
    if summary.connections.brokeProtocol:
        return Status.BROKEN
    lost, complete = statistics.lost.count, summary.complete
    unanswered = statistics.pings.lost if statistics.pings is not None else 0
    if closes == {gates.close}:
        # The expected close excuses the messages and pings that it cut off.
        lost, complete, unanswered = lost - summary.cutOff, True, 0
    elif closes and (not complete or closes.difference(_NORMAL)):
        return Status.CLOSED
    missing = (lost and gates.maxLoss is None) or unanswered
    broken = summary.error is not None or summary.connections.failures
    if missing or broken or summary.failed or not (complete and statistics.exact):
        return Status.FAILED
    return Status.OK
