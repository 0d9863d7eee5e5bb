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

    def test_nothing(self) -> None:
        """
        Nothing was due, so nothing is wrong.
        """
        load = ThroughputMeter(2.0).throughput()
        self.assertEqual((load.due, load.reached, load.share), (0, 0.0, None))
        self.assertTrue(load.isFull)

    def test_all(self) -> None:
        """
        All of the load, where timers are a little late.
        """
        load = self.meter(2.0, (0, 10), (SECOND // 2, SECOND // 2 + 999_999))
        self.assertEqual((load.seconds, load.reached, load.share), (1.0, 2.0, 1.0))

    def test_enough(self) -> None:
        """
        From 99 % on, it is the load that was asked for.
        """
        self.assertTrue(Throughput(100.0, 99, 1, 1.0, 1.0).isFull)
        self.assertFalse(Throughput(100.0, 989, 11, 10.0, 10.0).isFull)

    def test_share(self) -> None:
        """
        No more than all of the load is applied, however short it took.
        """
        self.assertEqual(Throughput(1.0, 8, 2, 8.0, 10.0).share, 0.8)
        self.assertEqual(Throughput(1.0, 1, 1).share, 0.5)

    def test_late(self) -> None:
        """
        All was sent, but it took longer than it should have.
        """
        load = self.meter(2.0, (0, 0), (SECOND // 2, 2 * SECOND))
        self.assertEqual((load.seconds, load.scheduled), (2.0, 1.0))
        self.assertEqual((load.reached, load.share), (1.0, 0.5))
        self.assertFalse(load.isFull)

    def test_skipped(self) -> None:
        """
        What was due and not sent counts against it, even if nothing was sent.
        """
        meter = ThroughputMeter(1.0)
        meter.skipped(0, 5)
        self.assertEqual(meter.throughput().seconds, 0.0)
        meter.skipped(3, 2 * SECOND)
        load = meter.throughput()
        self.assertEqual((load.due, load.sent, load.share), (3, 0, 0.0))
        meter.sent(3 * SECOND, 3 * SECOND)
        self.assertEqual(meter.throughput().share, 0.25)

    def test_missing(self) -> None:
        """
        The number of messages that are missing by now takes the place of an earlier
        one.
        """
        meter = ThroughputMeter(1.0)
        meter.sent(0, 0)
        meter.missing(3, 4 * SECOND)
        meter.missing(1, 5 * SECOND)
        self.assertEqual(meter.throughput(), Throughput(1.0, 1, 1, 6.0, 6.0))

    def test_duration(self) -> None:
        """
        It takes from the first message, sent or not, to the last one.
        """
        meter = ThroughputMeter(1.0)
        meter.sent(5 * SECOND, 5 * SECOND)
        meter.skipped(1, 8 * SECOND)
        self.assertEqual(meter.throughput(), Throughput(1.0, 1, 1, 4.0, 4.0))
        meter = ThroughputMeter(1.0)
        meter.skipped(1, 5 * SECOND)
        meter.sent(9 * SECOND, 9 * SECOND)
        self.assertEqual(meter.throughput(), Throughput(1.0, 1, 1, 5.0, 5.0))

    def test_noDueTimes(self) -> None:
        """
        Where no message has a due time, there is a rate, and no share.
        """
        load = self.meter(None, (None, 0), (None, SECOND), (None, 2 * SECOND))
        self.assertEqual((load.reached, load.share), (1.5, None))

    def test_merge(self) -> None:
        """
        Loads that are applied side by side add up.
        """
        load = Throughput(None, 5, 0, 1.0)
        load.merge(Throughput(10.0, 100, 1, 10.0, 10.0))
        load.merge(Throughput(5.0, 45, 4, 9.0, 8.0))
        load.merge(Throughput(None, 7, 0, 2.0))
        self.assertEqual(load, Throughput(15.0, 157, 5, 10.0, 10.0))
        short = Throughput(4.0, 1, 0, 0.25, 0.25)
        short.merge(Throughput())
        self.assertEqual(short, Throughput(4.0, 1, 0, 0.25, 0.25))
