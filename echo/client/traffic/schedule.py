"""
Which of many connections sends next, and when: C{-i} and C{--rate} with
C{--connections}.

Times are whole nanoseconds of the caller's clock.
"""

import heapq
from collections import deque
from itertools import count
from typing import Generic, TypeVar

from echo.client.traffic.pace import Pace

_Connection = TypeVar("_Connection")


class SharedSchedule(Generic[_Connection]):
    """
    Connections send in turn. With C{--rate}, all of them share one pace. Without it,
    they send as fast as they can, and no message has a due time.
    """

    def __init__(self, rate: float | None = None) -> None:
        """
        @param rate: Messages a second.
        """
        self._rate = rate
        self._pace: Pace | None = None
        self._sending = 0
        self._ready: deque[_Connection] = deque()

    def add(self, connection: _Connection, now: int) -> None:
        """
        Add a new connection, which sends next. If no other connection sends, its first
        message is due.
        """
        self._ready.appendleft(connection)
        if self._pace is None:
            self._pace = None if self._rate is None else Pace(1 / self._rate, now)
        elif not self._sending:
            self._pace.restart(max(now, self._pace.next))
        self._sending += 1

    def ready(self, connection: _Connection) -> None:
        """
        The transport of this connection takes another message.
        """
        self._ready.append(connection)

    def due(self) -> int | None:
        """
        @return: When the next message is due; C{None} if no connection is ready.
        """
        if not self._ready:
            return None
        return 0 if self._pace is None else self._pace.next

    def pop(self) -> _Connection:
        """
        @return: The connection that sends the next message. It sends no other one
            before it is L{ready} again.
        """
        return self._ready.popleft()

    def claim(self, connection: _Connection) -> int | None:
        """
        @return: The due time of the message that this connection sends now.
        """
        return None if self._pace is None else self._pace.take()

    def remove(self, connection: _Connection, left: int | None, now: int) -> int:
        """
        Remove a connection that sends no more.

        @param left: How many messages it has not sent; C{None} for no limit.

        @return: How many of them were due by now, and no other connection sends.
        """
        self._sending -= 1
        return 0

    def end(self, left: int | None, now: int) -> int:
        """
        No connection sends any more.

        @param left: How many messages all of them have not sent; C{None} for no limit.

        @return: How many of them were due by now, without those that L{remove} counted.
        """
        return 0 if self._pace is None else _atMost(left, self._pace.skip(now))


class SeparateSchedules(Generic[_Connection]):
    """
    Each connection has a pace of its own: C{-i}. Its first message is due when it
    opens. The later ones are spread evenly between those of the other connections.

    Its methods are those of L{SharedSchedule}.
    """

    def __init__(self, interval: float, connections: int) -> None:
        """
        @param interval: Seconds from a message of a connection to its next one.

        @param connections: How many connections the run opens.
        """
        self._interval = interval
        self._connections = connections
        self._added = 0
        self._start = 0
        self._paces: dict[_Connection, Pace] = {}
        self._heap: list[tuple[int, int, _Connection]] = []
        self._numbers = count()

    def add(self, connection: _Connection, now: int) -> None:
        if not self._added:
            self._start = now
        interval = self._interval * 1e9
        slot = int(interval * self._added / self._connections)
        self._added += 1
        ahead = (self._start + slot - now) % interval
        pace = Pace(self._interval, now, now + int(ahead or interval))
        self._paces[connection] = pace
        self.ready(connection)

    def ready(self, connection: _Connection) -> None:
        pace = self._paces.get(connection)
        if pace is not None:
            # The number decides between equal due times: first come, first served.
            entry = (pace.next, next(self._numbers), connection)
            heapq.heappush(self._heap, entry)

    def due(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def pop(self) -> _Connection:
        return heapq.heappop(self._heap)[2]

    def claim(self, connection: _Connection) -> int | None:
        return self._paces[connection].take()

    def remove(self, connection: _Connection, left: int | None, now: int) -> int:
        return _atMost(left, self._paces.pop(connection).skip(now))

    def end(self, left: int | None, now: int) -> int:
        return 0


def _atMost(left: int | None, skipped: int) -> int:
    return skipped if left is None else min(skipped, left)
