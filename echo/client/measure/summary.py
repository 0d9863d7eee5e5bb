"""
The results of a run: plain data.
"""

from dataclasses import dataclass, field

from echo.client.measure.distribution import Distribution
from echo.client.measure.statistics import Connections, Statistics
from echo.client.measure.throughput import Throughput


@dataclass(frozen=True)
class Outage:
    """
    A time without a connection.

    @ivar at: Its begin, in seconds since the start of the run: when the connection was
        lost, or when the peer fell silent.

    @ivar when: The same, in seconds since the epoch.

    @ivar seconds: Its duration; C{None} if it lasts to the end of the run.

    @ivar reason: The peer's close reason, or what happened.

    @ivar lost: Messages without an echo that were sent before the outage.

    @ivar skipped: Messages that were due during the outage and were not sent.
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

    @ivar idle: Seconds of silence before its end. Pings and pongs end a silence.

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
    """

    size: int
    sent: int
    roundTrips: Distribution

    @property
    def throughput(self) -> float | None:
        """
        Payload bytes a second, one way, at the mean round trip.
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
    The results of a run.

    @ivar url: The URL of the server. It has credentials only if the user shows them.

    @ivar error: Why no connection opened; C{None} if one did.

    @ivar cutOff: Lost messages that the closes of the server cut off: sent after the
        last message that has an echo.

    @ivar complete: Whether every planned message was sent and answered, or the user
        or the deadline stopped the run. A run without a planned end is not complete
        if the peer ended it.
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
