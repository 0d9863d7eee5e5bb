"""
Holds a connection open without messages, to see when it is cut, and by whom: C{--hold}.
"""

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from echo.client.close import ABNORMAL
from echo.client.connection import Connection
from echo.client.errors import ConnectionClosed, EchoClientError
from echo.client.measure.events import Outcome, PingEnded, Received, Tell
from echo.client.measure.matching import Echo
from echo.client.measure.statistics import PingStatistics
from echo.client.measure.summary import Hold
from echo.client.run.pinging import Pinger


class HoldProbe:
    """
    Holds one connection. It sends nothing but pings, if an interval is given.

    @ivar pings: The counts of pings; C{None} without an interval.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        pingInterval: float | None,
        timeout: float,
        tell: Tell,
    ) -> None:
        """
        @param pingInterval: Seconds between two pings; C{None} for no pings.

        @param timeout: Seconds after which a ping is lost.
        """
        self.pings = None if pingInterval is None else PingStatistics()
        self._reactor = reactor
        self._interval = pingInterval or 0.0
        self._tell = tell
        self._connection: Connection | None = None
        self._until: float | None = None
        self._pinged = 0
        self._cut = False
        self._closing = False
        self._pinger: Pinger | None = None
        if self.pings is not None:
            self._pinger = Pinger(reactor, self.pings, 0, timeout, self._ponged)

    @property
    def hold(self) -> Hold | None:
        """
        How long the connection is open so far; C{None} if it has not opened yet.
        """
        if self._connection is None:
            return None
        until = self._reactor.seconds() if self._until is None else self._until
        return Hold(
            seconds=until - self._began,
            idle=until - self._active,
            cut=self._cut,
            pinged=self._pinged,
        )

    def run(self, connection: Connection) -> Deferred[Outcome]:
        """
        @return: Fires when the connection is closed.
        """
        self._connection = connection
        self._began = self._active = self._reactor.seconds()
        connection.whenPinged = self._wasPinged
        if self._pinger is not None:
            self._loop = LoopingCall(self._ping, self._pinger, connection)
            self._loop.clock = self._reactor
            self._loop.start(self._interval, now=False)
        if self._closing:
            connection.close()
        return Deferred.fromCoroutine(self._listen(connection))

    def stop(self) -> None:
        """
        Close. If the server answers the close frame, the connection was not cut.
        """
        self._closing = True
        if self._connection is not None:
            self._connection.close()

    async def _listen(self, connection: Connection) -> Outcome:
        while True:
            try:
                message = await connection.receive()
            except EchoClientError as end:
                return self._over(end)
            self._active = self._reactor.seconds()
            self._tell(Received(Echo(None, None), message))

    def _ping(self, pinger: Pinger, connection: Connection) -> None:
        if not self._closing:
            self._active = self._reactor.seconds()
            pinger.ping(connection)

    def _wasPinged(self) -> None:
        self._pinged += 1
        self._active = self._reactor.seconds()

    def _ponged(self, number: int, time: int | None) -> None:
        if time is not None:
            self._active = self._reactor.seconds()
        self._tell(PingEnded(number, time))

    def _over(self, end: EchoClientError) -> Outcome:
        if self._pinger is not None:
            self._loop.stop()
        self._until = self._reactor.seconds()
        # On a path that was cut silently our close frame has no answer.
        answered = isinstance(end, ConnectionClosed) and end.code != ABNORMAL
        self._cut = not (self._closing and answered)
        return Outcome(end, byPeer=self._cut, complete=not self._cut)
