"""
What has happened so far, in plain numbers.

They are counted in the reactor's thread and may be read in any other. There is no
lock: each is replaced in one piece, or is a dictionary of which a reader makes a
copy before it looks through it.
"""

from bisect import bisect_left
from dataclasses import dataclass

from echo.server.behaviour.behaviour import Behaviour
from echo.server.behaviour.parameters import PARAMETERS
from echo.server.http.refusals import REASONS
from echo.wire import Counts

#: What close codes are counted under once there are too many different ones.
OTHER = "other"

#: The longest round trip, in seconds, of each class that they are counted in; a
#: last class is for those that took longer.
BOUNDS = (
    *(0.0001, 0.00025, 0.0005),
    *(0.001, 0.0025, 0.005),
    *(0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0),
)

# They are there from the beginning: a number that appears as a 1 is no increase
# to Prometheus. And a peer that makes up codes cannot crowd them out.
_USUAL = (1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011)

_MOST_CODES = 100


@dataclass(frozen=True)
class PingHistogram:
    """
    How long pings took to be answered.

    @ivar counts: How many there were in each class of L{BOUNDS}.

    @ivar total: How many seconds they took together.
    """

    counts: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    total: float = 0.0

    def plus(self, seconds: float) -> "PingHistogram":
        """
        @return: These, and one more.
        """
        counts = list(self.counts)
        counts[bisect_left(BOUNDS, seconds)] += 1
        return PingHistogram(tuple(counts), self.total + seconds)


@dataclass(frozen=True)
class Traffic:
    """
    The messages of one type that went one way.

    @ivar direction: C{received} or C{sent}.

    @ivar kind: C{text} or C{binary}.

    @ivar messages: How many.

    @ivar octets: How many bytes they were together.
    """

    direction: str
    kind: str
    messages: int
    octets: int


class Counters:
    """
    Counts.

    @ivar openings: Conversations that were opened.

    @ivar closes: Conversations that have ended, by close code.

    @ivar refusals: Handshakes that were refused, by reason.

    @ivar behaviours: Conversations that a parameter of their URL had an effect on, by
        parameter. C{status} leads to no conversation, and C{seed} has none by itself.

    @ivar pingRoundTrips: Keep-alive pings that were answered.
    """

    def __init__(self, plain: Counts) -> None:
        """
        @param plain: What goes the plain path, and is not counted here.
        """
        self._plain = plain
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
        """
        The messages, by direction and type.
        """
        plain = {
            "text": (self._plain.texts, self._plain.textOctets),
            "binary": (self._plain.binaries, self._plain.binaryOctets),
        }
        return tuple(
            Traffic(direction, kind, messages + plain[kind][0], octets + plain[kind][1])
            for (direction, kind), (messages, octets) in self._traffic.items()
        )

    def opened(self, behaviour: Behaviour | None) -> None:
        """
        A conversation was opened.

        @param behaviour: What it asked for, if it is no plain echo.
        """
        self.openings += 1
        if behaviour is not None:
            for name in self.behaviours.keys() & behaviour.asked:
                self.behaviours[name] += 1

    def closed(self, code: int) -> None:
        """
        A conversation has ended.

        @param code: The close code; 1005 for none, 1006 for no close at all.
        """
        name = str(code)
        if name not in self.closes and len(self.closes) >= _MOST_CODES:
            name = OTHER
        self.closes[name] = self.closes.get(name, 0) + 1

    def refused(self, reason: str) -> None:
        """
        A handshake was refused.

        @param reason: One of L{REASONS}.
        """
        self.refusals[reason] += 1

    def pongReceived(self, seconds: float) -> None:
        """
        A keep-alive ping was answered.

        @param seconds: How long that took. The reactor's clock can be set back; a
            sum that went back would be taken for a restart.
        """
        self.pingRoundTrips = self.pingRoundTrips.plus(max(0.0, seconds))

    def received(self, size: int, isBinary: bool) -> None:
        """
        A message came in.

        @param size: Its bytes.
        """
        self._count("received", size, isBinary)

    def sent(self, size: int, isBinary: bool) -> None:
        """
        A message went out.

        @param size: Its bytes.
        """
        self._count("sent", size, isBinary)

    def _count(self, direction: str, size: int, isBinary: bool) -> None:
        key = direction, "binary" if isBinary else "text"
        messages, octets = self._traffic[key]
        self._traffic[key] = messages + 1, octets + size
