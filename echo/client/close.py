"""
The end of a connection, said and heard.
"""

from typing import NamedTuple

from twisted.python.failure import Failure

from echo.client.errors import (
    ABNORMAL,
    ConnectionClosed,
    EchoClientError,
    ProtocolError,
)
from echo.closecodes import CLOSE_CODES, LONGEST_REASON


class Goodbye(NamedTuple):
    """
    The end of a connection.

    @ivar code: What the peer's close frame said; 1005 if it said nothing, 1006 if
        there was none.

    @ivar reason: The peer's reason; what happened, if there was no close frame.
    """

    code: int
    reason: str


def encodeReason(code: int, reason: str) -> bytes:
    """
    @return: The reason as a close frame has it, beside the code.

    @raise ValueError: One of them cannot be in a close frame.

    @raise TypeError: The reason is no text.
    """
    if code not in CLOSE_CODES:
        raise ValueError(f"{code} is not a close code that can be sent")
    if not isinstance(reason, str):
        raise TypeError(f"a close reason is str, not {type(reason).__name__}")
    encoded = reason.encode()
    if len(encoded) > LONGEST_REASON:
        raise ValueError("a close reason is at most 123 bytes long")
    return encoded


def goodbye(error: EchoClientError) -> Goodbye:
    """
    @return: What an end comes to for who waits for it.
    """
    if isinstance(error, ConnectionClosed):
        return Goodbye(error.code, error.reason)
    return Goodbye(ABNORMAL, str(error))


def trapEnd(failure: Failure) -> None:
    """
    For what sends: the connection is over, and who receives is told the same, and
    deals with it.
    """
    failure.trap(ConnectionClosed, ProtocolError)
