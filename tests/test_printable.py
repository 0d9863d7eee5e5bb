"""
Tests of L{echo.printable}.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.printable import PRINTED_LIMIT, messageText, printable, quoted


class PrintableTests(SynchronousTestCase):
    """
    Texts of peers, for a log or a terminal.
    """

    def test_textStays(self) -> None:
        """
        In any script.
        """
        for text in ["", "Hello 1", "Grüße", "日本", '"quoted"']:
            self.assertEqual(printable(text), text)

    def test_controlAndFormatCharacters(self) -> None:
        """
        The escapes differ from the same text written out.
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
        UTF-8 is text. Other bytes are numbers.
        """
        self.assertEqual(printable("é".encode()), "é")
        self.assertEqual(printable(b"\xffok\x1b"), r"\xffok\x1b")

    def test_longTextIsCut(self) -> None:
        """
        It ends with three dots.
        """
        self.assertEqual(printable("x" * PRINTED_LIMIT), "x" * PRINTED_LIMIT)
        self.assertEqual(
            printable("x" * (PRINTED_LIMIT + 1)), "x" * (PRINTED_LIMIT - 3) + "..."
        )
        self.assertEqual(
            printable("é".encode() * 300), "é" * (PRINTED_LIMIT - 3) + "..."
        )

    def test_noEscapeIsCut(self) -> None:
        self.assertEqual(printable("ab\x1bcdefgh", 8), "ab...")

    def test_quotesInQuotes(self) -> None:
        """
        Quotes inside the text are escaped.
        """
        self.assertEqual(quoted('say "hi"\n'), r'"say \"hi\"\n"')

    @given(st.text() | st.binary(), st.integers(8, 400))
    def test_anyInput(self, value: str | bytes, limit: int) -> None:
        """
        The result is printable and within the limit.
        """
        for safe in (printable(value, limit), quoted(value, limit)):
            self.assertTrue(safe.isprintable(), safe)
            self.assertLessEqual(len(safe), limit)

    @given(st.text(), st.text())
    def test_differentTextsDiffer(self, one: str, other: str) -> None:
        if one != other:
            self.assertNotEqual(printable(one, 10**6), printable(other, 10**6))


class MessageTextTests(SynchronousTestCase):
    """
    Messages in logs.
    """

    def test_text(self) -> None:
        """
        Between quotes.
        """
        self.assertEqual(messageText("Hello 1"), '"Hello 1"')

    def test_binary(self) -> None:
        """
        In hex, with its length, and cut.
        """
        self.assertEqual(messageText(b"Hello"), "0x48656c6c6f (5 bytes)")
        self.assertEqual(messageText(b"\x00" * 40), "0x" + "00" * 32 + "... (40 bytes)")
