"""
Control pings, and the round trips of their pongs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from echo.client.connection import Connection
from echo.client.errors import EchoClientError
from echo.client.measure.statistics import PingStatistics


@dataclass
class Pinger:
    """
    Sends pings, and counts the pongs.

    @ivar warmup: The first pings, of which no round trips are recorded.

    @ivar timeout: Seconds after which a ping is lost.

    @ivar ponged: Called with the number of a ping, from 1, and its round trip in
        nanoseconds; with C{None} if the ping is lost.
    """

    reactor: IReactorTime
    pings: PingStatistics
    warmup: int
    timeout: float
    ponged: Callable[[int, int | None], None]
    _outstanding: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._stream = self.pings.roundTrips.stream()

    def __len__(self) -> int:
        return self._outstanding

    def ping(self, connection: Connection) -> None:
        self.pings.sent += 1
        self._outstanding += 1
        number = self.pings.sent

        def answered(time: int) -> None:
            self._outstanding -= 1
            self.pings.received += 1
            if number > self.warmup:
                self._stream.add(time)
            self.ponged(number, time)

        def unanswered(failure: Failure) -> None:
            failure.trap(defer.TimeoutError, EchoClientError)
            self._outstanding -= 1
            self.pings.lost += 1
            self.ponged(number, None)

        pong: Deferred[int] = connection.ping()
        pong.addTimeout(self.timeout, self.reactor)
        pong.addCallbacks(answered, unanswered)
