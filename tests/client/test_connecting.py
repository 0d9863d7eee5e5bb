"""
Tests for L{echo.client.connecting}, and for what stands between it and a transport.
"""

from collections.abc import Sequence
from typing import Any

import txaio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.address import IPv6Address, UNIXAddress
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock

from echo.client.close import Close
from echo.client.errors import ConnectionClosed, EchoClientError, ProtocolError
from echo.client.interfaces import Message
from echo.client.protocol import ClientProtocol
from echo.client.receivequeue import QUEUE_LIMIT
from tests.kit.client import ClientTestCase, Server
from tests.kit.frames import BINARY, CLOSE, PING, PONG, TEXT, serverClose, serverFrame


class OpenTests(ClientTestCase):
    """
    Tests for L{echo.client.connecting.connect}, when it succeeds.
    """

    def test_described(self) -> None:
        """
        An open connection knows where it goes, what was agreed and how long it
        took.
        """
        server, attempt = self.dial(
            "ws://me:secret@server.example:8080/a?b", subprotocols=["x", "y"]
        )
        self.reactor.advance(0.5)
        request = server.accept("Sec-WebSocket-Protocol: y", "X-Thing: 1")
        connection = self.successResultOf(attempt)
        self.assertTrue(request.startswith(b"GET /a?b HTTP/1.1\r\n"))
        self.assertEqual(connection.url, "ws://server.example:8080/a?b")
        self.assertEqual(connection.peer, "127.0.0.1:8080")
        self.assertEqual(connection.subprotocol, "y")
        self.assertEqual(connection.statusLine, "HTTP/1.1 101 Switching Protocols")
        self.assertEqual(connection.headers["x-thing"], "1")
        self.assertFalse(connection.compression)
        self.assertEqual(connection.opening.upgrade, 0.5)
        self.assertEqual(connection.requestLine, "GET /a?b HTTP/1.1")
        sent = "".join(f"{n}: {v}\r\n" for n, v in connection.requestHeaders)
        self.assertTrue(request.decode().endswith(f"\r\n{sent}\r\n"))
        server.hangUp()

    def test_peers(self) -> None:
        """
        A peer is told by its address, a Unix socket by its path.
        """
        _, connection = self.open(url="ws://x/", unixSocket="/run/x.sock")
        self.assertEqual(connection.peer, "/run/x.sock")
        for address, text in [
            (IPv6Address("TCP", "::1", 80), "[::1]:80"),
            (UNIXAddress(None), str(UNIXAddress(None))),
        ]:
            server, attempt = self.dial()
            server.transport.peerAddr = address
            server.accept()
            self.assertEqual(self.successResultOf(attempt).peer, text)
            server.hangUp()

    def test_interim(self) -> None:
        """
        Interim answers before the answer are passed over.
        """
        server, attempt = self.dial()
        request = server.transport.value()
        server.say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n")
        server.say(b"Link: </x>\r\n\r\n")
        self.assertNoResult(attempt)
        server.transport.io.write(request)
        server.accept()
        self.successResultOf(attempt)
        server.hangUp()

    def test_latin1(self) -> None:
        """
        Bytes that are not ASCII in a header are neither an error nor a new line.
        """
        server, attempt = self.dial()
        server.accept("X-Name: Ren\xe9\x85Upgrade: other")
        headers = self.successResultOf(attempt).headers
        self.assertEqual(headers["x-name"], "Ren??Upgrade: other")
        server.hangUp()

    def test_together(self) -> None:
        """
        Messages that come in one piece with the handshake's answer are received.
        """
        server, attempt = self.dial()
        server.accept(then=serverFrame(TEXT, b"one") + serverFrame(BINARY, b"two"))
        connection = self.successResultOf(attempt)
        self.assertEqual(self.successResultOf(connection.receive()), "one")
        self.assertEqual(self.successResultOf(connection.receive()), b"two")
        server.hangUp()

    def test_compression(self) -> None:
        """
        Compression is offered if asked for, and then used.
        """
        server, attempt = self.dial(compression=True)
        request = server.accept("Sec-WebSocket-Extensions: permessage-deflate")
        self.assertIn(b"Sec-WebSocket-Extensions: permessage-deflate", request)
        connection = self.successResultOf(attempt)
        self.assertTrue(connection.compression)
        connection.send("a" * 1000)
        ((opcode, payload),) = server.frames()
        self.assertLess(len(payload), 100)
        compressed = bytes([0xC0 | opcode, len(payload)]) + payload
        server.say(compressed)
        self.assertEqual(self.successResultOf(connection.receive()), "a" * 1000)
        server.hangUp()


