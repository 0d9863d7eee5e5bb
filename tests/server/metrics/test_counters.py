"""
Tests of L{echo.server.metrics.counters}.
"""

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
from echo.wire.pure import Wire


class ConversationTests(SynchronousTestCase):
    """
    Opened, closed and refused conversations.
    """

    def test_opened(self) -> None:
        """
        An opened conversation counts, and so does each of its parameters. All
        parameters start at 0.
        """
        counters = Counters(Wire())
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
        A closed conversation counts under its code. The usual codes start at 0.
        """
        counters = Counters(Wire())
        self.assertEqual(counters.closes["1006"], 0)
        for code in (1000, 1000, 4001):
            counters.closed(code)
        ended = {code: count for code, count in counters.closes.items() if count}
        self.assertEqual(ended, {"1000": 2, "4001": 1})

    def test_madeUpCodes(self) -> None:
        """
        Made-up codes get a hundred labels at most. Further ones count as C{other}, and
        the usual codes keep their labels.
        """
        counters = Counters(Wire())
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
        A refused handshake counts under its reason. All reasons start at 0, and others
        are errors.
        """
        counters = Counters(Wire())
        for reason in ("origin", "full", "origin"):
            counters.refused(reason)
        counted = {
            reason: count for reason, count in counters.refusals.items() if count
        }
        self.assertEqual(counted, {"origin": 2, "full": 1})
        self.assertEqual(set(counters.refusals), set(REASONS))
        self.assertRaises(KeyError, counters.refused, "a peer's own word")


class PingHistogramTests(SynchronousTestCase):
    """
    Answered pings.
    """

    def test_buckets(self) -> None:
        """
        A bucket includes its bound. Round trips above all bounds have the last bucket.
        """
        counters = Counters(Wire())
        for seconds in (0.0, *BOUNDS, BOUNDS[-1] * 1.001):
            counters.pongReceived(seconds)
        self.assertEqual(counters.pingRoundTrips.counts, [2, *[1] * len(BOUNDS)])
        self.assertAlmostEqual(
            counters.pingRoundTrips.total, sum(BOUNDS) + BOUNDS[-1] * 1.001
        )

    def test_clockSetBack(self) -> None:
        """
        The sum does not decrease when the clock is set back.
        """
        counters = Counters(Wire())
        counters.pongReceived(-3600.0)
        expected = PingHistogram()
        expected.observe(0.0)
        self.assertEqual(counters.pingRoundTrips, expected)


class TrafficTests(SynchronousTestCase):
    """
    Messages.
    """

    def test_counted(self) -> None:
        """
        Each message counts once, with its bytes, by direction and type.
        """
        counters = Counters(Wire())
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

    def test_fastPath(self) -> None:
        """
        A message of the fast path counts as received and as sent.
        """
        wire = Wire()
        wire._totals[:] = 1, 2, 3, 4
        counters = Counters(wire)
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
