"""
Tests for L{echo.client.run.progress}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.events import Progress
from echo.client.measure.statistics import Connections, Statistics
from echo.client.run.progress import Course, LatestRoundTrips


class LatestTests(SynchronousTestCase):
    """
    Tests for L{LatestRoundTrips}.
    """

    def test_latest(self) -> None:
        """
        The latest are taken once, in order; all of them remain counted.
        """
        roundTrips = LatestRoundTrips()
        stream = roundTrips.stream()
        for time in (3000, 1000, 2000):
            stream.add(time)
        self.assertEqual(roundTrips.takeLatest(), [1000, 2000, 3000])
        stream.add(500)
        self.assertEqual(roundTrips.takeLatest(), [500])
        self.assertEqual(roundTrips.takeLatest(), [])
        self.assertEqual((roundTrips.count, roundTrips.total), (4, 6500))


class CourseTests(SynchronousTestCase):
    """
    Tests for L{Course}.
    """

    def test_report(self) -> None:
        """
        Counts are from the beginning, rate and percentiles since the last report.
        """
        connections, statistics = Connections(10), Statistics()
        course = Course(connections, statistics, 100.0)
        connections.opened = 4
        connections.failures.update({"HTTP 503": 2, "TCP: connection refused": 1})
        statistics.sent, statistics.received = 300, 200
        statistics.gaveUp([1])
        self.assertEqual(
            course.report(list(range(1, 201)), 3, 102.0),
            Progress(2.0, 3, 4, 3, 300, 200, 1, 100.0, 100, 198),
        )
        statistics.received = 250
        progress = course.report([7], 2, 103.0)
        self.assertEqual((progress.seconds, progress.rate), (3.0, 50.0))
        self.assertEqual((progress.p50, progress.p99), (7, 7))

    def test_nothing(self) -> None:
        """
        Where nothing came, there are no times.
        """
        progress = Course(Connections(), Statistics(), 0.0).report([], 0, 1.0)
        self.assertEqual((progress.rate, progress.p50, progress.p99), (0.0, None, None))
