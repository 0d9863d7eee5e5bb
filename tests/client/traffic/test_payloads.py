"""
Tests for L{echo.client.traffic.payloads}.
"""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.traffic.payloads import Payloads, SweepPayloads, parseSizes


class PayloadsTests(SynchronousTestCase):
    """
    Tests for L{Payloads}.
    """

    def test_payloadsAreNumbered(self) -> None:
        self.assertEqual(Payloads().payload(12), b"Hello 12")

    def test_payloadsNameRunAndConnection(self) -> None:
        """
        Others are foreign.
        """
        payloads = Payloads(run="5f3a9c01")
        self.assertEqual(payloads.payload(12, 3), b"Hello 12 of 5f3a9c01-3")
        self.assertEqual(payloads.payload(2), b"Hello 2 of 5f3a9c01-1")
        self.assertFalse(payloads.isForeign(payloads.payload(7, 3), 3))
        self.assertTrue(payloads.isForeign(payloads.payload(7, 3), 4))
        self.assertTrue(payloads.isForeign(payloads.payload(7, 3), 33))
        other = Payloads(run="00000000", size=100)
        self.assertTrue(payloads.isForeign(other.payload(7, 3), 3))
        self.assertFalse(payloads.isForeign(b"Hello 12", 3))

    def test_fixedAndShortPayloadsHaveNoName(self) -> None:
        """
        None of them is foreign.
        """
        name = Payloads(run="5f3a9c01").payload(1, 1)
        for payloads in (
            Payloads(),
            Payloads(b"x", run="00000000"),
            Payloads(size=39, run="00000000"),
        ):
            self.assertFalse(payloads.named)
            self.assertEqual(payloads.payload(1, 1), payloads.payload(1, 2))
            self.assertFalse(payloads.isForeign(name, 9))
        self.assertTrue(Payloads(size=40, run="00000000").named)

    def test_fixedPayloadIsAlwaysSame(self) -> None:
        """
        Even if it is empty.
        """
        self.assertEqual(Payloads(b"x").payload(2), b"x")
        self.assertEqual(Payloads(b"").payload(2), b"")

    def test_payloadIsCutOrRepeatedToSize(self) -> None:
        """
        But not in the middle of a character.
        """
        self.assertEqual(Payloads(size=0).payload(1), b"")
        self.assertEqual(Payloads(size=3).payload(1), b"Hel")
        self.assertEqual(Payloads(size=16).payload(1), b"Hello 1Hello 1He")
        self.assertEqual(Payloads("ü".encode(), size=3).payload(1), "ü.".encode())
        self.assertEqual(Payloads(b"", size=3).payload(1), b"...")
        self.assertEqual(Payloads(b"\xff", True, 3).payload(1), b"\xff\xff\xff")

    def test_fixedPayloadIsMadeOnce(self) -> None:
        payloads = Payloads(b"x", size=1000)
        self.assertIs(payloads.payload(1), payloads.payload(2))

    def test_longestIsKnownBefore(self) -> None:
        self.assertEqual(Payloads(b"xyz").longest, 3)
        self.assertEqual(Payloads(b"xyz", size=10).longest, 10)
        self.assertEqual(Payloads().longest, len("Hello 1"))

    def test_binaryPayloadsAreCutAnywhere(self) -> None:
        self.assertEqual(Payloads("ü".encode(), True, 3).payload(1), b"\xc3\xbc\xc3")

    @given(st.none() | st.text(), st.integers(0, 300), st.integers(1, 10**6))
    def test_textOfAnySizeIsValid(self, text: str | None, size: int, seq: int) -> None:
        fixed = None if text is None else text.encode()
        payload = Payloads(fixed, size=size).payload(seq)
        self.assertEqual(len(payload), size)
        payload.decode()


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


class SweepPayloadsTests(SynchronousTestCase):
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
