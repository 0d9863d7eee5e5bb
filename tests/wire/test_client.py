"""
Tests of the client's side of both codecs, L{echo.wire.compiled} and L{echo.wire.pure}:
the same tests for each.
"""

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from echo.wire import ClientCodec, pure
from echo.wire.masks import Masks
from tests.kit.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    MASK,
    PING,
    PONG,
    TEXT,
    frame,
    serverFrame,
)
from tests.wire.codecs import BAD_TEXTS, GOOD_TEXT, LONG_TEXT, MemoryTests, whyNot

if whyNot is None:
    from echo.wire import compiled
    from echo.wire._wire import ffi

#: Lengths at the borders of the three length fields.
LENGTHS = (0, 1, 2, 7, 8, 9, 63, 64, 125, 126, 127, 65535, 65536, 70000)


class ClientTests:
    """
    The tests of both codecs.
    """

    module: Any
    mask: bytes | None = None

    # Methods of trial.
    assertEqual: Any
    assertLess: Any

    def codec(self, limit: int = 0) -> ClientCodec:
        """
        @return: A new codec.
        """
        codec: ClientCodec = self.module.ClientCodec(limit)
        return codec

    def feed(self, codec: ClientCodec, *pieces: bytes) -> list[tuple[bytes, bool]]:
        """
        @return: The messages. All frames are simple.
        """
        messages = []
        for piece in pieces:
            some, rest = codec.feed(piece)
            self.assertEqual(rest, None)
            messages += some
        return messages

    def assertRead(self, opcode: int, payload: bytes, limit: int = 0) -> None:
        """
        Assert that a message is read: as a whole, byte by byte, in two halves, and
        before and after others.
        """
        whole, message = serverFrame(opcode, payload), (payload, opcode == BINARY)
        self.assertEqual(self.feed(self.codec(limit), whole), [message])
        if len(whole) < 1000:
            bytewise = [bytes([byte]) for byte in whole]
            self.assertEqual(self.feed(self.codec(limit), *bytewise), [message])
        half = len(whole) // 2
        codec = self.codec(limit)
        self.assertEqual(self.feed(codec, whole[:half]), [])
        self.assertEqual(self.feed(codec, whole[half:] + whole * 2), [message] * 3)

    def assertRefused(self, bad: bytes, limit: int = 0) -> None:
        """
        Assert that the last of these bytes makes the codec refuse the frame, anywhere
        in a stream, and that all bytes from that frame on come back.
        """
        good, message = serverFrame(TEXT, b"good"), (b"good", False)
        codec = self.codec(limit)
        whole = good + bad + good
        self.assertEqual(codec.feed(whole), ([message], bad + good))
        self.assertEqual(self.feed(codec, good), [message])
        for byte in bad[:-1]:
            self.assertEqual(codec.feed(bytes([byte])), ([], None))
        self.assertEqual(codec.feed(bad[-1:]), ([], bad))
        self.assertEqual(codec.take(), b"")
        self.assertEqual(self.feed(codec, good), [message])

    def test_allLengthsAreRead(self) -> None:
        """
        Text and binary messages.
        """
        for length in LENGTHS:
            payload = (bytes(range(251)) * 300)[:length]
            self.assertRead(BINARY, payload)
            self.assertRead(TEXT, bytes(byte % 128 for byte in payload))

    def test_allMessagesOfReadAreFound(self) -> None:
        """
        In order, and wherever the input is cut.
        """
        numbers = [str(number).encode() * (number % 3) for number in range(3000)]
        stream = b"".join(serverFrame(BINARY, number) for number in numbers)
        messages = [(number, True) for number in numbers]
        self.assertEqual(self.feed(self.codec(), stream), messages)
        for size in (1, 7, 8, 100, 5000):
            pieces = [stream[i : i + size] for i in range(0, len(stream), size)]
            self.assertEqual(self.feed(self.codec(), *pieces), messages)

    def test_allMessagesBeforeRefusedFrame(self) -> None:
        ping = serverFrame(PING, b"?")
        for count in (1022, 1023, 1024, 1025, 2048, 3000):
            stream = serverFrame(TEXT, b"x") * count + ping
            messages = [(b"x", False)] * count
            self.assertEqual(self.codec().feed(stream), (messages, ping))
            codec = self.codec()
            self.assertEqual(self.feed(codec, stream[:2]), [])
            self.assertEqual(codec.feed(stream[2:]), (messages, ping))

    def test_emptyInput(self) -> None:
        """
        At any time.
        """
        codec = self.codec()
        self.assertEqual(codec.feed(b""), ([], None))
        for byte in serverFrame(TEXT, b"Hello")[:-1]:
            self.assertEqual(self.feed(codec, bytes([byte]), b"", b""), [])
        self.assertEqual(self.feed(codec, b"o", b""), [(b"Hello", False)])

    def test_limitIsExact(self) -> None:
        """
        A longer message is refused with its header.
        """
        for limit in (4, 124, 125, 126, 127, 65534, 65535, 65536, 65537):
            for opcode in (TEXT, BINARY):
                self.assertRead(opcode, bytes(limit), limit)
                whole = serverFrame(opcode, bytes(limit + 1))
                self.assertRefused(whole[: -limit - 1], limit)

    def test_longLengthFieldIsRefused(self) -> None:
        """
        If a shorter field could hold the length.
        """
        for length, size in [(0, 2), (125, 2), (0, 8), (126, 8), (65535, 8)]:
            whole = frame(BINARY, bytes(length), size=size, mask=None)
            self.assertRefused(whole[: 2 + size])

    def test_maskedFrameIsRefused(self) -> None:
        """
        With its second byte.
        """
        for payload in (b"", b"Hello", bytes(126), bytes(65536)):
            self.assertRefused(frame(TEXT, payload)[:2])

    def test_otherFramesAreRefused(self) -> None:
        """
        Fragments, control frames, RSV bits and reserved opcodes are refused with the
        second byte.
        """
        for opcode in (CONTINUATION, TEXT, BINARY, 3, 7, CLOSE, PING, PONG, 11, 15):
            for reserved in range(8):
                for final in (False, True):
                    if opcode in (TEXT, BINARY) and final and not reserved:
                        continue
                    bad = frame(opcode, b"x", final, reserved, mask=None)
                    self.assertRefused(bad[:2])

    def test_validUTF8IsRead(self) -> None:
        """
        Also if it is cut inside a character.
        """
        self.assertRead(TEXT, GOOD_TEXT.encode())
        self.assertRead(TEXT, LONG_TEXT.encode())
        whole = serverFrame(TEXT, LONG_TEXT.encode())
        for size in range(1, 40):
            pieces = [whole[i : i + size] for i in range(0, len(whole), size)]
            came = self.feed(self.codec(), *pieces)
            self.assertEqual(came, [(LONG_TEXT.encode(), False)])

    def test_invalidUTF8IsRefusedAtOnce(self) -> None:
        """
        With the first invalid byte, or with the last byte of an incomplete character.
        Binary messages need not be UTF-8.
        """
        for bad in BAD_TEXTS:
            for before in (b"", b"x" * 15, "\u20ac".encode()):
                text = before + bad
                self.assertRefused(
                    serverFrame(TEXT, text + b" and so on")[: 2 + len(text)]
                )
                self.assertRefused(serverFrame(TEXT, text))
            self.assertRead(BINARY, bad)
        for character in GOOD_TEXT:
            encoded = character.encode()
            for length in range(1, len(encoded)):
                self.assertRefused(serverFrame(TEXT, b"x" + encoded[:length]))

    def test_takeReturnsPartialFrame(self) -> None:
        """
        The codec forgets it.
        """
        for whole in (
            serverFrame(TEXT, GOOD_TEXT.encode()),
            serverFrame(BINARY, bytes(200)),
        ):
            for length in range(len(whole)):
                codec = self.codec()
                self.feed(codec, serverFrame(TEXT, b"x") + whole[: length // 2])
                self.feed(codec, whole[length // 2 : length])
                self.assertEqual(codec.take(), whole[:length])
                self.assertEqual(codec.take(), b"")
                self.assertEqual(self.feed(codec, serverFrame(TEXT)), [(b"", False)])

    def test_longMessages(self) -> None:
        """
        Several MiB, in pieces of any size. A message that is refused at its end comes
        back.
        """
        payload = bytes(range(128)) * (3 << 13)
        whole = serverFrame(TEXT, payload) + serverFrame(TEXT, b"end")
        messages = [(payload, False), (b"end", False)]
        bad = serverFrame(TEXT, payload + b"\xff") + b"x"
        for size in (4096, 65537, 1 << 20, 1 << 30):
            pieces = [whole[i : i + size] for i in range(0, len(whole), size)]
            self.assertEqual(self.feed(self.codec(), *pieces), messages)
        codec = self.codec()
        self.assertEqual(self.feed(codec, bad[:-65536]), [])
        self.assertEqual(codec.feed(bad[-65536:]), ([], bad))

    def write(self, first: int, *payloads: bytes) -> bytes:
        """
        @return: Frames with the mask of these tests, and with other masks.
        """
        chosen = MASK + bytes(range(4 * len(payloads)))[4:]
        frames: bytes = self.module.writeFrames(first, payloads, chosen)
        return frames

    def test_frameOfEachLength(self) -> None:
        """
        The payload is behind its mask.
        """
        for length in LENGTHS:
            payload = (bytes(range(251)) * 300)[:length]
            for opcode in (TEXT, BINARY, PING):
                written = self.write(0x80 | opcode, payload)
                self.assertEqual(written, frame(opcode, payload))
        self.assertEqual(self.write(0x41, b"x"), frame(TEXT, b"x", False, 4))

    def test_severalFrames(self) -> None:
        """
        Each with its own mask.
        """
        payloads = [bytes([n]) * n * n for n in range(30)]
        written = self.write(0x82, *payloads)
        chosen = [MASK, *(bytes(range(4 * n, 4 * n + 4)) for n in range(1, 30))]
        self.assertEqual(
            written,
            b"".join(
                frame(BINARY, payload, mask=mask)
                for payload, mask in zip(payloads, chosen, strict=True)
            ),
        )
        self.assertEqual(self.write(0x82), b"")

    def test_longFrame(self) -> None:
        """
        Several MiB.
        """
        payload = bytes(range(256)) * (3 << 12)
        self.assertEqual(self.write(0x82, payload), frame(BINARY, payload))


class PureTests(ClientTests, MemoryTests, SynchronousTestCase):
    """
    The Python codec.
    """

    module = pure


class CompiledTests(ClientTests, MemoryTests, SynchronousTestCase):
    """
    The C codec.
    """

    skip = whyNot

    def setUp(self) -> None:
        self.module = compiled

    def test_noMemory(self) -> None:
        """
        The constructor raises.
        """
        self.patch(
            compiled, "lib", SimpleNamespace(wire_client_new=lambda *_: ffi.NULL)
        )
        self.assertRaises(MemoryError, self.codec)


class MasksTests(SynchronousTestCase):
    """
    Tests of L{Masks}.
    """

    def test_noMaskTwice(self) -> None:
        """
        For any number of masks at a time.
        """
        some = Masks()
        whole = b"".join(some.take(count) for count in (1, 2, 1020, 1, 1, 3000, 0, 7))
        self.assertEqual(len(whole), 4 * 4032)
        # Pairs of masks: four random bytes can repeat by chance.
        taken = {whole[i : i + 8] for i in range(0, len(whole), 8)}
        self.assertEqual(len(taken), 2016)

    def test_masksAreRandomBytesOfSystem(self) -> None:
        """
        In order.
        """
        asked: list[int] = []

        def urandom(size: int) -> bytes:
            asked.append(size)
            return bytes(n % 251 for n in range(size))

        self.patch(os, "urandom", urandom)
        some = Masks()
        self.assertEqual(some.take(1) + some.take(2), bytes(range(12)))
        some.take(1021)
        self.assertEqual(asked, [4096])
        self.assertEqual(some.take(2), bytes(range(8)))
        self.assertEqual(asked, [4096, 4096])
        self.assertEqual(len(some.take(5000)), 20000)
        self.assertEqual(asked, [4096, 4096, 20000])

    def test_forgottenMasksAreNotUsed(self) -> None:
        asked: list[int] = []

        def urandom(size: int) -> bytes:
            asked.append(size)
            return bytes(size)

        self.patch(os, "urandom", urandom)
        some = Masks()
        some.take(1)
        some.forget()
        some.take(1)
        self.assertEqual(asked, [4096, 4096])

    def test_childProcessHasOtherMasks(self) -> None:
        program = """if 1:
            import os
            from echo.wire.masks import masks
            masks.take(1)
            read, write = os.pipe()
            if not os.fork():
                os.write(write, masks.take(2))
                os._exit(0)
            assert os.read(read, 8) != masks.take(2)
            os.wait()
        """
        subprocess.run([sys.executable, "-c", program], check=True)
