"""
Sizes, times, rates, speeds, fractions and counts, as a command line or a URL has them.

A C{parse} function reads a text. It raises C{ValueError} with examples of valid texts.
A C{Text} function writes what the C{parse} function reads as the same value.
"""

import math
import re

# Up to 18 decimals: most languages write 1/3 with 16.
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,18})?|\.[0-9]{1,18}"
_SIZE = r"([0-9]{1,18})([kmg]?)"
_BYTES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_SECONDS = {"": 1.0, "us": 1e-6, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def parseSize(text: str) -> int:
    """
    @return: Bytes, 0 or more. C{k}, C{m} and C{g} are powers of 1024.
    """
    match = re.fullmatch(_SIZE, text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a size: try 512, 64k or 1m")
    return int(match[1]) * _BYTES[match[2]]


def sizeText(size: int) -> str:
    """
    @return: C{1536}, C{64k}, C{1m}: in the largest unit that needs no fraction.
    """
    for unit in "gmk":
        if size and size % _BYTES[unit] == 0:
            return f"{size // _BYTES[unit]}{unit}"
    return str(size)


def parseDuration(text: str) -> float:
    """
    @return: Seconds, 0 or more and below 1e9, rounded to nanoseconds. Units are C{us},
        C{ms}, C{s} (the default), C{m} and C{h}.
    """
    match = re.fullmatch(rf"({_NUMBER})([mu]s|[smh]?)", text.strip().lower())
    seconds = float(match[1]) * _SECONDS[match[2]] if match else math.inf
    if seconds >= 1e9:
        raise ValueError(f"{text!r} is not a time span: try 250ms, 5s or 1m")
    return round(seconds, 9)


def durationText(seconds: float) -> str:
    """
    @return: C{1.5s}, C{250ms}, C{20us}: in the largest unit that makes it 1 or more.
    """
    for unit, decimals in (("s", 9), ("ms", 6), ("us", 3)):
        number = f"{seconds / _SECONDS[unit]:.{decimals}f}"
        if not number.startswith("0."):
            break
    return _withoutZeros(number) + unit


def parseRate(text: str) -> float:
    """
    @return: Times a second, more than 0, of a number with or without C{/s}, C{/m} or
        C{/h}.
    """
    match = re.fullmatch(rf"({_NUMBER})(?:/([smh]))?", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a rate: try 200, 200/s or 12000/m")
    rate = float(match[1]) / _SECONDS[match[2] or ""]
    if not rate:
        raise ValueError(f"{text!r} is never: try 200, 200/s or 12000/m")
    return rate


def parseSpeed(text: str) -> int:
    """
    @return: Bytes a second, more than 0, of a size with or without C{/s}.
    """
    size = text.strip().lower().removesuffix("/s")
    if re.fullmatch(_SIZE, size) is None or parseSize(size) == 0:
        raise ValueError(f"{text!r} is not a speed: try 512/s, 64k/s or 1m/s")
    return parseSize(size)


def speedText(speed: int) -> str:
    return f"{sizeText(speed)}/s"


def parseFraction(text: str) -> float:
    """
    @return: A number from 0 to 1, rounded to nine decimals.
    """
    number = text.strip()
    if re.fullmatch(_NUMBER, number) is None or float(number) > 1:
        raise ValueError(f"{text!r} is not a fraction from 0 to 1: try 0.1")
    return round(float(number), 9)


def fractionText(fraction: float) -> str:
    return _withoutZeros(f"{fraction:.9f}")


def parseCount(text: str, example: int = 0) -> int:
    """
    @param example: The least number that the caller accepts, for the message.

    @return: A whole number, 0 or more.
    """
    if re.fullmatch(r"[0-9]{1,18}", text.strip()) is None:
        raise ValueError(f"{text!r} is not a whole number: try {example} or 1000")
    return int(text)


def _withoutZeros(number: str) -> str:
    return number.rstrip("0").rstrip(".")
