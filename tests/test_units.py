"""
Tests of L{echo.units}.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.units import parseCount, parseDuration, parseRate, parseSize


class SizeTests(SynchronousTestCase):
    """
    Sizes, as C{--max-message} takes them.
    """

    def test_sizes(self) -> None:
        """
        A number is bytes; a suffix multiplies by a power of 1024, in any case.
        """
        for text, size in [
            ("0", 0),
            ("512", 512),
            ("64k", 65536),
            ("64K", 65536),
            ("1m", 2**20),
            (" 2g ", 2**31),
        ]:
            self.assertEqual(parseSize(text), size, text)

    def test_refused(self) -> None:
        """
        What is no size is named, along with what would be one.
        """
        for text in [
            "",
            "k",
            "-1",
            "1.5m",
            "1kb",
            "1 k",
            "nan",
            "0x10",
            "1e3",
            "\u0661",
        ]:
            error = self.assertRaises(ValueError, parseSize, text)
            self.assertIn(f"{text!r} is not a size: try 512, 64k or 1m", str(error))

    @given(st.integers(0, 10**17))
    def test_everyNumber(self, number: int) -> None:
        """
        Whole numbers mean themselves.
        """
        self.assertEqual(parseSize(str(number)), number)


class DurationTests(SynchronousTestCase):
    """
    Times, as C{--drain} takes them.
    """

    def test_durations(self) -> None:
        """
        A number is seconds, unless a suffix says something else.
        """
        for text, seconds in [
            ("0", 0.0),
            ("5", 5.0),
            ("1.5", 1.5),
            (".5s", 0.5),
            ("250ms", 0.25),
            ("250MS", 0.25),
            ("5s", 5.0),
            ("1m", 60.0),
            ("2h", 7200.0),
        ]:
            self.assertEqual(parseDuration(text), seconds, text)

    def test_refused(self) -> None:
        """
        What is no time span is named, along with what would be one.
        """
        for text in ["", "s", "-5s", "5 s", "1d", "nan", "inf", "1e3", ".", "5.s"]:
            error = self.assertRaises(ValueError, parseDuration, text)
            self.assertIn(
                f"{text!r} is not a time span: try 250ms, 5s or 1m", str(error)
            )


class RateTests(SynchronousTestCase):
    """
    Rates, as C{--ramp} takes them.
    """

    def test_rates(self) -> None:
        """
        A number is so many a second, unless a suffix says of what.
        """
        for text, rate in [
            ("200", 200.0),
            ("200/s", 200.0),
            ("200/S", 200.0),
            (" 12000/m ", 200.0),
            ("36/h", 0.01),
            (".5/s", 0.5),
            ("1.5", 1.5),
        ]:
            self.assertEqual(parseRate(text), rate, text)

    def test_refused(self) -> None:
        """
        What is no rate is named, along with what would be one.
        """
        for text in ["", "/s", "-1/s", "1 /s", "1/ms", "1/d", "1s", "inf", "1e3", "1."]:
            error = self.assertRaises(ValueError, parseRate, text)
            self.assertEqual(
                str(error), f"{text!r} is not a rate: try 200, 200/s or 12000/m"
            )

    def test_never(self) -> None:
        """
        What happens never is no rate, either.
        """
        for text in ["0", "0/s", "0.000/h"]:
            error = self.assertRaises(ValueError, parseRate, text)
            self.assertIn(f"{text!r} is never: try 200, 200/s", str(error))


class CountTests(SynchronousTestCase):
    """
    Counts, as C{--max-connections} takes them.
    """

    def test_counts(self) -> None:
        """
        A whole number is read as it is.
        """
        self.assertEqual(parseCount("1000"), 1000)

    def test_refused(self) -> None:
        """
        What is no whole number is named, along with what would be one.
        """
        for text in ["", "-1", "1.0", "1k", "many"]:
            error = self.assertRaises(ValueError, parseCount, text)
            self.assertIn(f"{text!r} is not a whole number: try 0", str(error))
