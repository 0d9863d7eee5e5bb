"""
What to send, and over how many connections: plain data.
"""

from dataclasses import dataclass, field

from echo.client.traffic.payloads import Payloads
from echo.client.traffic.sweep import SweepPayloads


@dataclass(frozen=True)
class Plan:
    """
    What to send, when, and how long to wait.

    @ivar payloads: What.

    @ivar interval: Seconds from a message to the next.

    @ivar count: How many; C{None} for no end.

    @ivar timeout: Seconds after which an echo is lost.

    @ivar closedLoop: Whether each message waits for the echo of the one before, or
        for its time-out. The run ends if nothing comes from the peer during a
        time-out.

    @ivar grace: Seconds that the next outstanding echo gets when the run ends.

    @ivar warmup: How many messages, the first ones, are left out of the times.

    @ivar greeting: How many messages that arrive, the first ones, are discarded.

    @ivar abandon: Whether to hang up on a peer that an echo is lost of and that
        nothing else came from for as long.

    @ivar ping: Whether a control ping goes with each message.
    """

    payloads: Payloads | SweepPayloads = field(default_factory=Payloads)
    interval: float = 1.0
    count: int | None = None
    timeout: float = 10.0
    closedLoop: bool = False
    grace: float = 1.0
    warmup: int = 0
    greeting: int = 0
    ping: bool = False
    abandon: bool = False

    @property
    def pace(self) -> float | None:
        """
        Seconds from a due time to the next; C{None} where messages have none: the
        next one waits for the last one, or is sent as soon as there is room.
        """
        return None if self.closedLoop else self.interval or None


@dataclass(frozen=True)
class Load:
    """
    How many connections, and how busy.

    @ivar connections: How many.

    @ivar ramp: How many of them are opened a second.

    @ivar rate: Messages a second over all of them; C{None} to have each send one
        every C{plan.interval}.

    @ivar plan: What each sends, and how long it waits.
    """

    connections: int
    ramp: float
    rate: float | None
    plan: Plan

    @property
    def asked(self) -> float | None:
        """
        Messages a second over all connections; C{None} for as many as possible.
        """
        if self.rate is not None:
            return self.rate
        interval = self.plan.interval
        return self.connections / interval if interval else None
