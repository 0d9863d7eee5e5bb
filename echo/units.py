"""
Sizes and times as people write them on a command line.
"""

import re

_BYTES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


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

    @param text: A number of seconds, or of C{ms}, C{s}, C{m} or C{h}.

    @return: Seconds, 0 or more.

    @raise ValueError: It is not a time span; the message says what would be.
    """
    match = re.fullmatch(
        r"([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})(ms|[smh]?)", text.strip().lower()
    )
    if match is None:
        raise ValueError(f"{text!r} is not a time span: try 250ms, 5s or 1m")
    return float(match[1]) * _SECONDS[match[2]]


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
