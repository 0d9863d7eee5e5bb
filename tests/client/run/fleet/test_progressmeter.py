"""
Tests for L{echo.client.run.fleet.progressmeter}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.events import Progress
from echo.client.measure.statistics import Connections, Statistics
from echo.client.run.fleet.progressmeter import LatestRoundTrips, ProgressMeter


class LatestRoundTripsTests(SynchronousTestCase):
    """
    Tests for L{LatestRoundTrips}.
    """

    def test_latestAreTakenOnceAndInOrder(self) -> None:
        roundTrips = LatestRoundTrips()
        stream = roundTrips.stream()
        for time in (3000, 1000, 2000):
            stream.add(time)
        self.assertEqual(roundTrips.takeLatest(), [1000, 2000, 3000])
        stream.add(500)
        self.assertEqual(roundTrips.takeLatest(), [500])
        self.assertEqual(roundTrips.takeLatest(), [])
        self.assertEqual((roundTrips.count, roundTrips.total), (4, 6500))


class ProgressMeterTests(SynchronousTestCase):
    """
    Tests for L{ProgressMeter}.
    """

    def setUp(self) -> None:
        self.connections, self.statistics = Connections(10), Statistics()
        self.roundTrips = LatestRoundTrips()
        self.meter = ProgressMeter(
            self.connections, self.statistics, self.roundTrips, 100.0
        )

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
