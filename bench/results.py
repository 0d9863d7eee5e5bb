"""
The results: a value for each round, and their median.
"""

from collections import defaultdict
from statistics import median

from workloads import WORKLOADS

#: The key of the results of starts, beside the keys of the workloads.
START = "start"


class Results:
    """
    All results, by workload and server. A server that failed once has no result for
    that workload.

    @ivar failures: Errors by workload and server.
    """

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], dict[int, dict[str, float]]]
        self._runs = defaultdict(dict)
        self.failures: dict[tuple[str, str], str] = {}

    def add(
        self, workload: str, server: str, number: int, values: dict[str, float]
    ) -> None:
        """
        @param number: The number of the round.
        """
        self._runs[workload, server][number] = values

    def addStart(self, server: str, values: dict[str, float]) -> None:
        """
        Add the figures of a start. A round has many.
        """
        starts = self._runs[START, server]
        starts[len(starts)] = values

    def fail(self, workload: str, server: str, why: str) -> None:
        self._runs.pop((workload, server), None)
        self.failures[workload, server] = why

    def value(self, workload: str, server: str, field: str) -> float | None:
        """
        @return: The median of the rounds.
        """
        runs = self._runs.get((workload, server), {})
        return median(run[field] for run in runs.values()) if runs else None

    def ratio(self, workload: str, server: str, peer: str, field: str) -> float | None:
        """
        @return: The median of the ratios of the rounds: other work on the machine
            changes from round to round.
        """
        own = self._runs.get((workload, server), {})
        theirs = self._runs.get((workload, peer), {})
        ratios = [
            own[number][field] / theirs[number][field]
            for number in own
            if number in theirs
        ]
        return median(ratios) if ratios else None

    def records(self) -> list[dict[str, object]]:
        """
        @return: The medians, in the order of the workloads; then the starts.
        """
        order = [*WORKLOADS, START]
        return [
            {"workload": workload, "server": server, "rounds": len(runs)}
            | {
                field: round(median(run[field] for run in runs.values()), 4)
                for field in next(iter(runs.values()))
            }
            for (workload, server), runs in sorted(
                self._runs.items(), key=lambda item: order.index(item[0][0])
            )
        ]