class MessageTests(ClientTestCase):
    """
    Tests for sending and receiving.
    """

    def setUp(self) -> None:
        """
        Connect.
        """
        super().setUp()
        self.server, self.connection = self.open()

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(st.lists(st.text() | st.binary(), max_size=8), st.integers(1, 50))
    def test_echo(self, messages: list[str | bytes], pace: int) -> None:
        """
        What goes in comes out, whatever it is and in whatever pieces it arrives.
        """
        for message in messages:
            self.successResultOf(self.connection.send(message))
        back = b"".join(serverFrame(*each) for each in self.server.frames())
        for start in range(0, len(back), pace):
            self.server.say(back[start : start + pace])
        for message in messages:
            got = self.successResultOf(self.connection.receive())
            self.assertEqual((type(got), got), (type(message), message))

    def test_kinds(self) -> None:
        """
        Whatever holds bytes can be sent; nothing else can.
        """
        self.connection.send(bytearray(b"a"))  # type: ignore[arg-type]
        self.connection.send(memoryview(b"b"))  # type: ignore[arg-type]
        self.assertEqual(self.server.frames(), [(BINARY, b"a"), (BINARY, b"b")])
        self.assertRaises(TypeError, self.connection.send, 7)
        self.assertRaises(ValueError, self.connection.send, "\ud800")
        self.assertEqual(self.server.frames(), [])

    def test_large(self) -> None:
        """
        The limit is for what comes, not for what is sent.
        """
        server, connection = self.open(maxMessage=10)
        self.successResultOf(connection.send(b"x" * 11))
        self.assertEqual(server.frames(), [(BINARY, b"x" * 11)])
        server.say(serverFrame(BINARY, b"x" * 10))
        self.assertEqual(self.successResultOf(connection.receive()), b"x" * 10)
        server.say(serverFrame(BINARY, b"x" * 11))
        self.assertEqual(server.frames()[0][1][:2], (1009).to_bytes(2, "big"))
        server.hangUp()
        self.failureResultOf(connection.receive(), ProtocolError)

    def test_JSON(self) -> None:
        """
        Values become JSON text and come back as they were.
        """
        value = {"grüße": [1, None, 2.5]}
        self.connection.sendJSON(value)
        ((opcode, payload),) = self.server.frames()
        self.assertEqual((opcode, "grüße" in payload.decode()), (TEXT, True))
        self.server.say(serverFrame(TEXT, payload), serverFrame(BINARY, payload))
        self.assertEqual(self.successResultOf(self.connection.receiveJSON()), value)
        self.assertEqual(self.successResultOf(self.connection.receiveJSON()), value)

    def test_notJSON(self) -> None:
        """
        What is not JSON is an error of one message, which is taken.
        """
        self.assertRaises(TypeError, self.connection.sendJSON, object())
        self.assertRaises(ValueError, self.connection.sendJSON, float("nan"))
        self.server.say(serverFrame(TEXT, b"{"), serverFrame(TEXT, b"[" * 100_000))
        self.server.say(serverFrame(TEXT, b"1"))
        self.failureResultOf(self.connection.receiveJSON(), ValueError)
        self.failureResultOf(self.connection.receiveJSON(), ValueError)
        self.assertEqual(self.successResultOf(self.connection.receiveJSON()), 1)

    def test_order(self) -> None:
        """
        Who waits longest is served first; who gives up loses no message.
        """
        first, second, third = (self.connection.receive() for _ in range(3))
        second.cancel()
        self.failureResultOf(second, CancelledError)
        self.server.say(serverFrame(TEXT, b"1"), serverFrame(TEXT, b"2"))
        self.assertEqual(self.successResultOf(first), "1")
        self.assertEqual(self.successResultOf(third), "2")

    def test_many(self) -> None:
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

    def test_ping(self) -> None:
        """
        A ping is answered.
        """
        self.server.say(serverFrame(PING, b"?"))
        self.assertEqual(self.server.frames(), [(PONG, b"?")])


