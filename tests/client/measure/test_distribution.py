"""
Tests for L{echo.client.measure.distribution}.
"""

import math
import statistics
import tracemalloc
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.distribution import PERCENTILES, Distribution
from echo.client.measure.hdrhistogram import HIGHEST
from echo.client.output.records.write import timesRecord
from tests.client.measure.times import TIMES, encodedHistogram
from tests.kit.samples import distribution


def nearestRank(times: list[int], percent: float) -> int:
    """
    @return: The percentile by the nearest-rank method.
    """
    rank = math.ceil(Fraction(repr(percent)) * len(times) / 100)
    return sorted(times)[max(1, rank) - 1]


class DistributionTests(SynchronousTestCase):
    """
    Tests for L{Distribution}.
    """

    @given(st.lists(TIMES, min_size=1))
    def test_sumsAreExact(self, times: list[int]) -> None:
        found = distribution(*times)
        self.assertEqual(found.count, len(times))
        self.assertEqual(found.total, sum(times))
        self.assertEqual(found.squares, sum(each**2 for each in times))
        self.assertEqual((found.minimum, found.maximum), (min(times), max(times)))
        mean, deviation = statistics.mean(times), statistics.pstdev(times)
        self.assertTrue(math.isclose(found.mean, mean), found.mean)
        self.assertTrue(math.isclose(found.deviation, deviation), found.deviation)

    def test_eachTimeCountsOnceWheneverItIsRead(self) -> None:
        found = Distribution()
        for time in range(1, 2001):
            found.add(time)
            if time in (511, 512, 513, 1024, 1500):
                self.assertEqual(found.percentile(50), -(-time // 2))
        self.assertEqual(found.counts([500, 2000]), [500, 1500])

    def test_memoryIsBounded(self) -> None:
        """
        More times take no more memory.
        """
        found = Distribution()
        for time in range(1000):
            found.add(time)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for time in range(10**9, 10**9 + 30_000):
            found.add(time)
        self.assertLess(tracemalloc.get_traced_memory()[0], 200_000)

    def test_emptyIsZero(self) -> None:
        none = Distribution()
        self.assertEqual((none.mean, none.deviation), (0.0, 0.0))
        self.assertEqual((none.minimum, none.maximum, none.percentile(50)), (0, 0, 0))
        self.assertEqual(none.counts([1, 2]), [0, 0])
        self.assertEqual(none.encode(), "")

    @settings(max_examples=60)
    @given(
        st.lists(TIMES, min_size=1, max_size=250),
        st.sampled_from([0.0, 0.001, 33.333, *PERCENTILES, 99.999, 100.0]),
    )
    def test_percentilesAreNearestRanks(self, times: list[int], percent: float) -> None:
        """
        Percentiles are within a thousandth of the nearest rank, and do not exceed the
        maximum.
        """
        found, exact = (
            distribution(*times).percentile(percent),
            nearestRank(times, percent),
        )
        self.assertLessEqual(exact, found)
        self.assertLessEqual(found - exact, exact / 1000)
        self.assertLessEqual(found, max(times))

    def test_rankIsRoundedUp(self) -> None:
        """
        The 95th percentile of eleven times is the eleventh time.
        """
        found = distribution(*range(1, 12))
        self.assertEqual(found.percentile(95), 11)
        self.assertEqual(found.percentile(90), 10)
        self.assertEqual(found.percentile(50), 6)
        thousand = distribution(*range(1, 1001))
        self.assertEqual(thousand.percentile(99.9), 999)
        self.assertEqual(thousand.percentile(99.901), 1000)

    def test_timesAboveWeekAreCounted(self) -> None:
        """
        A time of more than a week is counted, and the maximum is exact.
        """
        found = distribution(1, 3 * HIGHEST, 5 * HIGHEST)
        self.assertEqual((found.count, found.maximum), (3, 5 * HIGHEST))
        self.assertGreaterEqual(found.percentile(99), HIGHEST)
        self.assertEqual(again(found), found.encode())

    @settings(max_examples=60)
    @given(
        st.lists(st.integers(0, 2047), max_size=50),
        st.lists(st.integers(0, 3000), max_size=9, unique=True),
    )
    def test_countsUpToEdges(self, times: list[int], edges: list[int]) -> None:
        """
        Times are counted up to each edge, from the edge before. Times below 2048 ns are
        counted exactly.
        """
        edges.sort()
        expected = [
            sum(low < each <= high for each in times)
            for low, high in zip([-1, *edges], edges, strict=False)
        ]
        self.assertEqual(distribution(*times).counts(edges), expected)

    @settings(max_examples=60)
    @given(st.lists(TIMES, min_size=1, max_size=50), TIMES)
    def test_countsAreWithinThousandth(self, times: list[int], edge: int) -> None:
        """
        Times that differ from an edge by more than a thousandth are counted on the
        right side. All times are up to the maximum.
        """
        found = distribution(*times)
        [count] = found.counts([edge])
        self.assertLessEqual(sum(each * 1.001 < edge for each in times), count)
        self.assertLessEqual(count, sum(each <= edge for each in times))
        self.assertEqual(found.counts([max(times)]), [len(times)])


def again(found: Distribution) -> str:
    """
    @return: The encoded histogram of a decoded distribution.
    """
    return decoded(found).encode()


def decoded(found: Distribution, **wrong: int | str) -> Distribution:
    """
    @param wrong: Wrong values of attributes.

    @return: The distribution, encoded and decoded.
    """
    right: dict[str, int | str] = {
        "count": found.count,
        "total": found.total,
        "squares": found.squares,
        "minimum": found.minimum,
        "maximum": found.maximum,
        "histogram": found.encode(),
    }
    return Distribution.decode(**(right | wrong))  # type: ignore[arg-type]  # on purpose


class CodecTests(SynchronousTestCase):
    """
    Tests for encoded distributions.
    """

    @settings(max_examples=40)
    @given(st.lists(TIMES, max_size=50), st.lists(TIMES, max_size=3))
    def test_decodedGoesOn(self, times: list[int], more: list[int]) -> None:
        """
        A decoded distribution equals the encoded one, also after further times.
        """
        whole, copy = distribution(*times), decoded(distribution(*times))
        for time in more:
            whole.add(time)
            copy.add(time)
        self.assertEqual(timesRecord(copy), timesRecord(whole))

    def test_decodesForeignHistogram(self) -> None:
        found = Distribution.decode(2, 3, 5, 1, 2, encodedHistogram(b"\x01\x02\x02"))
        self.assertEqual(found.counts([0, 1, 2]), [0, 1, 1])

    def test_contradictionsAreRefused(self) -> None:
        """
        Attributes that no times, or not the times of the histogram, can have are
        refused. No figure that is computed from them can be negative or infinite.
        """
        found = distribution(10**6, 2 * 10**6, 4 * 10**6)
        none = Distribution()
        wrong: list[tuple[Distribution, dict[str, int | str]]] = [
            (found, {"count": 2}),
            (found, {"count": 4}),
            (found, {"count": 0}),
            (found, {"count": -3}),
            (found, {"total": 10**5}),
            (found, {"total": 13 * 10**6}),
            (found, {"squares": 10**12}),
            (found, {"squares": 10**30}),
            (found, {"squares": -1}),
            (found, {"minimum": -1}),
            (found, {"minimum": 3 * 10**6}),
            (found, {"minimum": 10**5}),
            (found, {"minimum": 10**7}),
            (found, {"maximum": 10**9}),
            (found, {"maximum": 10**400}),
            (found, {"maximum": 3 * 10**6}),
            (found, {"histogram": ""}),
            (found, {"histogram": distribution(1, 2, 3).encode()}),
            (none, {"total": 1}),
            (none, {"squares": 1}),
            (none, {"maximum": 1}),
            (none, {"minimum": 1, "maximum": 1}),
            (none, {"count": 1}),
            (none, {"histogram": found.encode()}),
        ]
        for right, attributes in wrong:
            with self.assertRaises(ValueError, msg=str(attributes)):
                decoded(right, **attributes)

    @settings(max_examples=60)
    @given(st.binary(), st.none() | st.integers(0, 2**32 - 1))
    def test_garbledCountsAreRefused(self, counts: bytes, length: int | None) -> None:
        """
        Random bytes in place of the counts are refused, unless they are the right
        counts.
        """
        text = encodedHistogram(counts, length)
        try:
            found = Distribution.decode(1, 2, 4, 2, 2, text)
        except ValueError:
            return
        self.assertEqual(found.counts([1, 2]), [0, 1])

    def test_overflowingSumIsRefused(self) -> None:
        """
        Counts whose 64-bit sum overflows to the right count are refused.
        """
        # In zigzag LEB128: four times 2**62 - 1, the greatest count, and 5.
        most = b"\xfe" + b"\xff" * 7 + b"\x7f"
        text = encodedHistogram(b"\x00" + most * 4 + b"\x0a")
        with self.assertRaises(ValueError):
            Distribution.decode(1, 5, 25, 1, 5, text)


class MergeTests(SynchronousTestCase):
    """
    Tests for L{Distribution.merge}.
    """

    @settings(max_examples=40)
    @given(
        st.data(),
        st.lists(st.lists(TIMES, max_size=9), min_size=1, max_size=5),
    )
    def test_mergedInAnyOrder(self, data: st.DataObject, runs: list[list[int]]) -> None:
        """
        Merged runs equal one run with all times, whatever the order, and whether the
        runs were encoded before or not.
        """
        together = distribution(*(time for times in runs for time in times))
        parts = [distribution(*times) for times in runs]
        while len(parts) > 1:
            at = data.draw(st.integers(0, len(parts) - 1))
            part = parts.pop(at)
            into = parts[data.draw(st.integers(0, len(parts) - 1))]
            into.merge(decoded(part) if data.draw(st.booleans()) else part)
        self.assertEqual(timesRecord(parts[0]), timesRecord(together))
