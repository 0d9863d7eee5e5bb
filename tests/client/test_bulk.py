"""
Tests of L{echo.client.connection}: many messages at once.
"""

from collections.abc import Sequence

from echo.client.errors import ConnectionClosed, EchoClientError
from echo.client.interfaces import Message
from echo.client.receivequeue import QUEUE_LIMIT
from tests.kit.client import ClientTestCase
from tests.kit.frames import BINARY, TEXT, serverClose, serverFrame


class Noted:
    """
    A consumer that notes its calls.

    @ivar reads: The messages of each read.

    @ivar ends: The errors.
    """

    def __init__(self) -> None:
        self.reads: list[list[Message]] = []
        self.ends: list[EchoClientError] = []

    def received(self, messages: Sequence[Message]) -> None:
        """
        Note messages.
        """
        self.reads.append(list(messages))

    def ended(self, error: EchoClientError) -> None:
        """
        Note the end.
        """
        self.ends.append(error)


class BulkTests(ClientTestCase):
    """
    L{Connection.sendAll} and L{Connection.deliver}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.server, self.connection = self.open()
        self.noted = Noted()

    def test_sendAllKeepsOrderAndHasOneTime(self) -> None:
        """
        Several messages are sent in order, with one time, and there is room for more.
        """
        self.reactor.advance(1)
        self.assertTrue(self.connection.sendAll([b"1", b"", "ä".encode()], False))
        self.assertTrue(self.connection.sendAll([b"\xff"], True))
        self.assertEqual(
            self.server.frames(),
            [(TEXT, b"1"), (TEXT, b""), (TEXT, "ä".encode()), (BINARY, b"\xff")],
        )
        self.assertEqual(self.connection.sentAt, 1_000_000_000)
        self.assertTrue(self.connection.sendAll([], True))
        self.assertEqual(self.server.frames(), [])
        self.successResultOf(self.connection.whenWritable())

    def test_sendAllWithoutRoomStillSends(self) -> None:
        """
        Without room, messages are sent all the same, and the sender can wait.
        """
        self.connection.protocol.pauseProducing()
        self.assertFalse(self.connection.sendAll([b"1", b"2"], False))
        self.assertEqual(len(self.server.frames()), 2)
        waiting = self.connection.whenWritable()
        self.assertNoResult(waiting)
        self.connection.protocol.resumeProducing()
        self.successResultOf(waiting)

    def test_sendAllOnClosedConnectionRaises(self) -> None:
        """
        A closing or closed connection sends nothing, and raises the reason.
        """
        closing = self.connection.close(1000)
        self.server.frames()
        self.assertRaises(ConnectionClosed, self.connection.sendAll, [b"1"], False)
        self.server.say(serverClose(1000))
        self.server.hangUp()
        self.successResultOf(closing)
        error = self.assertRaises(
            ConnectionClosed, self.connection.sendAll, [b"1"], False
        )
        self.assertEqual(error.code, 1000)
        self.failureResultOf(self.connection.whenWritable(), ConnectionClosed)
        self.assertEqual(self.server.frames(), [])

    def test_consumerGetsQueueThenReadsThenEnd(self) -> None:
        """
        A consumer gets the queued messages, then those of each read at the time of this
        read, then the end.
        """
        self.server.say(serverFrame(TEXT, b"1"), serverFrame(BINARY, b"2"))
        self.connection.deliver(self.noted)
        self.assertEqual(self.noted.reads, [[(b"1", False), (b"2", True)]])
        self.reactor.advance(1)
        self.server.say(serverFrame(TEXT, b"3"))
        self.assertEqual(self.connection.readAt, 1_000_000_000)
        self.assertEqual(self.noted.reads[1:], [[(b"3", False)]])
        self.assertEqual(self.noted.ends, [])
        self.server.hangUp()
        (end,) = self.noted.ends
        self.assertIsInstance(end, ConnectionClosed)

    def test_consumerResumesReading(self) -> None:
        for _ in range(3):
            self.server.say(serverFrame(BINARY, b"x" * QUEUE_LIMIT))
        self.assertEqual(self.server.transport.producerState, "paused")
        self.connection.deliver(self.noted)
        self.assertEqual(self.server.transport.producerState, "producing")
        self.assertEqual(len(self.noted.reads[0]), 3)
        for _ in range(3):
            self.server.say(serverFrame(BINARY, b"x" * QUEUE_LIMIT))
        self.assertEqual(self.server.transport.producerState, "producing")

    def test_consumerAfterEndGetsQueueAndEnd(self) -> None:
        self.server.say(serverFrame(TEXT, b"1"))
        self.server.hangUp()
        self.connection.deliver(self.noted)
        self.assertEqual(self.noted.reads, [[(b"1", False)]])
        self.assertEqual(len(self.noted.ends), 1)

    def test_consumerSetDuringReadGetsRestOfRead(self) -> None:
        """
        A consumer can take over in the middle of a read: no message is lost.
        """
        first = self.connection.receive()
        first.addCallback(lambda _: self.connection.deliver(self.noted))
        self.server.say(
            serverFrame(TEXT, b"1"), serverFrame(TEXT, b"2"), serverFrame(TEXT, b"3")
        )
        self.successResultOf(first)
        came = [message for read in self.noted.reads for message in read]
        self.assertEqual(came, [(b"2", False), (b"3", False)])
