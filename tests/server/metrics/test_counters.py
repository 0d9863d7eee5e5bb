"""
Tests of L{echo.server.metrics.counters}.
"""

from dataclasses import dataclass

from twisted.trial.unittest import SynchronousTestCase

from echo.server.behaviour.behaviour import Behaviour
from echo.server.behaviour.parameters import PARAMETERS
from echo.server.http.refusals import REASONS
from echo.server.metrics.counters import (
    BOUNDS,
    OTHER,
    Counters,
    PingHistogram,
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
        counters = Counters(Plain())
        self.assertEqual({*counters.behaviours}, {*PARAMETERS} - {"seed", "status"})
        self.assertEqual(sum(counters.behaviours.values()), 0)
        for behaviour in (
            None,
            Behaviour(nopong=True, seed=1),
            Behaviour(nopong=True, close=4001, afterTime=2.0),
        ):
            counters.opened(behaviour)
        self.assertEqual(counters.openings, 3)
        asked = {name: count for name, count in counters.behaviours.items() if count}
        self.assertEqual(asked, {"nopong": 2, "close": 1, "after": 1})

    def test_closed(self) -> None:
        """
        Each is counted under its code, and the usual codes are there before.
        """
        counters = Counters(Plain())
        self.assertEqual(counters.closes["1006"], 0)
        for code in (1000, 1000, 4001):
            counters.closed(code)
        ended = {code: count for code, count in counters.closes.items() if count}
        self.assertEqual(ended, {"1000": 2, "4001": 1})

    def test_manyCodes(self) -> None:
        """
        A peer that makes up codes makes up no more than a hundred numbers. None is
        lost, and the codes that matter keep theirs.
        """
        counters = Counters(Plain())
        for _ in range(2):
            for code in range(3000, 5000):
                counters.closed(code)
        counters.closed(1006)
        self.assertEqual(len(counters.closes), 100 + 1)
        self.assertEqual(sum(counters.closes.values()), 2 * 2000 + 1)
        self.assertEqual(counters.closes["3000"], 2)
        self.assertEqual(counters.closes["1006"], 1)
        self.assertGreater(counters.closes[OTHER], 2 * 1900)

    def test_refused(self) -> None:
        """
        A handshake is counted under the reason for which it was refused; each is
        there from the beginning, and there are no others.
        """
        counters = Counters(Plain())
        for reason in ("origin", "full", "origin"):
            counters.refused(reason)
        counted = {
            reason: count for reason, count in counters.refusals.items() if count
        }
        self.assertEqual(counted, {"origin": 2, "full": 1})
        self.assertEqual(set(counters.refusals), set(REASONS))
        self.assertRaises(KeyError, counters.refused, "a peer's own word")


class RoundTripTests(SynchronousTestCase):
    """
    Pings that were answered.
    """

    def test_classes(self) -> None:
        """
        A round trip that took as long as a bound is within it; the longest are in
        a class of their own.
        """
        counters = Counters(Plain())
        for seconds in (0.0, *BOUNDS, BOUNDS[-1] * 1.001):
            counters.pongReceived(seconds)
        self.assertEqual(counters.pingRoundTrips.counts, (2, *[1] * len(BOUNDS)))
        self.assertAlmostEqual(
            counters.pingRoundTrips.total, sum(BOUNDS) + BOUNDS[-1] * 1.001
        )

    def test_clockSetBack(self) -> None:
        """
        The sum does not go back when the clock does.
        """
        counters = Counters(Plain())
        counters.pongReceived(-3600.0)
        self.assertEqual(counters.pingRoundTrips, PingHistogram().plus(0.0))

    def test_unchanging(self) -> None:
        """
        Who reads them has them all as they were at one moment.
        """
        counters = Counters(Plain())
        before = counters.pingRoundTrips
        counters.pongReceived(1.0)
        self.assertEqual(before, PingHistogram())


class TrafficTests(SynchronousTestCase):
    """
    Messages.
    """

    def test_counted(self) -> None:
        """
        Each is counted once, with its bytes, by direction and type.
        """
        counters = Counters(Plain())
        counters.received(5, False)
        counters.received(70000, True)
        counters.received(0, True)
        counters.sent(7, False)
        counters.sent(1, False)
        counters.sent(2, True)
        self.assertEqual(
            set(counters.traffic),
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
        counters = Counters(Plain(texts=1, textOctets=2, binaries=3, binaryOctets=4))
        counters.received(10, False)
        counters.sent(10, True)
        self.assertEqual(
            set(counters.traffic),
            {
                Traffic("received", "text", 2, 12),
                Traffic("received", "binary", 3, 4),
                Traffic("sent", "text", 1, 2),
                Traffic("sent", "binary", 4, 14),
            },
        )