class Noted:
    """
    A consumer that notes all that it is told.

    @ivar reads: The messages of each read.

    @ivar ends: The errors that it was told.
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
    Tests for sending and receiving many messages at once.
    """

    def setUp(self) -> None:
        """
        Connect.
        """
        super().setUp()
        self.server, self.connection = self.open()
        self.noted = Noted()

    def test_sendAll(self) -> None:
        """
        Several messages leave in their order. They have one time, and there is room
        for more.
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

    def test_noRoom(self) -> None:
        """
        Without room, messages are on their way all the same, and a sender can wait.
        """
        self.connection.protocol.pauseProducing()
        self.assertFalse(self.connection.sendAll([b"1", b"2"], False))
        self.assertEqual(len(self.server.frames()), 2)
        waiting = self.connection.whenWritable()
        self.assertNoResult(waiting)
        self.connection.protocol.resumeProducing()
        self.successResultOf(waiting)

    def test_sendAllToNobody(self) -> None:
        """
        On a connection that is closing or closed, nothing is sent: an error says why.
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

    def test_deliver(self) -> None:
        """
        A consumer is handed the messages that came before it, then those of each read
        while C{readAt} is the time of this read, and at last the end.
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

    def test_deliverFull(self) -> None:
        """
        A connection that had stopped to read, as too many messages waited, reads on.
        """
        for _ in range(3):
            self.server.say(serverFrame(BINARY, b"x" * QUEUE_LIMIT))
        self.assertEqual(self.server.transport.producerState, "paused")
        self.connection.deliver(self.noted)
        self.assertEqual(self.server.transport.producerState, "producing")
        self.assertEqual(len(self.noted.reads[0]), 3)
        for _ in range(3):
            self.server.say(serverFrame(BINARY, b"x" * QUEUE_LIMIT))
        self.assertEqual(self.server.transport.producerState, "producing")

    def test_deliverLate(self) -> None:
        """
        A consumer that comes after the end is handed what came before it.
        """
        self.server.say(serverFrame(TEXT, b"1"))
        self.server.hangUp()
        self.connection.deliver(self.noted)
        self.assertEqual(self.noted.reads, [[(b"1", False)]])
        self.assertEqual(len(self.noted.ends), 1)

    def test_deliverBetween(self) -> None:
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


class ClockTests(ClientTestCase):
    """
    Tests for what is measured.
    """

    def setUp(self) -> None:
        """
        Connect.
        """
        super().setUp()
        self.server, self.connection = self.open()

    def _pings(self) -> list[bytes]:
        return [payload for opcode, payload in self.server.frames() if opcode == PING]

    def test_stamps(self) -> None:
        """
        Each message has its time when it is sent, and when it comes to who waits.
        """
        self.reactor.advance(1)
        self.connection.send("x")
        waiting = self.connection.receive()
        came = waiting.addCallback(lambda _: self.connection.readAt)
        sent = self.connection.sentAt
        self.reactor.advance(0.25)
        self.server.say(serverFrame(TEXT, b"x"))
        self.assertEqual(self.successResultOf(came) - sent, 250_000_000)

    def test_ownWork(self) -> None:
        """
        A round trip has none of our own work in it: the clock is read right before
        the bytes go, and before anything is done about those that come.
        """
        steps: list[str] = []

        def clock() -> int:
            steps.append("clock")
            return len(steps)

        class Noting(ClientProtocol):
            def sendFrame(self, *args: Any, **options: Any) -> None:
                steps.append("frame")
                super().sendFrame(*args, **options)

            def processData(self) -> bool:
                steps.append("process")
                return bool(super().processData())

        server, connection = self.open(clock=clock, protocol=Noting)
        write = server.transport.write
        server.transport.write = lambda data: (steps.append("write"), write(data))  # type: ignore[method-assign,func-returns-value]  # both happen, and that is all
        del steps[:]
        connection.send("x")
        self.assertEqual(steps, ["frame", "clock", "write"])
        del steps[:]
        server.say(serverFrame(TEXT, b"x"))
        self.assertEqual(steps[:2], ["clock", "process"])

    def test_ping(self) -> None:
        """
        A ping tells the nanoseconds to its own pong, whichever comes first.
        """
        first = self.connection.ping()
        self.reactor.advance(0.5)
        second = self.connection.ping()
        one, two = self._pings()
        self.assertEqual((len(one), len(two)), (8, 8))
        self.assertNotEqual(one, two)
        self.reactor.advance(0.5)
        self.server.say(serverFrame(PONG, two))
        self.assertEqual(self.successResultOf(second), 500_000_000)
        self.assertNoResult(first)
        self.server.say(serverFrame(PONG, one))
        self.assertEqual(self.successResultOf(first), 1_000_000_000)

    def test_otherPongs(self) -> None:
        """
        Pongs that nobody asked for, or not any more, are nothing.
        """
        ping = self.connection.ping()
        given = self.connection.ping()
        _, payload = self._pings()
        given.cancel()
        self.failureResultOf(given, CancelledError)
        self.server.say(
            serverFrame(PONG), serverFrame(PONG, b"x" * 8), serverFrame(PONG, payload)
        )
        self.assertNoResult(ping)
        self.server.hangUp()
        self.failureResultOf(ping, ConnectionClosed)

    def test_pingAfterClose(self) -> None:
        """
        Nothing can be asked once we said goodbye, nor later.
        """
        self.connection.close()
        self.server.frames()
        self.failureResultOf(self.connection.ping(), ConnectionClosed)
        self.server.hangUp()
        self.failureResultOf(self.connection.ping(), ConnectionClosed)
        self.assertEqual(self.server.frames(), [])


class PressureTests(ClientTestCase):
    """
    Tests for peers that are slower than we are, and for us when we are.
    """

    def setUp(self) -> None:
        """
        Connect.
        """
        super().setUp()
        self.server, self.connection = self.open()

    def test_pausedSender(self) -> None:
        """
        When the transport has enough, who sends is to wait until it has not.
        """
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

    def test_lostSender(self) -> None:
        """
        Who waits to send is told when the connection is gone.
        """
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

    def test_pausedReader(self) -> None:
        """
        When nobody takes the messages, reading pauses; it resumes once they are
        taken, and none is lost.
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

    def test_emptyMessages(self) -> None:
        """
        Empty messages take memory, too.
        """
        self.server.say(serverFrame(TEXT) * 20_000)
        self.assertEqual(self.server.transport.producerState, "paused")

    def test_closeWhilePaused(self) -> None:
        """
        To close is to read on, up to the peer's close; what does not fit is
        dropped.
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


class CloseTests(ClientTestCase):
    """
    Tests for the ends of a connection.
    """

    def setUp(self) -> None:
        """
        Connect.
        """
        super().setUp()
        self.server, self.connection = self.open()

    def _end(self) -> ConnectionClosed:
        failure = self.failureResultOf(self.connection.receive(), ConnectionClosed)
        assert isinstance(failure.value, ConnectionClosed)
        return failure.value

    def test_close(self) -> None:
        """
        Our goodbye goes out, the peer's comes back, also to who asks late.
        """
        closing = self.connection.close(4000, "grüße")
        again = self.connection.close(1000)
        given = self.connection.close(1000)
        given.cancel()
        self.failureResultOf(given, CancelledError)
        body = (4000).to_bytes(2, "big") + "grüße".encode()
        self.assertEqual(self.server.frames(), [(CLOSE, body)])
        self.server.say(serverClose(4001, "bye"))
        self.assertNoResult(closing)
        self.server.hangUp()
        goodbye = Close(4001, "bye")
        for each in (closing, again, self.connection.close()):
            self.assertEqual(self.successResultOf(each), goodbye)

    def test_codes(self) -> None:
        """
        Codes that may not be on the wire, and reasons that are too long, are
        refused before anything is sent.
        """
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000):
            self.assertRaises(ValueError, self.connection.close, code)
        self.assertRaises(ValueError, self.connection.close, 1000, "é" * 62)
        self.assertRaises(TypeError, self.connection.close, 1000, b"bytes")
        self.assertEqual(self.server.frames(), [])
        self.connection.close(1001, "x" * 123)
        self.assertEqual(len(self.server.frames()), 1)
        self.server.hangUp()

    def test_mutePeer(self) -> None:
        """
        A peer that does not answer our close is waited for as long as said.
        """
        closing = self.connection.close()
        self.reactor.advance(0.99)
        self.assertNoResult(closing)
        self.reactor.advance(0.01)
        self.assertEqual(
            self.successResultOf(closing),
            Close(1006, "no close frame in answer to ours"),
        )

    def test_peerLingers(self) -> None:
        """
        A peer that answers, but does not hang up, is left without harm to the
        result.
        """
        closing = self.connection.close()
        self.server.say(serverClose(1000))
        self.reactor.advance(1)
        self.assertEqual(self.successResultOf(closing), Close(1000, ""))

    def test_sendAfterClose(self) -> None:
        """
        Nothing can be sent once we said goodbye, nor later.
        """
        self.connection.close()
        self.server.frames()
        self.failureResultOf(self.connection.send("x"), ConnectionClosed)
        self.server.hangUp()
        self.failureResultOf(self.connection.send("x"), ConnectionClosed)
        self.assertEqual(self.server.frames(), [])

    def test_receiveAfterClose(self) -> None:
        """
        What comes between our goodbye and the peer's is received.
        """
        self.connection.close()
        self.server.say(serverFrame(TEXT, b"last"), serverClose(1000))
        self.server.hangUp()
        self.assertEqual(self.successResultOf(self.connection.receive()), "last")
        self.assertEqual(self._end().code, 1000)

    def test_peerCloses(self) -> None:
        """
        The peer's goodbye is answered with the same, and told to who waits; what
        came before it is received first.
        """
        waiting = self.connection.receive()
        self.server.say(
            serverFrame(TEXT, b"1"), serverFrame(TEXT, b"2"), serverClose(1001, "off")
        )
        self.assertEqual(self.server.frames(), [(CLOSE, b"\x03\xe9off")])
        self.assertEqual(self.successResultOf(waiting), "1")
        self.assertEqual(self.successResultOf(self.connection.receive()), "2")
        late = self.connection.receive()
        self.server.hangUp()
        end = self.failureResultOf(late, ConnectionClosed).value
        self.assertEqual((end.code, end.reason), (1001, "off"))
        self.assertEqual(self._end().code, 1001)

    def test_noCode(self) -> None:
        """
        A close frame without a code is 1005.
        """
        self.server.say(serverClose())
        self.server.hangUp()
        self.assertEqual(self._end().code, 1005)

    def test_dropped(self) -> None:
        """
        No close frame is 1006, however the transport ends.
        """
        self.server.transport.end(ConnectionLost())
        end = self._end()
        self.assertEqual(end.code, 1006)
        self.assertEqual(end.reason, "reset without a close frame")

    def test_hungUp(self) -> None:
        """
        That it was not reset is told.
        """
        self.server.hangUp()
        end = self._end()
        self.assertEqual(end.code, 1006)
        self.assertEqual(end.reason, "hung up without a close frame")

    def _broken(self, *data: bytes) -> ProtocolError:
        self.server.say(*data)
        self.server.hangUp()
        failure = self.failureResultOf(self.connection.receive(), ProtocolError)
        assert isinstance(failure.value, ProtocolError)
        return failure.value

    def test_violations(self) -> None:
        """
        A peer that breaks the rules is told why, and so is who waits here.
        """
        for data, code in [
            (serverFrame(TEXT, rsv=7), 1002),
            (serverFrame(TEXT, b"\xff"), 1007),
            (serverClose(1006), 1002),
            (serverFrame(3), 1002),
        ]:
            self.server, self.connection = self.open()
            self.assertEqual(self._broken(data).code, code)
            ((opcode, payload),) = self.server.frames()
            self.assertEqual((opcode, payload[:2]), (CLOSE, code.to_bytes(2, "big")))
            self.failureResultOf(self.connection.send("x"), ProtocolError)
            goodbye = self.successResultOf(self.connection.close())
            self.assertEqual(goodbye.code, 1006)

    def test_firstViolation(self) -> None:
        """
        It is the first violation that counts, and the peer has its time to close.
        """
        self.server.say(serverFrame(TEXT, rsv=7), serverFrame(PING))
        self.server.say(serverFrame(TEXT, b"\xff"))
        waiting = self.connection.receive()
        self.reactor.advance(1)
        error = self.failureResultOf(waiting, ProtocolError).value
        self.assertIn("RSV", error.reason)


class ReactorTests(ClientTestCase):
    """
    Tests for what happens behind everybody's back.
    """

    def test_noTimers(self) -> None:
        """
        An open connection has no timer, and none outlives it; Autobahn's own, which
        would run on another clock, are never used.
        """
        autobahns = Clock()
        self.patch(txaio.config, "loop", autobahns)
        server, attempt = self.dial()
        self.assertEqual(autobahns.getDelayedCalls(), [])
        server.accept()
        connection = self.successResultOf(attempt)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        closing = connection.close()
        self.assertEqual(autobahns.getDelayedCalls(), [])
        server.say(serverClose(1000))
        self.assertEqual(autobahns.getDelayedCalls(), [])
        server.hangUp()
        self.successResultOf(closing)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_ownProtocol(self) -> None:
        """
        Who wants to see frames brings a protocol.
        """

        class Watching(ClientProtocol):
            def onFrameBegin(self) -> None:
                lengths.append(self.current_frame.length)
                super().onFrameBegin()

        lengths: list[int] = []
        server, connection = self.open(protocol=Watching)
        self.assertIsInstance(connection.protocol, Watching)
        server.say(serverFrame(TEXT, b"abc"))
        self.assertEqual(self.successResultOf(connection.receive()), "abc")
        self.assertEqual(lengths, [3])

    def test_severalServers(self) -> None:
        """
        Connections have nothing in common.
        """
        first: Server
        first, one = self.open()
        second, two = self.open()
        first.say(serverFrame(TEXT, b"1"))
        second.say(serverFrame(TEXT, b"2"))
        self.assertEqual(self.successResultOf(two.receive()), "2")
        self.assertEqual(self.successResultOf(one.receive()), "1")
