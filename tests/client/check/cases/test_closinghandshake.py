"""
Tests of the cases of the closing handshake.
"""

from echo.client.check.cases.table import CASES
from tests.client.check.checking import CheckTestCase
from tests.client.check.faultyservers.closing import (
    AcceptsCode65535,
    AnswersAfterClose,
    ClosesAfterMessage,
    ClosesWith1000,
    KeepsTCPOpen,
    NoCloseCheck,
    NoCloseFrame,
    PongsAfterClose,
    ReadsAfterFailure,
    RefusesUnicodeReason,
)


class ClosingHandshakeTests(CheckTestCase):
    """
    A server with one fault fails exactly the cases of that fault.
    """

    def test_invalidCloseFramesEchoed(self) -> None:
        """
        An undefined code is a note. A reserved code fails: the echo is invalid, too.
        """
        wrong = [f"a close with {code} is refused" for code in (1005, 1006, 1015)]
        odd = (0, 999, 1004, 1016, 2999, 5000, 65535)
        self.assertFound(
            NoCloseCheck,
            [*wrong, "a close with half", "a reason that"],
            [f"a close with {code} is refused" for code in odd],
        )

    def test_otherCloseCodeIsNoted(self) -> None:
        notes = [case.name for case in CASES if " is refused with 10" in case.name]
        notes += [case.name for case in CASES if "answered in kind" in case.name]
        notes.remove("a close with 1000 is answered in kind")
        plain = [name for name in notes if "deflate" not in name]
        self.assertFound(ClosesWith1000, [], [*plain, "fragments that"])

    def test_noCloseFrame(self) -> None:
        """
        A server may fail a connection without a close frame, but it must answer one.
        """
        notes = [case.name for case in CASES if " refused with 10" in case.name]
        kind = [case.name for case in CASES if "answered in kind" in case.name]
        self.assertFound(
            NoCloseFrame,
            [
                *kind,
                "a close with code and",
                "a close with a reason",
                "a close without a code",
                "a close between",
            ],
            [name for name in notes if "deflate" not in name],
        )

    def test_validCloseNotAnswered(self) -> None:
        self.assertFound(ClosesAfterMessage, ["a close between fragments"])
        self.assertFound(
            RefusesUnicodeReason, [], ["a close with a reason that is not ASCII"]
        )
        self.assertFound(AcceptsCode65535, [], ["a close with 65535"])

    def test_serverLeavesTCPOpen(self) -> None:
        self.assertFound(KeepsTCPOpen, ["after a close", "after a failure"])

    def test_framesAfterCloseAnswered(self) -> None:
        self.assertFound(
            AnswersAfterClose,
            ["what follows a close", "after a close", "after a failure"],
            ["a second close", "a ping after a close"],
        )

    def test_framesAfterFailureAnswered(self) -> None:
        self.assertFound(ReadsAfterFailure, ["what follows a failure"])
        self.assertFound(PongsAfterClose, [], ["a ping after a close"])
