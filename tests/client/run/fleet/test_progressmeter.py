"""
Tests for L{echo.client.run.fleet.progressmeter}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.events import Progress
from echo.client.measure.roundtrips import RoundTrips
from echo.client.measure.statistics import Connections, Statistics
from echo.client.run.fleet.progressmeter import ProgressMeter


class ProgressMeterTests(SynchronousTestCase):
    """
    Tests for L{ProgressMeter}.
    """

    def setUp(self) -> None:
        self.roundTrips = RoundTrips(keepsLatest=True)
        self.connections = Connections(10)
        self.statistics = Statistics(roundTrips=self.roundTrips)
        self.meter = ProgressMeter(self.connections, self.statistics, 100.0)

    def test_countsSinceStartAndRatesSinceLastReport(self) -> None:
        connections, statistics = self.connections, self.statistics
        connections.opened = 4
        connections.failures.update({"HTTP 503": 2, "TCP: connection refused": 1})
        statistics.sent, statistics.received = 300, 200
        statistics.gaveUp([1])
        for time in range(1, 201):
            self.roundTrips.add(time)
        self.assertEqual(
            self.meter.report(3, 102.0),
            Progress(2.0, 3, 4, 3, 300, 200, 1, 100.0, 100, 198),
        )
        statistics.received = 250
        self.roundTrips.add(7)
        progress = self.meter.report(2, 103.0)
        self.assertEqual((progress.seconds, progress.rate), (3.0, 50.0))
        self.assertEqual((progress.p50, progress.p99), (7, 7))

    def test_noPercentilesWithoutEchoes(self) -> None:
        progress = self.meter.report(0, 101.0)
        self.assertEqual((progress.rate, progress.p50, progress.p99), (0.0, None, None))
