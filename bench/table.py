"""
The results as tables.
"""

from collections.abc import Sequence

import stage
from results import START, Results
from workloads import WORKLOADS, Workload

#: Stands for a value that there is not; a hyphen would begin a list.
DASH = "\N{EN DASH}"

_SINGLE = {
    "handshakes": [("handshakes/s", "rate"), ("µs/handshake", "processor")],
    "idle": [("KiB idle", "memory")],
    START: [("start s", "seconds"), ("processor s", "processor")],
}


def number(value: float | None) -> str:
    """
    @return: Three digits that count, without more.
    """
    if value is None:
        return DASH
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def overview(results: Results, servers: Sequence[str], workloads: Sequence[str]) -> str:
    """
    @return: A row a server: processor time of a message with each workload, and what
        else there is one figure of.
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
    @return: A row for each workload and server: all that messages showed.
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
