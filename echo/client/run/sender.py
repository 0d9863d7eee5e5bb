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
from echo.client.measure.events import Received, Tell
from echo.client.measure.greeting import Greeting
from echo.client.measure.matching import MEMORY, EchoMatcher
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

    @ivar sent: Number of messages sent.

    @ivar matcher: The outstanding messages.

    @ivar greeting: The messages before the first echo; C{None} if the plan has none.
    """

    # A run may have tens of thousands of senders.
    __slots__ = (
        "_connection",
        "_measurement",
        "_number",
        "_stream",
        "greeting",
        "matcher",
        "sent",
    )

    def __init__(self, measurement: Measurement, number: int = 1) -> None:
        """
        @param number: The number of the connection in the run, from 1.
        """
        self.sent = 0
        self.greeting: Greeting | None = None
        self.matcher = EchoMatcher(measurement.memory, self._isForeign)
        self._measurement = measurement
        self._number = number
        self._stream = measurement.statistics.roundTrips.stream()

    def use(self, connection: Connection) -> None:
        """
        Send on a connection, which begins with a greeting if the plan says so.
        """
        self._connection = connection
        plan, statistics = self._measurement.plan, self._measurement.statistics
        if plan.greeting:
            self.greeting = Greeting(plan.greeting, statistics)

    @property
    def left(self) -> int | None:
        count = self._measurement.plan.count
        return None if count is None else count - self.sent

    def send(
        self, payloads: Sequence[bytes], dues: Iterable[int | None], now: int
    ) -> bool:
        """
        Send messages in one write.

        @param dues: Due times of the messages, by the clock of C{now}. They are read
            after the write: the peer answers meanwhile.

        @return: Whether the transport takes more messages.
        """
        measurement, connection = self._measurement, self._connection
        isBinary, protocol = measurement.plan.payloads.isBinary, connection.protocol
        note, at = self.matcher.sent, protocol.sentAt
        sent = []
        for payload in payloads:  # before Python 3.12, a comprehension is a call more
            sent.append(note(payload, isBinary, at))  # noqa: PERF401
        self.sent += len(sent)
        measurement.statistics.sent += len(sent)
        isWritable = connection.sendAll(payloads, isBinary)
        # To note a message takes time, which must not count as the peer's.
        at, count = protocol.sentAt, measurement.throughput.sent
        for message, due in zip(sent, dues, strict=False):  # dues may be endless
            message.at = at
            if due is not None:
                message.late = now - due if due < now else 0
            count(due, now)
        return isWritable

    def received(
        self, messages: Sequence[Message], now: int, tell: Tell | None = None
    ) -> None:
        """
        Match messages that arrived now, and count them.
        """
        match, count = self.matcher.arrived, self._measurement.statistics.arrived
        stream = self._stream
        for payload, isBinary in messages:
            echo = match(payload, isBinary, now)
            count(echo, stream)
            if tell is not None:
                tell(Received(echo, payload if isBinary else payload.decode()))

    def lose(self, before: int | None = None) -> list[int]:
        """
        Count outstanding messages as lost: see L{EchoMatcher.lose}.
        """
        lost = self.matcher.lose(before)
        self._measurement.statistics.gaveUp(lost)
        return lost

    def ended(self, byPeer: bool) -> tuple[list[int], int]:
        """
        The connection is closed: no echo and no greeting arrives any more.

        @return: The numbers of the lost messages, and how many of them the close cut
            off.
        """
        if self.greeting is not None and not byPeer:
            self.greeting.end()
        cutOff = self.matcher.cutOff
        return self.lose(), cutOff

    def _isForeign(self, payload: bytes) -> bool:
        return self._measurement.plan.payloads.isForeign(payload, self._number)
