"""
Tests of L{echo.server.behaviour.ticker}.
"""

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from echo.server.behaviour.ticker import Ticker
from echo.server.conversation.fairness import FairScheduler


class TickerTests(SynchronousTestCase):
    """
    A repeated call.
    """

    def setUp(self) -> None:
        """
        Have something said every tenth of a second.
        """
        self.clock: Any = Clock()
        self.clock.advance(1000)
        self.fairness = FairScheduler(self.clock)
        self.said: list[float] = []
        self.ticker = Ticker(self.clock, self.fairness, 0.1, self.say)

    def say(self) -> None:
        """
        Note when it is said, in hundredths of a second.
        """
        self.said.append(round((self.clock.seconds() - 1000) * 100))

    def test_onceAnInterval(self) -> None:
        self.clock.pump([0.1] * 30)
        self.assertEqual(self.said, list(range(10, 310, 10)))
        self.clock.pump([0.02] * 51)
        self.assertEqual([when // 10 for when in self.said], list(range(1, 41)))

    def test_missedCallsAreSkipped(self) -> None:
        self.clock.advance(0.35)
        self.assertEqual(self.said, [35])
        self.clock.advance(0.04)
        self.assertEqual(self.said, [35])
        self.clock.advance(0.02)
        self.assertEqual(self.said, [35, 41])

    def test_waitsForSlice(self) -> None:
        for _ in range(20):
            Ticker(self.clock, self.fairness, 0.1, self.say)
        self.clock.rightNow += 10.0  # without a call
        now = 0.0

        def seconds() -> float:
            nonlocal now
            now += self.fairness.slice / 4
            return now

        self.fairness.seconds = seconds
        calls = list(self.clock.getDelayedCalls())
        for call in calls:
            call.func(*call.args)
            self.clock.calls.remove(call)
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        (turn,) = self.clock.getDelayedCalls()
        self.clock.calls.remove(turn)
        turn.func()
        had = len(self.said)
        self.assertLess(had, 6)
        # The next turn, and the next call of those who had theirs.
        self.assertEqual(len(self.clock.getDelayedCalls()), 1 + had)

    def test_clockSetBack(self) -> None:
        self.clock.advance(0.1)
        self.clock.rightNow -= 500
        for call in self.clock.getDelayedCalls():
            call.time -= 500  # a reactor would be as late
        self.clock.pump([0.1] * 3)
        self.assertEqual(len(self.said), 4)

    def test_noCallAfterStop(self) -> None:
        self.ticker.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        ticker = Ticker(self.clock, self.fairness, 0.1, self.say)
        (call,) = self.clock.getDelayedCalls()
        self.clock.calls.remove(call)
        call.called = 1
        call.func(*call.args)
        ticker.stop()
        self.clock.advance(1)
        self.assertEqual(self.said, [])
