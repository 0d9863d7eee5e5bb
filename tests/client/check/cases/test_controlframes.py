"""
Tests of the cases of control frames.
"""

from echo.client.check.verdicts import Level
from tests.client.check.checking import CheckTestCase
from tests.client.check.faultyservers.control import (
    AcceptsControlFragment,
    AcceptsLongControlLength,
    NoControlCheck,
    NoPongs,
    PongsInReverse,
    PongsLate,
    PongsTwice,
    RefusesBinaryPing,
    RefusesPongBetween,
)
from tests.kit.referenceserver import ReferenceServer

_PONG_FIRST = "a ping between fragments is answered before"


class ControlFrameTests(CheckTestCase):
    """
    A server with one fault fails exactly the cases of that fault.
    """

    def test_noPongs(self) -> None:
        self.assertFound(
            NoPongs,
            [
                *("a ping between", "a ping is answered", "of several pings"),
                *("an empty ping", "a ping of 125", "a ping that is not"),
            ],
        )

    def test_pongsLateOrOutOfOrder(self) -> None:
        self.assertFound(
            PongsLate,
            ["a ping between fragments is answered at"],
            [_PONG_FIRST, "permessage-deflate: a ping between"],
        )
        self.assertFound(PongsInReverse, ["of several pings, the pongs"], [_PONG_FIRST])
        self.assertFound(RefusesBinaryPing, ["a ping that is not"])
        self.assertFound(RefusesPongBetween, ["a pong between"])

    def test_longOrFragmentedControlFramesAccepted(self) -> None:
        self.assertFound(
            NoControlCheck,
            ["a ping of 126", "a pong of 126", "a ping in frag", "a pong in frag"],
            ["a close of 126", "a close in fragments"],
        )

    def test_firstControlFragmentAccepted(self) -> None:
        self.assertFound(
            AcceptsControlFragment,
            ["a ping in fragments", "a pong in fragments"],
            ["a close in fragments"],
        )

    def test_longControlLengthIsNoted(self) -> None:
        self.assertFound(
            AcceptsLongControlLength, [], ["a ping with a length of 16 bits"]
        )


class VerdictTests(CheckTestCase):
    """
    Levels and details of single cases.
    """

    def test_detailHasOrderOfPongs(self) -> None:
        self.assertJudged(
            PongsInReverse,
            "of several pings, the pongs",
            Level.FAIL,
            "answered out of order: 3, 2, 1",
        )

    def test_secondPongIsNoted(self) -> None:
        self.assertJudged(
            PongsTwice,
            "of several pings, the pongs",
            Level.NOTE,
            "answered more than once: 1, 1, 2, 2, 3, 3",
        )

    def test_skippedPingIsNoted(self) -> None:
        class SkipsFirstPing(ReferenceServer):
            def onPing(self, payload: bytes) -> None:
                if payload != b"1":
                    super().onPing(payload)

        name = "of several pings, all"
        self.assertJudged(SkipsFirstPing, name, Level.NOTE, "answered 2 of 3 pings")

    def test_pongWithOtherPayloadFails(self) -> None:
        class EmptyPongs(ReferenceServer):
            def onPing(self, payload: bytes) -> None:
                super().onPing(b"")

        for name in ("a ping is", "of several pings, all"):
            self.assertJudged(EmptyPongs, name, Level.FAIL, "sent an empty pong")
