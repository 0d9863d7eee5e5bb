"""
How the opening of a connection goes on, phase by phase, and how long each took.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Phases:
    """
    How long it took to open a connection, in seconds.

    @ivar dns: To resolve the name; C{None} where there was nothing to resolve.

    @ivar connect: To connect to TCP or a Unix socket. Where several addresses were
        tried, this is from the first attempt to the one that succeeded.

    @ivar proxy: To have the proxy connect to the server, with TLS to the proxy if
        there is any; C{None} without a proxy.

    @ivar tls: To agree on TLS with the server; C{None} without TLS.

    @ivar upgrade: From the request for a WebSocket to the answer that opens it.

    @ivar via: What was connected to: C{"TCP"} or C{"unix socket"}.
    """

    dns: float | None
    connect: float
    proxy: float | None
    tls: float | None
    upgrade: float
    via: str = "TCP"

    @property
    def total(self) -> float:
        """
        From the beginning to the end.
        """
        parts = (self.dns, self.connect, self.proxy, self.tls, self.upgrade)
        return sum(each for each in parts if each is not None)


class PhaseRecorder:
    """
    How far an opening has come, and when it got there.

    @ivar phase: C{"DNS"}, C{"TCP"}, C{"unix socket"}, C{"proxy"}, C{"TLS"},
        C{"HTTP"} or C{"open"}; empty before the first of them.
    """

    phase = ""

    def __init__(self, clock: Callable[[], int]) -> None:
        """
        @param clock: Monotonic nanoseconds.
        """
        self._clock = clock
        self._entered: dict[str, int] = {}

    def enter(self, phase: str) -> None:
        """
        Go on to a phase; nothing happens if it has been reached before.
        """
        if phase not in self._entered:
            self._entered[phase] = self._clock()
            self.phase = phase

    def phases(self) -> Phases:
        """
        @return: The whole, once the connection is open.
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
