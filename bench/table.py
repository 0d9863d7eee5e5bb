"""
The results as tables in reStructuredText.
"""

from collections.abc import Sequence

import stage
from results import START, Results
from workloads import WORKLOADS, Workload

#: Stands for a missing value. A hyphen would begin a list.
DASH = "\N{EN DASH}"

_SINGLE = {
    "handshakes": [("handshakes/s", "rate"), ("µs/handshake", "processor")],
    "idle": [("KiB idle", "memory")],
    START: [("start s", "seconds"), ("processor s", "processor")],
}


def number(value: float | None) -> str:
    """
    @return: The value with three significant digits.
    """
    if value is None:
        return DASH
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def overview(results: Results, servers: Sequence[str], workloads: Sequence[str]) -> str:
    """
    @return: A row for each server: processor time per message for each workload, and
        the figures of handshakes, idle connections and starts.
    """
    columns: list[tuple[str, str, str]] = []
    for key in (*workloads, START):
        if key in _SINGLE:
            columns += [(title, key, field) for title, field in _SINGLE[key]]
        else:
            columns.append((key, key, "processor"))
    rows = [
        [
            server,
            *(number(results.value(key, server, field)) for _, key, field in columns),
        ]
        for server in servers
    ]
    return stage.table(["µs/message", *(title for title, _, _ in columns)], rows)


def details(results: Results, servers: Sequence[str], workloads: Sequence[str]) -> str:
    """
    @return: A row for each workload with messages and each server.
    """
    fields = {
        "µs/message": "processor",
        "messages/s": "rate",
        "MB/s": "throughput",
        "p50 µs": "p50",
        "p99 µs": "p99",
        "p99.9 µs": "p999",
    }
    rows = [
        [WORKLOADS[key].title, server]
        + [number(results.value(key, server, field)) for field in fields.values()]
        for key in workloads
        if isinstance(WORKLOADS[key], Workload)
        for server in servers
        if results.value(key, server, "processor") is not None
    ]
    return stage.table(["workload", "server", *fields], rows) if rows else ""
