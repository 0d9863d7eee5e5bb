"""
What a run must come to, for continuous integration: plain data.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from echo.client.measure.distribution import Distribution
from echo.client.measure.summary import FailedDemand, Summary
from echo.client.measure.throughput import Throughput
from echo.printable import quoted
from echo.units import parseDuration, parseRate


@dataclass(frozen=True)
class Limit:
    """
    The longest that a round trip may take.

    @ivar text: As it was written.

    @ivar seconds: The time.

    @ivar which: What it holds for: C{"max"}, C{"avg"} or a percentile, C{"p99"}.
    """

    text: str
    seconds: float
    which: str

    def observed(self, times: Distribution) -> float:
        """
        @return: The time that the limit is for, in nanoseconds.
        """
        if self.which == "max":
            return times.maximum
        if self.which == "avg":
            return times.mean
        return times.percentile(float(self.which[1:]))


def parseLimit(text: str) -> Limit:
    """
    @param text: A time, and perhaps what it holds for: C{200ms@p99}.

    @raise ValueError: It is not that; the message says what would be.
    """
    time, _, which = text.partition("@")
    which = which or "max"
    if not re.fullmatch(r"avg|max|p\d{1,2}(\.\d{1,3})?", which):
        raise ValueError(
            f"{which!r} is none of avg, max, p50, p99.9 and the like: try 200ms@p99"
        )
    if time[-1:].isdigit():
        raise ValueError(f"{text!r} has no unit: try {time}ms@{which}")
    return Limit(text, parseDuration(time), which)


@dataclass(frozen=True)
class LeastRate:
    """
    The least load that must be applied.

    @ivar text: As it was written.

    @ivar rate: Messages a second; C{None} if it is a percentage.

    @ivar percent: Percentage of the load that was asked for; C{None} if it is a rate.
    """

    text: str
    rate: float | None = None
    percent: float | None = None

    def problem(self, throughput: Throughput) -> str | None:
        """
        @return: The load that was applied; C{None} if it was enough.
        """
        if self.rate is not None:
            reached = throughput.reached
            return None if reached >= self.rate else f"{reached:.1f}/s"
        share = throughput.share
        if share is None:
            return "no message had a due time"
        applied = 100 * share
        return None if applied >= (self.percent or 0.0) else f"{applied:.1f} %"


def parseLeastRate(text: str) -> LeastRate:
    """
    @param text: Messages a second, or a percentage of the load: C{500/s} or C{99%}.

    @raise ValueError: It is neither; the message says what would be.
    """
    if text.strip().endswith("%"):
        return LeastRate(text, percent=parsePercent(text))
    return LeastRate(text, rate=parseRate(text))


def parsePercent(text: str) -> float:
    """
    @param text: A percentage, with or without its sign: C{0.5%}.

    @raise ValueError: It is none from 0 to 100.
    """
    if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?\s*%?", text.strip()):
        raise ValueError(f"{text!r} is not a percentage: try 0.5%")
    percent = float(text.strip().rstrip("%"))
    if percent > 100:
        raise ValueError(f"{text!r} is more than all: at most 100%")
    return percent


def parseCloseCode(text: str) -> int:
    """
    @param text: A close code; 1005 stands for none in the close frame, 1006 for no
        close frame.

    @raise ValueError: There is none like that.
    """
    if not re.fullmatch(r"\d{4}", text) or not 1000 <= int(text) <= 4999:
        raise ValueError(f"{text!r} is not a close code: try 1000 or 4001")
    return int(text)


@dataclass(frozen=True)
class Gates:
    """
    What a run must come to.

    @ivar maxLoss: How many messages of a hundred may be lost; C{None} if nobody
        asked, which means none.

    @ivar limits: How long messages may take: their response times, where they have
        due times, otherwise their round trips.

    @ivar close: The close code that the server must close with.

    @ivar subprotocol: What the server must choose.

    @ivar compression: Whether it must accept permessage-deflate.

    @ivar leastRate: The least load that must be applied, beside the L{FULL
        <echo.client.measure.throughput.FULL>} that L{limits} demand.

    @ivar greeting: How many messages it must send on each connection before the
        first echo.
    """

    maxLoss: float | None = None
    limits: Sequence[Limit] = ()
    close: int | None = None
    subprotocol: str | None = None
    compression: bool = False
    leastRate: LeastRate | None = None
    greeting: int = 0

    def opened(self, subprotocol: str | None, compression: bool) -> list[FailedDemand]:
        """
        @return: What does not hold for a connection that has just opened.
        """
        failed = []
        if self.subprotocol is not None and subprotocol != self.subprotocol:
            chosen = "none" if subprotocol is None else quoted(subprotocol)
            observed = f"the server chose {chosen}"
            failed.append(
                FailedDemand("--expect-subprotocol", self.subprotocol, observed)
            )
        if self.compression and not compression:
            failed.append(
                FailedDemand("--expect-compression", "", "the server declined")
            )
        return failed

    def ended(self, summary: Summary) -> list[FailedDemand]:
        """
        @return: What does not hold for a run that is over.
        """
        return [
            *self._loss(summary),
            *self._load(summary.throughput),
            *self._slow(summary),
            *self._close(summary),
            *self._greeting(summary),
        ]

    def _loss(self, summary: Summary) -> list[FailedDemand]:
        loss, sent = summary.statistics.loss, summary.statistics.sent
        if self.maxLoss is None or (sent and loss <= self.maxLoss):
            return []
        observed = f"{loss:.3g} % lost" if sent else "nothing was sent"
        return [FailedDemand("--max-loss", f"{self.maxLoss:g}%", observed)]

    def _slow(self, summary: Summary) -> list[FailedDemand]:
        times: Distribution = summary.statistics.roundTrips
        if summary.throughput.asked is not None:
            times = summary.statistics.responses
        failed = []
        for limit in self.limits:
            time = limit.observed(times)
            if times.count and time <= round(1e9 * limit.seconds):
                continue
            slow = f"{time / 1e6:.3f} ms"
            observed = slow if times.count else "there was no round trip"
            failed.append(FailedDemand("--max-rtt", limit.text, observed))
        return failed

    def _load(self, throughput: Throughput) -> list[FailedDemand]:
        failed = []
        if self.leastRate is not None:
            problem = self.leastRate.problem(throughput)
            if problem is not None:
                failed.append(FailedDemand("--min-rate", self.leastRate.text, problem))
        share = throughput.share
        if self.limits and share is not None and not throughput.isFull:
            applied = f"only {100 * share:.1f} % of the load was applied"
            failed.append(FailedDemand("--max-rtt", self.limits[0].text, applied))
        return failed

    def _close(self, summary: Summary) -> list[FailedDemand]:
        closes = summary.connections.closes
        if self.close is None or set(closes) == {self.close}:
            return []
        codes = ", ".join(map(str, sorted(closes)))
        observed = f"the server closed with {codes}" if codes else "it did not close"
        return [FailedDemand("--expect-close", str(self.close), observed)]

    def _greeting(self, summary: Summary) -> list[FailedDemand]:
        missing = summary.statistics.ungreeted
        if not self.greeting or not missing:
            return []
        wanted = self.greeting * summary.connections.opened
        came = f"only {wanted - missing} of {wanted} greetings came"
        if missing == wanted:
            came = "none came"
        observed = f"{came} before the first echo"
        return [FailedDemand("--greeting", str(self.greeting), observed)]
