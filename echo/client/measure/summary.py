"""
What a run comes to: plain data, for people, for programs, and to add up.
"""

from dataclasses import dataclass, field

from echo.client.measure.distribution import Distribution
from echo.client.measure.statistics import Connections, Statistics
from echo.client.measure.throughput import Throughput


@dataclass(frozen=True)
class Outage:
    """
    A time without a connection.

    @ivar at: When it began, in seconds from the start of the run: when the
        connection was lost, or when the peer fell silent.

    @ivar when: The same, in seconds since the epoch.

    @ivar seconds: Its duration, until the next connection is open; C{None} if it
        lasts to the end of the run.

    @ivar code: The close code of the lost connection.

    @ivar reason: The peer's close reason, or what happened.

    @ivar lost: Messages without an echo that were sent before the outage.

    @ivar skipped: Messages that were due during the outage and were not sent.

    @ivar attempts: Attempts to connect.
    """

    at: float
    when: float
    seconds: float | None
    code: int
    reason: str
    lost: int
    skipped: int
    attempts: int


@dataclass(frozen=True)
class Hold:
    """
    How long a connection was held open.

    @ivar seconds: How long it was open.

    @ivar idle: How long it had been silent when it ended. Pings and pongs end a
        silence.

    @ivar cut: Whether the server or the network ended it.

    @ivar pinged: Pings of the server.
    """

    seconds: float
    idle: float
    cut: bool
    pinged: int = 0


@dataclass(frozen=True)
class Step:
    """
    The round trips of one message size of a sweep.

    @ivar size: Bytes of each message.

    @ivar sent: Messages sent.
    """

    size: int
    sent: int
    roundTrips: Distribution

    @property
    def throughput(self) -> float | None:
        """
        Payload bytes a second, one way, at the mean round trip; C{None} without a
        round trip.
        """
        mean = self.roundTrips.mean
        return self.size * 1e9 / mean if mean else None


@dataclass(frozen=True)
class FailedDemand:
    """
    A demand on a run that does not hold.

    @ivar option: The option that makes the demand; C{standard input} for input that
        cannot be sent; empty if a record of a run names neither.

    @ivar limit: The value of the option; empty if it has none.

    @ivar observed: What happened instead.
    """

    option: str
    limit: str
    observed: str

    def __str__(self) -> str:
        named = " ".join(filter(None, (self.option, self.limit)))
        return f"{named}: {self.observed}" if named else self.observed


@dataclass
class Summary:
    """
    What a run comes to.

    @ivar url: Where it went, fit to be shown.

    @ivar seconds: How long it took.

    @ivar statistics: What came back.

    @ivar connections: What came of opening connections.

    @ivar outages: The times without a connection, if it was to be opened again.

    @ivar steps: What came of each size, if there were several.

    @ivar hold: What came of holding a connection open, if that was wanted.

    @ivar error: What ended it before it began, if so.

    @ivar cutOff: How many messages the server's closes cut off: those that are lost,
        and were sent after the last message whose echo came.

    @ivar complete: Whether every planned message was sent and answered, or the user
        or the deadline stopped the run. A run without a planned end is not complete
        if the peer ended it.

    @ivar failed: The demands that do not hold.

    @ivar status: The exit status.

    @ivar throughput: The load that was asked for, and the load that was applied.
    """

    url: str
    seconds: float = 0.0
    statistics: Statistics = field(default_factory=Statistics)
    connections: Connections = field(default_factory=Connections)
    outages: list[Outage] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    hold: Hold | None = None
    error: str | None = None
    cutOff: int = 0
    complete: bool = True
    failed: list[FailedDemand] = field(default_factory=list)
    status: int = 0
    throughput: Throughput = field(default_factory=Throughput)
