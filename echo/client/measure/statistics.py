"""
How it went, in numbers: plain data, of bounded size however long it takes.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from echo.client.measure.distribution import Distribution
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.roundtrips import RoundTrips, Stream

#: How many messages are named for each kind of anomaly.
NAMED = 10

#: The beginning of the reason of each failure by which a peer broke the protocol.
PROTOCOL_ERROR = "protocol error"


@dataclass
class MessageCounts:
    """
    How often something happened, and to which messages at first.
    """

    count: int = 0
    seqs: list[int] = field(default_factory=list)

    def add(self, seq: int | None) -> None:
        """
        It happened, to a certain message or to none.
        """
        self.count += 1
        if seq is not None and len(self.seqs) < NAMED:
            self.seqs.append(seq)

    def remove(self, seq: int) -> None:
        """
        It did not happen after all.
        """
        self.count -= 1
        if seq in self.seqs:
            self.seqs.remove(seq)


@dataclass
class PingStatistics:
    """
    How it went with control pings.

    @ivar sent: Pings sent.

    @ivar received: Those that a pong came for, in time.

    @ivar lost: Those that none came for.

    @ivar roundTrips: How long the pongs took.
    """

    sent: int = 0
    received: int = 0
    lost: int = 0
    roundTrips: RoundTrips = field(default_factory=RoundTrips)


@dataclass
class Statistics:
    """
    How it went.

    @ivar named: Whether it is of use to name messages: there is one connection.

    @ivar warmup: How many messages of a connection, the first ones, are left out
        of the times.

    @ivar sent: Messages sent.

    @ivar received: Messages sent that something came back for, in time.

    @ivar lost: Those that nothing came back for.

    @ivar roundTrips: Times of the echoes that came back as sent, in time: from when
        the message was sent.

    @ivar tellsCrossTalk: Whether an echo that goes to a wrong connection is seen.

    @ivar responses: Times from when the messages were due, late echoes included.
        Empty if no message was due at a certain time.

    @ivar anomalies: What went wrong, by kind; kinds that did not happen are not
        there.

    @ivar pings: How it went with control pings; C{None} if none were wanted.

    @ivar ungreeted: Messages of greetings that did not come, over all connections.
    """

    warmup: int = 0
    sent: int = 0
    received: int = 0
    lost: MessageCounts = field(default_factory=MessageCounts)
    roundTrips: RoundTrips = field(default_factory=RoundTrips)
    anomalies: dict[Anomaly, MessageCounts] = field(default_factory=dict)
    pings: PingStatistics | None = None
    named: bool = True
    responses: Distribution = field(default_factory=Distribution)
    tellsCrossTalk: bool = False
    ungreeted: int = 0

    def arrived(self, echo: Echo, stream: Stream) -> None:
        """
        Take a message that came into account.

        @param stream: That of the connection, of C{roundTrips}.
        """
        seq, time, anomalies, answers, corrects, response = echo
        if corrects and seq is not None:
            self._retract(Anomaly.ALTERED, seq)
            self._count(Anomaly.UNEXPECTED, None)
        self.received += answers
        for anomaly in anomalies:
            self._count(anomaly, seq)
        if seq is None or time is None or seq <= self.warmup:
            return
        if anomalies and not _FALSE.isdisjoint(anomalies):
            return
        if Anomaly.LATE not in anomalies:
            stream.add(time)
        if response is not None:
            self.responses.add(response)

    def gaveUp(self, seqs: Iterable[int]) -> None:
        """
        Take messages that are lost into account.
        """
        for seq in seqs:
            self.lost.add(seq if self.named else None)

    @property
    def loss(self) -> float:
        """
        How many messages of a hundred are lost.
        """
        return 100 * self.lost.count / self.sent if self.sent else 0.0

    @property
    def exact(self) -> bool:
        """
        Whether all that came is what was sent, once, in order; lost messages, and
        those that came so late that they count as lost, apart.
        """
        return not self.anomalies.keys() - {Anomaly.LATE}

    def merge(self, other: "Statistics") -> None:
        """
        Take another run into account.
        """
        self.sent += other.sent
        self.received += other.received
        self.lost.count += other.lost.count
        self.roundTrips.merge(other.roundTrips)
        self.responses.merge(other.responses)
        self.tellsCrossTalk &= other.tellsCrossTalk
        for anomaly, counts in other.anomalies.items():
            self.anomalies.setdefault(anomaly, MessageCounts()).count += counts.count
        if other.pings is not None:
            self.pings = self.pings or PingStatistics()
            self.pings.sent += other.pings.sent
            self.pings.received += other.pings.received
            self.pings.lost += other.pings.lost
            self.pings.roundTrips.merge(other.pings.roundTrips)

    def _count(self, anomaly: Anomaly, seq: int | None) -> None:
        counts = self.anomalies.setdefault(anomaly, MessageCounts())
        counts.add(seq if self.named else None)

    def _retract(self, anomaly: Anomaly, seq: int) -> None:
        counts = self.anomalies[anomaly]
        counts.remove(seq)
        if not counts.count:
            del self.anomalies[anomaly]


# These are no echoes of what was sent, so their times mean nothing.
_FALSE = frozenset({Anomaly.ALTERED, Anomaly.TWICE})


@dataclass
class Connections:
    """
    What came of opening connections.

    @ivar wanted: How many there should be.

    @ivar opened: How many were open at some time.

    @ivar failures: Connections that could not be opened, and those whose peer broke
        the protocol later, by reason.

    @ivar closes: Connections that the server closed or the network lost before we
        wanted it, by close code.

    @ivar handshakes: How long each took to open, from the name to the upgrade.

    @ivar broken: How many of C{failures} had been open.

    @ivar reasons: The same connections as in C{closes}, by close code and reason.

    @ivar unanswered: How many of our closes the server did not answer.
    """

    wanted: int = 1
    opened: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    closes: Counter[int] = field(default_factory=Counter)
    handshakes: Distribution = field(default_factory=Distribution)
    broken: int = 0
    reasons: Counter[tuple[int, str]] = field(default_factory=Counter)
    unanswered: int = 0

    @property
    def tried(self) -> int:
        """
        How many connections were opened, or could not be.
        """
        return self.opened + self.failures.total() - self.broken

    @property
    def brokeProtocol(self) -> bool:
        """
        Whether a peer broke the protocol, in its handshake or later.
        """
        return any(reason.startswith(PROTOCOL_ERROR) for reason in self.failures)

    def merge(self, other: "Connections") -> None:
        """
        Take another run into account.
        """
        self.wanted += other.wanted
        self.opened += other.opened
        self.failures.update(other.failures)
        self.closes.update(other.closes)
        self.handshakes.merge(other.handshakes)
        self.broken += other.broken
        self.reasons.update(other.reasons)
        self.unanswered += other.unanswered
