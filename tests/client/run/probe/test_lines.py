"""
Tests for L{echo.client.run.probe.lines}, on real descriptors.
"""

import os
from unittest.mock import ANY

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReadDescriptor
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from echo.client.run.probe.lines import LONGEST, LineReader
from tests.kit.reactor import Reactor


class LinesTestCase(SynchronousTestCase):
    """
    A test with a reader of a pipe.
    """

    isBinary = False

    def setUp(self) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)
        self.addCleanup(os.close, self.reading)
        self.addCleanup(self.closeWriting)
        self.reactor = Reactor()
        self.lines = LineReader(self.reactor, self.reading, self.isBinary)

    def closeWriting(self) -> None:
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1

    @property
    def watched(self) -> bool:
        """
        Whether the reactor watches the pipe.
        """
        return bool(self.reactor.readers)

    def come(self, data: bytes) -> None:
        """
        Write to the pipe. It is read if the reactor watches it.
        """
        while data:
            data = data[os.write(self.writing, data[: 2**15]) :]
            self.turn()

    def turn(self) -> None:
        for reader in list(self.reactor.readers):
            reader.doRead()

    def taken(self) -> bytes | None:
        """
        @return: The next line, which has arrived.
        """
        return self.successResultOf(self.lines.take())

    def refused(self, line: Deferred[bytes | None]) -> str:
        """
        @return: Why a line cannot be sent.
        """
        return str(self.failureResultOf(line, ValueError).value)


