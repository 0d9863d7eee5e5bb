"""
What a run sends, when, and over how many connections.
"""

from dataclasses import dataclass, field

from echo.client.traffic.payloads import Payloads, SweepPayloads


@dataclass(frozen=True)
class Plan:
    """
    The messages of each connection.

    @ivar interval: Seconds from a message to the next.

    @ivar timeout: Seconds after which a message without echo is lost.

    @ivar closedLoop: Whether each message waits until the message before is answered or
        lost. The run ends if nothing arrives for a time-out.

    @ivar grace: Seconds to wait for the next outstanding echo when the run ends.

    @ivar warmup: The first messages, of which no times are recorded.

    @ivar greeting: The first arriving messages, which are discarded.

    @ivar abandon: Drop the connection when an echo times out and nothing else arrived
        meanwhile.

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
        Seconds from a due time to the next; C{None} if messages have no due times: each
        waits for the echo before, or is sent as soon as the transport takes it.
        """
        return None if self.closedLoop else self.interval or None


@dataclass(frozen=True)
class Load:
    """
    The connections of a run, and their load.

    @ivar ramp: Connections opened a second.

    @ivar rate: Messages a second over all connections; C{None} if each connection sends
        one every C{plan.interval}.
    """

    connections: int
    ramp: float
    rate: float | None
    plan: Plan

    @property
    def asked(self) -> float | None:
        """
        Requested messages a second over all connections; C{None} for as many as
        possible.
        """
        if self.rate is not None:
            return self.rate
        interval = self.plan.interval
        return self.connections / interval if interval else None
