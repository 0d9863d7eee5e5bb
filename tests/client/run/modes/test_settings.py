"""
Runs that a program makes of settings, without a command line.
"""

from dataclasses import FrozenInstanceError

from twisted.internet.address import IPv4Address

from echo.client.check.cases.table import select
from echo.client.measure.events import (
    CheckFinished,
    Connected,
    Event,
    Finished,
    Outcome,
    Received,
    Started,
)
from echo.client.measure.gates import Gates
from echo.client.run.modes import base
from echo.client.run.modes.base import Run
from echo.client.run.modes.checkrun import CheckRun
from echo.client.run.modes.fleetrun import FleetRun
from echo.client.run.modes.holdrun import HoldRun
from echo.client.run.modes.proberun import ProbeRun
from echo.client.run.modes.settings import (
    CheckSettings,
    FleetSettings,
    HoldSettings,
    ProbeSettings,
    Target,
)
from echo.client.traffic.plan import Load, Plan
from tests.kit.client import ClientTestCase, Server
from tests.kit.frames import TEXT, serverClose, serverFrame

_TARGET = Target(url="ws://server.example/?token=x")


class SettingsTests(ClientTestCase):
    """
    The settings of each run suffice to make it.
    """

    def setUp(self) -> None:
        super().setUp()
        self.patch(base, "token_hex", lambda _: None)
        self.events: list[Event] = []

    def _echo(self, run: Run) -> None:
        """
        Run against a server that echoes one message and closes.
        """
        over = run.start()
        self.reactor.advance(0.01)
        factory = self.reactor.tcpClients[-1][2]
        server = Server(factory, IPv4Address("TCP", "127.0.0.1", 80))
        server.accept()
        server.say(serverFrame(TEXT, b"Hello 1"), serverClose(1000))
        server.hangUp()
        self.reactor.advance(1)
        self.successResultOf(over)

    def _kinds(self) -> list[type[Event]]:
        return [type(each) for each in self.events]

    def test_probe(self) -> None:
        settings = ProbeSettings(target=_TARGET, plan=Plan(count=1))
        run = ProbeRun(self.reactor, settings, self.events.append)
        self._echo(run)
        self.assertEqual(run.status, 0)
        self.assertEqual(
            self._kinds(), [Started, Connected, Received, Outcome, Finished]
        )

    def test_hold(self) -> None:
        settings = HoldSettings(target=_TARGET, gates=Gates(close=1000))
        run = HoldRun(self.reactor, settings, self.events.append)
        self._echo(run)
        self.assertEqual(run.status, 0)
        self.assertIn(Outcome, self._kinds())

    def test_fleet(self) -> None:
        load = Load(1, ramp=100.0, rate=None, plan=Plan(count=1))
        settings = FleetSettings(target=_TARGET, load=load)
        run = FleetRun(self.reactor, settings, self.events.append)
        self._echo(run)
        self.assertEqual((run.status, run.summary.statistics.received), (0, 1))

    def test_check(self) -> None:
        settings = CheckSettings(target=_TARGET, cases=select(["9"]))
        run = CheckRun(self.reactor, settings, self.events.append)
        over = run.start()
        run.interrupt()
        self.successResultOf(over)
        (event,) = self.events
        self.assertEqual(event, CheckFinished(run.summary, len(settings.cases)))

    def test_secrets(self) -> None:
        """
        The summary has credentials only if the settings say so.
        """
        for show, url in [
            (False, "ws://server.example/?token=***"),
            (True, _TARGET.url),
        ]:
            settings = ProbeSettings(target=_TARGET, showSecrets=show)
            run = ProbeRun(self.reactor, settings, self.events.append)
            self.assertEqual(run.summary.url, url)

    def test_frozen(self) -> None:
        with self.assertRaises(FrozenInstanceError):
            _TARGET.url = "ws://x/"  # type: ignore[misc]
