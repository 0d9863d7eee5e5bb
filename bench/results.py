"""
What was measured: a value a round, and the median of them.
"""

from collections import defaultdict
from statistics import median

from workloads import WORKLOADS

#: Beside those of the workloads, the key of what starts showed.
START = "start"


class Results:
    """
    Everything that was measured, by workload and server. A server that failed once
    has no result for that workload.

    @ivar failures: What failed, in words.
    """

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], dict[int, dict[str, float]]]
        self._runs = defaultdict(dict)
        self.failures: dict[tuple[str, str], str] = {}

    def add(
        self, workload: str, server: str, number: int, values: dict[str, float]
    ) -> None:
        """
        Keep what a measurement gave.

        @param number: That of the round.
        """
        self._runs[workload, server][number] = values

    def addStart(self, server: str, values: dict[str, float]) -> None:
        """
        Keep what a start gave, of which there are many a round.
        """
        starts = self._runs[START, server]
        starts[len(starts)] = values

    def fail(self, workload: str, server: str, why: str) -> None:
        """
        Keep why there is no result.
        """
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
        Compare within each round, since a machine is not the same from minute to
        minute.

        @return: The median of the ratios.
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
