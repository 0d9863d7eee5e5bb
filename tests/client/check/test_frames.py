"""
Tests of frames as bytes.
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
    What comes from a server.
    """

    def test_lengths(self) -> None:
        """
        Lengths come in three forms.
        """
        for length in (0, 125, 126, 65535, 65536):
            payload = b"x" * length
            data = bytearray(serverFrame(BINARY, payload))
            self.assertEqual(parseFrame(data), (Frame(BINARY, payload), len(data)))

    def test_incomplete(self) -> None:
        """
        A frame is none before its last byte is there; what follows is not its own.
        """
        for length in (1, 126, 65536):
            whole = serverFrame(TEXT, b"x" * length)
            for end in (0, 1, 2, 3, 9, len(whole) - 1):
                self.assertIsNone(parseFrame(bytearray(whole[: min(end, length)])))
            found = parseFrame(bytearray(whole + b"more"))
            self.assertEqual(found, (Frame(TEXT, b"x" * length), len(whole)))

    def test_bits(self) -> None:
        """
        The final bit and the reserved bits are told apart.
        """
        data = serverFrame(PING, fin=False, rsv=RSV1)
        self.assertEqual(
            parseFrame(bytearray(data)), (Frame(PING, b"", fin=False, rsv=RSV1), 2)
        )

    def test_masked(self) -> None:
        """
        A masked frame is understood, and known as such.
        """
        data = frame(TEXT, b"Hello")
        self.assertNotIn(b"Hello", data)
        self.assertEqual(
            parseFrame(bytearray(data)), (Frame(TEXT, b"Hello", masked=True), 11)
        )

    def test_notShortest(self) -> None:
        """
        A length that took more bytes than it needs is seen.
        """
        for size, length in ((2, 125), (8, 65535)):
            data = frame(TEXT, b"x" * length, masked=False, size=size)
            found = parseFrame(bytearray(data))
            self.assertEqual(
                found, (Frame(TEXT, b"x" * length, shortest=False), len(data))
            )

    def test_tooLong(self) -> None:
        """
        A frame that nobody can have asked for is not waited for.
        """
        data = frame(BINARY, masked=False, length=LIMIT + 1)
        error = self.assertRaises(Failed, parseFrame, bytearray(data))
        self.assertEqual(str(error), "announced a frame of 1048577 bytes")


class FrameTests(SynchronousTestCase):
    """
    What is made for a server.
    """

    def test_announced(self) -> None:
        """
        A frame may announce more than it has.
        """
        data = frame(BINARY, b"x", masked=False, size=8, length=2**62)
        self.assertEqual(data, b"\x82\x7f\x40" + bytes(7) + b"x")

    def test_closing(self) -> None:
        """
        A close frame has its code first.
        """
        parsed = parseFrame(bytearray(closeFrame(1000, b"bye")))
        self.assertEqual(parsed, (Frame(CLOSE, b"\x03\xe8bye", masked=True), 11))

    def test_text(self) -> None:
        """
        Frames are described for a person, and none of the server's text acts on a
        terminal.
        """
        self.assertEqual(str(Frame(TEXT, b"\x1b[2J")), r'text "\x1b[2J"')
        self.assertEqual(str(Frame(BINARY, b"\1")), "binary 0x01 (1 bytes)")
        self.assertEqual(str(Frame(PING, b"")), "an empty ping")
        self.assertEqual(str(Frame(3, b"")), "an empty frame of opcode 3")


class CloseTests(SynchronousTestCase):
    """
    What close frames say.
    """

    def test_right(self) -> None:
        """
        A code and a reason, or nothing.
        """
        close = Frame(CLOSE, b"\x03\xe9gone").close()
        self.assertEqual((close, str(close)), (Close(1001, "gone"), '1001 "gone"'))
        self.assertEqual(Frame(CLOSE, b"").close(), Close(1005, ""))

    def test_wrong(self) -> None:
        """
        Half a code, a code that is not for the wire, a reason that is no text.
        """
        for payload in (b"\3", b"\x03\xed", b"\x03\xee", b"\x03\xf7", b"\x03\xe8\xff"):
            self.assertRaises(Failed, Frame(CLOSE, payload).close)
