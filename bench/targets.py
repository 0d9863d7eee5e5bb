"""
The targets of the daemon, and whether it meets them.
"""

from dataclasses import dataclass

import stage
from results import START, Results
from table import number

_OURS = "echo"
_PURE = "echo-pure-python"


@dataclass(frozen=True)
class Target:
    """
    A limit for a figure of a server, or for its ratio to the figure of a peer.

    @ivar least: Whether the limit is a minimum.

    @ivar strict: Whether a value equal to the limit fails.
    """

    workload: str
    limit: float
    peer: str | None = None
    field: str = "processor"
    server: str = _OURS
    least: bool = False
    strict: bool = False

    def measured(self, results: Results) -> float | None:
        if self.peer is None:
            return results.value(self.workload, self.server, self.field)
        return results.ratio(self.workload, self.server, self.peer, self.field)

    def isMet(self, value: float) -> bool:
        if value == self.limit:
            return not self.strict
        return value > self.limit if self.least else value < self.limit

    def words(self) -> str:
        sign = (("≤", "<"), ("≥", ">"))[self.least][self.strict]
        return f"{sign} {self.limit:g}"


def _ratios(limits: dict[str, dict[str, float]]) -> list[Target]:
    return [
        Target(workload, limit, peer)
        for workload, peers in limits.items()
        for peer, limit in peers.items()
    ]


_SMALL = {"gorilla": 0.95, "picows": 0.95, "floor": 1.4}

TARGETS = [
    *_ratios(
        {
            "64x1": _SMALL,
            "1000x1": _SMALL,
            "16x64": {"gorilla": 0.1, "picows": 0.1, "floor": 2},
            "64k": {"gorilla": 0.4, "picows": 0.95, "floor": 1.3},
            "1m": {"gorilla": 0.45, "picows": 0.95, "floor": 1.3},
            "json": {"gorilla": 0.9, "picows": 0.95},
        }
    ),
    *(Target("tls", 1, peer, strict=True) for peer in ("websockets", "aiohttp")),
    Target("handshakes", 0.6, "gorilla", "rate", least=True),
    *(
        Target("handshakes", 1, peer, "rate", least=True, strict=True)
        for peer in ("websockets", "aiohttp")
    ),
    Target("idle", 8, field="memory"),
    Target(START, 0.6, field="seconds"),
    *(
        Target(workload, 1, "autobahn", server=_PURE)
        for workload in ("1x1", "64x1", "1000x1", "16x64", "64k", "1m", "json")
    ),
]

_FIELDS = {"processor": "µs", "rate": "rate", "memory": "KiB", "seconds": "s"}


def judgement(results: Results) -> str:
    """
    @return: A row for each target with results; empty without any.
    """
    rows = []
    for target in TARGETS:
        value = target.measured(results)
        if value is not None:
            rows.append(
                [
                    f"{target.server}, {target.workload}, {_FIELDS[target.field]}",
                    target.peer or "",
                    target.words(),
                    number(value),
                    "ok" if target.isMet(value) else "NOT",
                ]
            )
    head = ["target", "ratio to", "limit", "measured", "met"]
    return stage.table(head, rows) if rows else ""
