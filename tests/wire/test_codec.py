"""
Tests of both codecs, L{echo.wire.compiled} and L{echo.wire.pure}: the same tests for
each.
"""

import sys
from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from echo.wire import Codec, Wire, pure
from tests.kit.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    frame,
    serverFrame,
)
from tests.wire.codecs import BAD_TEXTS, GOOD_TEXT, LONG_TEXT, MemoryTests, whyNot

if whyNot is None:
    from echo.wire import compiled, pump
    from echo.wire._wire import ffi


class CodecTests:
    """
    The tests of both codecs.
    """

    wire: Wire

    # Methods of trial.
    assertEqual: Any
    assertLess: Any

    def feed(self, codec: Codec, *pieces: bytes) -> bytes:
        """
        @return: The replies to simple frames.
        """
        replies = b""
        for piece in pieces:
            some, rest = codec.feed(piece)
            self.assertEqual(rest, None)
            replies += some
        return replies

    def codec(self, limit: int = 0) -> Codec:
        """
        @return: A new codec.
        """
        return self.wire.codec(limit)

    def assertAnswered(self, opcode: int, payload: bytes, limit: int = 0) -> None:
        """
        Assert that a message is answered: as a whole, byte by byte, and in two halves.
        """
        whole, answer = frame(opcode, payload), serverFrame(opcode, payload)
        self.assertEqual(self.feed(self.codec(limit), whole), answer)
        if len(whole) < 1000:
            bytewise = [bytes([byte]) for byte in whole]
            self.assertEqual(self.feed(self.codec(limit), *bytewise), answer)
        half = len(whole) // 2
        codec = self.codec(limit)
        self.assertEqual(self.feed(codec, whole[:half]), b"")
        self.assertEqual(self.feed(codec, whole[half:]), answer)

    def assertRefused(self, bad: bytes, limit: int = 0) -> None:
        """
        Assert that the last of these bytes makes the codec refuse the frame, anywhere
        in a stream, and that all bytes from that frame on come back.
        """
        good = frame(TEXT, b"good")
        answer = serverFrame(TEXT, b"good")
        codec = self.codec(limit)
        whole = good + bad + good
        self.assertEqual(codec.feed(whole), (answer, bad + good))
        self.assertEqual(self.feed(codec, good), answer)
        for byte in bad[:-1]:
            self.assertEqual(codec.feed(bytes([byte])), (b"", None))
        self.assertEqual(codec.feed(bad[-1:]), (b"", bad))
        self.assertEqual(codec.take(), b"")
        # The codec works on.
        self.assertEqual(self.feed(codec, good), answer)

    def test_allLengthsAreAnswered(self) -> None:
        """
        Text and binary messages.
        """
        for length in (0, 1, 2, 3, 4, 5, 31, 125, 126, 127, 255, 256, 65535, 65536):
            payload = (bytes(range(251)) * 300)[:length]
            self.assertAnswered(BINARY, payload)
            self.assertAnswered(TEXT, bytes(byte % 128 for byte in payload))

    def test_anyMask(self) -> None:
        """
        A mask of zeroes, too.
        """
        for mask in (bytes(4), b"\xff\xff\xff\xff", b"\0\0\0\1", b"abcd"):
            whole = frame(TEXT, b"Hello", mask=mask)
            self.assertEqual(
                self.feed(self.codec(), whole), serverFrame(TEXT, b"Hello")
            )

    def test_allMessagesOfReadAreAnswered(self) -> None:
        """
        In order.
        """
        numbers = [str(number).encode() for number in range(500)]
        stream = b"".join(frame(TEXT, number) for number in numbers)
        answer = b"".join(serverFrame(TEXT, number) for number in numbers)
        self.assertEqual(self.feed(self.codec(), stream), answer)
        for size in (1, 7, 8, 100):
            pieces = [stream[i : i + size] for i in range(0, len(stream), size)]
            self.assertEqual(self.feed(self.codec(), *pieces), answer)

    def test_emptyInput(self) -> None:
        """
        At any time.
        """
        codec = self.codec()
        self.assertEqual(codec.feed(b""), (b"", None))
        for byte in frame(TEXT, b"Hello")[:-1]:
            self.assertEqual(self.feed(codec, bytes([byte]), b"", b""), b"")
        last = frame(TEXT, b"Hello")[-1:]
        self.assertEqual(self.feed(codec, last, b""), serverFrame(TEXT, b"Hello"))

    def test_limitIsExact(self) -> None:
        """
        A longer message is refused with its header.
        """
        for limit in (4, 124, 125, 126, 127, 65534, 65535, 65536, 65537):
            for opcode in (TEXT, BINARY):
                self.assertAnswered(opcode, bytes(limit), limit)
                whole = frame(opcode, bytes(limit + 1))
                self.assertRefused(whole[: -limit - 1], limit)

    def test_withoutLimitAddressSpaceIsLimit(self) -> None:
        longest = sys.maxsize // 2
        for size, rest in [
            (longest, None),
            (longest + 1, ...),
            (2**63, ...),
            (2**64 - 1, ...),
        ]:
            header = b"\x82\xff" + size.to_bytes(8, "big") + b"mask"
            codec = self.codec()
            self.assertEqual(codec.feed(header), (b"", header if rest else None))

    def test_longLengthFieldIsRefused(self) -> None:
        """
        If a shorter field could hold the length.
        """
        for length, size in [(0, 2), (125, 2), (0, 8), (126, 8), (65535, 8)]:
            whole = frame(BINARY, bytes(length), size=size)
            self.assertRefused(whole[: 2 + size + 4])

    def test_unmaskedFrameIsRefused(self) -> None:
        """
        With its second byte.
        """
        for payload in (b"", b"Hello", bytes(126), bytes(65536)):
            self.assertRefused(frame(TEXT, payload, mask=None)[:2])

    def test_otherFramesAreRefused(self) -> None:
        """
        Fragments, control frames, RSV bits and reserved opcodes are refused with the
        second byte.
        """
        for opcode in range(16):
            for reserved in range(8):
                for final in (False, True):
                    if opcode in (TEXT, BINARY) and final and not reserved:
                        continue
                    bad = frame(opcode, b"x", fin=final, rsv=reserved)
                    self.assertRefused(bad[:2])

    def test_nothingAfterRefusedFrameIsAnswered(self) -> None:
        """
        The codec does not know the end of a refused frame.
        """
        for opcode in (CLOSE, PING, PONG, CONTINUATION):
            rest = frame(opcode, b"?") + frame(TEXT, b"2") + b"\x81"
            self.assertEqual(
                self.codec().feed(frame(TEXT, b"1") + rest),
                (serverFrame(TEXT, b"1"), rest),
            )

    def test_validUTF8IsAnswered(self) -> None:
        self.assertAnswered(TEXT, GOOD_TEXT.encode())
        self.assertAnswered(TEXT, LONG_TEXT.encode())
        for character in GOOD_TEXT:
            for before in range(20):
                self.assertAnswered(TEXT, bytes(before) + character.encode())

    def test_textCutInsideCharacter(self) -> None:
        whole = frame(TEXT, LONG_TEXT.encode())
        answer = serverFrame(TEXT, LONG_TEXT.encode())
        for size in range(1, 40):
            pieces = [whole[i : i + size] for i in range(0, len(whole), size)]
            self.assertEqual(self.feed(self.codec(), *pieces), answer)

    def test_invalidUTF8IsRefusedAtOnce(self) -> None:
        """
        With the first invalid byte, before the rest of the frame.
        """
        for bad in BAD_TEXTS:
            for before in (b"", b"x" * 15, "\u20ac".encode()):
                text = before + bad
                self.assertRefused(frame(TEXT, text + b" and so on")[: 6 + len(text)])
                self.assertRefused(frame(TEXT, text))

    def test_incompleteCharacterAtEndIsRefused(self) -> None:
        for character in GOOD_TEXT:
            encoded = character.encode()
            for length in range(1, len(encoded)):
                self.assertRefused(frame(TEXT, b"x" + encoded[:length]))

    def test_binaryNeedNotBeUTF8(self) -> None:
        for bad in BAD_TEXTS:
            self.assertAnswered(BINARY, bad)

    def test_takeReturnsPartialFrame(self) -> None:
        """
        At any point of the frame. The codec forgets it.
        """
        for whole in (frame(TEXT, GOOD_TEXT.encode()), frame(BINARY, bytes(200))):
            for length in range(len(whole)):
                codec = self.codec()
                self.feed(codec, frame(TEXT, b"x") + whole[: length // 2])
                self.feed(codec, whole[length // 2 : length])
                self.assertEqual(codec.take(), whole[:length])
                self.assertEqual(codec.take(), b"")
                self.assertEqual(self.feed(codec, frame(TEXT)), serverFrame(TEXT))

    def test_answeredMessagesAreCounted(self) -> None:
        """
        By connection and in total.
        """
        one, other = self.codec(9), self.codec(9)
        for codec in (one, other):
            codec.feed(frame(TEXT, b"12") + frame(BINARY, b"345")[:8])
        one.feed(frame(BINARY, b"345")[8:] + frame(TEXT, b"\xff") + frame(TEXT))
        other.take()
        other.feed(frame(BINARY, bytes(10)))
        for counts, numbers in [
            (one.counts, (1, 2, 1, 3)),
            (other.counts, (1, 2, 0, 0)),
            (self.wire.totals, (2, 4, 1, 3)),
        ]:
            self.assertEqual(
                (counts.texts, counts.textOctets, counts.binaries, counts.binaryOctets),
                numbers,
            )
        self.assertEqual((one.pumped, one.heardAt), (0, 0.0))

    def test_countsOutliveCodec(self) -> None:
        codec = self.codec()
        self.feed(codec, frame(TEXT, b"Hello"))
        counts = codec.counts
        del codec
        self.feed(self.codec(), frame(BINARY, b"x"))
        self.assertEqual((counts.texts, counts.textOctets), (1, 5))
        self.assertEqual((counts.binaries, counts.binaryOctets), (0, 0))

    def test_longMessages(self) -> None:
        """
        Several MiB, in pieces of any size.
        """
        payload = bytes(range(256)) * (3 << 12)
        whole = frame(BINARY, payload) + frame(TEXT, b"end")
        answer = serverFrame(BINARY, payload) + serverFrame(TEXT, b"end")
        for size in (1000, 4096, 65536, 65537, 1 << 20, 1 << 30):
            pieces = [whole[i : i + size] for i in range(0, len(whole), size)]
            self.assertEqual(self.feed(self.codec(), *pieces), answer)

    def test_longRefusedMessageComesBack(self) -> None:
        """
        If its last byte is invalid.
        """
        text = (LONG_TEXT * 999).encode() + b"\xff"
        whole = frame(TEXT, text)
        codec = self.codec()
        for i in range(0, len(whole) - 65536, 65536):
            self.assertEqual(codec.feed(whole[i : i + 65536]), (b"", None))
        self.assertEqual(codec.feed(whole[i + 65536 :] + b"x"), (b"", whole + b"x"))


class PureTests(CodecTests, MemoryTests, SynchronousTestCase):
    """
    The Python codec.
    """

    def setUp(self) -> None:
        self.wire = pure.Wire()

    def test_hasNoPump(self) -> None:
        self.assertIsNone(self.wire.makePump)


class CompiledTests(CodecTests, MemoryTests, SynchronousTestCase):
    """
    The C codec.
    """

    skip = whyNot

    def setUp(self) -> None:
        self.wire = compiled.Wire()

    def test_noMemory(self) -> None:
        """
        The constructor raises.
        """
        none = SimpleNamespace(wire_codec_new=lambda *_: ffi.NULL)
        self.patch(compiled, "lib", none)
        self.assertRaises(MemoryError, self.codec)

    def test_hasPump(self) -> None:
        self.assertIs(self.wire.makePump, pump.Pump)
