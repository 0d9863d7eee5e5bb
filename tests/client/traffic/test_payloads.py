"""
Tests for L{echo.client.traffic.payloads}.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.traffic.payloads import Payloads


class PayloadsTests(SynchronousTestCase):
    """
    Tests for L{Payloads}.
    """

    def test_default(self) -> None:
        """
        Without a wish, messages are told apart by their number.
        """
        self.assertEqual(Payloads().payload(12), b"Hello 12")

    def test_named(self) -> None:
        """
        With a run, a payload names its connection and its run; that of another
        connection or of another run is foreign.
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

    def test_unnamed(self) -> None:
        """
        Without a run, with a message of the user's own or with too few bytes for a
        name, nothing is named and nothing is foreign.
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

    def test_fixed(self) -> None:
        """
        A message of one's own is the same each time, even if it is empty.
        """
        self.assertEqual(Payloads(b"x").payload(2), b"x")
        self.assertEqual(Payloads(b"").payload(2), b"")

    def test_size(self) -> None:
        """
        A message is cut or repeated to its size, never in the middle of a
        character.
        """
        self.assertEqual(Payloads(size=0).payload(1), b"")
        self.assertEqual(Payloads(size=3).payload(1), b"Hel")
        self.assertEqual(Payloads(size=16).payload(1), b"Hello 1Hello 1He")
        self.assertEqual(Payloads("ü".encode(), size=3).payload(1), "ü.".encode())
        self.assertEqual(Payloads(b"", size=3).payload(1), b"...")
        self.assertEqual(Payloads(b"\xff", True, 3).payload(1), b"\xff\xff\xff")

    def test_same(self) -> None:
        """
        A message of one's own is made once, however long it is and often sent.
        """
        payloads = Payloads(b"x", size=1000)
        self.assertIs(payloads.payload(1), payloads.payload(2))

    def test_longest(self) -> None:
        """
        What size messages have can be told before any is made.
        """
        self.assertEqual(Payloads(b"xyz").longest, 3)
        self.assertEqual(Payloads(b"xyz", size=10).longest, 10)
        self.assertEqual(Payloads().longest, len("Hello 1"))

    def test_binary(self) -> None:
        """
        Binary messages are cut anywhere.
        """
        self.assertEqual(Payloads("ü".encode(), True, 3).payload(1), b"\xc3\xbc\xc3")

    @given(st.none() | st.text(), st.integers(0, 300), st.integers(1, 10**6))
    def test_exact(self, text: str | None, size: int, seq: int) -> None:
        """
        Whatever the text: that many bytes, all of them text.
        """
        fixed = None if text is None else text.encode()
        payload = Payloads(fixed, size=size).payload(seq)
        self.assertEqual(len(payload), size)
        payload.decode()
