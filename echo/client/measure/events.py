"""
The events of a run: plain data.

A run passes each event to one callable, as soon as it happens. L{echo.client.output}
shows them: as text, as a live line or as JSON records.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from echo.client.check.cases.case import Case
from echo.client.check.verdicts import Verdict
from echo.client.connection import Connection
from echo.client.errors import EchoClientError
from echo.client.measure.matching import Echo
from echo.client.measure.statistics import Statistics
from echo.client.measure.summary import Outage, Step, Summary


@dataclass(frozen=True, slots=True)
class Started:
    """
    A run begins to count. The counts change as the run goes on.
    """

    statistics: Statistics


@dataclass(frozen=True, slots=True)
class Connected:
    """
    A connection is open.
    """

    connection: Connection


@dataclass(frozen=True, slots=True)
class NotConnected:
    """
    No connection opened, and the run ends.
    """

    error: EchoClientError


@dataclass(frozen=True, slots=True)
class ReconnectFailed:
    """
    An attempt to reconnect failed, and another one follows.
    """

    error: EchoClientError


class Received(NamedTuple):
    """
    A message arrived. This event is made for each message, and a tuple is made faster
    than a frozen dataclass.
    """

    echo: Echo
    message: str | bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """
    Echoes of the messages with these numbers did not arrive in time.
    """

    seqs: Sequence[int]


@dataclass(frozen=True, slots=True)
class PingEnded:
    """
    A pong arrived, or did not arrive in time.

    @ivar time: Its round trip in nanoseconds; C{None} without a pong.
    """

    number: int
    time: int | None


@dataclass(frozen=True)
class Outcome:
    """
    A connection ended.

    @ivar byPeer: Whether the server or the network ended it.

    @ivar complete: Whether the connection did all that was planned: every message is
        sent and no echo is missing. Also if the user or the deadline stopped the run.

    @ivar unanswered: Messages without an echo.

    @ivar cutOff: Those of them that were sent after the last message that has an echo.

    @ivar silent: Seconds between the last sign of life of the peer and the end, if a
        message stayed unanswered in between; otherwise 0.
    """

    end: EchoClientError
    byPeer: bool
    complete: bool
    unanswered: int = 0
    silent: float = 0.0
    cutOff: int = 0


@dataclass(frozen=True)
class Progress:
    """
    The state of a run over many connections, once a second.

    @ivar open: Connections that are open now; C{opened}: all that were open.

    @ivar failed: Connections that did not open, or whose peer broke the protocol.

    @ivar sent: Messages since the start; C{received} and C{lost} likewise.

    @ivar rate: Echoes a second, since the last C{Progress}.

    @ivar p50: The median round trip since the last C{Progress}, in nanoseconds;
        C{None} without a round trip. C{p99} likewise.
    """

    seconds: float
    open: int
    opened: int
    failed: int
    sent: int
    received: int
    lost: int
    rate: float
    p50: int | None
    p99: int | None


@dataclass(frozen=True, slots=True)
class GreetingSuspected:
    """
    Each connection received the same number of messages that were not sent.
    """

    count: int


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Something failed on the client's side.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Interim:
    """
    The user requested the summary so far.
    """

    summary: Summary


@dataclass(frozen=True, slots=True)
class Finished:
    """
    The run is over.
    """

    summary: Summary


@dataclass(frozen=True, slots=True)
class CheckFinished:
    """
    The check is over.

    @ivar left: Demands without a verdict.
    """

    summary: Summary
    left: int


#: Everything that a run reports.
Event = (
    Started
    | Connected
    | NotConnected
    | ReconnectFailed
    | Received
    | Lost
    | PingEnded
    | Outcome
    | Outage
    | Step
    | Progress
    | GreetingSuspected
    | Problem
    | Case
    | Verdict
    | Interim
    | Finished
    | CheckFinished
)

#: What a run passes its events to.
Tell = Callable[[Event], None]
