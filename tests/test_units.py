"""
Tests of L{echo.units}.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.units import (
    durationText,
    fractionText,
    parseCount,
    parseDuration,
    parseFraction,
    parseRate,
    parseSize,
    parseSpeed,
    sizeText,
    speedText,
)

_decimals = st.from_regex(r"([0-9]{1,9}(\.[0-9]{1,9})?|\.[0-9]{1,9})", fullmatch=True)
_sizes = st.from_regex(r"[0-9]{1,18}[kmg]?", fullmatch=True)


class SizeTests(SynchronousTestCase):
    """
    Sizes, as C{--max-message} takes them.
    """

    def test_parse(self) -> None:
        """
        A number is bytes. A suffix multiplies by a power of 1024, in any case.
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

    def test_invalidTexts(self) -> None:
        """
        The error has valid examples.
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
    def test_anyWholeNumber(self, number: int) -> None:
        self.assertEqual(parseSize(str(number)), number)

    def test_textInLargestUnit(self) -> None:
        """
        That makes it a whole number.
        """
        for size, text in [
            (0, "0"),
            (512, "512"),
            (1024, "1k"),
            (1536, "1536"),
            (3 * 2**19, "1536k"),
            (2**20, "1m"),
            (2**40, "1024g"),
        ]:
            self.assertEqual(sizeText(size), text)

    @given(_sizes)
    def test_textCanBeReadAgain(self, text: str) -> None:
        """
        As the same value.
        """
        self.assertEqual(parseSize(sizeText(parseSize(text))), parseSize(text))


class DurationTests(SynchronousTestCase):
    """
    Times, as C{--drain} takes them.
    """

    def test_parse(self) -> None:
        """
        Without a suffix, the number is seconds.
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

    def test_invalidTexts(self) -> None:
        """
        The error has valid examples.
        """
        for text in [
            "",
            "s",
            "-5s",
            "5 s",
            "1d",
            "nan",
            "inf",
            "1e3",
            ".",
            "5.s",
            "1" * 10,
            "999999999.999999999",
            "999999999m",
            "277777.8h",
        ]:
            error = self.assertRaises(ValueError, parseDuration, text)
            self.assertIn(
                f"{text!r} is not a time span: try 250ms, 5s or 1m", str(error)
            )

    def test_roundedToNanoseconds(self) -> None:
        self.assertEqual(parseDuration("0.1ms"), 0.0001)
        self.assertEqual(parseDuration("0.0016us"), 0.000000002)
        self.assertEqual(parseDuration("0.0004us"), 0)

    def test_textInLargestUnit(self) -> None:
        """
        That makes it 1 or more.
        """
        for seconds, text in [
            (0.0, "0us"),
            (0.000000001, "0.001us"),
            (0.00002, "20us"),
            (0.25, "250ms"),
            (0.0015, "1.5ms"),
            (1.0, "1s"),
            (1.5, "1.5s"),
            (7200.0, "7200s"),
        ]:
            self.assertEqual(durationText(seconds), text)

    @given(_decimals, st.sampled_from(["", "us", "ms", "s", "m", "h"]))
    def test_textCanBeReadAgain(self, number: str, unit: str) -> None:
        """
        As the same value.
        """
        try:
            seconds = parseDuration(number + unit)
        except ValueError:
            self.assertGreaterEqual(float(number), 999_999_999 / 3600)
        else:
            self.assertEqual(parseDuration(durationText(seconds)), seconds)


class RateTests(SynchronousTestCase):
    """
    Rates, as C{--ramp} takes them.
    """

    def test_parse(self) -> None:
        """
        Without a suffix, the number is per second.
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

    def test_invalidTexts(self) -> None:
        """
        The error has valid examples.
        """
        for text in ["", "/s", "-1/s", "1 /s", "1/ms", "1/d", "1s", "inf", "1e3", "1."]:
            error = self.assertRaises(ValueError, parseRate, text)
            self.assertEqual(
                str(error), f"{text!r} is not a rate: try 200, 200/s or 12000/m"
            )

    def test_zeroIsInvalid(self) -> None:
        for text in ["0", "0/s", "0.000/h"]:
            error = self.assertRaises(ValueError, parseRate, text)
            self.assertIn(f"{text!r} is never: try 200, 200/s", str(error))


class SpeedTests(SynchronousTestCase):
    """
    Speeds, as C{slow=} in a URL takes them.
    """

    def test_parse(self) -> None:
        """
        With or without C{/s}.
        """
        for text, speed in [
            ("512/s", 512),
            ("1k/s", 1024),
            (" 10M/S ", 10 * 2**20),
            ("1k", 1024),
        ]:
            self.assertEqual(parseSpeed(text), speed, text)

    def test_invalidTexts(self) -> None:
        """
        The error has valid examples.
        """
        for text in ["", "/s", "0", "0k/s", "-1/s", "1.5k/s", "1k/m", "1k/s/s", "1e3"]:
            error = self.assertRaises(ValueError, parseSpeed, text)
            self.assertEqual(
                str(error), f"{text!r} is not a speed: try 512/s, 64k/s or 1m/s"
            )

    @given(_sizes.filter(parseSize))
    def test_textCanBeReadAgain(self, text: str) -> None:
        """
        As the same value.
        """
        speed = parseSpeed(text)
        self.assertTrue(speedText(speed).endswith("/s"))
        self.assertEqual(parseSpeed(speedText(speed)), speed)


class FractionTests(SynchronousTestCase):
    """
    Fractions, as C{drop=} in a URL takes them.
    """

    def test_parse(self) -> None:
        """
        Decimals from 0 to 1.
        """
        for text, fraction in [
            *[("0", 0), (".5", 0.5), (" 0.1 ", 0.1), ("1.000", 1)],
            ("0.3333333333333333", 0.333333333),  # 1/3 in JavaScript
        ]:
            self.assertEqual(parseFraction(text), fraction, text)

    def test_invalidTexts(self) -> None:
        """
        The error has valid examples.
        """
        for text in ["", ".", "1.", "-0.1", "1.1", "10%", "1/2", "nan", "inf", "1e-3"]:
            error = self.assertRaises(ValueError, parseFraction, text)
            self.assertEqual(
                str(error), f"{text!r} is not a fraction from 0 to 1: try 0.1"
            )

    def test_textWithoutExponent(self) -> None:
        self.assertEqual(fractionText(0.1), "0.1")
        self.assertEqual(fractionText(0.00001), "0.00001")
        self.assertEqual(fractionText(1.0), "1")

    @given(st.integers(0, 10**9))
    def test_textCanBeReadAgain(self, billionths: int) -> None:
        """
        As the same value.
        """
        fraction = parseFraction(f"{billionths / 10**9:.9f}")
        self.assertEqual(parseFraction(fractionText(fraction)), fraction)


class CountTests(SynchronousTestCase):
    """
    Counts, as C{--max-connections} takes them.
    """

    def test_parse(self) -> None:
        self.assertEqual(parseCount("1000"), 1000)

    def test_invalidTexts(self) -> None:
        """
        The error has valid examples.
        """
        for text in ["", "-1", "1.0", "1k", "many"]:
            error = self.assertRaises(ValueError, parseCount, text)
            self.assertIn(f"{text!r} is not a whole number: try 0", str(error))
