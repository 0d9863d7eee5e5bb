"""
The demands of the user on a run, such as C{--max-rtt} and C{--expect-close}.

The functions that parse the value of an option raise C{ValueError} for a wrong value,
and its message gives a right one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from echo.client.measure.distribution import Distribution
from echo.client.measure.summary import FailedDemand, Summary
from echo.client.measure.throughput import Throughput
from echo.printable import quoted
from echo.units import parseDuration, parseRate


@dataclass(frozen=True)
class Limit:
    """
    A limit of round trips: C{--max-rtt}.

    @ivar text: The option's value.

    @ivar which: C{"max"}, C{"avg"} or a percentile such as C{"p99"}.
    """

    text: str
    seconds: float
    which: str

    def observed(self, times: Distribution) -> float:
        if self.which == "max":
            return times.maximum
        if self.which == "avg":
            return times.mean
        return times.percentile(float(self.which[1:]))


def parseLimit(text: str) -> Limit:
    """
    @param text: A time, optionally with the limited figure: C{200ms@p99}.
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
    The least load that must be applied: C{--min-rate}.

    @ivar text: The option's value.

    @ivar rate: Messages a second; C{None} if it is a percentage.

    @ivar percent: Percentage of the requested load; C{None} if it is a rate.
    """

    text: str
    rate: float | None = None
    percent: float | None = None

    def problem(self, throughput: Throughput) -> str | None:
        """
        @return: The applied load, if it was less; otherwise C{None}.
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
    """
    if text.strip().endswith("%"):
        return LeastRate(text, percent=parsePercent(text))
    return LeastRate(text, rate=parseRate(text))


def parsePercent(text: str) -> float:
    """
    @param text: A percentage, with or without its sign: C{0.5%}.
    """
    if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?\s*%?", text.strip()):
        raise ValueError(f"{text!r} is not a percentage: try 0.5%")
    percent = float(text.strip().rstrip("%"))
    if percent > 100:
        raise ValueError(f"{text!r} is more than all: at most 100%")
    return percent


def parseCloseCode(text: str) -> int:
    """
    @param text: A close code. 1005 stands for a close frame without code, 1006 for no
        close frame.
    """
    if not re.fullmatch(r"\d{4}", text) or not 1000 <= int(text) <= 4999:
        raise ValueError(f"{text!r} is not a close code: try 1000 or 4001")
    return int(text)


@dataclass(frozen=True)
class Gates:
    """
    The demands on a run.

    @ivar maxLoss: Percentage of messages that may be lost; C{None}, the default, means
        that none may.

    @ivar limits: Limits of the response times, if messages have due times, otherwise of
        the round trips.

    @ivar close: The close code that the server must close with.

    @ivar subprotocol: The subprotocol that the server must choose.

    @ivar compression: Whether the server must accept permessage-deflate.

    @ivar leastRate: The least load that must be applied. L{limits} demand L{FULL
        <echo.client.measure.throughput.FULL>} in any case.

    @ivar greeting: Messages that the server must send on each connection before the
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
        failed = []
        if self.subprotocol is not None and subprotocol != self.subprotocol:
            chosen = "none" if subprotocol is None else quoted(subprotocol)
            observed = f"the server chose {chosen}"
            demand = FailedDemand("--expect-subprotocol", self.subprotocol, observed)
            failed.append(demand)
        if self.compression and not compression:
            declined = "the server declined"
            failed.append(FailedDemand("--expect-compression", "", declined))
        return failed

    def ended(self, summary: Summary) -> list[FailedDemand]:
        return [
            *self._loss(summary),
            *self._load(summary.throughput),
            *self._slow(summary),
            *self._close(summary),
            *self._greeting(summary),
        ]

    def _loss(self, summary: Summary) -> Iterator[FailedDemand]:
        loss, sent = summary.statistics.loss, summary.statistics.sent
        if self.maxLoss is not None and not (sent and loss <= self.maxLoss):
            observed = f"{loss:.3g} % lost" if sent else "nothing was sent"
            yield FailedDemand("--max-loss", f"{self.maxLoss:g}%", observed)

    def _load(self, throughput: Throughput) -> Iterator[FailedDemand]:
        if self.leastRate is not None:
            problem = self.leastRate.problem(throughput)
            if problem is not None:
                yield FailedDemand("--min-rate", self.leastRate.text, problem)
        share = throughput.share
        if self.limits and share is not None and not throughput.isFull:
            applied = f"only {100 * share:.1f} % of the load was applied"
            yield FailedDemand("--max-rtt", self.limits[0].text, applied)

    def _slow(self, summary: Summary) -> Iterator[FailedDemand]:
        times: Distribution = summary.statistics.roundTrips
        if summary.throughput.asked is not None:
            times = summary.statistics.responses
        for limit in self.limits:
            time = limit.observed(times)
            if not times.count:
                yield FailedDemand("--max-rtt", limit.text, "there was no round trip")
            elif time > round(1e9 * limit.seconds):
                yield FailedDemand("--max-rtt", limit.text, f"{time / 1e6:.3f} ms")

    def _close(self, summary: Summary) -> Iterator[FailedDemand]:
        closes = summary.connections.closes
        if self.close is not None and set(closes) != {self.close}:
            codes = ", ".join(map(str, sorted(closes)))
            observed = (
                f"the server closed with {codes}" if codes else "it did not close"
            )
            yield FailedDemand("--expect-close", str(self.close), observed)

    def _greeting(self, summary: Summary) -> Iterator[FailedDemand]:
        missing = summary.statistics.ungreeted
        if self.greeting and missing:
            wanted = self.greeting * summary.connections.opened
            came = f"only {wanted - missing} of {wanted} greetings came"
            if missing == wanted:
                came = "none came"
            observed = f"{came} before the first echo"
            yield FailedDemand("--greeting", str(self.greeting), observed)
