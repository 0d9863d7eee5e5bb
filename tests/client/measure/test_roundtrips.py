"""
Tests for L{echo.client.measure.roundtrips}.
"""

import math
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.hdrhistogram import HIGHEST
from echo.client.measure.roundtrips import RoundTrips
from echo.client.output.records.write import timesRecord
from tests.client.measure.times import TIMES
from tests.kit.samples import distribution, roundTrips


class RoundTripsTests(SynchronousTestCase):
    """
    Tests for L{RoundTrips} and its streams.
    """

    @given(st.lists(st.integers(0, 10**10), min_size=1))
    def test_jitterOfRFC3550(self, times: list[int]) -> None:
        """
        J(i) = J(i-1) + (|D(i-1,i)| - J(i-1))/16, starting as the first difference.
        """
        trips = RoundTrips()
        stream = trips.stream()
        jitter = Fraction(0)
        for at, time in enumerate(times):
            stream.add(time)
            if at == 1:
                jitter = Fraction(abs(time - times[0]))
            elif at:
                jitter += (abs(time - times[at - 1]) - jitter) / 16
        self.assertTrue(math.isclose(stream.jitter, jitter), stream.jitter)
        self.assertEqual(trips.differing, int(len(times) > 1))
        self.assertLessEqual(abs(trips.jitter - stream.jitter), 0.5)

    def test_jitterOfFewIsNearTheirDifferences(self) -> None:
        trips = roundTrips([5_570_000, 330_000, 320_000])
        self.assertEqual(trips.jitter, 5_240_000 + (10_000 - 5_240_000) / 16)

    def test_jitterIsMeanOfConnections(self) -> None:
        """
        Connections with fewer than two round trips have no jitter.
        """
        trips = roundTrips([100, 260], [5], [], [5, 5], [1000, 1320])
        self.assertEqual((trips.jitter, trips.differing), (160.0, 3))
        self.assertEqual(trips.count, 7)

    def test_latestAreTakenOnceAndInOrder(self) -> None:
        roundTrips = RoundTrips(keepsLatest=True)
        stream = roundTrips.stream()
        for time in (3000, 1000, 2000):
            stream.add(time)
        self.assertEqual(roundTrips.takeLatest(), [1000, 2000, 3000])
        stream.add(500)
        self.assertEqual(roundTrips.takeLatest(), [500])
        self.assertEqual(roundTrips.takeLatest(), [])
        self.assertEqual((roundTrips.count, roundTrips.total), (4, 6500))

    def test_allLatestAreTakenUnchanged(self) -> None:
        """
        Also those that the histogram has counted, and those that are too long for it.
        """
        roundTrips = RoundTrips(keepsLatest=True)
        times = [*range(1000), 2 * HIGHEST]
        for time in times:
            roundTrips.add(time)
        self.assertEqual(roundTrips.takeLatest(), times)

    def test_oneRoundTripHasNoJitter(self) -> None:
        self.assertEqual(roundTrips([1], [10**9]).jitter, 0.0)

    @settings(max_examples=40)
    @given(
        st.data(),
        st.lists(st.lists(TIMES, max_size=9), min_size=1, max_size=5),
    )
    def test_mergedInAnyOrder(self, data: st.DataObject, runs: list[list[int]]) -> None:
        """
        Merged runs equal one run with all connections, whatever the order.
        """
        together = timesRecord(roundTrips(*runs))
        parts = [roundTrips(times) for times in runs]
        while len(parts) > 1:
            part = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
            parts[data.draw(st.integers(0, len(parts) - 1))].merge(part)
        self.assertEqual(timesRecord(parts[0]), together)

    def test_mergedDistributionAddsNoJitter(self) -> None:
        trips = roundTrips([1, 17])
        trips.merge(distribution(5))
        self.assertEqual((trips.count, trips.jitters, trips.differing), (3, 16, 1))
