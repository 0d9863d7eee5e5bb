"""
Records of the summary and its parts: dictionaries that become JSON.

C{echo/client/output/schema.json} describes their fields. Times are milliseconds unless
a field says otherwise. A record that begins with C{vars} has the fields of its
dataclass, in the same order.
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

#: The version of the records. It changes when readers have to change.
SCHEMA = 1

Record = dict[str, Any]

#: The names of anomalies in records.
ANOMALIES = {
    Anomaly.TWICE: "duplicated",
    Anomaly.OUT_OF_ORDER: "reordered",
    Anomaly.ALTERED: "altered",
    Anomaly.TYPE_CHANGED: "typeChanged",
    Anomaly.LATE: "late",
    Anomaly.UNEXPECTED: "unexpected",
    Anomaly.CROSSED: "crossed",
}


def milliseconds(nanoseconds: float) -> float:
    return round(nanoseconds / 1e6, 3)


def optionalMilliseconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else milliseconds(nanoseconds)


def instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def phasesRecord(phases: Phases) -> Record:
    names = ("dns", "connect", "proxy", "tls", "upgrade", "total")
    return {name: _rounded(getattr(phases, name), 1e3) for name in names}


def timesRecord(times: Distribution) -> Record | None:
    """
    @return: The usual figures, and the exact values that C{merge} needs; C{None}
        without times.
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
            # As text: many readers of JSON keep only 53 bits of a number.
            "total": str(times.total),
            "squares": str(times.squares),
            **exactJitter,
            "histogram": times.encode(),
        },
    }


def outageRecord(outage: Outage) -> Record:
    return {
        **vars(outage),
        "at": round(outage.at, 3),
        "when": instant(outage.when),
        "seconds": _rounded(outage.seconds),
    }


def stepRecord(step: Step) -> Record:
    return {
        "size": step.size,
        "sent": step.sent,
        "bytesPerSecond": None if step.throughput is None else round(step.throughput),
        "rtt": timesRecord(step.roundTrips),
    }


def progressRecord(progress: Progress) -> Record:
    return {
        **vars(progress),
        "seconds": round(progress.seconds, 3),
        "rate": round(progress.rate, 1),
        "p50": optionalMilliseconds(progress.p50),
        "p99": optionalMilliseconds(progress.p99),
    }


def loadRecord(throughput: Throughput) -> Record:
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
        for anomaly, name in ANOMALIES.items()
    }
    if not statistics.tellsCrossTalk:
        counts[ANOMALIES[Anomaly.CROSSED]] = None
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
        **vars(hold),
        "seconds": round(hold.seconds, 3),
        "idle": round(hold.idle, 3),
    }


def _rounded(seconds: float | None, unit: float = 1) -> float | None:
    return None if seconds is None else round(unit * seconds, 3)
