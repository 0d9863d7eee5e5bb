"""
Sends the messages of a fleet when they are due.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from echo.client.measure.throughput import ThroughputMeter
from echo.client.run.fleet.fleetconnection import FleetConnection
from echo.client.traffic.plan import Load
from echo.client.traffic.schedule import SeparateSchedules, SharedSchedule

# Most messages in one turn of the reactor, so that echoes are read in between.
_BATCH = 32


@dataclass(eq=False)
class FleetSendLoop:
    """
    Sends each message when it is due, and not together with others: the delay of a
    batch would be measured as the server's. All connections share one timer.

    @ivar timing: The timers that messages are sent by.

    @ivar broken: Called if there is a bug.
    """

    load: Load
    timing: IReactorTime
    throughput: ThroughputMeter
    broken: Callable[[Failure], None]
    _waking: IDelayedCall | None = field(default=None, init=False)
    _stopped: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._schedule = _schedule(self.load)

    def add(self, connection: FleetConnection) -> None:
        self._schedule.add(connection, self._now())

    def send(self) -> None:
        """
        Send the messages that are due, up to a batch, and set the timer for the next.
        """
        self._sleep()
        schedule, seconds = self._schedule, self.timing.seconds
        for _ in range(_BATCH):
            due, now = schedule.due(), round(seconds() * 1e9)
            if due is None or self._stopped:
                return
            if due > now:
                self._wake((due - now) / 1e9)
                return
            connection = schedule.pop()
            if not connection.canSend:
                self.remove(connection)
                continue
            isWritable = connection.send(schedule.claim(connection), now)
            if connection.allSent:
                self.remove(connection)
            elif isWritable:
                schedule.ready(connection)
        self._wake(0.0)

    def resumed(self, connection: FleetConnection) -> None:
        if not self._stopped:
            self._schedule.ready(connection)
            self._sleep()
            self._wake(0.0)

    def remove(self, connection: FleetConnection) -> None:
        if connection.sending:
            connection.sending = False
            now = self._now()
            skipped = self._schedule.remove(connection, connection.left, now)
            self.throughput.skipped(skipped, now)

    def stop(self, connections: Iterable[FleetConnection]) -> None:
        """
        No connection sends any more. Count the messages that were due and not sent.
        """
        self._stopped = True
        self._sleep()
        sending = [each for each in connections if each.sending]
        for each in sending:
            self.remove(each)
        left = (
            sum(each.left or 0 for each in sending)
            if self.load.plan.count is not None
            else None
        )
        now = self._now()
        self.throughput.skipped(self._schedule.end(left, now), now)

    def _now(self) -> int:
        return round(self.timing.seconds() * 1e9)

    def _sleep(self) -> None:
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None

    def _wake(self, seconds: float) -> None:
        def send() -> None:
            self._waking = None
            try:
                self.send()
            except Exception:  # noqa: BLE001  (it fails the run)
                self.broken(Failure())

        self._waking = self.timing.callLater(seconds, send)


def _schedule(
    load: Load,
) -> SharedSchedule[FleetConnection] | SeparateSchedules[FleetConnection]:
    if load.rate is None and load.plan.interval:
        return SeparateSchedules(load.plan.interval, load.connections)
    return SharedSchedule(load.rate)
