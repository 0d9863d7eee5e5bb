"""
Counts of a run: messages, anomalies, pings and connections. Their size is bounded,
however long the run takes.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from echo.client.measure.distribution import Distribution
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.roundtrips import RoundTrips, Stream

#: Most messages that are named for each anomaly.
NAMED = 10

#: The reasons of failures begin so if the peer broke the protocol.
PROTOCOL_ERROR = "protocol error"


@dataclass
class MessageCounts:
    """
    How many messages were lost, or had an anomaly.

    @ivar seqs: The numbers of the first of these messages.
    """

    count: int = 0
    seqs: list[int] = field(default_factory=list)

    def add(self, seq: int | None) -> None:
        self.count += 1
        if seq is not None and len(self.seqs) < NAMED:
            self.seqs.append(seq)

    def remove(self, seq: int) -> None:
        self.count -= 1
        if seq in self.seqs:
            self.seqs.remove(seq)


@dataclass
class PingStatistics:
    """
    Counts of control pings.

    @ivar received: Pings whose pong arrived in time. C{lost}: all others.
    """

    sent: int = 0
    received: int = 0
    lost: int = 0
    roundTrips: RoundTrips = field(default_factory=RoundTrips)


@dataclass
class Statistics:
    """
    Counts of messages, and their times.

    @ivar named: Whether the numbers of messages are kept: there is one connection.

    @ivar warmup: The first messages of each connection, of which no times are recorded.

    @ivar received: Messages that were answered in time. C{lost}: those that were not.

    @ivar roundTrips: Times from the sending of messages to their echoes, if these are
        exact and in time.

    @ivar tellsCrossTalk: Whether echoes on a wrong connection can be recognised.

    @ivar responses: Times from the due times of messages to their echoes, also to late
        echoes. Empty if messages have no due times.

    @ivar anomalies: Counts of anomalies. There are no zeros.

    @ivar pings: Counts of control pings; C{None} if the run sends none.

    @ivar ungreeted: Missing messages of greetings, on all connections.
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
        @param stream: The round trips of the message's connection.
        """
        seq, time, anomalies, answers, corrects, response = echo
        if corrects and seq is not None:
            self._retract(Anomaly.ALTERED, seq)
            self._count(Anomaly.UNEXPECTED, None)
        self.received += answers
        if anomalies:
            for anomaly in anomalies:
                self._count(anomaly, seq)
        if seq is None or time is None or seq <= self.warmup:
            return
        if anomalies and not _FALSE.isdisjoint(anomalies):
            return
        if not anomalies or Anomaly.LATE not in anomalies:
            stream.add(time)
        if response is not None:
            self.responses.add(response)

    def gaveUp(self, seqs: Iterable[int]) -> None:
        for seq in seqs:
            self.lost.add(seq if self.named else None)

    @property
    def loss(self) -> float:
        return 100 * self.lost.count / self.sent if self.sent else 0.0

    @property
    def exact(self) -> bool:
        """
        Whether each arrived message is the echo of a sent one, once and in order. Lost
        messages and late echoes are disregarded.
        """
        return not self.anomalies.keys() - {Anomaly.LATE}

    def merge(self, other: "Statistics") -> None:
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


# Messages with these anomalies are no echoes, so their times mean nothing.
_FALSE = frozenset({Anomaly.ALTERED, Anomaly.TWICE})


@dataclass
class Connections:
    """
    Counts of connections.

    @ivar wanted: Connections of the plan.

    @ivar opened: Connections that were open at some time.

    @ivar failures: Connections that could not be opened, or whose peer broke the
        protocol, by reason.

    @ivar closes: Connections that the server closed or the network lost before we
        closed them, by close code.

    @ivar handshakes: Times to open, from the name look-up to the upgrade.

    @ivar broken: Connections in C{failures} that were open.

    @ivar reasons: The connections in C{closes}, by close code and reason.

    @ivar unanswered: Close frames of ours that the server did not answer.
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
        Number of attempts to open a connection that succeeded or failed.
        """
        return self.opened + self.failures.total() - self.broken

    @property
    def brokeProtocol(self) -> bool:
        return any(reason.startswith(PROTOCOL_ERROR) for reason in self.failures)

    def merge(self, other: "Connections") -> None:
        self.wanted += other.wanted
        self.opened += other.opened
        self.failures.update(other.failures)
        self.closes.update(other.closes)
        self.handshakes.merge(other.handshakes)
        self.broken += other.broken
        self.reasons.update(other.reasons)
        self.unanswered += other.unanswered
