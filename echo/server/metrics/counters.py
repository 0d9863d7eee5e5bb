"""
The counters of one daemon, as plain numbers.
"""

from bisect import bisect_left
from dataclasses import dataclass, field

from echo.server.behaviour.behaviour import Behaviour
from echo.server.behaviour.parameters import PARAMETERS
from echo.server.http.refusals import REASONS
from echo.wire import Wire

#: The label of further close codes, once many different ones have occurred.
OTHER = "other"

#: The upper bounds of the histogram's buckets, in seconds. A last bucket has no bound.
BOUNDS = (
    *(0.0001, 0.00025, 0.0005),
    *(0.001, 0.0025, 0.005),
    *(0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0),
)

# These start at 0: Prometheus sees no increase in a counter that appears as 1. Made-up
# codes cannot displace them.
_USUAL = (1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011)

_MOST_CODES = 100


@dataclass
class PingHistogram:
    """
    The round-trip times of answered pings.

    @ivar counts: Pings in each bucket of L{BOUNDS}.

    @ivar total: Seconds of all together.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


@dataclass(frozen=True)
class Traffic:
    """
    The messages of one type (C{text}, C{binary}) in one direction (C{received},
    C{sent}), and their bytes.
    """

    direction: str
    kind: str
    messages: int
    octets: int


class Counters:
    """
    The counts of the metrics, since the start of the daemon.

    @ivar openings: Opened conversations.

    @ivar closes: Closed conversations, by close code.

    @ivar behaviours: Conversations by effective URL parameter. C{status} opens no
        conversation, and C{seed} alone has no effect.
    """

    def __init__(self, wire: Wire) -> None:
        """
        @param wire: It counts the messages of the fast path itself.
        """
        self._wire = wire
        self.openings = 0
        self.closes = dict.fromkeys(map(str, _USUAL), 0)
        self.refusals = dict.fromkeys(REASONS, 0)
        names = [name for name in PARAMETERS if name not in ("seed", "status")]
        self.behaviours = dict.fromkeys(names, 0)
        self.pingRoundTrips = PingHistogram()
        self._traffic = {
            (direction, kind): (0, 0)
            for direction in ("received", "sent")
            for kind in ("text", "binary")
        }

    @property
    def traffic(self) -> tuple[Traffic, ...]:
        totals = self._wire.totals
        fast = {"text": totals[:2], "binary": totals[2:]}
        return tuple(
            Traffic(direction, kind, messages + fast[kind][0], octets + fast[kind][1])
            for (direction, kind), (messages, octets) in self._traffic.items()
        )

    def opened(self, behaviour: Behaviour | None) -> None:
        self.openings += 1
        if behaviour is not None:
            for name in self.behaviours.keys() & behaviour.asked:
                self.behaviours[name] += 1

    def closed(self, code: int) -> None:
        """
        @param code: 1005 for a close without a code, 1006 for no close.
        """
        name = str(code)
        if name not in self.closes and len(self.closes) >= _MOST_CODES:
            name = OTHER
        self.closes[name] = self.closes.get(name, 0) + 1

    def refused(self, reason: str) -> None:
        self.refusals[reason] += 1

    def pongReceived(self, seconds: float) -> None:
        """
        @param seconds: The round trip. It is negative if the reactor's clock was set
            back. A sum that decreases would mean a restart to Prometheus.
        """
        self.pingRoundTrips.observe(max(0.0, seconds))

    def received(self, size: int, isBinary: bool) -> None:
        self._count("received", size, isBinary)

    def sent(self, size: int, isBinary: bool) -> None:
        self._count("sent", size, isBinary)

    def _count(self, direction: str, size: int, isBinary: bool) -> None:
        key = direction, "binary" if isBinary else "text"
        messages, octets = self._traffic[key]
        self._traffic[key] = messages + 1, octets + size
