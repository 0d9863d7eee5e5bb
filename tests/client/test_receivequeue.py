"""
Tests of L{echo.client.receivequeue}.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.errors import ConnectionClosed
from echo.client.receivequeue import OVERHEAD, QUEUE_LIMIT, ReceiveQueue


class ReceiveQueueTests(SynchronousTestCase):
    """
    L{ReceiveQueue}.
    """

    def setUp(self) -> None:
        self.reading: list[bool] = []
        self.queue = ReceiveQueue(self.reading.append)

    @given(st.lists(st.booleans(), max_size=40))
    def test_firstMessageGoesToFirstReceiver(self, puts: list[bool]) -> None:
        queue = ReceiveQueue(self.reading.append)
        waiting = []
        for number, isPut in enumerate(puts):
            if isPut:
                queue.put(str(number))
            else:
                waiting.append(queue.take())
        came = [str(number) for number, isPut in enumerate(puts) if isPut]
        for message, taken in zip(came, waiting, strict=False):
            self.assertEqual(self.successResultOf(taken), message)

    def test_readingPausesOnceAndResumesOnce(self) -> None:
        """
        A full queue pauses reading once. A half empty one resumes it once.
        """
        large = b"x" * QUEUE_LIMIT
        for message in (large, large, b"more", b"still more"):
            self.queue.put(message)
        self.assertEqual(self.reading, [False])
        self.queue.take()
        self.assertEqual(self.reading, [False])
        self.queue.take()
        self.assertEqual(self.reading, [False, True])
        self.queue.take()
        self.assertEqual(self.reading, [False, True])

    def test_readingResumesAtHalf(self) -> None:
        """
        Reading resumes when half of the limit is taken, not earlier: it does not
        alternate with each message.
        """
        for _ in range(18):
            self.assertEqual(self.reading, [])
            self.queue.put(b"x" * (QUEUE_LIMIT // 16 - OVERHEAD))
        self.assertEqual(self.reading, [False])
        for _ in range(9):
            self.queue.take()
        self.assertEqual(self.reading, [False])
        self.queue.take()
        self.assertEqual(self.reading, [False, True])

    def test_emptyMessagesCount(self) -> None:
        for _ in range(QUEUE_LIMIT // OVERHEAD + 1):
            self.queue.put(b"")
        self.assertEqual(self.reading, [])
        self.queue.put(b"")
        self.assertEqual(self.reading, [False])

    def test_drainEmptiesQueue(self) -> None:
        many = [b""] * (QUEUE_LIMIT // OVERHEAD + 2)
        for _ in range(2):
            self.reading.clear()
            for message in many[1:]:
                self.queue.put(message)
            self.assertEqual(self.reading, [])
            self.queue.put(b"")
            self.assertEqual(self.queue.drain(), many)
            self.assertEqual(self.reading, [False, True])
        self.assertEqual(self.queue.drain(), [])

    def test_readOnDropsWhatDoesNotFit(self) -> None:
        for _ in range(3):
            self.queue.put(b"x" * QUEUE_LIMIT)
        self.queue.readOn()
        self.assertEqual(self.reading, [False, True])
        self.queue.put("dropped")
        self.queue.end(ConnectionClosed(1000))
        for _ in range(3):
            self.successResultOf(self.queue.take())
        self.failureResultOf(self.queue.take(), ConnectionClosed)

    def test_endFailsReceiversAfterLastMessage(self) -> None:
        """
        The end fails all receivers that wait. Queued messages can still be taken,
        without resuming the closed transport.
        """
        waiting = [self.queue.take(), self.queue.take()]
        self.queue.end(ConnectionClosed(1000))
        for each in waiting:
            self.failureResultOf(each, ConnectionClosed)
        queue = ReceiveQueue(self.reading.append)
        for _ in range(3):
            queue.put(b"x" * QUEUE_LIMIT)
        queue.end(ConnectionClosed(1000))
        for _ in range(3):
            self.successResultOf(queue.take())
        self.assertEqual(self.reading, [False])
