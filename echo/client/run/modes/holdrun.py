"""
C{--hold}: keep a connection open without messages, and see when it is cut.
"""

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from echo.client.connection import Connection
from echo.client.measure.events import Outcome, Tell
from echo.client.run.hold import HoldProbe
from echo.client.run.modes.base import ConnectedRun
from echo.client.run.modes.settings import HoldSettings


class HoldRun(ConnectedRun):
    """
    Holds one connection.
    """

    def __init__(
        self, reactor: IReactorTime, settings: HoldSettings, tell: Tell
    ) -> None:
        super().__init__(reactor, settings, settings.gates, tell)
        timeout = settings.target.timeout
        self._probe = HoldProbe(reactor, settings.pingInterval, timeout, tell)
        self.summary.statistics.pings = self._probe.pings

    def _over(self, connection: Connection) -> Deferred[Outcome]:
        return self._probe.run(connection)

    def _stop(self) -> None:
        self._probe.stop()

    def _sumUp(self) -> None:
        super()._sumUp()
        self.summary.hold = self._probe.hold
