"""
C{--plot}.
"""

from pathlib import Path

from echo.client.run.modes.proberun import ProbeRun
from tests.kit.frames import PING, PONG, serverFrame
from tests.kit.runs import RunTestCase


class PlotTests(RunTestCase):
    """
    The plot of a run.
    """

    def test_plotHasRoundTripsLossesPingsAndOutages(self) -> None:
        """
        The file is written when the run is over.
        """
        path = Path(f"{self.mktemp()}.svg")
        self.begin(
            *("--plot", str(path), "--ping", "--reconnect", "-i", "1s", "ws://x/?a=b")
        )
        assert isinstance(self.run_, ProbeRun)
        plot = self.run_._plot
        assert plot is not None
        server = self.connect()
        self.reactor.advance(0.5)
        for opcode, payload in server.frames():
            server.say(serverFrame(PONG if opcode == PING else opcode, payload))
        self.reactor.advance(0.5)
        self.close(1012)
        self.reactor.advance(0.5)
        self.connect()
        self.say("What?")
        self.close(1012)
        self.assertFalse(path.exists())
        self.reactor.advance(0.05)
        self.run_.interrupt()
        self.assertStatus(6)
        self.assertIn("<svg", path.read_text())
        # They are where they were sent, as exactly as two clocks can tell.
        self.assertEqual([round(at, 1) for at, _ in plot.trips.points], [0.5, 1.5])
        self.assertEqual([round(at, 1) for at, _ in plot.pings.points], [0.5])
        self.assertEqual(plot.losses.kept, [(1.0, 1.0)])
        self.assertEqual(plot.outages.kept, [(1.0, 1.5), (1.5, 1.55)])

    def test_unwritablePlotFails(self) -> None:
        """
        A worse status stays.
        """
        for said, status in [("Hello 1", 1), (None, 6)]:
            directory = Path(self.mktemp())
            directory.mkdir()
            self.begin("-c1", "--plot", str(directory / "a.png"))
            directory.rmdir()
            self.connect()
            if said is None:
                self.close(4000)
            else:
                self.say(said)
                self.close()
            self.assertStatus(status, "1 sent")
            self.assertIn("echo-client: --plot: [Errno 2] No such", self.err.getvalue())

    def test_noPlotWithoutConnection(self) -> None:
        path = f"{self.mktemp()}.svg"
        self.begin("--plot", path)
        self.reactor.advance(10)
        self.assertStatus(3)
        self.assertFalse(Path(path).exists())
