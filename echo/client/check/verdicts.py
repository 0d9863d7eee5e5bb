"""
What is said of a server, case by case: plain data.
"""

from dataclasses import dataclass, field
from enum import Enum

from echo.client.close import Close


class Level(Enum):
    """
    How good or bad something is.
    """

    #: As it should be.
    OK = "ok"
    #: Allowed by the RFC, but not what good servers do.
    NOTE = "note"
    #: Against what the RFC demands.
    FAIL = "fail"
    #: Not checked: the server does not support what the demand is about.
    SKIP = "skip"


@dataclass(frozen=True)
class Verdict:
    """
    What became of one case.

    @ivar section: The section of RFC 6455; C{7692} and a section of that one where
        compression is concerned.

    @ivar name: What is demanded there.

    @ivar level: How the server did.

    @ivar detail: What it did, unless all is well. It is fit for a terminal.

    @ivar seconds: How long the case took.
    """

    section: str
    name: str
    level: Level
    detail: str = ""
    seconds: float = field(default=0.0, compare=False)


class Outcome(Exception):
    """
    A case raises it to end with a level other than L{Level.OK}.

    @ivar level: How bad it is.
    """

    level: Level


class Failed(Outcome):
    """
    The server does what it must not do, or not what it must.
    """

    level = Level.FAIL


class Noted(Outcome):
    """
    The server does what it may, but had better not.
    """

    level = Level.NOTE


class Skipped(Outcome):
    """
    The demand cannot be checked on this server.
    """

    level = Level.SKIP


class TimedOut(Failed):
    """
    The time is over, and the server did not send what it should.
    """


class StayedOpen(Failed):
    """
    The server goes on as if nothing had happened.
    """


class ClosedByServer(Failed):
    """
    The server closed the WebSocket where it should answer.

    @ivar code: The code of its close frame.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"closed with {Close(code, reason)}")
        self.code = code


class ConnectionEnded(Failed):
    """
    The server ended the connection, where it was to say something.
    """

    def __init__(self) -> None:
        super().__init__("hung up")
