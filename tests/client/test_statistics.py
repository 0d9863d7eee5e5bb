"""
Tests for L{echo.client.statistics}.
"""

import statistics

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.matching import Anomaly, Echo
from echo.client.statistics import NAMED, RoundTrips, Statistics, Tally


class RoundTripsTests(SynchronousTestCase):
    """
    Tests for L{RoundTrips}.
    """

    @given(st.lists(st.integers(0, 10**11), min_size=1))
    def test_exact(self, times: list[int]) -> None:
        """
        Adding up gives what looking at all of them together gives.
        """
        trips = RoundTrips()
        for time in times:
            trips.add(time)
        self.assertEqual(trips.count, len(times))
        self.assertEqual(trips.minimum, min(times))
        self.assertEqual(trips.maximum, max(times))
        self.assertLess(abs(trips.mean - statistics.fmean(times)), 1)
        self.assertLess(abs(trips.deviation - statistics.pstdev(times)), 1)

    def test_none(self) -> None:
        """
        Nothing has no deviation.
        """
        self.assertEqual(RoundTrips().deviation, 0.0)


class TallyTests(SynchronousTestCase):
    """
    Tests for L{Tally}.
    """

    def test_bounded(self) -> None:
        """
        All are counted, the first are named.
        """
        tally = Tally()
        for seq in range(100):
            tally.add(seq)
        tally.add(None)
        self.assertEqual((tally.count, tally.seqs), (101, list(range(NAMED))))
        tally.remove(3)
        tally.remove(50)
        self.assertEqual(tally.count, 99)
        self.assertNotIn(3, tally.seqs)


class StatisticsTests(SynchronousTestCase):
    """
    Tests for L{Statistics}.
    """

    def test_faultless(self) -> None:
        """
        Echoes without anomalies count, and their times do.
        """
        figures = Statistics(sent=2)
        figures.arrived(Echo(1, 10, answers=True))
        figures.arrived(Echo(2, 20, answers=True))
        self.assertEqual((figures.received, figures.roundTrips.mean), (2, 15))
        self.assertTrue(figures.faultless)

    def test_anomalies(self) -> None:
        """
        Any anomaly is a fault, and times that are not an echo's do not count.
        """
        for anomaly in Anomaly:
            figures = Statistics()
            figures.arrived(Echo(1, 10, (anomaly,)))
            self.assertFalse(figures.faultless)
            self.assertEqual(figures.anomalies[anomaly].seqs, [1])
            timed = anomaly not in {Anomaly.ALTERED, Anomaly.TWICE, Anomaly.LATE}
            self.assertEqual(figures.roundTrips.count, int(timed))

    def test_lost(self) -> None:
        """
        A loss is a fault.
        """
        figures = Statistics()
        figures.gaveUp([4, 5])
        self.assertEqual(figures.lost.seqs, [4, 5])
        self.assertFalse(figures.faultless)

    def test_corrected(self) -> None:
        """
        A guess that is taken back leaves a message that nobody asked for.
        """
        figures = Statistics()
        figures.arrived(Echo(1, 10, (Anomaly.ALTERED,), answers=True))
        figures.arrived(Echo(2, 10, (Anomaly.ALTERED,), answers=True))
        figures.arrived(Echo(1, 11, corrects=True))
        self.assertEqual(figures.received, 2)
        self.assertEqual(figures.anomalies[Anomaly.ALTERED].seqs, [2])
        self.assertEqual(figures.anomalies[Anomaly.UNEXPECTED].count, 1)
        figures.arrived(Echo(2, 11, corrects=True))
        self.assertEqual(list(figures.anomalies), [Anomaly.UNEXPECTED])
