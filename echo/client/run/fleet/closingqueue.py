"""
Closes the connections of a fleet at its end, a few at a time.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from echo.client.measure.statistics import Statistics
from echo.client.run.fleet.fleetconnection import FleetConnection

#: Seconds between two calls of L{ClosingQueue.close}: a power of two, so that sums
#: of it are exact.
TICK = 1 / 128

#: Most connections that wait for the answer to their close frame: each has to be
#: answered within the close time-out.
MOST_CLOSING = 256


@dataclass
class ClosingQueue:
    """
    Closes each connection when its messages are answered; or when no message of the run
    was answered for the grace.
    """

    reactor: IReactorTime
    grace: float
    statistics: Statistics

    def __post_init__(self) -> None:
        self._waiting: deque[FleetConnection] = deque()
        self._closing: set[FleetConnection] = set()

    def add(self, connections: Iterable[FleetConnection]) -> None:
        self._waiting.extend(connections)
        self._prolong()

    def ended(self, connection: FleetConnection) -> None:
        self._closing.discard(connection)

    def close(self) -> None:
        if self.statistics.received > self._received:
            self._prolong()
        late = self.reactor.seconds() >= self._graceEnds
        for _ in range(len(self._waiting)):
            if len(self._closing) == MOST_CLOSING:
                return
            connection = self._waiting.popleft()
            if connection.waits and not late:
                self._waiting.append(connection)
            elif not connection.over:
                self._closing.add(connection)
                connection.close()

    def _prolong(self) -> None:
        self._received = self.statistics.received
        self._graceEnds = self.reactor.seconds() + self.grace
