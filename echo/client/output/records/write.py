"""
What a program reads: a JSON object an event.

C{schema.json}, beside this module, says what is in them. Times are milliseconds
where nothing else is said.
"""

from datetime import UTC, datetime
from typing import Any

from echo.client.measure.distribution import PERCENTILES, Distribution
from echo.client.measure.events import Progress
from echo.client.measure.matching import Anomaly
from echo.client.measure.roundtrips import RoundTrips
from echo.client.measure.statistics import MessageCounts, PingStatistics, Statistics
from echo.client.measure.summary import Hold, Outage, Step, Summary
from echo.client.measure.throughput import Throughput
from echo.client.transport.phases import Phases

#: The version of the records: it changes when a reader would have to.
SCHEMA = 1

Record = dict[str, Any]

_ANOMALIES = {
    Anomaly.TWICE: "duplicated",
    Anomaly.OUT_OF_ORDER: "reordered",
    Anomaly.ALTERED: "altered",
    Anomaly.TYPE_CHANGED: "typeChanged",
    Anomaly.LATE: "late",
    Anomaly.UNEXPECTED: "unexpected",
    Anomaly.CROSSED: "crossed",
}


def milliseconds(nanoseconds: float) -> float:
    """
    @return: A time in milliseconds, to the microsecond.
    """
    return round(nanoseconds / 1e6, 3)


def optionalMilliseconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else milliseconds(nanoseconds)


def instant(seconds: float) -> str:
    """
    @param seconds: Since the epoch.

    @return: When that was, in UTC, as ISO 8601 has it.
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def anomalyName(anomaly: Anomaly) -> str:
    """
    @return: What records call it.
    """
    return _ANOMALIES[anomaly]


def openingRecord(opening: Phases) -> Record:
    """
    @return: How long each phase took; C{None} for those that there were not.
    """
    phases = {
        "dns": opening.dns,
        "connect": opening.connect,
        "proxy": opening.proxy,
        "tls": opening.tls,
        "upgrade": opening.upgrade,
        "total": opening.total,
    }
    return {
        name: None if seconds is None else round(1e3 * seconds, 3)
        for name, seconds in phases.items()
    }


def timesRecord(times: Distribution) -> Record | None:
    """
    @return: What people want to know of a distribution, and what it takes to add
        it to others: C{None} if there is nothing in it.
    """
    if not times.count:
        return None
    percentiles = {
        f"p{each:g}": milliseconds(times.percentile(each)) for each in PERCENTILES
    }
    jitter: Record = {}
    exactJitter: Record = {}
    if isinstance(times, RoundTrips):
        jitter = {"jitter": milliseconds(times.jitter), "streams": times.differing}
        exactJitter = {"jitter": str(times.jitters)}
    return {
        "count": times.count,
        "min": milliseconds(times.minimum),
        "avg": milliseconds(times.mean),
        **percentiles,
        "max": milliseconds(times.maximum),
        "stddev": milliseconds(times.deviation),
        **jitter,
        "exact": {
            "minimum": times.minimum,
            "maximum": times.maximum,
            # More than the digits that other readers of JSON keep.
            "total": str(times.total),
            "squares": str(times.squares),
            **exactJitter,
            "histogram": times.encode(),
        },
    }


def outageRecord(outage: Outage) -> Record:
    """
    @return: An outage; times are seconds.
    """
    return {
        "at": round(outage.at, 3),
        "when": instant(outage.when),
        "seconds": None if outage.seconds is None else round(outage.seconds, 3),
        "code": outage.code,
        "reason": outage.reason,
        "lost": outage.lost,
        "skipped": outage.skipped,
        "attempts": outage.attempts,
    }


def stepRecord(step: Step) -> Record:
    """
    @return: What came of a size.
    """
    return {
        "size": step.size,
        "sent": step.sent,
        "bytesPerSecond": None if step.throughput is None else round(step.throughput),
        "rtt": timesRecord(step.roundTrips),
    }


def progressRecord(progress: Progress) -> Record:
    return {
        "seconds": round(progress.seconds, 3),
        "open": progress.open,
        "opened": progress.opened,
        "failed": progress.failed,
        "sent": progress.sent,
        "received": progress.received,
        "lost": progress.lost,
        "rate": round(progress.rate, 1),
        "p50": optionalMilliseconds(progress.p50),
        "p99": optionalMilliseconds(progress.p99),
    }


def loadRecord(throughput: Throughput) -> Record:
    """
    @return: The load that was asked for and the load that was applied. Rates are
        messages a second, times are seconds.
    """
    timed = throughput.asked is not None
    return {
        "asked": throughput.asked,
        "reached": round(throughput.reached, 3),
        "due": throughput.due if timed else None,
        "sent": throughput.sent,
        "notSent": throughput.notSent if timed else None,
        "seconds": round(throughput.seconds, 6),
        "scheduled": round(throughput.scheduled, 6) if timed else None,
    }


def summaryRecord(summary: Summary) -> Record:
    """
    @return: All of a summary.
    """
    statistics, connections = summary.statistics, summary.connections
    return {
        "url": summary.url,
        "seconds": round(summary.seconds, 3),
        "sent": statistics.sent,
        "received": statistics.received,
        "lost": statistics.lost.count,
        "loss": round(statistics.loss, 4),
        **_anomalyCounts(statistics),
        "response": timesRecord(statistics.responses),
        "rtt": timesRecord(statistics.roundTrips),
        "load": loadRecord(summary.throughput),
        "ping": _pingRecord(statistics.pings),
        "connections": {
            "wanted": connections.wanted,
            "opened": connections.opened,
            "failures": dict(connections.failures),
            "broken": connections.broken,
            "closes": {str(code): n for code, n in connections.closes.items()},
            "closeReasons": [
                {"code": code, "reason": reason, "count": count}
                for (code, reason), count in sorted(connections.reasons.items())
            ],
            "unanswered": connections.unanswered,
            "handshake": timesRecord(connections.handshakes),
        },
        "outages": [outageRecord(each) for each in summary.outages],
        "steps": [stepRecord(each) for each in summary.steps],
        "hold": _holdRecord(summary.hold),
        "error": summary.error,
        "cutOff": summary.cutOff,
        "complete": summary.complete,
        "failed": [str(each) for each in summary.failed],
        "status": summary.status,
    }


def _anomalyCounts(statistics: Statistics) -> Record:
    counts: Record = {
        name: statistics.anomalies.get(anomaly, MessageCounts()).count
        for anomaly, name in _ANOMALIES.items()
    }
    if not statistics.tellsCrossTalk:
        counts[_ANOMALIES[Anomaly.CROSSED]] = None
    return counts


def _pingRecord(pings: PingStatistics | None) -> Record | None:
    if pings is None:
        return None
    return {
        "sent": pings.sent,
        "received": pings.received,
        "lost": pings.lost,
        "rtt": timesRecord(pings.roundTrips),
    }


def _holdRecord(hold: Hold | None) -> Record | None:
    if hold is None:
        return None
    return {
        "seconds": round(hold.seconds, 3),
        "idle": round(hold.idle, 3),
        "cut": hold.cut,
        "pinged": hold.pinged,
    }
