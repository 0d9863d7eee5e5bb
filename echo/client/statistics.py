"""
How it went, in numbers: plain data, of bounded size however long it takes.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from echo.client.matching import Anomaly, Echo

#: How many messages are named for each kind of anomaly.
NAMED = 10


@dataclass
class RoundTrips:
    """
    Times, summed up as they come (Welford's way: exact without keeping them).

    @ivar count: How many.

    @ivar mean: Their mean, in nanoseconds; C{minimum} and C{maximum} likewise.
    """

    count: int = 0
    mean: float = 0.0
    minimum: int = 0
    maximum: int = 0
    _squares: float = 0.0

    def add(self, time: int) -> None:
        """
        Take one more into account.
        """
        self.minimum = time if not self.count else min(self.minimum, time)
        self.maximum = max(self.maximum, time)
        self.count += 1
        distance = time - self.mean
        self.mean += distance / self.count
        self._squares += distance * (time - self.mean)

    @property
    def deviation(self) -> float:
        """
        Their standard deviation, in nanoseconds.
        """
        return math.sqrt(self._squares / self.count) if self.count else 0.0


@dataclass
class Tally:
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
class Statistics:
    """
    How it went.

    @ivar sent: Messages sent.

    @ivar received: Messages sent that something came back for, in time.

    @ivar lost: Those that nothing came back for.

    @ivar roundTrips: Times of the echoes that came back as sent.

    @ivar anomalies: What went wrong, by kind; kinds that did not happen are not
        there.
    """

    sent: int = 0
    received: int = 0
    lost: Tally = field(default_factory=Tally)
    roundTrips: RoundTrips = field(default_factory=RoundTrips)
    anomalies: dict[Anomaly, Tally] = field(default_factory=dict)

    def arrived(self, echo: Echo) -> None:
        """
        Take a message that came into account.
        """
        if echo.corrects and echo.seq is not None:
            self._retract(Anomaly.ALTERED, echo.seq)
            self._count(Anomaly.UNEXPECTED, None)
        self.received += echo.answers
        for anomaly in echo.anomalies:
            self._count(anomaly, echo.seq)
        if echo.time is not None and not _UNTIMED.intersection(echo.anomalies):
            self.roundTrips.add(echo.time)

    def gaveUp(self, seqs: Iterable[int]) -> None:
        """
        Take messages that are lost into account.
        """
        for seq in seqs:
            self.lost.add(seq)

    @property
    def faultless(self) -> bool:
        """
        Whether all that was sent came back as it was sent, and nothing else came.
        """
        return not self.lost.count and not self.anomalies

    def _count(self, anomaly: Anomaly, seq: int | None) -> None:
        self.anomalies.setdefault(anomaly, Tally()).add(seq)

    def _retract(self, anomaly: Anomaly, seq: int) -> None:
        tally = self.anomalies[anomaly]
        tally.remove(seq)
        if not tally.count:
            del self.anomalies[anomaly]


# Times of these are not those of an echo of what was sent.
_UNTIMED = frozenset({Anomaly.ALTERED, Anomaly.TWICE, Anomaly.LATE})
