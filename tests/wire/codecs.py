"""
What the tests of the codecs share: whether the C codec is compiled, texts, and tests of
the memory for partial frames.
"""

import sys
from typing import Any

from echo.wire import pure
from tests.kit.frames import BINARY, MASK, frame

try:
    from echo.wire import compiled  # noqa: F401  for its ImportError
except ImportError as error:
    whyNot: str | None = str(error)
else:
    whyNot = None

#: Starts of texts that are invalid UTF-8 (RFC 3629 section 4), and valid without the
#: last byte.
BAD_TEXTS = [
    b"\x80",
    b"\xbf",
    b"\xc0",
    b"\xc1",
    b"\xf5",
    b"\xff",
    b"\xc2\x7f",
    b"\xc2\xc0",
    b"\xdf\xc2",
    b"\xe0\x80",
    b"\xe0\x9f",
    b"\xe0\xa0\x7f",
    b"\xe1\xc0",
    b"\xec\x80\xc0",
    b"\xed\xa0",
    b"\xed\xbf",
    b"\xef\xbf\xc0",
    b"\xf0\x80",
    b"\xf0\x8f",
    b"\xf0\x90\x7f",
    b"\xf1\x80\x80\xc0",
    b"\xf4\x90",
    b"\xf4\x8f\xbf\xc0",
    b"Hello, w\xf6",
    b"0123456789abcdef\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\x80",
]

#: The first and the last character of each length, and their neighbours.
GOOD_TEXT = "\0\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U000fffff\U0010ffff"

LONG_TEXT = (GOOD_TEXT + "It is \u00fcber 16 ASCII characters long.") * 99


def room(codec: Any) -> int:
    """
    @return: Bytes that fit into the memory of the partial frame.
    """
    if isinstance(codec, (pure.Codec, pure.ClientCodec)):
        return sum(map(sys.getsizeof, codec._pieces))
    return int(codec.struct.room) if codec.struct.reply else 0


class MemoryTests:
    """
    The memory for a partial frame, of both codecs.

    @cvar mask: The masking key of the frames that the codec reads.
    """

    mask: bytes | None = MASK
    codec: Any
    feed: Any

    # Methods of trial.
    assertEqual: Any
    assertLess: Any

    def test_memoryForArrivedBytesOnly(self) -> None:
        """
        Not for the announced length.
        """
        mask = self.mask or b""
        head = bytes([0x82, 0xFF if mask else 0x7F]) + (1 << 40).to_bytes(8) + mask
        codec = self.codec(1 << 40)
        self.feed(codec, head)
        self.assertLess(room(codec), 100000)
        for have in range(1, 100):
            self.feed(codec, bytes(50000))
            self.assertLess(room(codec), 2 * 50000 * have + 100000)
        self.assertEqual(len(codec.take()), len(head) + 99 * 50000)
        self.assertLess(room(codec), 100000)

    def test_memoryOfMessageInPieces(self) -> None:
        """
        A message that arrives byte by byte takes a few times its size, not a Python
        object a byte.
        """
        codec = self.codec()
        start = frame(BINARY, bytes(10000), mask=self.mask)[: 6 if self.mask else 2]
        self.feed(codec, start)
        for _ in range(9000):
            codec.feed(b"x")
        self.assertLess(room(codec), 40000)
