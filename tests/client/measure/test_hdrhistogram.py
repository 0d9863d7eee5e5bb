"""
Tests for L{echo.client.measure.hdrhistogram}: it is compared with the package
C{hdrhistogram}.
"""

import base64
import math
import tracemalloc
from typing import Any

from hdrh.histogram import HdrHistogram as Reference  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.hdrhistogram import HIGHEST, HdrHistogram, longestIn, slotOf
from tests.client.measure.times import TIMES, encodedHistogram

# Zigzag LEB128 of the greatest count that the reference decodes.
_MOST = b"\xfe" + b"\xff" * 7 + b"\x7f"


def reference(times: list[int], repeat: int = 1) -> Any:
    """
    @return: The reference's histogram of these times.
    """
    found = Reference(1, HIGHEST, 3)
    for time in times:
        found.record_value(time, repeat)
    return found


class HdrHistogramTests(SynchronousTestCase):
    """
    Tests for L{HdrHistogram}.
    """

    @settings(max_examples=30)
    @given(st.lists(TIMES))
    def test_recordCountsLikeReference(self, times: list[int]) -> None:
        found = HdrHistogram()
        found.record(times)
        self.assertEqual(found.counts.tolist(), reference(times).counts[:])

    @settings(max_examples=40)
    @given(TIMES)
    def test_slotsAreThoseOfReference(self, time: int) -> None:
        expected = reference([])
        slot = slotOf(time)
        self.assertEqual(slot, expected.get_counts_array_index(time))
        self.assertEqual(longestIn(slot), expected.get_highest_equivalent_value(time))

    def test_lengthIsThatOfReference(self) -> None:
        self.assertEqual(len(HdrHistogram().counts), reference([]).counts_len)

    @settings(max_examples=30)
    @given(st.lists(TIMES), st.lists(TIMES))
    def test_addCountsLikeReference(self, times: list[int], more: list[int]) -> None:
        found, other = HdrHistogram(), HdrHistogram()
        found.record(times)
        other.record(more)
        found.add(other)
        expected = reference(times)
        expected.add(reference(more))
        self.assertEqual(found.counts.tolist(), expected.counts[:])
        self.assertEqual(found.encode(), expected.encode().decode())


class CodecTests(SynchronousTestCase):
    """
    Tests for encoded histograms.
    """

    @settings(max_examples=30)
    @given(st.lists(TIMES), st.sampled_from([1, 63, 64, 8191, 2**35, 2**53]))
    def test_encodesLikeReference(self, times: list[int], repeat: int) -> None:
        found = HdrHistogram()
        for time in times:
            found.counts[slotOf(time)] += repeat
        expected = reference(times, repeat)
        self.assertEqual(found.encode(), expected.encode().decode())

    @settings(max_examples=30)
    @given(st.lists(TIMES), st.sampled_from([1, 63, 64, 8191, 2**35, 2**53]))
    def test_decodesReference(self, times: list[int], repeat: int) -> None:
        expected = reference(times, repeat)
        found = HdrHistogram.decode(expected.encode().decode())
        self.assertEqual(found.counts.tolist(), expected.counts[:])

    @settings(max_examples=30)
    @given(st.lists(TIMES))
    def test_referenceDecodesOurs(self, times: list[int]) -> None:
        found = HdrHistogram()
        found.record(times)
        expected = Reference.decode(found.encode())
        self.assertEqual(found.counts.tolist(), expected.counts[:])
        self.assertEqual(expected.get_total_count(), len(times))

    @settings(max_examples=40)
    @given(st.binary(), st.none() | st.integers(0, 2**32 - 1))
    def test_anyNumbersAreDecodedLikeReference(
        self, numbers: bytes, length: int | None
    ) -> None:
        """
        What the reference decodes, is decoded to the same counts. What it refuses, is
        refused; except that runs of empty slots may exceed the histogram.
        """
        text = encodedHistogram(numbers, length)
        try:
            expected = Reference.decode(text)
        except Exception:  # noqa: BLE001  (the reference raises a dozen kinds of them)
            return
        found = HdrHistogram.decode(text)
        self.assertEqual(found.counts.tolist(), expected.counts[:])

    def test_greatestCount(self) -> None:
        """
        A number has nine bytes at most.
        """
        for last in (b"\x7f", b"\xff"):
            found = HdrHistogram.decode(encodedHistogram(_MOST[:-1] + last + b"\x02"))
            self.assertEqual(found.counts[:2].tolist(), [2**62 - 1, 1])

    @given(st.text() | st.binary().map(lambda each: base64.b64encode(each).decode()))
    def test_garbageIsRefused(self, text: str) -> None:
        with self.assertRaises(ValueError) as caught:
            HdrHistogram.decode(text)
        self.assertEqual(str(caught.exception), "the histogram cannot be read")

    def test_malformedIsRefused(self) -> None:
        """
        A wrong cookie, a wrong length, a number that is cut off, counts beyond the last
        slot.
        """
        one = b"\x01\x02"
        for text in [
            encodedHistogram(one, cookies=(0x1C849313, 0x1C849313)),
            encodedHistogram(one, cookies=(0x1C849314, 0x1C849314)),
            encodedHistogram(one, more=1),
            encodedHistogram(one + b"\x80"),
            encodedHistogram(b"\xff\xff\xff\x7f\x02"),
        ]:
            with self.assertRaises(ValueError):
                HdrHistogram.decode(text)
            with self.assertRaises(Exception):  # noqa: B017  (of many kinds)
                Reference.decode(text)

    def test_bombsAreRefused(self) -> None:
        """
        A few bytes do not take much memory: neither when they are inflated, nor as a
        histogram of a finer kind.
        """
        one = b"\x01\x02"
        bombs = [
            encodedHistogram(one + b"\x00" * 10**7),
            encodedHistogram(one, kind=(0, 5, 1, 2**63 - 1, 1.0)),
            encodedHistogram(one, kind=(0, 3, 1, 2**63 - 1, 1.0)),
            encodedHistogram(one, kind=(0, 3, 0, HIGHEST, 1.0)),
            encodedHistogram(one, kind=(1, 3, 1, HIGHEST, 1.0)),
            encodedHistogram(one, kind=(0, 3, 1, HIGHEST, math.nan)),
        ]
        for bomb in bombs:
            tracemalloc.start()
            with self.assertRaises(ValueError):
                HdrHistogram.decode(bomb)
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            self.assertLess(most, 2 * 10**6)
        HdrHistogram.decode(encodedHistogram(one))
