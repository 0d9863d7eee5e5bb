"""
Why connections fail, in few words: what a peer says is without bounds, and there
may be a lot of peers.
"""

from collections import Counter

from echo.client.errors import (
    CannotConnect,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.printable import printable

#: How many reasons are told apart.
REASONS = 32

#: What all the others count as.
OTHER = "other"


def countFailure(failures: Counter[str], error: EchoClientError) -> None:
    """
    Count a connection that could not be opened, or broke.
    """
    reason = _reason(error)
    known = reason in failures or len(failures) < REASONS
    failures[reason if known else OTHER] += 1


def _reason(error: EchoClientError) -> str:
    if isinstance(error, CannotConnect):
        return f"{error.phase}: {printable(error.reason)}"
    if isinstance(error, HandshakeRefused):
        # Without a status, the phrase is our own.
        text = printable(error.phrase)
        return f"HTTP: {text}" if error.status is None else f"HTTP {error.status}"
    return "protocol error" if isinstance(error, ProtocolError) else OTHER
