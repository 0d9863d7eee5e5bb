"""
Sends messages on one connection, and matches their echoes: the part that the runs on
one connection and on many connections share.

A probe and each connection of a fleet own a sender. It knows no timer, and does not
decide when a message is sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from echo.client.connection import Connection
from echo.client.interfaces import Message
from echo.client.measure.greeting import Greeting
from echo.client.measure.matching import MEMORY, Echo, EchoMatcher
from echo.client.measure.roundtrips import Stream
from echo.client.measure.statistics import Statistics
from echo.client.measure.throughput import ThroughputMeter
from echo.client.traffic.plan import Plan


@dataclass(frozen=True)
class Measurement:
    """
    The plan of a run, and what is measured on all its connections.

    @ivar memory: How many answered and lost messages each connection remembers.
    """

    plan: Plan
    statistics: Statistics
    throughput: ThroughputMeter
    memory: int = MEMORY


class Sender:
    """
    The messages of one connection, or of several connections one after another.

    A run may have tens of thousands of senders. So each has slots, and a matcher only
    from the first message on.

    @ivar sent: Number of messages sent.
    """

    __slots__ = (
        "_connection",
        "_greeting",
        "_matcher",
        "_measurement",
        "_number",
        "_stream",
        "sent",
    )

    def __init__(self, measurement: Measurement, number: int = 1) -> None:
        """
        @param number: The number of the connection in the run, from 1.
        """
        self.sent = 0
        self._measurement = measurement
        self._number = number
        self._greeting: Greeting | None = None
        self._matcher: EchoMatcher | None = None

    def use(self, connection: Connection) -> None:
        """
        Send on a connection, which begins with a greeting if the plan says so.
        """
        self._connection = connection
        plan, statistics = self._measurement.plan, self._measurement.statistics
        if plan.greeting:
            self._greeting = Greeting(plan.greeting, statistics)

    @property
    def left(self) -> int | None:
        count = self._measurement.plan.count
        return None if count is None else count - self.sent

    @property
    def outstanding(self) -> int:
        """
        Number of messages without an echo so far.
        """
        return 0 if self._matcher is None else len(self._matcher)

    @property
    def oldest(self) -> int | None:
        return None if self._matcher is None else self._matcher.oldest()

    def payload(self) -> bytes:
        payloads = self._measurement.plan.payloads
        return payloads.payload(self.sent + 1, self._number)

    def send(
        self, payloads: Sequence[bytes], dues: Iterable[int | None], now: int
    ) -> bool:
        """
        Send messages in one write.

        @param dues: Due times of the messages, in nanoseconds. They are read after the
            write: the peer answers meanwhile.

        @param now: The present time of the same clock.

        @return: Whether the transport takes more messages.
        """
        measurement, connection, matcher = (
            self._measurement,
            self._connection,
            self._matcher,
        )
        if matcher is None:
            matcher = self._begin()
        isBinary, at = measurement.plan.payloads.isBinary, connection.sentAt
        note, first = matcher.sent, self.sent + 1
        for payload in payloads:
            note(payload, isBinary, at)
        self.sent += len(payloads)
        measurement.statistics.sent += len(payloads)
        isWritable = connection.sendAll(payloads, isBinary)
        at = connection.sentAt
        stamp, count = matcher.stamp, measurement.throughput.sent
        seqs = range(first, self.sent + 1)  # the matcher counts from 1, too
        for seq, due in zip(seqs, dues, strict=False):  # dues may be endless
            stamp(seq, at, None if due is None else now - due if due < now else 0)
            count(due, now)
        return isWritable

    def withoutGreeting(self, messages: Sequence[Message]) -> Sequence[Message]:
        if self._greeting is None:
            return messages
        matcher = self._begin() if self._matcher is None else self._matcher
        return self._greeting.strip(messages, matcher)

    def arrived(self, payload: bytes, isBinary: bool, now: int) -> Echo:
        """
        Match a message, and count it.

        @param now: When it arrived.
        """
        matcher = self._matcher
        if matcher is None:
            matcher = self._begin()
        echo = matcher.arrived(payload, isBinary, now)
        self._measurement.statistics.arrived(echo, self._stream)
        return echo

    def lose(self, before: int | None = None) -> list[int]:
        """
        Count outstanding messages as lost.

        @param before: Only messages that were sent at this time or earlier.

        @return: The numbers of the lost messages.
        """
        if self._matcher is None:
            return []
        lost = self._matcher.lose(before)
        self._measurement.statistics.gaveUp(lost)
        return lost

    def ended(self, byPeer: bool) -> tuple[list[int], int]:
        """
        The connection is closed: no echo and no greeting arrives any more.

        @return: The numbers of the lost messages, and how many of them the close cut
            off.
        """
        if self._greeting is not None and not byPeer:
            self._greeting.end()
        cutOff = 0 if self._matcher is None else self._matcher.cutOff
        return self.lose(), cutOff

    def _begin(self) -> EchoMatcher:
        self._matcher = EchoMatcher(self._measurement.memory, self._isForeign)
        self._stream: Stream = self._measurement.statistics.roundTrips.stream()
        return self._matcher

    def _isForeign(self, payload: bytes) -> bool:
        return self._measurement.plan.payloads.isForeign(payload, self._number)
