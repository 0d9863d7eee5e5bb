"""
Tests for L{echo.client.measure.distribution} and L{echo.client.measure.hdr}.
"""

import base64
import math
import statistics
import struct
import tracemalloc
import zlib
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.distribution import PERCENTILES, Distribution, RoundTrips
from echo.client.measure.hdr import HIGHEST, makeHistogram, record
from echo.client.output.records.write import timesRecord
from tests.kit.samples import distribution, roundTrips

# From a nanosecond to the longest, as many of each length.
TIMES = st.one_of(
    st.integers(0, 3000), st.integers(10**3, 10**9), st.integers(10**9, HIGHEST)
)


def nearestRank(times: list[int], percent: float) -> int:
    """
    @return: The least of these times that so many of a hundred do not exceed.
    """
    rank = math.ceil(Fraction(repr(percent)) * len(times) / 100)
    return sorted(times)[max(1, rank) - 1]


class DistributionTests(SynchronousTestCase):
    """
    Tests for L{Distribution}.
    """

    @given(st.lists(TIMES, min_size=1))
    def test_exact(self, times: list[int]) -> None:
        """
        What is added up is what looking at all of them together gives.
        """
        found = distribution(*times)
        self.assertEqual(found.count, len(times))
        self.assertEqual(found.total, sum(times))
        self.assertEqual(found.squares, sum(each**2 for each in times))
        self.assertEqual((found.minimum, found.maximum), (min(times), max(times)))
        mean, deviation = statistics.mean(times), statistics.pstdev(times)
        self.assertTrue(math.isclose(found.mean, mean), found.mean)
        self.assertTrue(math.isclose(found.deviation, deviation), found.deviation)

    @given(st.lists(TIMES, min_size=1))
    def test_record(self, times: list[int]) -> None:
        """
        Times that are recorded together have the histogram that the library makes of
        each of them.
        """
        together, oneByOne = makeHistogram(), makeHistogram()
        record(together, times)
        for time in times:
            oneByOne.record_value(time)
        self.assertEqual(together.counts[:], oneByOne.counts[:])
        for name in ("total_count", "min_value", "max_value"):
            self.assertEqual(getattr(together, name), getattr(oneByOne, name))

    def test_many(self) -> None:
        """
        However many times there are, and whenever somebody looks: each counts once.
        """
        found = Distribution()
        for time in range(1, 2001):
            found.add(time)
            if time in (511, 512, 513, 1024, 1500):
                self.assertEqual(found.percentile(50), -(-time // 2))
        self.assertEqual(found.counts([500, 2000]), [500, 1500])

    def test_bounded(self) -> None:
        """
        However many times there are, they take no more memory.
        """
        found = Distribution()
        for time in range(1000):
            found.add(time)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for time in range(10**9, 10**9 + 30_000):
            found.add(time)
        self.assertLess(tracemalloc.get_traced_memory()[0], 200_000)

    def test_none(self) -> None:
        """
        Nothing has zeros for everything.
        """
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
    def test_percentiles(self, times: list[int], percent: float) -> None:
        """
        Percentiles are those of the nearest rank, to a thousandth, and never
        beyond what there was.
        """
        found, exact = (
            distribution(*times).percentile(percent),
            nearestRank(times, percent),
        )
        self.assertLessEqual(exact, found)
        self.assertLessEqual(found - exact, exact / 1000)
        self.assertLessEqual(found, max(times))

    def test_rank(self) -> None:
        """
        Of eleven times, ten are fewer than 95 of a hundred.
        """
        found = distribution(*range(1, 12))
        self.assertEqual(found.percentile(95), 11)
        self.assertEqual(found.percentile(90), 10)
        self.assertEqual(found.percentile(50), 6)
        thousand = distribution(*range(1, 1001))
        self.assertEqual(thousand.percentile(99.9), 999)
        self.assertEqual(thousand.percentile(99.901), 1000)

    def test_endless(self) -> None:
        """
        What takes longer than a week is counted, and its maximum is exact.
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
    def test_counts(self, times: list[int], edges: list[int]) -> None:
        """
        Times are counted up to each edge, and from the one before it. Times under
        two thousand nanoseconds are told apart.
        """
        edges.sort()
        expected = [
            sum(low < each <= high for each in times)
            for low, high in zip([-1, *edges], edges, strict=False)
        ]
        self.assertEqual(distribution(*times).counts(edges), expected)

    @settings(max_examples=60)
    @given(st.lists(TIMES, min_size=1, max_size=50), TIMES)
    def test_countsCoarsely(self, times: list[int], edge: int) -> None:
        """
        Longer times are told from an edge where they differ by a thousandth; and
        all are up to the longest.
        """
        found = distribution(*times)
        [count] = found.counts([edge])
        self.assertLessEqual(sum(each * 1.001 < edge for each in times), count)
        self.assertLessEqual(count, sum(each <= edge for each in times))
        self.assertEqual(found.counts([max(times)]), [len(times)])


def again(found: Distribution) -> str:
    """
    @return: The histogram of a distribution that was encoded and decoded.
    """
    return decoded(found).encode()


def decoded(found: Distribution, **wrong: int | str) -> Distribution:
    """
    @param wrong: What stands in the place of the right attribute.

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


def encoded(
    counts: bytes,
    length: int | None = None,
    kind: tuple[int, int, int, int, float] = (0, 3, 1, HIGHEST, 1.0),
) -> str:
    """
    @return: A histogram that somebody else encoded.
    """
    length = len(counts) if length is None else length
    content = zlib.compress(
        struct.pack(">IIIIQQd", 0x1C849313, length, *kind) + counts, 9
    )
    return base64.b64encode(
        struct.pack(">II", 0x1C849314, len(content)) + content
    ).decode()


class CodecTests(SynchronousTestCase):
    """
    Tests for encoded distributions.
    """

    @settings(max_examples=40)
    @given(st.lists(TIMES, max_size=50), st.lists(TIMES, max_size=3))
    def test_roundTrip(self, times: list[int], more: list[int]) -> None:
        """
        What is encoded and decoded is what it was, and can go on.
        """
        whole, copy = distribution(*times), decoded(distribution(*times))
        for time in more:
            whole.add(time)
            copy.add(time)
        self.assertEqual(timesRecord(copy), timesRecord(whole))

    def test_foreign(self) -> None:
        """
        The test's own histogram is one that can be read.
        """
        found = Distribution.decode(2, 3, 5, 1, 2, encoded(b"\x01\x02\x02"))
        self.assertEqual(found.counts([0, 1, 2]), [0, 1, 1])

    def test_contradictions(self) -> None:
        """
        Attributes that cannot be those of the histogram, or of any times at all,
        are refused: no figure made of them may be negative or endless.
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

    @given(st.text() | st.binary().map(lambda each: base64.b64encode(each).decode()))
    def test_garbage(self, text: str) -> None:
        """
        What is no histogram is refused.
        """
        with self.assertRaises(ValueError):
            Distribution.decode(1, 1, 1, 1, 1, text)

    @settings(max_examples=60)
    @given(st.binary(), st.none() | st.integers(0, 2**32 - 1))
    def test_garbled(self, counts: bytes, length: int | None) -> None:
        """
        Whatever stands where the counts should be: it is refused, or it is counts.
        """
        text = encoded(counts, length)
        try:
            found = Distribution.decode(1, 2, 4, 2, 2, text)
        except ValueError:
            return
        self.assertEqual(found.counts([1, 2]), [0, 1])

    def test_overflow(self) -> None:
        """
        Counts that add up to one only because there is no room for their sum are
        refused.
        """
        # Four times 2**62 - 1, the most that there can be of one, and 5: in zigzag
        # LEB128.
        most = b"\xfe" + b"\xff" * 7 + b"\x7f"
        text = encoded(b"\x00" + most * 4 + b"\x0a")
        with self.assertRaises(ValueError):
            Distribution.decode(1, 5, 25, 1, 5, text)

    def test_bombs(self) -> None:
        """
        A few bytes do not become many: neither do they inflate, nor ask for a
        histogram finer than ours.
        """
        one = b"\x01\x02"
        bombs = [
            encoded(one + b"\x00" * 10**7),
            encoded(one, kind=(0, 5, 1, 2**63 - 1, 1.0)),
            encoded(one, kind=(0, 3, 1, 2**63 - 1, 1.0)),
            encoded(one, kind=(0, 3, 0, HIGHEST, 1.0)),
            encoded(one, kind=(1, 3, 1, HIGHEST, 1.0)),
            encoded(one, kind=(0, 3, 1, HIGHEST, math.nan)),
        ]
        for bomb in bombs:
            tracemalloc.start()
            with self.assertRaises(ValueError):
                Distribution.decode(1, 1, 1, 1, 1, bomb)
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            self.assertLess(most, 2 * 10**6)
        Distribution.decode(1, 1, 1, 1, 1, encoded(one))


class MergeTests(SynchronousTestCase):
    """
    Tests for adding up.
    """

    @settings(max_examples=40)
    @given(
        st.data(),
        st.lists(st.lists(TIMES, max_size=9), min_size=1, max_size=5),
    )
    def test_anyOrder(self, data: st.DataObject, runs: list[list[int]]) -> None:
        """
        In whatever order and grouping runs are added up, and whether they have been
        in a file before: it is what one run had come to.
        """
        together = distribution(*(time for times in runs for time in times))
        parts = [distribution(*times) for times in runs]
        while len(parts) > 1:
            at = data.draw(st.integers(0, len(parts) - 1))
            part = parts.pop(at)
            into = parts[data.draw(st.integers(0, len(parts) - 1))]
            into.merge(decoded(part) if data.draw(st.booleans()) else part)
        self.assertEqual(timesRecord(parts[0]), timesRecord(together))

    @settings(max_examples=40)
    @given(
        st.data(),
        st.lists(st.lists(TIMES, max_size=9), min_size=1, max_size=5),
    )
    def test_jitter(self, data: st.DataObject, runs: list[list[int]]) -> None:
        """
        The same goes for round trips, of which each run has those of a connection.
        """
        together = timesRecord(roundTrips(*runs))
        parts = [roundTrips(times) for times in runs]
        while len(parts) > 1:
            part = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
            parts[data.draw(st.integers(0, len(parts) - 1))].merge(part)
        self.assertEqual(timesRecord(parts[0]), together)

    def test_plain(self) -> None:
        """
        What has no jitter adds none.
        """
        trips = roundTrips([1, 17])
        trips.merge(distribution(5))
        self.assertEqual((trips.count, trips.jitters, trips.differing), (3, 16, 1))


class JitterTests(SynchronousTestCase):
    """
    Tests for L{RoundTrips} and its streams.
    """

    @given(st.lists(st.integers(0, 10**10), min_size=1))
    def test_standard(self, times: list[int]) -> None:
        """
        The jitter is that of RFC 3550: J(i) = J(i-1) + (|D(i-1,i)| - J(i-1))/16. It
        begins with the first difference.
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

    def test_few(self) -> None:
        """
        Of few round trips, the jitter is near their differences, not near zero.
        """
        trips = roundTrips([5_570_000, 330_000, 320_000])
        self.assertEqual(trips.jitter, 5_240_000 + (10_000 - 5_240_000) / 16)

    def test_mean(self) -> None:
        """
        It is the mean of those of all connections that have one.
        """
        trips = roundTrips([100, 260], [5], [], [5, 5], [1000, 1320])
        self.assertEqual((trips.jitter, trips.differing), (160.0, 3))
        self.assertEqual(trips.count, 7)

    def test_none(self) -> None:
        """
        One round trip does not differ from any other.
        """
        self.assertEqual(roundTrips([1], [10**9]).jitter, 0.0)
