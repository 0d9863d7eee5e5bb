"""
Sizes, times and rates as people write them on a command line.
"""

import re

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}"
_BYTES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_SECONDS = {"": 1.0, "us": 1e-6, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def parseSize(text: str) -> int:
    """
    Read a size.

    @param text: A whole number of bytes, or of C{k}, C{m} or C{g} (powers of 1024).

    @return: Bytes, 0 or more.

    @raise ValueError: It is not a size; the message says what would be.
    """
    match = re.fullmatch(r"([0-9]{1,18})([kmg]?)", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a size: try 512, 64k or 1m")
    return int(match[1]) * _BYTES[match[2]]


def parseDuration(text: str) -> float:
    """
    Read a time span.

    @param text: A number of seconds, or of C{us}, C{ms}, C{s}, C{m} or C{h}.

    @return: Seconds, 0 or more.

    @raise ValueError: It is not a time span; the message says what would be.
    """
    match = re.fullmatch(rf"({_NUMBER})([mu]s|[smh]?)", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a time span: try 250ms, 5s or 1m")
    return float(match[1]) * _SECONDS[match[2]]


def parseRate(text: str) -> float:
    """
    Read how often.

    @param text: A number a second, or of C{/s}, C{/m} or C{/h}.

    @return: Times a second, more than 0.

    @raise ValueError: It is not a rate; the message says what would be.
    """
    match = re.fullmatch(rf"({_NUMBER})(?:/([smh]))?", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a rate: try 200, 200/s or 12000/m")
    rate = float(match[1]) / _SECONDS[match[2] or ""]
    if not rate:
        raise ValueError(f"{text!r} is never: try 200, 200/s or 12000/m")
    return rate


def parseCount(text: str) -> int:
    """
    Read how many.

    @param text: A whole number.

    @return: 0 or more.

    @raise ValueError: It is not a whole number; the message says what would be.
    """
    if re.fullmatch(r"[0-9]{1,18}", text.strip()) is None:
        raise ValueError(f"{text!r} is not a whole number: try 0 or 1000")
    return int(text)
