"""
What happens in a run: plain data.
"""

from dataclasses import dataclass

from echo.client.errors import EchoClientError
from echo.client.measure.distribution import Distribution


@dataclass(frozen=True)
class Outcome:
    """
    How a connection ended.

    @ivar end: What ended it.

    @ivar byPeer: Whether it ended before we wanted it to.

    @ivar complete: Whether every planned message was sent, and none was cut off, or
        the user or the deadline stopped the run.

    @ivar unanswered: How many messages it took along.

    @ivar cutOff: How many of those were sent after the last message whose echo came.

    @ivar silent: For how many seconds the peer had been gone before anybody noticed:
        since it left a message unanswered, and sent nothing more.
    """

    end: EchoClientError
    byPeer: bool
    complete: bool
    unanswered: int = 0
    silent: float = 0.0
    cutOff: int = 0


@dataclass(frozen=True)
class Outage:
    """
    A time without a connection.

    @ivar at: When it began, in seconds from the start of the run: when the
        connection was lost, or when the peer fell silent.

    @ivar when: The same, in seconds since the epoch.

    @ivar seconds: How long it took, until the next connection was open; C{None} if
        it lasts to the end of the run.

    @ivar code: The close code that it began with.

    @ivar reason: What was said or happened.

    @ivar lost: Messages that it took along: sent, and not answered.

    @ivar skipped: Messages that were due while it lasted, and were not sent.

    @ivar attempts: How often connecting again was tried.
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
    What came of holding a connection open.

    @ivar seconds: How long it was open.

    @ivar idle: For how long it had been silent when it ended: pings and pongs are
        not silence.

    @ivar cut: Whether it was not we who ended it.

    @ivar pinged: How many pings the server sent meanwhile.
    """

    seconds: float
    idle: float
    cut: bool
    pinged: int = 0


@dataclass(frozen=True)
class Step:
    """
    What came of the messages of one size.

    @ivar size: Bytes of each.

    @ivar sent: Messages.

    @ivar roundTrips: Times of their echoes.
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
class Progress:
    """
    How it goes right now.

    @ivar seconds: Since when.

    @ivar open: Connections that are open; C{opened} counts those that are over,
        too, and C{failed} those that could not be opened, or broke.

    @ivar sent: Messages sent, with C{received} and C{lost} of them.

    @ivar rate: Echoes a second, since the last report.

    @ivar p50: A time that half of the round trips since then did not exceed, in
        nanoseconds; C{None} if there were none. C{p99} likewise.
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
