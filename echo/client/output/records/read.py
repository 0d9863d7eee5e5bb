"""
Reads the summary back from its record. Anybody may have changed the record, so each
field is checked: a wrong one is a C{ValueError}, and takes no more memory than a right
one.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import TypeVar

from echo.client.measure.distribution import Distribution
from echo.client.measure.matching import Anomaly
from echo.client.measure.roundtrips import RoundTrips
from echo.client.measure.statistics import (
    Connections,
    MessageCounts,
    PingStatistics,
    Statistics,
)
from echo.client.measure.summary import FailedDemand, Outage, Step, Summary
from echo.client.measure.throughput import Throughput
from echo.client.output.records.write import ANOMALIES, SCHEMA

_T = TypeVar("_T")


def readSummary(record: Mapping[str, object]) -> Summary:
    """
    Read a record of L{summaryRecord<echo.client.output.records.write.summaryRecord>},
    without the parts that cannot be merged.

    @raise ValueError: The record is invalid. The message says why.
    """
    schema = _count(record, "schema")
    if schema != SCHEMA:
        raise ValueError(f"schema {schema} is unknown: expected {SCHEMA}")
    if record.get("check") is not None:
        raise ValueError("it is the summary of a check, and not of a run")
    sent = _count(record, "sent")
    statistics = Statistics(
        sent=sent,
        received=_count(record, "received"),
        lost=MessageCounts(_count(record, "lost", most=sent)),
        roundTrips=_readRoundTrips(record),
        responses=_readTimes(record, "response"),
        pings=_readPings(_field(record, "ping", dict, NoneType)),
    )
    for anomaly in Anomaly:
        name = ANOMALIES[anomaly]
        if anomaly is Anomaly.CROSSED:
            statistics.tellsCrossTalk = _field(record, name, int, NoneType) is not None
            if not statistics.tellsCrossTalk:
                continue
        if count := _count(record, name):
            statistics.anomalies[anomaly] = MessageCounts(count)
    return Summary(
        _field(record, "url", str),
        _seconds(record, "seconds"),
        statistics,
        _readConnections(_field(record, "connections", dict)),
        outages=[_readOutage(each) for each in _objects(record, "outages")],
        steps=[_readStep(each) for each in _objects(record, "steps")],
        error=_field(record, "error", str, NoneType),
        failed=[_readDemand(str(each)) for each in _field(record, "failed", list)],
        cutOff=_count(record, "cutOff", most=sent),
        complete=_field(record, "complete", bool),
        status=_count(record, "status", most=255),
        throughput=_readLoad(_field(record, "load", dict)),
    )


def _readDemand(text: str) -> FailedDemand:
    parts = _DEMAND.fullmatch(text)
    if parts is None:
        return FailedDemand("", "", text)
    option, limit, observed = parts.groups("")
    return FailedDemand(option, limit, observed)


_DEMAND = re.compile(r"(--[a-z-]+)(?: ([^:]+))?: (.*)", re.DOTALL)


def _readLoad(record: Mapping[str, object]) -> Throughput:
    asked = _optional(record, "asked")
    return Throughput(
        asked=asked,
        sent=_count(record, "sent"),
        notSent=0 if asked is None else _count(record, "notSent"),
        seconds=_seconds(record, "seconds"),
        scheduled=_optional(record, "scheduled") or 0.0,
    )


def _optional(record: Mapping[str, object], name: str) -> float | None:
    return None if record.get(name) is None else _seconds(record, name)


def _readOutage(record: Mapping[str, object]) -> Outage:
    return Outage(
        at=_seconds(record, "at"),
        when=_instant(record, "when"),
        seconds=_optional(record, "seconds"),
        code=_count(record, "code", most=4999),
        reason=_field(record, "reason", str),
        lost=_count(record, "lost"),
        skipped=_count(record, "skipped"),
        attempts=_count(record, "attempts"),
    )


def _readStep(record: Mapping[str, object]) -> Step:
    return Step(_count(record, "size"), _count(record, "sent"), _readTimes(record))


def _readTimes(record: Mapping[str, object], name: str = "rtt") -> Distribution:
    times = _field(record, name, dict, NoneType)
    return Distribution() if times is None else Distribution.decode(*_exact(times))


def _readConnections(record: Mapping[str, object]) -> Connections:
    closes = _counts(record, "closes")
    if not all(re.fullmatch("[1-4][0-9]{3}", code) for code in closes):
        raise _wrong("closes")
    connections = Connections(
        wanted=_count(record, "wanted"),
        opened=_count(record, "opened"),
        failures=_counts(record, "failures"),
        closes=Counter({int(code): count for code, count in closes.items()}),
        handshakes=_readTimes(record, "handshake"),
    )
    if "closeReasons" in record:
        _readEnds(record, connections)
    else:  # an earlier version wrote no reasons
        connections.reasons.update(
            {(code, ""): count for code, count in connections.closes.items()}
        )
    return connections


def _readEnds(record: Mapping[str, object], connections: Connections) -> None:
    most = min(connections.opened, connections.failures.total())
    connections.broken = _count(record, "broken", most=most)
    connections.unanswered = _count(record, "unanswered")
    reasons: Counter[tuple[int, str]] = Counter()
    closes: Counter[int] = Counter()
    for each in _objects(record, "closeReasons"):
        code, count = _count(each, "code"), _count(each, "count")
        reasons[code, _field(each, "reason", str)] += count
        closes[code] += count
    connections.reasons = +reasons
    if closes != connections.closes:
        raise _wrong("closeReasons")


def _readPings(record: Mapping[str, object] | None) -> PingStatistics | None:
    if record is None:
        return None
    return PingStatistics(
        sent=_count(record, "sent"),
        received=_count(record, "received"),
        lost=_count(record, "lost"),
        roundTrips=_readRoundTrips(record),
    )


def _readRoundTrips(record: Mapping[str, object]) -> RoundTrips:
    times = _field(record, "rtt", dict, NoneType)
    if times is None:
        return RoundTrips()
    roundTrips = RoundTrips.decode(*_exact(times))
    streams = _count(times, "streams", most=roundTrips.count // 2)
    jitters = _whole(times["exact"], "jitter")
    if jitters > streams * roundTrips.maximum:
        raise ValueError("the summary has an impossible jitter")
    roundTrips.mergeJitter(jitters, streams)
    return roundTrips


def _exact(record: Mapping[str, object]) -> tuple[int, int, int, int, int, str]:
    exact = _field(record, "exact", dict)
    return (
        _count(record, "count"),
        _whole(exact, "total"),
        _whole(exact, "squares"),
        _count(exact, "minimum"),
        _count(exact, "maximum"),
        _field(exact, "histogram", str),
    )


# The largest integer that all readers of JSON keep exactly.
_MOST = 2**53


def _count(record: Mapping[str, object], name: str, most: int = _MOST) -> int:
    count: int = _field(record, name, int)
    if not 0 <= count <= most:
        raise _wrong(name)
    return count


def _counts(record: Mapping[str, object], name: str) -> Counter[str]:
    counts = _field(record, name, dict)
    if not all(type(each) is int and 0 <= each <= _MOST for each in counts.values()):
        raise _wrong(name)
    return +Counter(counts)  # + drops counts of 0


def _seconds(record: Mapping[str, object], name: str) -> float:
    seconds = _field(record, name, int, float)
    if not 0 <= seconds <= _MOST:  # also refuses infinity and NaN
        raise _wrong(name)
    return float(seconds)


def _instant(record: Mapping[str, object], name: str) -> float:
    try:
        instant = datetime.fromisoformat(_field(record, name, str))
    except ValueError:
        raise _wrong(name) from None
    if instant.tzinfo is None or instant.year < 1970:
        raise _wrong(name)
    return instant.timestamp()


def _objects(record: Mapping[str, object], name: str) -> list[dict[str, object]]:
    objects: list[dict[str, object]] = _field(record, name, list)
    if not all(type(each) is dict for each in objects):
        raise _wrong(name)
    return objects


def _whole(record: Mapping[str, object], name: str) -> int:
    digits = _field(record, name, str)
    if not re.fullmatch("[0-9]{1,60}", digits):
        raise _wrong(name)
    return int(digits)


def _field(record: Mapping[str, object], name: str, *kinds: type[_T]) -> _T:
    if name not in record:
        raise ValueError(f"the summary has no {name!r}")
    value = record[name]
    for kind in kinds:
        if type(value) is kind:  # type(), since True is an int, too
            return value
    raise _wrong(name)


def _wrong(name: str) -> ValueError:
    # The value itself can be long or hostile: do not show it.
    return ValueError(f"the summary has an invalid {name!r}")
