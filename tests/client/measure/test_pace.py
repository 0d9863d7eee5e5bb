"""
Tests for L{echo.client.measure.pace}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.pace import (
    OwnTurns,
    Pace,
    SharedTurns,
    Turns,
)

SECOND = 1_000_000_000


class Sender:
    """
    A connection, as far as turns know it.
    """

    pace: Pace | None = None


class PaceTests(SynchronousTestCase):
    """
    Due times.
    """

    def test_take(self) -> None:
        """
        One an interval, without drift, whatever the interval is.
        """
        pace = Pace(0.0003, 5)
        dues = [pace.take() for _ in range(10_001)]
        self.assertEqual(dues[:3], [5, 300_005, 600_005])
        self.assertEqual(dues[-1], 3 * SECOND + 5)

    def test_skip(self) -> None:
        """
        All messages that are due by now are given up, and the others stay due when
        they were.
        """
        pace = Pace(1.0, 0)
        pace.take()
        self.assertEqual(pace.skip(SECOND - 1), 0)
        self.assertEqual(pace.skip(3 * SECOND), 3)
        self.assertEqual(pace.skip(3 * SECOND), 0)
        self.assertEqual(pace.take(), 4 * SECOND)

    def test_second(self) -> None:
        """
        The second one can be due earlier; the others follow it.
        """
        pace = Pace(1.0, 0, SECOND // 4)
        self.assertEqual(
            [pace.take() for _ in range(3)], [0, 250_000_000, 1_250_000_000]
        )
        for now, skipped in [(0, 1), (249_999_999, 1), (250_000_000, 2), (SECOND, 2)]:
            pace = Pace(1.0, 0, SECOND // 4)
            self.assertEqual(pace.skip(now), skipped)

    def test_restart(self) -> None:
        """
        Begun again, the next message is due at once.
        """
        pace = Pace(1.0, 0)
        pace.take()
        pace.restart(7)
        self.assertEqual([pace.take(), pace.take()], [7, SECOND + 7])


class TurnsTests(SynchronousTestCase):
    """
    Which connection sends next, and when.
    """

    def test_unlimited(self) -> None:
        """
        Without a pace, all that have room send in turn, and nothing is ever due.
        """
        turns: Turns[Sender] = Turns()
        one, two = Sender(), Sender()
        self.assertIsNone(turns.due())
        turns.opened(one, 0)
        turns.ready(two)
        self.assertEqual(turns.due(), 0)
        self.assertIs(turns.pop(), one)
        self.assertIsNone(turns.claim(one))
        self.assertIs(turns.pop(), two)
        self.assertEqual((turns.gone(one, 5, 9), turns.end(5, 9)), (0, 0))

    def test_shared(self) -> None:
        """
        With a rate, the messages of all connections are due one after another, and
        those that have room send.
        """
        turns: SharedTurns[Sender] = SharedTurns(4.0)
        one, two = Sender(), Sender()
        self.assertEqual((turns.due(), turns.end(None, 9)), (None, 0))
        turns.opened(one, 0)
        turns.opened(two, 0)
        self.assertIs(turns.pop(), two)
        self.assertEqual((turns.claim(two), turns.due()), (0, SECOND // 4))
        self.assertIs(turns.pop(), one)
        self.assertEqual(turns.claim(one), SECOND // 4)
        self.assertIsNone(turns.due())
        turns.ready(one)
        self.assertEqual(turns.due(), SECOND // 2)
        self.assertEqual(turns.gone(one, None, 5 * SECOND), 0)
        self.assertEqual(turns.end(None, 2 * SECOND), 7)

    def test_sharedLimit(self) -> None:
        """
        No more messages are due than there are to send.
        """
        turns: SharedTurns[Sender] = SharedTurns(4.0)
        turns.opened(Sender(), 0)
        self.assertEqual(turns.end(3, 2 * SECOND), 3)

    def test_sharedPause(self) -> None:
        """
        While no connection is there to send, nothing is due; while all of them are
        only full, it is.
        """
        turns: SharedTurns[Sender] = SharedTurns(1.0)
        one = Sender()
        turns.opened(one, 0)
        turns.claim(turns.pop())
        turns.opened(Sender(), 5 * SECOND)
        self.assertEqual(turns.due(), SECOND)
        turns.gone(turns.pop(), 0, 6 * SECOND)
        turns.gone(one, 0, 6 * SECOND)
        turns.opened(one, 9 * SECOND)
        self.assertEqual(turns.due(), 9 * SECOND)

    def test_own(self) -> None:
        """
        Each connection has its own pace: at once, and then evenly spread.
        """
        turns: OwnTurns[Sender] = OwnTurns(1.0, 4)
        self.assertIsNone(turns.due())
        senders = [Sender() for _ in range(4)]
        for sender in senders:
            turns.opened(sender, 0)
        order = []
        for _ in range(12):
            due = turns.due()
            sender = turns.pop()
            self.assertEqual(due, sender.pace and sender.pace.next)
            order.append((senders.index(sender), turns.claim(sender)))
            turns.ready(sender)
        quarter = SECOND // 4
        first = [(0, 0), (1, 0), (2, 0), (3, 0)]
        second = [(1, quarter), (2, 2 * quarter), (3, 3 * quarter), (0, SECOND)]
        third = [(who, when + SECOND) for who, when in second]
        self.assertEqual(order, first + second + third)

    def test_ownLater(self) -> None:
        """
        The turns are counted from the first connection, whenever it opens. One that
        opens later falls in with its second message.
        """
        turns: OwnTurns[Sender] = OwnTurns(1.0, 2)
        one, two = Sender(), Sender()
        start = 7 * SECOND + 123
        turns.opened(one, start)
        turns.opened(two, start + 5 * SECOND // 4)
        for sender, second in [(one, start + SECOND), (two, start + 3 * SECOND // 2)]:
            turns.claim(sender)
            self.assertEqual(turns.claim(sender), second)

    def test_ownTies(self) -> None:
        """
        Of messages that are due at the same time, the one goes first whose connection
        had room first.
        """
        turns: OwnTurns[Sender] = OwnTurns(1.0, 3)
        senders = [Sender() for _ in range(3)]
        for sender in senders:
            turns.opened(sender, 0)
        self.assertEqual([turns.pop() for _ in range(3)], senders)

    def test_ownLeft(self) -> None:
        """
        A connection that is gone leaves the messages behind that were due by then.
        """
        turns: OwnTurns[Sender] = OwnTurns(1.0, 1)
        sender = Sender()
        turns.opened(sender, 0)
        turns.claim(turns.pop())
        self.assertEqual(turns.gone(sender, 2, 5 * SECOND), 2)
        turns.opened(sender, 0)
        turns.claim(turns.pop())
        self.assertEqual(turns.gone(sender, None, 5 * SECOND), 5)
        self.assertEqual(turns.end(None, 9 * SECOND), 0)
