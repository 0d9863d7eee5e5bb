"""
Counts why connections fail, and how they end, by reason. Peers choose the text of
reasons, so the number of reasons is bounded.
"""

import re
from collections import Counter

from echo.client.close import ABNORMAL
from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.measure.statistics import PROTOCOL_ERROR, Connections
from echo.printable import printable

#: Most reasons that are counted separately.
MOST_REASONS = 32

#: Counts all further reasons.
OTHER = "other"


def countFailure(failures: Counter[str], error: EchoClientError) -> None:
    """
    Count a connection that could not be opened, or whose peer broke the protocol.
    """
    reason = _reason(error)
    if reason not in failures and len(failures) >= MOST_REASONS:
        broke = isinstance(error, ProtocolError)
        reason = f"{PROTOCOL_ERROR}: {OTHER}" if broke else OTHER
    failures[reason] += 1


def countEnd(connections: Connections, end: EchoClientError, byPeer: bool) -> None:
    """
    Count the end of an open connection.

    @param byPeer: Whether it ended before we closed it.
    """
    if not isinstance(end, ConnectionClosed):
        connections.broken += 1
        countFailure(connections.failures, end)
    elif byPeer:
        connections.closes[end.code] += 1
        reasons, reason = connections.reasons, (end.code, end.reason)
        known = reason in reasons or len(reasons) < MOST_REASONS
        reasons[reason if known else (end.code, OTHER)] += 1
    elif end.code == ABNORMAL:
        connections.unanswered += 1


def _reason(error: EchoClientError) -> str:
    if isinstance(error, CannotConnect):
        return f"{error.phase}: {printable(error.reason)}"
    if isinstance(error, HandshakeRefused):
        # Without a status, the phrase is our own.
        text = printable(error.phrase)
        return f"HTTP: {text}" if error.status is None else f"HTTP {error.status}"
    if isinstance(error, ProtocolError):
        return f"{PROTOCOL_ERROR}: {printable(_VALUES.split(error.reason)[0])}"
    return OTHER


# In Autobahn's texts, a value that differs between connections follows: the key of the
# handshake, or an offset in a message.
_VALUES = re.compile(" ?:| at payload octet")
