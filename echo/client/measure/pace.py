"""
When messages are due, and which connection sends them: plain data.

Times are whole nanoseconds of whatever clock the caller has. A message that could not
be sent when it was due stays due: an open loop does not slow down with the server that
it measures (coordinated omission).
"""

import heapq
from collections import deque
from itertools import count
from typing import Generic, Protocol, TypeVar


class Pace:
    """
    Due times, one an interval.

    @ivar next: When the next message is due.
    """

    __slots__ = ("_interval", "_start", "_taken", "next")

    def __init__(self, interval: float, now: int, second: int | None = None) -> None:
        """
        @param interval: Seconds from a message to the next.

        @param now: When the first message is due.

        @param second: When the second one is due, within an interval from the first;
            C{None} for a whole interval later.
        """
        self._interval = interval * 1e9
        self.restart(now)
        if second is not None:
            self._start, self._taken = second, -1

    def restart(self, now: int) -> None:
        """
        Begin again: the next message is due now.
        """
        self._start = self.next = now
        self._taken = 0

    def take(self) -> int:
        """
        @return: When the next message is due; from now on it is the one after it.
        """
        due = self.next
        self._taken += 1
        self.next = self._start + int(self._taken * self._interval)
        return due

    def due(self, now: int) -> int:
        """
        @return: How many messages are due by now.
        """
        if now < self.next:
            return 0
        passed = int((now - self._start) // self._interval)
        return max(passed - self._taken, 0) + 1

    def skip(self, now: int) -> int:
        """
        Give up the messages that are due by now.

        @return: How many.
        """
        skipped = self.due(now)
        self._taken += skipped
        self.next = self._start + int(self._taken * self._interval)
        return skipped


class Paced(Protocol):
    """
    A connection that sends in its turn.

    @ivar pace: When its messages are due; C{None} if that is not its own affair.
    """

    pace: Pace | None


_Member = TypeVar("_Member", bound=Paced)


class Turns(Generic[_Member]):
    """
    Many connections that take turns, as fast as they can: no message is due at any
    time.
    """

    def __init__(self) -> None:
        self._ready: deque[_Member] = deque()

    def opened(self, member: _Member, now: int) -> None:
        """
        Take a new connection in. It sends next.
        """
        self._ready.appendleft(member)

    def ready(self, member: _Member) -> None:
        """
        Take a connection in that has room for another message.
        """
        self._ready.append(member)

    def due(self) -> int | None:
        """
        @return: When the next message is due; C{None} if no connection has room.
        """
        return 0 if self._ready else None

    def pop(self) -> _Member:
        """
        @return: The connection whose turn it is. It is no longer taken to have room.
        """
        return self._ready.popleft()

    def claim(self, member: _Member) -> int | None:
        """
        @return: When the message is due that this connection sends now.
        """
        return None

    def gone(self, member: _Member, left: int | None, now: int) -> int:
        """
        A connection sends no more.

        @param left: How many messages it had not sent yet; C{None} for no end.

        @return: How many of them were due, and nobody else sends them.
        """
        return 0

    def end(self, left: int | None, now: int) -> int:
        """
        No connection sends any more.

        @param left: How many messages they had not sent yet; C{None} for no end.

        @return: How many of them were due by now, beside those that L{gone} counts.
        """
        return 0


class SharedTurns(Turns[_Member]):
    """
    Connections that share one pace: the next message is that of the next one that
    has room.
    """

    def __init__(self, rate: float) -> None:
        """
        @param rate: Messages a second.
        """
        super().__init__()
        self._rate = rate
        self._pace: Pace | None = None
        self._sending = 0

    def opened(self, member: _Member, now: int) -> None:
        """
        Take a new connection in. If no other one is there to send, its first message
        is due.
        """
        super().opened(member, now)
        if self._pace is None:
            self._pace = Pace(1 / self._rate, now)
        elif not self._sending:
            self._pace.restart(max(now, self._pace.next))
        self._sending += 1

    def due(self) -> int | None:
        """
        @return: When the next message is due; C{None} if no connection has room.
        """
        return self._pace.next if self._ready and self._pace else None

    def claim(self, member: _Member) -> int | None:
        """
        @return: When the message is due that this connection sends now.
        """
        return None if self._pace is None else self._pace.take()

    def gone(self, member: _Member, left: int | None, now: int) -> int:
        """
        A connection sends no more: the others send in its place.
        """
        self._sending -= 1
        return 0

    def end(self, left: int | None, now: int) -> int:
        """
        @return: How many messages were due by now.
        """
        return 0 if self._pace is None else _least(self._pace.skip(now), left)


class OwnTurns(Turns[_Member]):
    """
    Connections of which each has a pace of its own: its first message is due when it
    opens, and then one an interval, when no other connection has its turn.
    """

    def __init__(self, interval: float, connections: int) -> None:
        """
        @param interval: Seconds from a message of a connection to the next.

        @param connections: How many there will be.
        """
        super().__init__()
        self._interval = interval
        self._connections = connections
        self._opened = 0
        self._start = 0
        self._heap: list[tuple[int, int, _Member]] = []
        self._numbers = count()

    def opened(self, member: _Member, now: int) -> None:
        """
        Take a new connection in. Its first message is due.
        """
        if not self._opened:
            self._start = now
        interval = self._interval * 1e9
        slot = int(interval * self._opened / self._connections)
        self._opened += 1
        ahead = (self._start + slot - now) % interval
        member.pace = Pace(self._interval, now, now + int(ahead or interval))
        self.ready(member)

    def ready(self, member: _Member) -> None:
        """
        Take a connection in that has room for another message.
        """
        number = next(self._numbers)  # equal times: first come, first served
        heapq.heappush(self._heap, (_own(member).next, number, member))

    def due(self) -> int | None:
        """
        @return: When the next message is due; C{None} if no connection has room.
        """
        return self._heap[0][0] if self._heap else None

    def pop(self) -> _Member:
        """
        @return: The connection whose turn it is. It is no longer taken to have room.
        """
        return heapq.heappop(self._heap)[2]

    def claim(self, member: _Member) -> int | None:
        """
        @return: When the message is due that this connection sends now.
        """
        return _own(member).take()

    def gone(self, member: _Member, left: int | None, now: int) -> int:
        """
        @return: How many messages of this connection were due by now.
        """
        return _least(_own(member).skip(now), left)


def _own(member: Paced) -> Pace:
    assert member.pace is not None  # noqa: S101  (it was opened)
    return member.pace


def _least(skipped: int, left: int | None) -> int:
    return skipped if left is None else min(skipped, left)
