"""
The lines of a summary, as text for people. Texts of a peer are escaped.
"""

from collections.abc import Iterator

from echo.client.close import Close
from echo.client.measure.distribution import PERCENTILES, Distribution
from echo.client.measure.matching import Anomaly
from echo.client.measure.roundtrips import RoundTrips
from echo.client.measure.statistics import Connections, MessageCounts, PingStatistics
from echo.client.measure.status import Status
from echo.client.measure.summary import Hold, Summary
from echo.client.measure.throughput import Throughput
from echo.client.output.text.eventlines import joined, seqsText
from echo.printable import printable

_NAMES = "/".join(f"p{each:g}" for each in PERCENTILES)


def summaryLines(summary: Summary) -> list[str]:
    lines = [f"--- {printable(summary.url)} ---"]
    if summary.hold is None:
        lines += _messages(summary)
    else:
        lines.append(holdLine(summary.hold))
    if summary.statistics.pings is not None:
        lines += _pings(summary.statistics.pings, summary.statistics.roundTrips)
    lines += _connections(summary.connections)
    if summary.status == Status.CLOSED and not summary.complete:
        lines.append(_cutShort(summary.connections))
    lines += _outages(summary)
    return lines


def _messages(summary: Summary) -> Iterator[str]:
    statistics = summary.statistics
    sent, lost = statistics.sent, statistics.lost
    counts = f"{sent} sent, {statistics.received} received, {lost.count} lost"
    yield f"{counts} ({statistics.loss:.1f} %)"
    yield from _load(summary.throughput, summary.seconds)
    yield from _times("response time", statistics.responses)
    yield from _times("round trip", statistics.roundTrips)
    if statistics.warmup and statistics.roundTrips.count:
        of = "" if statistics.named else " of each connection"
        yield f"the first {statistics.warmup}{of} are left out of the times"
    wrong = {each.value: counts for each, counts in statistics.anomalies.items()}
    if lost.count:
        wrong["lost"] = lost
    if wrong:
        yield "; ".join(_counted(name, wrong[name]) for name in wrong)
    if Anomaly.LATE in statistics.anomalies and statistics.responses.count:
        yield "late echoes are in the response times and not in the round trips"
    if sent and not (statistics.tellsCrossTalk or summary.steps):
        yield "cross-talk cannot be told: the messages do not name their connections"


def _load(throughput: Throughput, seconds: float) -> Iterator[str]:
    if not throughput.due:
        return
    reached = f"{throughput.reached:.1f}/s reached"
    duration = f"duration {seconds:.2f} s"
    if throughput.asked is None:
        if throughput.seconds:  # messages of one single write have no rate
            yield f"load: {reached}; {duration}"
        return
    percent = 100 * throughput.notSent / throughput.due
    yield (
        f"load: {throughput.asked:.1f}/s asked for, {reached}; due, not sent:"
        f" {throughput.notSent} of {throughput.due} ({percent:.1f} %); {duration}"
    )


def loadWarning(throughput: Throughput) -> str | None:
    share = throughput.share
    if share is None or throughput.isFull:
        return None
    return (
        f"WARNING: only {100 * share:.1f} % of the load was applied: "
        "the times hold for that smaller load only"
    )


def _times(name: str, times: Distribution) -> Iterator[str]:
    if not times.count:
        return
    values = (times.minimum, times.mean, times.maximum, times.deviation)
    yield f"{name} min/avg/max/stddev = {joined(values)} ms"
    percentiles = [times.percentile(each) for each in PERCENTILES]
    jitter = (
        f", jitter {times.jitter / 1e6:.3f} ms" if isinstance(times, RoundTrips) else ""
    )
    yield f"{name} {_NAMES} = {joined(percentiles)} ms{jitter}"


def _pings(pings: PingStatistics, roundTrips: RoundTrips) -> Iterator[str]:
    counts = f"{pings.sent} sent, {pings.received} answered, {pings.lost} lost"
    yield f"pings: {counts}"
    yield from _times("ping", pings.roundTrips)
    if pings.roundTrips.count and roundTrips.count:
        gap = roundTrips.percentile(50) - pings.roundTrips.percentile(50)
        than = "longer" if gap >= 0 else "less"
        yield (
            f"at the median (p50), a message takes {abs(gap) / 1e6:.3f} ms"
            f" {than} than a ping"
        )


def _connections(connections: Connections) -> Iterator[str]:
    if connections.wanted > 1 or connections.failures:
        untried = max(0, connections.wanted - connections.tried)
        yield (
            f"connections: {connections.opened} of {connections.wanted} opened,"
            f" {connections.failures.total()} failed,"
            f" {connections.closes.total()} closed by the server"
            + (f", {untried} not tried to the end" if untried else "")
        )
        yield from _times("handshake", connections.handshakes)
    for reason, count in connections.failures.most_common():
        yield f"failed: {_several(count)}: {printable(reason)}"
    for (code, reason), count in sorted(connections.reasons.items()):
        yield f"closed by the server: {_several(count)}: {Close(code, reason)}"
    if connections.unanswered:
        yield f"closed by us, not answered: {connections.unanswered}"


def _several(count: int) -> str:
    return f"{count} connection{'' if count == 1 else 's'}"


def _cutShort(connections: Connections) -> str:
    closed, opened = connections.closes.total(), connections.opened
    return (
        f"cut short: the server closed {closed} of {opened}"
        " connections before the end of the run"
    )


def _outages(summary: Summary) -> Iterator[str]:
    outages = summary.outages
    if outages:
        seconds = sum(
            summary.seconds - each.at if each.seconds is None else each.seconds
            for each in outages
        )
        lost = sum(each.lost for each in outages)
        skipped = sum(each.skipped for each in outages)
        yield (
            f"outages: {len(outages)}, {seconds:.2f} s in all,"
            f" {lost} messages lost, {skipped} not sent"
        )


def _counted(name: str, counts: MessageCounts) -> str:
    text = f"{name}: {counts.count}"
    return (
        f"{text} (seq {seqsText(counts.seqs, counts.count)})" if counts.seqs else text
    )


def holdLine(hold: Hold) -> str:
    how = "cut" if hold.cut else "not cut"
    pinged = f", {hold.pinged} pings of the server" if hold.pinged else ""
    return (
        f"held open for {hold.seconds:.2f} s, silent for the last {hold.idle:.2f} s:"
        f" {how}{pinged}"
    )
