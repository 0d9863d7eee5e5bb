"""
Tests for L{echo.client.check.frames}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.frames import (
    BINARY,
    CLOSE,
    LIMIT,
    PING,
    RSV1,
    TEXT,
    Frame,
    closeFrame,
    frame,
    parseFrame,
)
from echo.client.check.verdicts import Failed
from echo.client.close import Close
from tests.kit.frames import serverFrame


class ParseFrameTests(SynchronousTestCase):
    """
    Frames of the server.
    """

    def test_lengths(self) -> None:
        for length in (0, 125, 126, 65535, 65536):
            payload = b"x" * length
            data = bytearray(serverFrame(BINARY, payload))
            self.assertEqual(parseFrame(data), (Frame(BINARY, payload), len(data)))

    def test_incompleteFrameIsNone(self) -> None:
        """
        Bytes after the frame stay.
        """
        for length in (1, 126, 65536):
            whole = serverFrame(TEXT, b"x" * length)
            for end in (0, 1, 2, 3, 9, len(whole) - 1):
                self.assertIsNone(parseFrame(bytearray(whole[: min(end, length)])))
            found = parseFrame(bytearray(whole + b"more"))
            self.assertEqual(found, (Frame(TEXT, b"x" * length), len(whole)))

    def test_finAndReservedBits(self) -> None:
        data = serverFrame(PING, fin=False, rsv=RSV1)
        self.assertEqual(
            parseFrame(bytearray(data)), (Frame(PING, b"", fin=False, rsv=RSV1), 2)
        )

    def test_maskedFrame(self) -> None:
        data = frame(TEXT, b"Hello")
        self.assertNotIn(b"Hello", data)
        self.assertEqual(
            parseFrame(bytearray(data)), (Frame(TEXT, b"Hello", masked=True), 11)
        )

    def test_longerLengthIsSeen(self) -> None:
        for size, length in ((2, 125), (8, 65535)):
            data = frame(TEXT, b"x" * length, masked=False, size=size)
            found = parseFrame(bytearray(data))
            self.assertEqual(
                found, (Frame(TEXT, b"x" * length, shortest=False), len(data))
            )

    def test_frameAboveLimitFails(self) -> None:
        data = frame(BINARY, masked=False, length=LIMIT + 1)
        error = self.assertRaises(Failed, parseFrame, bytearray(data))
        self.assertEqual(str(error), "announced a frame of 1048577 bytes")


class FrameTests(SynchronousTestCase):
    """
    Frames of the client.
    """

    def test_lengthMayExceedPayload(self) -> None:
        data = frame(BINARY, b"x", masked=False, size=8, length=2**62)
        self.assertEqual(data, b"\x82\x7f\x40" + bytes(7) + b"x")

    def test_closeFrameStartsWithCode(self) -> None:
        parsed = parseFrame(bytearray(closeFrame(1000, b"bye")))
        self.assertEqual(parsed, (Frame(CLOSE, b"\x03\xe8bye", masked=True), 11))

    def test_strIsSafeForTerminal(self) -> None:
        self.assertEqual(str(Frame(TEXT, b"\x1b[2J")), r'text "\x1b[2J"')
        self.assertEqual(str(Frame(BINARY, b"\1")), "binary 0x01 (1 bytes)")
        self.assertEqual(str(Frame(PING, b"")), "an empty ping")
        self.assertEqual(str(Frame(3, b"")), "an empty frame of opcode 3")


class CloseTests(SynchronousTestCase):
    """
    Payloads of close frames.
    """

    def test_codeAndReason(self) -> None:
        close = Frame(CLOSE, b"\x03\xe9gone").close()
        self.assertEqual((close, str(close)), (Close(1001, "gone"), '1001 "gone"'))
        self.assertEqual(Frame(CLOSE, b"").close(), Close(1005, ""))

    def test_invalidPayloadsFail(self) -> None:
        for payload in (b"\3", b"\x03\xed", b"\x03\xee", b"\x03\xf7", b"\x03\xe8\xff"):
            self.assertRaises(Failed, Frame(CLOSE, payload).close)
