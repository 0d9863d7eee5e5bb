"""
Tests for L{echo.client.check.mismatch}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.mismatch import mismatch, notUTF8


class MismatchTests(SynchronousTestCase):
    """
    One line about an echo that differs.
    """

    def test_shortMessagesAreShownInFull(self) -> None:
        """
        Control characters are escaped.
        """
        self.assertEqual(
            mismatch("lo\x1b", "Hello"), 'sent text "lo\\x1b", not text "Hello"'
        )
        self.assertEqual(
            mismatch(b"a", "a"), 'sent binary 0x61 (1 bytes), not text "a"'
        )

    def test_longMessagesAreMeasured(self) -> None:
        """
        The line has both lengths and the first difference.
        """
        sent = "x" * 1000
        self.assertEqual(
            mismatch("x" * 500 + "y" * 500, sent),
            "sent a text of the same length (1000 bytes), which differs from byte 500 "
            "on: 0x7979797979797979, not 0x7878787878787878",
        )
        self.assertEqual(
            mismatch(bytes(999) + b"!", bytes(999) + b"."),
            "sent a binary message of the same length (1000 bytes), which differs "
            "from byte 999 on: 0x21, not 0x2e",
        )
        self.assertEqual(
            mismatch("x" * 999, sent),
            "sent text of 999 bytes, not text of 1000 bytes; the first difference "
            "is at byte 999: the end, not 0x78",
        )
        self.assertEqual(
            mismatch(bytes(33), b""),
            "sent binary of 33 bytes, not binary of 0 bytes; the first difference "
            "is at byte 0: 0x0000000000000000, not the end",
        )

    def test_sameBytesOfOtherKind(self) -> None:
        self.assertEqual(
            mismatch(b"x" * 100, "x" * 100),
            "sent binary of 100 bytes, not text of 100 bytes",
        )

    def test_invalidBytesAreShown(self) -> None:
        self.assertEqual(
            notUTF8(b"a\xff", 1), "sent text that is not UTF-8: 0x61ff (2 bytes)"
        )
        self.assertEqual(
            notUTF8(b"a" * 99 + b"\xff", 99),
            "sent text of 100 bytes that is not UTF-8 from byte 99 on: 0xff",
        )

    def test_composedAndDecomposedTextDiffer(self) -> None:
        self.assertEqual(
            mismatch("Caf\xe9", "Cafe\u0301"),
            "sent text of 5 bytes, not text of 6 bytes; the first difference is at "
            "byte 3: 0xc3a9, not 0x65cc81",
        )
