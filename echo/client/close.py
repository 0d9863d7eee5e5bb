"""
How a connection ended: a close code and a reason.
"""

from typing import NamedTuple

from echo.closecodes import CLOSE_CODES, LONGEST_REASON
from echo.printable import printable, quoted

#: The code of a close frame that carries none (RFC 6455, 7.1.5).
NO_CODE = 1005

#: The code of a connection that was lost without a close frame.
ABNORMAL = 1006


class Close(NamedTuple):
    """
    A close code and its reason. C{str()} escapes the reason for a terminal.

    @ivar code: The code in the peer's close frame, L{NO_CODE} or L{ABNORMAL}.

    @ivar reason: The reason in the peer's close frame; without a close frame, what
        happened.
    """

    code: int
    reason: str

    def __str__(self) -> str:
        if self.code == NO_CODE:
            return f"{self.code} (no code)"
        if self.code == ABNORMAL:
            return f"{self.code} ({printable(self.reason) or 'no close frame'})"
        return f"{self.code} {quoted(self.reason)}" if self.reason else str(self.code)


def encodeReason(code: int, reason: str) -> bytes:
    """
    Encode the reason of a close frame, and check both.

    @raise ValueError: A close frame cannot carry this code or this reason.

    @raise TypeError: The reason is not C{str}.
    """
    if code not in CLOSE_CODES:
        raise ValueError(f"{code} is not a close code that can be sent")
    if not isinstance(reason, str):
        raise TypeError(f"a close reason is str, not {type(reason).__name__}")
    encoded = reason.encode()
    if len(encoded) > LONGEST_REASON:
        raise ValueError("a close reason is at most 123 bytes long")
    return encoded
