"""
Tests for L{echo.client.traffic.sweep}.
"""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.traffic.sweep import SweepPayloads, parseSizes


class SizesTests(SynchronousTestCase):
    """
    Tests for L{parseSizes}.
    """

    def test_sizesDoubleUpToLast(self) -> None:
        self.assertEqual(parseSizes("1k..8k"), [1024, 2048, 4096, 8192])
        self.assertEqual(parseSizes("3..10"), [3, 6, 10])
        self.assertEqual(parseSizes("1..1"), [1])
        self.assertEqual(parseSizes("512"), [512])
        self.assertEqual(parseSizes("1..16m")[-1], 16 * 2**20)

    def test_refusedSizesShowExample(self) -> None:
        for text, error in [
            ("0..4k", "'0..4k' does not grow by doubling: try 1..4k"),
            ("0", "'0' does not grow by doubling: try 1..1k"),
            ("2k..1k", "'2k..1k' goes down: try 1k..2k"),
            ("a..b", "'a' is not a size: try 512, 64k or 1m"),
            ("..1k", "'' is not a size: try 512, 64k or 1m"),
            ("1..2..3", "'2..3' is not a size: try 512, 64k or 1m"),
            ("", "'' is not a size: try 512, 64k or 1m"),
        ]:
            with self.assertRaises(ValueError) as caught:
                parseSizes(text)
            self.assertEqual(str(caught.exception), error)

    @given(st.integers(1, 2**24), st.integers(0, 2**24))
    def test_noSizeIsMoreThanTwicePrevious(self, low: int, more: int) -> None:
        sizes = parseSizes(f"{low}..{low + more}")
        self.assertEqual((sizes[0], sizes[-1]), (low, low + more))
        for a, b in pairwise(sizes):
            self.assertTrue(a < b <= 2 * a)


class PayloadsTests(SynchronousTestCase):
    """
    Tests for L{SweepPayloads}.
    """

    def test_messagesOfEachSizeAreNumbered(self) -> None:
        payloads = SweepPayloads(True, (1, 4), each=2)
        self.assertEqual(payloads.longest, 4)
        found = [payloads.payload(seq) for seq in range(1, 5)]
        self.assertEqual(found, [b"1", b"2", b"3...", b"4..."])
        self.assertEqual([payloads.step(seq) for seq in range(1, 5)], [0, 0, 1, 1])

    def test_noPayloadIsForeign(self) -> None:
        payloads = SweepPayloads(True, (1,), each=1)
        self.assertFalse(payloads.named)
        self.assertFalse(payloads.isForeign(b"2", 1))

    def test_sizeTakesPrecedenceOverNumber(self) -> None:
        self.assertEqual(SweepPayloads(False, (1,), each=99).payload(42), b"4")
