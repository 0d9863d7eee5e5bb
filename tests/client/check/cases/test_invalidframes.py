"""
Tests of the cases of invalid data frames.
"""

from tests.client.check.checking import CheckTestCase
from tests.client.check.faultyservers.frames import (
    AcceptsCutCharacter,
    AcceptsOverlongForms,
    DecodesAtEnd,
    NoFrameLimit,
    NoMaskCheck,
    NoReservedCheck,
    NoUTF8Check,
    SkipsContinuationBytes,
)


class InvalidFrameTests(CheckTestCase):
    """
    A server that accepts an invalid frame fails exactly the cases of that frame.
    """

    def test_reservedBitsAndOpcodesAccepted(self) -> None:
        """
        A server that takes RSV1 for compression fails the connection when it inflates.
        """
        self.assertFound(
            NoReservedCheck,
            ["a frame of opcode", "a ping with RSV", "a pong with RSV"],
            ["a frame with RSV", "a close with RSV"],
        )

    def test_unmaskedFramesAccepted(self) -> None:
        self.assertFound(
            NoMaskCheck,
            ["a frame without a mask", "a ping without a mask"],
            ["a close without a mask"],
        )

    def test_hugeFrameAccepted(self) -> None:
        self.assertFound(NoFrameLimit, [], ["a frame of 2^62"])


class UTF8Tests(CheckTestCase):
    """
    A server that accepts invalid UTF-8 fails.
    """

    def test_anyTextAccepted(self) -> None:
        self.assertFound(
            NoUTF8Check,
            [
                *("text with", "fragments that are", "fragments that end"),
                "a reason that",
            ],
            ["a fragment that is not UTF-8"],
        )

    def test_lateDecodingIsNoted(self) -> None:
        self.assertFound(DecodesAtEnd, [], ["a fragment that is not UTF-8"])

    def test_cutCharacterAccepted(self) -> None:
        self.assertFound(
            AcceptsCutCharacter,
            ["text with a character cut", "fragments that end", "a reason that ends"],
        )

    def test_singleFormsAccepted(self) -> None:
        self.assertFound(
            AcceptsOverlongForms,
            [
                "text with an overlong form of three",
                "text with an overlong form of four",
            ],
        )
        self.assertFound(SkipsContinuationBytes, ["text with a continuation byte"])
