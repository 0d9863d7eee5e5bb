"""
Tests of L{echo.server.behaviour.performer} and L{echo.server.behaviour.reset}: a close
or reset that a client asks for.
"""

from twisted.internet.error import ConnectionAborted, ConnectionDone
from websockets.frames import Close

from tests.kit.frames import BINARY, CLOSE, TEXT, frame
from tests.server.behaviour.asking import PerformerTestCase


class CloseTests(PerformerTestCase):
    """
    C{close}, C{reason} and C{after}.
    """

    def test_closeWithoutAfter(self) -> None:
        peer = self.ask("close=4001&reason=Gr%C3%BC%C3%9Fe")
        self.assertClosed(peer, 4001, "Grüße")
        self.assertIn(': 4001 "Grüße" by us after ', self.fixture.lines[-1])

    def test_allowedCodes(self) -> None:
        for code in [1000, 1003, 1007, 1012, 1013, 1014, 3000, 4999]:
            self.assertClosed(self.ask(f"close={code}"), code)

    def test_closeAfterLastEcho(self) -> None:
        peer = self.ask("close=4001&after=3")
        for text in ["1", "2"]:
            peer.sendText(text)
            self.assertEchoed(peer, text)
        peer.send(frame(TEXT, b"3") + frame(TEXT, b"4"))
        echo, close = peer.frames()
        self.assertEqual(bytes(echo.data), b"3")
        self.assertEqual(Close.parse(close.data), Close(4001, ""))
        peer.flush()
        self.pass_(0)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_closeAfterTime(self) -> None:
        peer = self.ask("close=4001&after=2s")
        for _ in range(3):
            peer.sendText("Hello")
        self.pass_(1.9)
        self.assertEchoed(peer, *["Hello"] * 3)
        self.pass_(0.11)
        self.assertClosed(peer)

    def test_closeAfterDelayedEcho(self) -> None:
        peer = self.ask("close=4001&after=2&delay=1s")
        peer.send(frame(TEXT, b"1"))
        self.pass_(0.5)
        peer.send(frame(TEXT, b"2") + frame(TEXT, b"3"))
        self.pass_(0.51)
        self.assertEchoed(peer, "1")
        self.pass_(0.48)
        self.assertEchoed(peer)
        self.pass_(0.02)
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT, CLOSE])

    def test_closeBeforeDelayedEcho(self) -> None:
        peer = self.ask("close=4001&after=1s&delay=5s")
        peer.sendText("Hello")
        self.pass_(1)
        self.assertClosed(peer)

    def test_closeAfterSlowPeerHasEchoes(self) -> None:
        peer = self.ask("close=4001&after=1&repeat=5")
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(40000)))
        self.pass_(30)
        peer.transport.stuck = False
        peer.transport.take()
        self.pass_(0)
        self.assertEqual(
            [each.opcode for each in peer.frames()], [BINARY] * 5 + [CLOSE]
        )

    def test_unansweredMessagesCount(self) -> None:
        for query in ["mute=1", "drop=1"]:
            peer = self.ask(f"close=4001&after=2&{query}")
            peer.sendText("1")
            self.assertEchoed(peer)
            peer.sendText("2")
            self.assertClosed(peer)

    def test_peersCloseIsReadAtOnce(self) -> None:
        peer = self.ask("close=4001&after=1s&slow=1/s&delay=1m")
        peer.transport.arrive(frame(TEXT, b"Hello"))
        peer.transport.read()
        self.pass_(1)
        self.assertClosed(peer)

    def test_peersCloseAfterViolation(self) -> None:
        peer = self.ask("delay=1m&slow=100/s")
        self.conversation.dataReceived(frame(BINARY, bytes(100)) + frame(3))
        self.wait(2)
        self.assertClosed(peer, 1002, "data frame using reserved opcode 3")


class AbortTests(PerformerTestCase):
    """
    C{abort}.
    """

    def test_resetWithoutAfter(self) -> None:
        self.assertReset(self.ask("abort=1"))

    def test_resetAfterLastEcho(self) -> None:
        peer = self.ask("abort=1&after=2")
        peer.send(frame(TEXT, b"1"))
        self.pass_(10)
        self.assertIsNone(peer.transport.lost)
        peer.send(frame(TEXT, b"2") + frame(TEXT, b"3"))
        self.assertReset(peer)
        self.assertEchoed(peer, "1", "2")

    def test_resetAfterTime(self) -> None:
        peer = self.ask("abort=1&after=1s")
        self.pass_(0.99)
        self.assertIsNone(peer.transport.lost)
        self.pass_(0.02)
        self.assertReset(peer)

    def test_resetWaitsForReadingPeer(self) -> None:
        peer = self.ask("abort=1&after=1")
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(40000)))
        for _ in range(9):
            self.pass_(0.9)
            self.pass_(0.01)
            self.assertIsNone(peer.transport.lost)
            peer.transport.take(1000)
        self.wait(7)
        self.assertReset(peer)

    def test_resetAfterDelivery(self) -> None:
        peer = self.ask("abort=1&after=1")
        peer.transport.stuck = True
        peer.sendText("Hello")
        self.pass_(0.4)
        peer.transport.fill(5)
        peer.transport.take()
        self.pass_(0.4)
        self.assertIsNone(peer.transport.lost)
        peer.transport.empty()
        self.assertReset(peer)
        self.assertEchoed(peer, "Hello")

    def test_resetAfterNextTurn(self) -> None:
        """
        TLS passes short writes on in the next turn.
        """
        peer = self.ask("abort=1&after=1")
        peer.sendText("Hello")
        self.pass_(0)
        self.assertFalse(peer.transport.disconnecting)
        self.assertReset(peer)

    def test_noEchoWhileResetWaits(self) -> None:
        peer = self.ask("abort=1&after=1s")
        peer.transport.fill(1)
        self.pass_(1)
        peer.sendText("Hello")
        self.assertEqual(self.conversation.pending, 0)
        peer.transport.empty()
        self.assertReset(peer)
        self.assertEchoed(peer)

    def test_resetOfPeerThatDoesNotRead(self) -> None:
        peer = self.ask("abort=1&after=1")
        peer.transport.stuck = True
        peer.sendText("Hello")
        self.wait(4.99)
        self.assertIsNone(peer.transport.lost)
        self.wait(1.5)
        self.assertReset(peer)

    def test_resetWithFullBuffer(self) -> None:
        peer = self.ask("abort=1&after=1&repeat=3")
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(100000)))
        self.wait(4.99)
        self.assertIsNone(peer.transport.lost)
        self.wait(1.5)
        self.assertReset(peer)
        peer = self.ask("abort=1&after=1&delay=20s", "--ping-interval=0")
        peer.sendText("Hello")
        self.wait(19.9)
        self.assertIsNone(peer.transport.lost)
        self.wait(0.2)
        self.assertReset(peer)
        self.assertEchoed(peer, "Hello")

    def test_closeFrameThenReset(self) -> None:
        peer = self.ask("close=4001&reason=bye&abort=1&after=1")
        peer.sendText("Hello")
        echo, close = peer.frames()
        self.assertEqual(bytes(echo.data), b"Hello")
        self.assertEqual(Close.parse(close.data), Close(4001, "bye"))
        self.fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn(': 4001 "bye" by us', self.fixture.lines[-1])
        self.assertNothingLeft()

    def test_peerLeavesBeforeReset(self) -> None:
        peer = self.ask("abort=1")
        peer.transport.hangUp()
        self.assertNothingLeft()
