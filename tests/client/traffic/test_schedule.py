"""
Tests for L{echo.client.traffic.schedule}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.traffic.schedule import SeparateSchedules, SharedSchedule

SECOND = 1_000_000_000


class ScheduleTests(SynchronousTestCase):
    """
    Which connection sends next, and when.
    """

    def test_noDueTimesWithoutPace(self) -> None:
        """
        Ready connections send in turn, and no message is counted as due.
        """
        schedule: SharedSchedule[str] = SharedSchedule()
        one, two = "one", "two"
        self.assertIsNone(schedule.due())
        schedule.add(one, 0)
        schedule.ready(two)
        self.assertEqual(schedule.due(), 0)
        self.assertIs(schedule.pop(), one)
        self.assertIsNone(schedule.claim(one))
        self.assertIs(schedule.pop(), two)
        self.assertEqual((schedule.remove(one, 5, 9), schedule.end(5, 9)), (0, 0))

    def test_sharedPaceIsSentByReadyConnections(self) -> None:
        """
        With a rate, the messages of all connections are due one after another. Each
        is sent by the next connection that is ready.
        """
        schedule: SharedSchedule[str] = SharedSchedule(4.0)
        one, two = "one", "two"
        self.assertEqual((schedule.due(), schedule.end(None, 9)), (None, 0))
        schedule.add(one, 0)
        schedule.add(two, 0)
        self.assertIs(schedule.pop(), two)
        self.assertEqual((schedule.claim(two), schedule.due()), (0, SECOND // 4))
        self.assertIs(schedule.pop(), one)
        self.assertEqual(schedule.claim(one), SECOND // 4)
        self.assertIsNone(schedule.due())
        schedule.ready(one)
        self.assertEqual(schedule.due(), SECOND // 2)
        self.assertEqual(schedule.remove(one, None, 5 * SECOND), 0)
        self.assertEqual(schedule.end(None, 2 * SECOND), 7)

    def test_noMoreDueThanLeft(self) -> None:
        schedule: SharedSchedule[str] = SharedSchedule(4.0)
        schedule.add("one", 0)
        self.assertEqual(schedule.end(3, 2 * SECOND), 3)

    def test_sharedPacePausesWithoutConnections(self) -> None:
        """
        Without an open connection no message is due. Messages stay due while the open
        connections are only not ready.
        """
        schedule: SharedSchedule[str] = SharedSchedule(1.0)
        one = "one"
        schedule.add(one, 0)
        schedule.claim(schedule.pop())
        schedule.add("two", 5 * SECOND)
        self.assertEqual(schedule.due(), SECOND)
        schedule.remove(schedule.pop(), 0, 6 * SECOND)
        schedule.remove(one, 0, 6 * SECOND)
        schedule.add(one, 9 * SECOND)
        self.assertEqual(schedule.due(), 9 * SECOND)

    def test_separatePacesAreSpreadEvenly(self) -> None:
        """
        The first message of each connection is due when it opens, the later ones are
        spread over the interval.
        """
        schedule: SeparateSchedules[str] = SeparateSchedules(1.0, 4)
        self.assertIsNone(schedule.due())
        senders = ["one", "two", "three", "four"]
        for sender in senders:
            schedule.add(sender, 0)
        order = []
        for _ in range(12):
            due = schedule.due()
            sender = schedule.pop()
            order.append((senders.index(sender), schedule.claim(sender)))
            self.assertEqual(due, order[-1][1])
            schedule.ready(sender)
        quarter = SECOND // 4
        first = [(0, 0), (1, 0), (2, 0), (3, 0)]
        second = [(1, quarter), (2, 2 * quarter), (3, 3 * quarter), (0, SECOND)]
        third = [(who, when + SECOND) for who, when in second]
        self.assertEqual(order, first + second + third)

    def test_lateConnectionFallsIntoItsSlot(self) -> None:
        """
        Slots are counted from the first connection. A connection that opens later is
        in its slot with its second message.
        """
        schedule: SeparateSchedules[str] = SeparateSchedules(1.0, 2)
        one, two = "one", "two"
        start = 7 * SECOND + 123
        schedule.add(one, start)
        schedule.add(two, start + 5 * SECOND // 4)
        for sender, second in [(one, start + SECOND), (two, start + 3 * SECOND // 2)]:
            schedule.claim(sender)
            self.assertEqual(schedule.claim(sender), second)

    def test_equalDueTimesAreFirstComeFirstServed(self) -> None:
        schedule: SeparateSchedules[str] = SeparateSchedules(1.0, 3)
        senders = ["one", "two", "three"]
        for sender in senders:
            schedule.add(sender, 0)
        self.assertEqual([schedule.pop() for _ in senders], senders)

    def test_removedConnectionLeavesDueMessages(self) -> None:
        """
        The messages of a removed connection that were due are counted.
        """
        schedule: SeparateSchedules[str] = SeparateSchedules(1.0, 1)
        sender = "one"
        schedule.add(sender, 0)
        schedule.claim(schedule.pop())
        self.assertEqual(schedule.remove(sender, 2, 5 * SECOND), 2)
        schedule.add(sender, 0)
        schedule.claim(schedule.pop())
        self.assertEqual(schedule.remove(sender, None, 5 * SECOND), 5)
        self.assertEqual(schedule.end(None, 9 * SECOND), 0)

    def test_removedConnectionIsNotReady(self) -> None:
        schedule: SeparateSchedules[str] = SeparateSchedules(1.0, 1)
        schedule.add("one", 0)
        schedule.claim(schedule.pop())
        schedule.remove("one", 2, 0)
        schedule.ready("one")
        self.assertIsNone(schedule.due())
