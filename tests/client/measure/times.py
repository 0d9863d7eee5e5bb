"""
Times in nanoseconds, and HDR histograms as another program encodes them.
"""

import base64
import struct
import zlib

from hypothesis import strategies as st

from echo.client.measure.hdrhistogram import HIGHEST

#: Times from zero to the longest that is told apart, of all orders of magnitude.
TIMES = st.one_of(
    st.integers(0, 3000), st.integers(10**3, 10**9), st.integers(10**9, HIGHEST)
)

#: Offset, significant digits, lowest and highest value, and factor of our histograms.
KIND = (0, 3, 1, HIGHEST, 1.0)


def encodedHistogram(
    counts: bytes,
    length: int | None = None,
    kind: tuple[int, int, int, int, float] = KIND,
    cookies: tuple[int, int] = (0x1C849314, 0x1C849313),
    more: int = 0,
) -> str:
    """
    @param counts: The counts, in zigzag LEB128.

    @param length: The length of the counts in the header.

    @param more: How much longer than it is the compressed part is by the outer header.
    """
    outer, inner = cookies
    length = len(counts) if length is None else length
    content = zlib.compress(struct.pack(">IIIIQQd", inner, length, *kind) + counts, 9)
    header = struct.pack(">II", outer, len(content) + more)
    return base64.b64encode(header + content).decode()
