"""
HDR histograms, all of one kind: they can be added up, and none takes more memory.
"""

import base64
import struct
import zlib
from collections.abc import Sequence

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # it has no types

__all__ = ["HIGHEST", "HdrHistogram", "decodeHistogram", "makeHistogram", "record"]

#: A week: longer than anybody may wait. What takes longer counts as this.
HIGHEST = 7 * 24 * 3600 * 10**9

# A nanosecond; and the digits that are told apart.
_LOWEST, _DIGITS = 1, 3

# Slots that a bucket is divided into, for three digits. Each bucket is twice as wide as
# the one before, which is its lower half.
_SUB_BUCKETS = 2048

# What precedes the counts in an encoded histogram: what it is, how long they are,
# an offset, the digits, the range and a unit.
_HEADER = struct.Struct(">IIIIQQd")
_OURS = (0, _DIGITS, _LOWEST, HIGHEST, 1.0)

# A cookie and a length precede all of that, which is compressed.
_OUTER = 8

# More bytes than an encoded histogram has before it is compressed.
_LONGEST = 2**19


def makeHistogram() -> HdrHistogram:
    """
    @return: A histogram with nothing in it: a third of a megabyte.
    """
    return HdrHistogram(_LOWEST, HIGHEST, _DIGITS)


def record(histogram: HdrHistogram, times: Sequence[int]) -> None:
    """
    Add times to a histogram: what its own C{record_value} does for each of them, in a
    tenth of its time.

    @param times: At least one, from 0 to L{HIGHEST}.
    """
    counts = histogram.counts
    for time in times:
        bucket = (time | _SUB_BUCKETS - 1).bit_length() - _SUB_BUCKETS.bit_length() + 1
        counts[(bucket * _SUB_BUCKETS >> 1) + (time >> bucket)] += 1
    histogram.total_count += len(times)
    histogram.min_value = min(histogram.min_value, *times)
    histogram.max_value = max(histogram.max_value, *times)


def decodeHistogram(text: str) -> HdrHistogram:
    """
    @param text: An encoded histogram, or so they say.

    @return: The histogram.

    @raise ValueError: It is none, or not of this kind: the library would take as
        much memory for it as it asks for.
    """
    try:
        inflater = zlib.decompressobj()
        inflated = inflater.decompress(base64.b64decode(text)[_OUTER:], _LONGEST)
        if inflater.eof and _HEADER.unpack_from(inflated)[2:] == _OURS:
            return HdrHistogram.decode(text)
    except Exception:  # noqa: BLE001, S110  (the libraries have a dozen kinds of them)
        pass
    raise ValueError("the histogram cannot be read")
