"""
Tests of L{echo.client.connection}: messages and back-pressure.
"""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred

from echo.client.errors import ConnectionClosed, ProtocolError
from echo.client.receivequeue import QUEUE_LIMIT
from tests.kit.client import ClientTestCase
from tests.kit.frames import BINARY, PING, PONG, TEXT, serverClose, serverFrame


class MessageTests(ClientTestCase):
    """
    Sending and receiving.
    """

    def setUp(self) -> None:
        super().setUp()
        self.server, self.connection = self.open()

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(st.lists(st.text() | st.binary(), max_size=8), st.integers(1, 50))
    def test_messagesComeBackInAnyPieces(
        self, messages: list[str | bytes], pace: int
    ) -> None:
        """
        All text and all bytes that are sent come back, in whatever pieces they arrive.
        """
        for message in messages:
            self.successResultOf(self.connection.send(message))
        back = b"".join(serverFrame(*each) for each in self.server.frames())
        for start in range(0, len(back), pace):
            self.server.say(back[start : start + pace])
        for message in messages:
            got = self.successResultOf(self.connection.receive())
            self.assertEqual((type(got), got), (type(message), message))

    def test_bytesLikeObjectsAreBinary(self) -> None:
        """
        Bytes-like objects are sent as binary. Other types raise an error.
        """
        self.connection.send(bytearray(b"a"))  # type: ignore[arg-type]
        self.connection.send(memoryview(b"b"))  # type: ignore[arg-type]
        self.assertEqual(self.server.frames(), [(BINARY, b"a"), (BINARY, b"b")])
        self.assertRaises(TypeError, self.connection.send, 7)
        self.assertRaises(ValueError, self.connection.send, "\ud800")
        self.assertEqual(self.server.frames(), [])

    def test_limitAppliesToReceivedMessagesOnly(self) -> None:
        server, connection = self.open(maxMessage=10)
        self.successResultOf(connection.send(b"x" * 11))
        self.assertEqual(server.frames(), [(BINARY, b"x" * 11)])
        server.say(serverFrame(BINARY, b"x" * 10))
        self.assertEqual(self.successResultOf(connection.receive()), b"x" * 10)
        server.say(serverFrame(BINARY, b"x" * 11))
        self.assertEqual(server.frames()[0][1][:2], (1009).to_bytes(2, "big"))
        server.hangUp()
        self.failureResultOf(connection.receive(), ProtocolError)

    def test_JSONComesBack(self) -> None:
        value = {"grüße": [1, None, 2.5]}
        self.connection.sendJSON(value)
        ((opcode, payload),) = self.server.frames()
        self.assertEqual((opcode, "grüße" in payload.decode()), (TEXT, True))
        self.server.say(serverFrame(TEXT, payload), serverFrame(BINARY, payload))
        self.assertEqual(self.successResultOf(self.connection.receiveJSON()), value)
        self.assertEqual(self.successResultOf(self.connection.receiveJSON()), value)

    def test_invalidJSONFailsOneMessage(self) -> None:
        """
        Invalid JSON fails one message, which is consumed.
        """
        self.assertRaises(TypeError, self.connection.sendJSON, object())
        self.assertRaises(ValueError, self.connection.sendJSON, float("nan"))
        self.server.say(serverFrame(TEXT, b"{"), serverFrame(TEXT, b"[" * 100_000))
        self.server.say(serverFrame(TEXT, b"1"))
        self.failureResultOf(self.connection.receiveJSON(), ValueError)
        self.failureResultOf(self.connection.receiveJSON(), ValueError)
        self.assertEqual(self.successResultOf(self.connection.receiveJSON()), 1)

    def test_receiversServedInOrder(self) -> None:
        """
        The receiver that waited longest gets the next message. A cancelled receiver
        loses none.
        """
        first, second, third = (self.connection.receive() for _ in range(3))
        second.cancel()
        self.failureResultOf(second, CancelledError)
        self.server.say(serverFrame(TEXT, b"1"), serverFrame(TEXT, b"2"))
        self.assertEqual(self.successResultOf(first), "1")
        self.assertEqual(self.successResultOf(third), "2")

    def test_thousandsOfMessagesInOneRead(self) -> None:
        """
        Thousands of messages in one read reach a loop that awaits them.
        """
        got: list[Any] = []

        async def listen() -> None:
            while True:
                got.append(await self.connection.receive())

        self.server.say(serverFrame(TEXT, b"x") * 3000)
        listening = Deferred.fromCoroutine(listen())
        self.server.say(serverFrame(TEXT, b"x") * 3000)
        self.assertEqual(len(got), 6000)
        self.server.hangUp()
        self.failureResultOf(listening, ConnectionClosed)

    def test_pingIsAnswered(self) -> None:
        self.server.say(serverFrame(PING, b"?"))
        self.assertEqual(self.server.frames(), [(PONG, b"?")])


class PressureTests(ClientTestCase):
    """
    Back-pressure in both directions.
    """

    def setUp(self) -> None:
        super().setUp()
        self.server, self.connection = self.open()

    def test_sendWaitsWhileTransportIsPaused(self) -> None:
        self.server.transport.producer.pauseProducing()
        first = self.connection.send("a")
        second = self.connection.send("b")
        third = self.connection.send("c")
        third.cancel()
        self.failureResultOf(third, CancelledError)
        self.assertNoResult(first)
        self.server.transport.producer.resumeProducing()
        self.assertIsNone(self.successResultOf(first))
        self.assertIsNone(self.successResultOf(second))
        self.successResultOf(self.connection.send("d"))

    def test_waitingSendFailsWhenConnectionEnds(self) -> None:
        self.server.transport.producer.pauseProducing()
        waiting = self.connection.send("a")
        self.server.transport.producer.stopProducing()
        self.server.hangUp()
        self.failureResultOf(waiting, ConnectionClosed)

    def _fill(self) -> int:
        message = serverFrame(BINARY, b"x" * 2**16)
        for count in range(1, 100):
            self.server.say(message)
            if self.server.transport.producerState == "paused":
                return count
        raise AssertionError("it would take any number")

    def test_fullReceiveQueuePausesReading(self) -> None:
        """
        A full receive queue pauses reading. Taking messages resumes it, and none is
        lost.
        """
        count = self._fill()
        self.assertLess(count * 2**16, QUEUE_LIMIT + 2**18)
        taken = 0
        while self.server.transport.producerState == "paused":
            self.successResultOf(self.connection.receive())
            taken += 1
        self.assertGreater(taken, 1)
        for _ in range(count - taken):
            self.successResultOf(self.connection.receive())
        waiting = self.connection.receive()
        self.assertNoResult(waiting)
        self.server.hangUp()
        self.failureResultOf(waiting, ConnectionClosed)

    def test_emptyMessagesFillReceiveQueue(self) -> None:
        self.server.say(serverFrame(TEXT) * 20_000)
        self.assertEqual(self.server.transport.producerState, "paused")

    def test_closeResumesReading(self) -> None:
        """
        A close resumes reading until the peer's close frame. Messages that do not fit
        into the receive queue are dropped.
        """
        count = self._fill()
        closing = self.connection.close()
        self.assertEqual(self.server.transport.producerState, "producing")
        for _ in range(50):
            self.server.say(serverFrame(BINARY, b"x" * 2**16))
        self.server.say(serverClose(1000))
        self.server.hangUp()
        self.assertEqual(self.successResultOf(closing).code, 1000)
        for _ in range(count):
            self.successResultOf(self.connection.receive())
        self.failureResultOf(self.connection.receive(), ConnectionClosed)
