"""
Tests of the cases of whole messages, and of the server's own frames.
"""

from echo.client.check.verdicts import Level
from tests.client.check.checking import CheckTestCase
from tests.client.check.faultyservers.frames import (
    LongLengths,
    Masking,
    SendsLongPong,
    SendsReservedOpcode,
    SetsReservedBit,
)
from tests.client.check.faultyservers.messages import (
    CorruptsByte65535,
    CorruptsByte65536,
    Limit32KiB,
    LongTextAsBinary,
    LosesMessage1500,
    NormalisesNewlines,
    NormalisesUnicode,
    RefusesZeroMask,
    RepeatsFirstPart,
    ReplacesNoncharacters,
    StopsAtNUL,
    StripsBlanks,
    StripsBOM,
    TextAsBinary,
    WantsWholeLength,
)
from tests.kit.referenceserver import ReferenceServer


class MessageTests(CheckTestCase):
    """
    A server with one fault fails exactly the cases of that fault.
    """

    def test_textAsBinary(self) -> None:
        self.assertFound(
            TextAsBinary,
            [
                *("a text comes", "an empty text", "text from all", "U+FEFF", "CR LF"),
                *("a decomposed", "blanks at", "NUL in", "noncharacters", "a text of"),
                *("messages sent at once", "2000 messages", "a frame is understood"),
                *("a length of 16 bits is u", "a length of 64 bits is u", "a mask of"),
                *("fragments cut", "empty fragments", "five fragments"),
                *(
                    "messages in fragments",
                    "a ping between fragments is answered at",
                    "a pong between",
                ),
                "a pong that nobody",
            ],
        )

    def test_alteredText(self) -> None:
        for server, name in (
            (StripsBOM, "U+FEFF"),
            (NormalisesNewlines, "CR LF"),
            (NormalisesUnicode, "a decomposed"),
            (StripsBlanks, "blanks at both"),
            (StopsAtNUL, "NUL in"),
            (ReplacesNoncharacters, "noncharacters"),
        ):
            self.assertFound(server, [name])

    def test_alteredLongMessages(self) -> None:
        long = ["a text of 1 MiB", "a binary message of 1 MiB"]
        self.assertFound(CorruptsByte65536, long)
        self.assertFound(RepeatsFirstPart, long)
        self.assertFound(
            CorruptsByte65535,
            [
                *long,
                *("a text of 64", "a binary message of 64", "65536 bytes"),
                "a length of 64 bits is u",
            ],
        )
        self.assertFound(LongTextAsBinary, ["a text of 64", "a length of 64 bits is u"])

    def test_longMessageMayBeRefusedWith1009(self) -> None:
        long = ("a text of", "a binary message of", "65535 bytes", "65536 bytes")
        self.assertFound(Limit32KiB, [], [*long, "a length of 64 bits is u"])

    def test_longMessageRefusedWithOtherCodeFails(self) -> None:
        class RefusesWith1008(ReferenceServer):
            def fail(self, code: int) -> None:
                super().fail(1008)

            limit = 2**15

        self.assertJudged(
            RefusesWith1008, "a text of 1 MiB", Level.FAIL, "closed with 1008"
        )

    def test_lostMessage(self) -> None:
        self.assertFound(LosesMessage1500, ["2000 messages"])

    def test_lengthByteByByteRefused(self) -> None:
        self.assertFound(
            WantsWholeLength, ["a length of 16 bits is u", "a length of 64 bits is u"]
        )

    def test_zeroMaskRefused(self) -> None:
        self.assertFound(RefusesZeroMask, ["a mask of zeros"])


class ServerFrameTests(CheckTestCase):
    """
    A server that sends invalid frames fails.
    """

    def test_maskedFrames(self) -> None:
        self.assertFound(Masking, ["the server masks"])

    def test_longLengthsAreNoted(self) -> None:
        """
        Only the sender must keep a length short.
        """
        self.assertFound(
            LongLengths,
            [],
            ["the server's lengths", "a length in more", "a length of 64 bits where"],
        )

    def test_reservedBits(self) -> None:
        self.assertFound(SetsReservedBit, ["the server sets"])

    def test_reservedOpcode(self) -> None:
        self.assertFound(SendsReservedOpcode, ["the server sets"])

    def test_longControlFrame(self) -> None:
        self.assertFound(
            SendsLongPong, ["the server's control frames", "of several pings"]
        )
