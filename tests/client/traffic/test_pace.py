"""
Tests for L{echo.client.traffic.pace}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.traffic.pace import Pace

SECOND = 1_000_000_000


class PaceTests(SynchronousTestCase):
    """
    Due times.
    """

    def test_dueTimesHaveNoDrift(self) -> None:
        pace = Pace(0.0003, 5)
        dues = [pace.take() for _ in range(10_001)]
        self.assertEqual(dues[:3], [5, 300_005, 600_005])
        self.assertEqual(dues[-1], 3 * SECOND + 5)

    def test_skippedMessagesDoNotMoveDueTimes(self) -> None:
        pace = Pace(1.0, 0)
        pace.take()
        self.assertEqual(pace.skip(SECOND - 1), 0)
        self.assertEqual(pace.skip(3 * SECOND), 3)
        self.assertEqual(pace.skip(3 * SECOND), 0)
        self.assertEqual(pace.take(), 4 * SECOND)

    def test_secondMessageCanBeDueEarlier(self) -> None:
        pace = Pace(1.0, 0, SECOND // 4)
        self.assertEqual(
            [pace.take() for _ in range(3)], [0, 250_000_000, 1_250_000_000]
        )
        for now, skipped in [(0, 1), (249_999_999, 1), (250_000_000, 2), (SECOND, 2)]:
            pace = Pace(1.0, 0, SECOND // 4)
            self.assertEqual(pace.skip(now), skipped)

    def test_restartIsDueNow(self) -> None:
        pace = Pace(1.0, 0)
        pace.take()
        pace.restart(7)
        self.assertEqual([pace.take(), pace.take()], [7, SECOND + 7])
