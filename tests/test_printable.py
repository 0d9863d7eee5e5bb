"""
Tests of L{echo.printable}.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.printable import PRINTED_LIMIT, messageText, printable, quoted


class PrintableTests(SynchronousTestCase):
    """
    What peers say, on its way to a log or a terminal.
    """

    def test_plain(self) -> None:
        """
        Text that is only text stays as it is, in every script.
        """
        for text in ["", "Hello 1", "Grüße", "日本", '"quoted"']:
            self.assertEqual(printable(text), text)

    def test_escapes(self) -> None:
        """
        Whatever moves a cursor, rings a bell, ends a line or turns the direction
        of writing comes out as an escape that can be told from the real text.
        """
        for text, escaped in [
            ("\x1b[31m", r"\x1b[31m"),
            ("a\r\nb", r"a\r\nb"),
            ("\x07\x00", r"\x07\x00"),
            ("\x9b2J", r"\x9b2J"),
            ("\u202egnp", r"\u202egnp"),
            ("\u2028", r"\u2028"),
            ("\U000e0041", r"\U000e0041"),
            ("\ud800", r"\ud800"),
            (r"\x1b", r"\\x1b"),
        ]:
            self.assertEqual(printable(text), escaped)

    def test_bytes(self) -> None:
        """
        Bytes are text where they are UTF-8, and numbers where they are not.
        """
        self.assertEqual(printable("é".encode()), "é")
        self.assertEqual(printable(b"\xffok\x1b"), r"\xffok\x1b")

    def test_cut(self) -> None:
        """
        A long text is cut at the limit, and says so; one that fits is not.
        """
        self.assertEqual(printable("x" * PRINTED_LIMIT), "x" * PRINTED_LIMIT)
        self.assertEqual(
            printable("x" * (PRINTED_LIMIT + 1)), "x" * (PRINTED_LIMIT - 3) + "..."
        )
        self.assertEqual(
            printable("é".encode() * 300), "é" * (PRINTED_LIMIT - 3) + "..."
        )

    def test_notCutInMidEscape(self) -> None:
        """
        Half an escape could be read as something else.
        """
        self.assertEqual(printable("ab\x1bcdefgh", 8), "ab...")

    def test_quoted(self) -> None:
        """
        Quotes show where a string ends, so those inside it are escaped.
        """
        self.assertEqual(quoted('say "hi"\n'), r'"say \"hi\"\n"')

    @given(st.text() | st.binary(), st.integers(8, 400))
    def test_alwaysSafe(self, value: str | bytes, limit: int) -> None:
        """
        Nothing unprintable comes out, whatever goes in, nor more than was asked
        for.
        """
        for safe in (printable(value, limit), quoted(value, limit)):
            self.assertTrue(safe.isprintable(), safe)
            self.assertLessEqual(len(safe), limit)

    @given(st.text(), st.text())
    def test_unambiguous(self, one: str, other: str) -> None:
        """
        Different texts look different.
        """
        if one != other:
            self.assertNotEqual(printable(one, 10**6), printable(other, 10**6))


class ShownTests(SynchronousTestCase):
    """
    Messages as the logs show them.
    """

    def test_text(self) -> None:
        """
        Text is shown between quotes.
        """
        self.assertEqual(messageText("Hello 1"), '"Hello 1"')

    def test_binary(self) -> None:
        """
        Binary is shown in hexadecimal, with its length, and cut.
        """
        self.assertEqual(messageText(b"Hello"), "0x48656c6c6f (5 bytes)")
        self.assertEqual(messageText(b"\x00" * 40), "0x" + "00" * 32 + "... (40 bytes)")
