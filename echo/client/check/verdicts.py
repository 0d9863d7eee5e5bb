"""
The verdicts of a check, and the exceptions with which a case ends.
"""

from dataclasses import dataclass, field
from enum import Enum

from echo.client.close import Close


class Level(Enum):
    """
    The result of a case.
    """

    #: The server meets the demand.
    OK = "ok"
    #: The RFC allows the behaviour, but good servers avoid it.
    NOTE = "note"
    #: The server violates the RFC.
    FAIL = "fail"
    #: The case does not apply: the server lacks an optional feature.
    SKIP = "skip"


@dataclass(frozen=True)
class Verdict:
    """
    The result of one case on one server.

    @ivar section: The section of RFC 6455; C{7692} and a section for RFC 7692.

    @ivar detail: The server's behaviour, safe for a terminal; empty for L{Level.OK}.
    """

    section: str
    name: str
    level: Level
    detail: str = ""
    seconds: float = field(default=0.0, compare=False)


class CaseEnded(Exception):
    """
    Ends a case. The text is the detail of the verdict.
    """

    level: Level


class Failed(CaseEnded):
    """
    The server violates the demand.
    """

    level = Level.FAIL


class Noted(CaseEnded):
    """
    The server does something that the RFC allows and good servers avoid.
    """

    level = Level.NOTE


class Skipped(CaseEnded):
    """
    The demand does not apply to this server.
    """

    level = Level.SKIP


class TimedOut(Failed):
    """
    The time-out of the case expired before the server's answer.
    """


class StayedOpen(Failed):
    """
    The server kept the connection open after a violation.
    """


class ClosedByServer(Failed):
    """
    The server sent a close frame in place of an answer.

    @ivar code: The close code.
    """

    def __init__(self, close: Close) -> None:
        super().__init__(f"closed with {close}")
        self.code = close.code


class ConnectionEnded(Failed):
    """
    The server ended the TCP connection in place of an answer.
    """
