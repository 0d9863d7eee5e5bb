"""
Tests of the end of a connection, and of L{echo.client.close}.
"""

from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionLost

from echo.client.close import Close
from echo.client.errors import ConnectionClosed, ProtocolError
from tests.kit.client import ClientTestCase
from tests.kit.frames import CLOSE, PING, TEXT, serverClose, serverFrame


class CloseTests(ClientTestCase):
    """
    Closes by either side, and without a close frame.
    """

    def setUp(self) -> None:
        super().setUp()
        self.server, self.connection = self.open()

    def _end(self) -> ConnectionClosed:
        failure = self.failureResultOf(self.connection.receive(), ConnectionClosed)
        assert isinstance(failure.value, ConnectionClosed)
        return failure.value

    def test_closeReturnsPeersClose(self) -> None:
        """
        The first call sends its close frame; all calls return the peer's, also after
        the end.
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
        expected = Close(4001, "bye")
        for each in (closing, again, self.connection.close()):
            self.assertEqual(self.successResultOf(each), expected)

    def test_invalidCodesAndReasonsSendNothing(self) -> None:
        """
        Codes that must not be sent and reasons that are too long raise an error before
        a frame is sent.
        """
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000):
            self.assertRaises(ValueError, self.connection.close, code)
        self.assertRaises(ValueError, self.connection.close, 1000, "é" * 62)
        self.assertRaises(TypeError, self.connection.close, 1000, b"bytes")
        self.assertEqual(self.server.frames(), [])
        self.connection.close(1001, "x" * 123)
        self.assertEqual(len(self.server.frames()), 1)
        self.server.hangUp()

    def test_closeTimeoutWithoutReply(self) -> None:
        closing = self.connection.close()
        self.reactor.advance(0.99)
        self.assertNoResult(closing)
        self.reactor.advance(0.01)
        self.assertEqual(
            self.successResultOf(closing),
            Close(1006, "no close frame in answer to ours"),
        )

    def test_closeTimeoutWhilePeerKeepsTransport(self) -> None:
        """
        A peer that replies and keeps its transport is cut off. The result is its reply.
        """
        closing = self.connection.close()
        self.server.say(serverClose(1000))
        self.reactor.advance(1)
        self.assertEqual(self.successResultOf(closing), Close(1000, ""))

    def test_sendOnClosingConnectionFails(self) -> None:
        self.connection.close()
        self.server.frames()
        self.failureResultOf(self.connection.send("x"), ConnectionClosed)
        self.server.hangUp()
        self.failureResultOf(self.connection.send("x"), ConnectionClosed)
        self.assertEqual(self.server.frames(), [])

    def test_messagesBeforePeersCloseAreReceived(self) -> None:
        self.connection.close()
        self.server.say(serverFrame(TEXT, b"last"), serverClose(1000))
        self.server.hangUp()
        self.assertEqual(self.successResultOf(self.connection.receive()), "last")
        self.assertEqual(self._end().code, 1000)

    def test_closeByPeer(self) -> None:
        """
        The peer's close frame is answered with the same code and reason. Receivers get
        the earlier messages first, then the end.
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

    def test_closeFrameWithoutCodeIs1005(self) -> None:
        self.server.say(serverClose())
        self.server.hangUp()
        self.assertEqual(self._end().code, 1005)

    def test_resetWithoutCloseFrameIs1006(self) -> None:
        self.server.transport.end(ConnectionLost())
        end = self._end()
        self.assertEqual(end.code, 1006)
        self.assertEqual(end.reason, "reset without a close frame")

    def test_endWithoutCloseFrameIs1006(self) -> None:
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

    def test_protocolErrorsSendTheirCloseCode(self) -> None:
        """
        A peer that breaks a rule gets its close code, and the caller gets the error.
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
            close = self.successResultOf(self.connection.close())
            self.assertEqual(close.code, 1006)

    def test_firstProtocolErrorCounts(self) -> None:
        """
        The first protocol error counts. The peer has the usual time to close.
        """
        self.server.say(serverFrame(TEXT, rsv=7), serverFrame(PING))
        self.server.say(serverFrame(TEXT, b"\xff"))
        waiting = self.connection.receive()
        self.reactor.advance(1)
        error = self.failureResultOf(waiting, ProtocolError).value
        self.assertIn("RSV", error.reason)
