"""
The round trips of each message size of a sweep.
"""

from collections.abc import Iterable
from dataclasses import replace

from echo.client.measure.distribution import Distribution
from echo.client.measure.matching import Echo
from echo.client.measure.summary import Step
from echo.client.traffic.payloads import SweepPayloads


class Steps:
    """
    The round trips of each message size.
    """

    def __init__(self, payloads: SweepPayloads) -> None:
        self._payloads = payloads
        self._times = [Distribution() for _ in payloads.sizes]

    def arrived(self, echo: Echo) -> Step | None:
        """
        Count an echo.

        @return: The step of its size, if this was the last echo of that size.
        """
        if echo.seq is None or echo.time is None or echo.anomalies:
            return None
        at = self._payloads.step(echo.seq)
        self._times[at].add(echo.time)
        last = echo.seq % self._payloads.each == 0
        return self._step(at, self._payloads.each) if last else None

    def all(self, sent: int) -> list[Step]:
        """
        @return: The steps of all sizes, after this number of messages.
        """
        each = self._payloads.each
        counts = (min(each, sent - at * each) for at in range(len(self._times)))
        return [self._step(at, count) for at, count in enumerate(counts) if count > 0]

    def _step(self, at: int, count: int) -> Step:
        return Step(self._payloads.sizes[at], count, self._times[at])


def mergeSteps(steps: Iterable[Step]) -> list[Step]:
    """
    @return: One step for each size, in rising order.
    """
    merged: dict[int, Step] = {}
    for each in sorted(steps, key=lambda step: step.size):
        known = merged.setdefault(each.size, Step(each.size, 0, Distribution()))
        known.roundTrips.merge(each.roundTrips)
        merged[each.size] = replace(known, sent=known.sent + each.sent)
    return list(merged.values())
