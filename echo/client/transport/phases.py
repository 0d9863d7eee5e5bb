"""
The phases of an opening connection, and the time that each of them takes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Phases:
    """
    The seconds that each phase of an opening took.

    @ivar dns: Name resolution; C{None} for an address.

    @ivar connect: TCP or the Unix socket. With several addresses, from the first
        attempt to the successful one.

    @ivar proxy: The tunnel through the proxy, with TLS to an C{https} proxy; C{None}
        without a proxy.

    @ivar tls: TLS with the server; C{None} without TLS.

    @ivar upgrade: From the upgrade request to the response that opens the WebSocket.

    @ivar via: C{"TCP"} or C{"unix socket"}.
    """

    dns: float | None
    connect: float
    proxy: float | None
    tls: float | None
    upgrade: float
    via: str = "TCP"

    @property
    def total(self) -> float:
        parts = (self.dns, self.connect, self.proxy, self.tls, self.upgrade)
        return sum(each for each in parts if each is not None)


class PhaseRecorder:
    """
    Records when an opening enters each phase.

    @ivar phase: The current phase: C{"DNS"}, C{"TCP"}, C{"unix socket"}, C{"proxy"},
        C{"TLS"}, C{"HTTP"} or C{"open"}; empty before the first.
    """

    phase = ""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._entered: dict[str, int] = {}

    def enter(self, phase: str) -> None:
        if phase not in self._entered:
            self._entered[phase] = self._clock()
            self.phase = phase

    def phases(self) -> Phases:
        """
        The connection must be open.
        """
        times = list(self._entered.values())
        pairs = zip(self._entered, pairwise(times), strict=False)
        taken = {phase: (end - begin) / 1e9 for phase, (begin, end) in pairs}
        via = "unix socket" if "unix socket" in taken else "TCP"
        return Phases(
            dns=taken.get("DNS"),
            connect=taken[via],
            proxy=taken.get("proxy"),
            tls=taken.get("TLS"),
            upgrade=taken["HTTP"],
            via=via,
        )