class TextTests(LinesTestCase):
    """
    L{LineReader} with lines that must be UTF-8.
    """

    def test_readsDescriptorWithoutChangingIt(self) -> None:
        verifyObject(IReadDescriptor, self.lines)
        self.assertEqual(self.lines.fileno(), self.reading)
        self.assertEqual(self.lines.logPrefix(), "standard input")
        os.set_blocking(self.reading, True)
        line = self.lines.take()
        self.come(b"a\n")
        self.assertEqual(self.successResultOf(line), b"a")
        self.assertTrue(os.get_blocking(self.reading))

    def test_lineInPartsIsJoined(self) -> None:
        line = self.lines.take()
        for part in (b"He", b"llo ", "ü".encode()[:1], "ü".encode()[1:]):
            self.come(part)
            self.assertNoResult(line)
        self.come(b"\n")
        self.assertEqual(self.successResultOf(line), "Hello ü".encode())

    def test_emptyLinesAreLines(self) -> None:
        line = self.lines.take()
        self.come(b"\n\nx\n")
        self.assertEqual(self.successResultOf(line), b"")
        self.assertEqual((self.taken(), self.taken()), (b"", b"x"))

    def test_linesOfOneReadAreTakenOneByOne(self) -> None:
        line = self.lines.take()
        self.come(b"a\n\nb\nc")
        self.assertEqual(self.successResultOf(line), b"a")
        self.assertEqual([self.taken(), self.taken()], [b"", b"b"])
        line = self.lines.take()
        self.assertNoResult(line)
        self.come(b"d\n")
        self.assertEqual(self.successResultOf(line), b"cd")

    def test_nothingIsReadUnlessAwaited(self) -> None:
        self.assertFalse(self.watched)
        os.write(self.writing, b"a\n")
        line = self.lines.take()
        self.assertTrue(self.watched)
        self.turn()
        self.assertEqual(self.successResultOf(line), b"a")
        self.assertFalse(self.watched)
        os.write(self.writing, b"b\n")
        self.turn()
        self.assertEqual(os.read(self.reading, 9), b"b\n")

    def test_cancelledTakeLosesNoLine(self) -> None:
        line = self.lines.take()
        self.come(b"a")
        line.cancel()
        self.failureResultOf(line)
        self.assertFalse(self.watched)
        line = self.lines.take()
        self.come(b"b\nc\n")
        self.assertEqual(self.successResultOf(line), b"ab")
        self.assertEqual(self.taken(), b"c")

    def test_noneAfterLastLine(self) -> None:
        line = self.lines.take()
        self.come(b"a\n")
        self.closeWriting()
        self.assertEqual(self.successResultOf(line), b"a")
        line = self.lines.take()
        self.turn()
        self.assertIsNone(self.successResultOf(line))
        self.assertIsNone(self.taken())
        self.assertFalse(self.watched)

    def test_lastLineNeedsNoLineFeed(self) -> None:
        """
        An empty last line does.
        """
        line = self.lines.take()
        self.come(b"a\n\nb")
        self.closeWriting()
        self.assertEqual(self.successResultOf(line), b"a")
        self.assertEqual(self.taken(), b"")
        line = self.lines.take()
        self.turn()
        self.assertEqual(self.successResultOf(line), b"b")
        self.assertIsNone(self.taken())

    def test_carriageReturnBelongsToLine(self) -> None:
        line = self.lines.take()
        self.come("a\r\n\x0b\x85\n".encode())
        self.assertEqual(self.successResultOf(line), b"a\r")
        self.assertEqual(self.taken(), "\x0b\x85".encode())

    def test_invalidUTF8IsNamedByLine(self) -> None:
        """
        Other lines are not affected.
        """
        line = self.lines.take()
        self.come(b"a\n\xff\nb\n")
        self.assertEqual(self.successResultOf(line), b"a")
        said = self.refused(self.lines.take())
        self.assertEqual(said, "line 2 is not UTF-8: try --binary")
        self.assertEqual(self.taken(), b"b")

    def test_lineOf16MiBIsTaken(self) -> None:
        line = self.lines.take()
        self.come(b"x" * LONGEST)
        self.assertNoResult(line)
        self.come(b"\n")
        self.assertEqual(self.successResultOf(line), b"x" * LONGEST)

    def test_longerLineIsRefusedBeforeItsEnd(self) -> None:
        line = self.lines.take()
        self.come(b"x" * LONGEST)
        self.assertNoResult(line)
        self.come(b"x")
        self.assertEqual(self.refused(line), "line 1 is longer than 16 MiB")
        self.assertFalse(self.watched)

    def test_longerLineIsRefusedWithItsEnd(self) -> None:
        line = self.lines.take()
        self.come(b"x" * LONGEST)
        self.come(b"x\n")
        self.assertEqual(self.refused(line), "line 1 is longer than 16 MiB")

    def test_readableWithoutDataIsIgnored(self) -> None:
        line = self.lines.take()
        self.turn()
        self.assertNoResult(line)
        self.assertTrue(self.watched)
        self.come(b"a\n")
        self.assertEqual(self.successResultOf(line), b"a")

    def test_readErrorEndsInput(self) -> None:
        directory = os.open(".", os.O_RDONLY)
        self.addCleanup(os.close, directory)
        lines = LineReader(self.reactor, directory, isBinary=False)
        line = lines.take()
        self.turn()
        self.assertIsNone(self.successResultOf(line))

    def test_lostDescriptorEndsInput(self) -> None:
        """
        What was read is the last line.
        """
        line = self.lines.take()
        self.come(b"a\nb")
        self.assertEqual(self.successResultOf(line), b"a")
        line = self.lines.take()
        self.turn()
        self.lines.connectionLost(ANY)
        self.assertEqual(self.successResultOf(line), b"b")
        self.assertFalse(self.watched)
        self.lines.connectionLost(ANY)
        self.assertIsNone(self.taken())


class BinaryTests(LinesTestCase):
    """
    LineReader that may be anything.
    """

    isBinary = True

    def test_anyBytesAreLines(self) -> None:
        line = self.lines.take()
        self.come(b"\xff\0\r\nb\n")
        self.assertEqual(self.successResultOf(line), b"\xff\0\r")
        self.assertEqual(self.taken(), b"b")
