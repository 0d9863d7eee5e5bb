"""
HDR histograms of times in nanoseconds, and their encoding: HdrHistogram's V2 format,
compressed, in base64, which HdrHistogram reads in all languages.

All histograms have the same range and precision, three significant digits. So they can
be added up, and none takes more memory than another.

The format: HdrHistogram_py's C{ENCODING.rst}, and C{encodeIntoByteBuffer} in
HdrHistogram's C{AbstractHistogram.java}.
"""

import base64
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator
from itertools import compress, count
from typing import Self

#: A week. Longer times count as a week.
HIGHEST = 7 * 24 * 3600 * 10**9

# Slots are one nanosecond wide up to 2048 ns. Each further 1024 slots are twice as wide
# as the 1024 slots before.
_BITS = 11
_HALF = 1 << _BITS - 1
_SLOTS = _HALF * (HIGHEST.bit_length() - _BITS + 2)

# The outer header: a cookie, and the length of the compressed part.
_OUTER = struct.Struct(">II")
_OUTER_COOKIE = 0x1C849304

# The header of the compressed part: a cookie, the length of the counts, an offset, the
# significant digits, the lowest and the highest value, and a factor.
_INNER = struct.Struct(">IIIIQQd")
_INNER_COOKIE = 0x1C849303
_KIND = (0, 3, 1, HIGHEST, 1.0)

# Bits of a cookie that say how wide a count is: always 1 in V2, for LEB128.
_WIDTH, _LEB128 = 0xF0, 0x10

# More bytes than the compressed part has when it is inflated.
_LONGEST = 2**19


def slotOf(time: int) -> int:
    """
    @return: The slot that counts this time, from 0 to L{HIGHEST}.
    """
    bucket = max(0, time.bit_length() - _BITS)
    return bucket * _HALF + (time >> bucket)


def longestIn(slot: int) -> int:
    """
    @return: The longest time that this slot counts.
    """
    bucket = max(0, slot // _HALF - 1)
    return ((slot - bucket * _HALF + 1) << bucket) - 1


class HdrHistogram:
    """
    @ivar counts: How many times each slot counts: a third of a megabyte.
    """

    def __init__(self) -> None:
        self.counts = array("Q", bytes(8 * _SLOTS))

    def record(self, times: Iterable[int]) -> None:
        """
        Count times, from 0 to L{HIGHEST}.
        """
        counts = self.counts
        for time in times:  # slotOf(time), inline: this is done for each message
            bucket = (time | 2 * _HALF - 1).bit_length() - _BITS
            counts[bucket * _HALF + (time >> bucket)] += 1

    def add(self, other: Self) -> None:
        for slot in other.used():
            self.counts[slot] += other.counts[slot]

    def used(self) -> Iterator[int]:
        """
        @return: The slots that have counted times, in rising order.
        """
        return compress(count(), self.counts)

    def encode(self) -> str:
        numbers, end = bytearray(), 0
        for slot in self.used():
            if slot > end:
                numbers += _leb128(2 * (slot - end) - 1)
            numbers += _leb128(2 * self.counts[slot])
            end = slot + 1
        header = _INNER.pack(_INNER_COOKIE | _LEB128, len(numbers), *_KIND)
        content = zlib.compress(header + numbers)
        outer = _OUTER.pack(_OUTER_COOKIE | _LEB128, len(content))
        return base64.b64encode(outer + content).decode("ascii")

    @classmethod
    def decode(cls, text: str) -> Self:
        """
        @param text: An encoded histogram, from an untrusted source.

        @raise ValueError: It is none, or has another range or precision.
        """
        try:
            data = base64.b64decode(text)
            cookie, length = _OUTER.unpack_from(data)
            inflater = zlib.decompressobj()
            content = inflater.decompress(data[_OUTER.size :], _LONGEST)
            inner, _, *kind = _INNER.unpack_from(content)
            if (
                cookie & ~_WIDTH == _OUTER_COOKIE
                and length == len(data) - _OUTER.size
                and inflater.eof
                and inner & ~_WIDTH == _INNER_COOKIE
                and tuple(kind) == _KIND
            ):
                return cls._read(content[_INNER.size :])
        except (ValueError, IndexError, struct.error, zlib.error):
            pass
        raise ValueError("the histogram cannot be read")

    @classmethod
    def _read(cls, numbers: bytes) -> Self:
        self, slot = cls(), 0
        for number in _decodedLeb128(numbers):
            if number & 1:  # a run of empty slots
                slot += (number >> 1) + 1
            else:
                self.counts[slot] = number >> 1
                slot += 1
        return self


# Zigzag encodes a count as 2 * count, and a run of empty slots, which is a negative
# count, as 2 * length - 1.


def _leb128(number: int) -> bytearray:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return encoded


def _decodedLeb128(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 or shift == 63:  # nine bytes at most
            yield number
            number = shift = 0
    if shift:
        raise ValueError("the last number is cut off")
