"""
Control pings, and the round trips of their pongs.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from echo.client.connection import Connection
from echo.client.errors import EchoClientError
from echo.client.measure.statistics import PingStatistics


class Pinger:
    """
    Sends pings, and counts the pongs.
    """

    def __init__(
        self,
        reactor: Any,
        pings: PingStatistics,
        warmup: int,
        timeout: float,
        ponged: Callable[[int, int | None], None],
    ) -> None:
        """
        @param pings: The counts.

        @param warmup: The first pings, of which no round trips are recorded.

        @param timeout: Seconds after which a ping is lost.

        @param ponged: Called with the number of a ping, from 1, and its round trip in
            nanoseconds; with C{None} if the ping is lost.
        """
        self._reactor = reactor
        self._pings = pings
        self._warmup = warmup
        self._timeout = timeout
        self._ponged = ponged
        self._stream = pings.roundTrips.stream()
        self._outstanding = 0

    def __len__(self) -> int:
        return self._outstanding

    def ping(self, connection: Connection) -> None:
        self._pings.sent += 1
        self._outstanding += 1
        number = self._pings.sent

        def answered(time: int) -> None:
            self._outstanding -= 1
            self._pings.received += 1
            if number > self._warmup:
                self._stream.add(time)
            self._ponged(number, time)

        def unanswered(failure: Failure) -> None:
            failure.trap(defer.TimeoutError, EchoClientError)
            self._outstanding -= 1
            self._pings.lost += 1
            self._ponged(number, None)

        pong: Deferred[int] = connection.ping()
        pong.addTimeout(self._timeout, self._reactor)
        pong.addCallbacks(answered, unanswered)
