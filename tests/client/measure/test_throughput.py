"""
Tests for L{echo.client.measure.throughput}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.throughput import Throughput, ThroughputMeter

SECOND = 1_000_000_000


class ThroughputTests(SynchronousTestCase):
    """
    How much of a load was applied.
    """

    def meter(self, asked: float | None, *sent: tuple[int | None, int]) -> Throughput:
        """
        @return: The throughput of messages that were due and sent at these times.
        """
        meter = ThroughputMeter(asked)
        for due, now in sent:
            meter.sent(due, now)
        return meter.throughput()

    def test_nothingDueIsFull(self) -> None:
        load = ThroughputMeter(2.0).throughput()
        self.assertEqual((load.due, load.reached, load.share), (0, 0.0, None))
        self.assertTrue(load.isFull)

    def test_lateTimerIsFull(self) -> None:
        load = self.meter(2.0, (0, 10), (SECOND // 2, SECOND // 2 + 999_999))
        self.assertEqual((load.seconds, load.reached, load.share), (1.0, 2.0, 1.0))

    def test_fullFrom99Percent(self) -> None:
        self.assertTrue(Throughput(100.0, 99, 1, 1.0, 1.0).isFull)
        self.assertFalse(Throughput(100.0, 989, 11, 10.0, 10.0).isFull)

    def test_shareIsOneAtMost(self) -> None:
        self.assertEqual(Throughput(1.0, 8, 2, 8.0, 10.0).share, 0.8)
        self.assertEqual(Throughput(1.0, 1, 1).share, 0.5)

    def test_longerRunLowersShare(self) -> None:
        load = self.meter(2.0, (0, 0), (SECOND // 2, 2 * SECOND))
        self.assertEqual((load.seconds, load.scheduled), (2.0, 1.0))
        self.assertEqual((load.reached, load.share), (1.0, 0.5))
        self.assertFalse(load.isFull)

    def test_unsentMessagesLowerShare(self) -> None:
        meter = ThroughputMeter(1.0)
        meter.skipped(0, 5)
        self.assertEqual(meter.throughput().seconds, 0.0)
        meter.skipped(3, 2 * SECOND)
        load = meter.throughput()
        self.assertEqual((load.due, load.sent, load.share), (3, 0, 0.0))
        meter.sent(3 * SECOND, 3 * SECOND)
        self.assertEqual(meter.throughput().share, 0.25)

    def test_missingReplacesEarlierNumber(self) -> None:
        meter = ThroughputMeter(1.0)
        meter.sent(0, 0)
        meter.missing(3, 4 * SECOND)
        meter.missing(1, 5 * SECOND)
        self.assertEqual(meter.throughput(), Throughput(1.0, 1, 1, 6.0, 6.0))

    def test_durationIsFromFirstToLastMessage(self) -> None:
        """
        Sent or not.
        """
        meter = ThroughputMeter(1.0)
        meter.sent(5 * SECOND, 5 * SECOND)
        meter.skipped(1, 8 * SECOND)
        self.assertEqual(meter.throughput(), Throughput(1.0, 1, 1, 4.0, 4.0))
        meter = ThroughputMeter(1.0)
        meter.skipped(1, 5 * SECOND)
        meter.sent(9 * SECOND, 9 * SECOND)
        self.assertEqual(meter.throughput(), Throughput(1.0, 1, 1, 5.0, 5.0))

    def test_noShareWithoutDueTimes(self) -> None:
        load = self.meter(None, (None, 0), (None, SECOND), (None, 2 * SECOND))
        self.assertEqual((load.reached, load.share), (1.5, None))

    def test_simultaneousLoadsAreAdded(self) -> None:
        load = Throughput(None, 5, 0, 1.0)
        load.merge(Throughput(10.0, 100, 1, 10.0, 10.0))
        load.merge(Throughput(5.0, 45, 4, 9.0, 8.0))
        load.merge(Throughput(None, 7, 0, 2.0))
        self.assertEqual(load, Throughput(15.0, 157, 5, 10.0, 10.0))
        short = Throughput(4.0, 1, 0, 0.25, 0.25)
        short.merge(Throughput())
        self.assertEqual(short, Throughput(4.0, 1, 0, 0.25, 0.25))
