"""
Control pings, and how long their pongs take.
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
    Sends pings, and keeps account of them.
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
        @param pings: The account.

        @param warmup: How many, the first ones, are left out of the times.

        @param timeout: Seconds after which a pong does not come any more.

        @param ponged: Called with the number of a ping, the first is 1, and the
            time that its pong took in nanoseconds; with C{None} if none came.
        """
        self._reactor = reactor
        self._pings = pings
        self._warmup = warmup
        self._timeout = timeout
        self._ponged = ponged
        self._stream = pings.roundTrips.stream()
        self._outstanding = 0

    def __len__(self) -> int:
        """
        How many are outstanding.
        """
        return self._outstanding

    def ping(self, connection: Connection) -> None:
        """
        Send one.
        """
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
