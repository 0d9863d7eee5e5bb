"""
Tests of L{echo.server.metrics.counters}.
"""

from dataclasses import dataclass

from twisted.trial.unittest import SynchronousTestCase

from echo.server.behaviour.behaviour import KNOBS, Behaviour
from echo.server.metrics.counters import (
    BOUNDS,
    OTHER,
    REASONS,
    RoundTrips,
    Tally,
    Traffic,
)


@dataclass(frozen=True)
class Plain:
    """
    What went the plain path.
    """

    texts: int = 0
    textOctets: int = 0
    binaries: int = 0
    binaryOctets: int = 0


class ConversationTests(SynchronousTestCase):
    """
    Conversations, and handshakes that led to none.
    """

    def test_opened(self) -> None:
        """
        Each is counted, and what it has asked for: all of it, and from nothing on.
        """
        tally = Tally(Plain())
        self.assertEqual({*tally.behaviours}, {*KNOBS} - {"seed", "status"})
        self.assertEqual(sum(tally.behaviours.values()), 0)
        for behaviour in (
            None,
            Behaviour(nopong=True, seed=1),
            Behaviour(nopong=True, close=4001, afterTime=2.0),
        ):
            tally.opened(behaviour)
        self.assertEqual(tally.openings, 3)
        asked = {name: count for name, count in tally.behaviours.items() if count}
        self.assertEqual(asked, {"nopong": 2, "close": 1, "after": 1})

    def test_closed(self) -> None:
        """
        Each is counted under its code, and the usual codes are there before.
        """
        tally = Tally(Plain())
        self.assertEqual(tally.closes["1006"], 0)
        for code in (1000, 1000, 4001):
            tally.closed(code)
        ended = {code: count for code, count in tally.closes.items() if count}
        self.assertEqual(ended, {"1000": 2, "4001": 1})

    def test_manyCodes(self) -> None:
        """
        A peer that makes up codes makes up no more than a hundred numbers. None is
        lost, and the codes that matter keep theirs.
        """
        tally = Tally(Plain())
        for _ in range(2):
            for code in range(3000, 5000):
                tally.closed(code)
        tally.closed(1006)
        self.assertEqual(len(tally.closes), 100 + 1)
        self.assertEqual(sum(tally.closes.values()), 2 * 2000 + 1)
        self.assertEqual(tally.closes["3000"], 2)
        self.assertEqual(tally.closes["1006"], 1)
        self.assertGreater(tally.closes[OTHER], 2 * 1900)

    def test_refused(self) -> None:
        """
        A handshake is counted under the reason for which it was refused; each is
        there from the beginning, and there are no others.
        """
        tally = Tally(Plain())
        for reason in ("origin", "full", "origin"):
            tally.refused(reason)
        counted = {reason: count for reason, count in tally.refusals.items() if count}
        self.assertEqual(counted, {"origin": 2, "full": 1})
        self.assertEqual(set(tally.refusals), set(REASONS))
        self.assertRaises(KeyError, tally.refused, "a peer's own word")


class RoundTripTests(SynchronousTestCase):
    """
    Pings that were answered.
    """

    def test_classes(self) -> None:
        """
        A round trip that took as long as a bound is within it; the longest are in
        a class of their own.
        """
        tally = Tally(Plain())
        for seconds in (0.0, *BOUNDS, BOUNDS[-1] * 1.001):
            tally.roundTrip(seconds)
        self.assertEqual(tally.roundTrips.counts, (2, *[1] * len(BOUNDS)))
        self.assertAlmostEqual(tally.roundTrips.total, sum(BOUNDS) + BOUNDS[-1] * 1.001)

    def test_clockSetBack(self) -> None:
        """
        The sum does not go back when the clock does.
        """
        tally = Tally(Plain())
        tally.roundTrip(-3600.0)
        self.assertEqual(tally.roundTrips, RoundTrips().plus(0.0))

    def test_unchanging(self) -> None:
        """
        Who reads them has them all as they were at one moment.
        """
        tally = Tally(Plain())
        before = tally.roundTrips
        tally.roundTrip(1.0)
        self.assertEqual(before, RoundTrips())


class TrafficTests(SynchronousTestCase):
    """
    Messages.
    """

    def test_counted(self) -> None:
        """
        Each is counted once, with its bytes, by direction and type.
        """
        tally = Tally(Plain())
        tally.received(5, False)
        tally.received(70000, True)
        tally.received(0, True)
        tally.sent(7, False)
        tally.sent(1, False)
        tally.sent(2, True)
        self.assertEqual(
            set(tally.traffic),
            {
                Traffic("received", "text", 1, 5),
                Traffic("received", "binary", 2, 70000),
                Traffic("sent", "text", 2, 8),
                Traffic("sent", "binary", 1, 2),
            },
        )

    def test_plain(self) -> None:
        """
        Those that went the plain path were received, and sent.
        """
        tally = Tally(Plain(texts=1, textOctets=2, binaries=3, binaryOctets=4))
        tally.received(10, False)
        tally.sent(10, True)
        self.assertEqual(
            set(tally.traffic),
            {
                Traffic("received", "text", 2, 12),
                Traffic("received", "binary", 3, 4),
                Traffic("sent", "text", 1, 2),
                Traffic("sent", "binary", 4, 14),
            },
        )
