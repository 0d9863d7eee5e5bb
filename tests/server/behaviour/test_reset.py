"""
Tests of L{echo.server.behaviour.performer} and L{echo.server.behaviour.reset}: a close
or reset that a client asks for.
"""

from twisted.internet.error import ConnectionAborted, ConnectionDone
from websockets.frames import Close

from tests.kit.frames import BINARY, CLOSE, TEXT, frame
from tests.server.behaviour.asking import (
    PerformerTestCase,
)


class CloseTests(PerformerTestCase):
    """
    C{close}, C{reason} and C{after}.
    """

    def test_atOnce(self) -> None:
        """
        With nothing said of when, it is at once.
        """
        peer = self.ask("close=4001&reason=Gr%C3%BC%C3%9Fe")
        self.assertClosed(peer, 4001, "Grüße")
        self.assertIn(': 4001 "Grüße" by us after ', self.fixture.lines[-1])

    def test_everyCode(self) -> None:
        """
        Every code that can be asked for is sent.
        """
        for code in [1000, 1003, 1007, 1012, 1013, 1014, 3000, 4999]:
            self.assertClosed(self.ask(f"close={code}"), code)

    def test_afterMessages(self) -> None:
        """
        The echo of the last message goes first, and there are no more of them.
        """
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

    def test_afterTime(self) -> None:
        """
        It is at the time, whatever was said until then.
        """
        peer = self.ask("close=4001&after=2s")
        for _ in range(3):
            peer.sendText("Hello")
        self.pass_(1.9)
        self.assertEchoed(peer, *["Hello"] * 3)
        self.pass_(0.11)
        self.assertClosed(peer)

    def test_afterDelay(self) -> None:
        """
        The close is behind the last echo, if that is late; what comes after the
        last message is not answered.
        """
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

    def test_beforeDelay(self) -> None:
        """
        Echoes that are due after the time of the close are not sent.
        """
        peer = self.ask("close=4001&after=1s&delay=5s")
        peer.sendText("Hello")
        self.pass_(1)
        self.assertClosed(peer)

    def test_slowPeer(self) -> None:
        """
        A peer that takes its echoes late gets all of them before the close.
        """
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

    def test_silent(self) -> None:
        """
        Messages without an answer count, too.
        """
        for query in ["mute=1", "drop=1"]:
            peer = self.ask(f"close=4001&after=2&{query}")
            peer.sendText("1")
            self.assertEchoed(peer)
            peer.sendText("2")
            self.assertClosed(peer)

    def test_heldBack(self) -> None:
        """
        The peer's answer is read at once, whatever was held back before.
        """
        peer = self.ask("close=4001&after=1s&slow=1/s&delay=1m")
        peer.transport.arrive(frame(TEXT, b"Hello"))
        peer.transport.read()
        self.pass_(1)
        self.assertClosed(peer)

    def test_error(self) -> None:
        """
        So it is after an error of the peer's.
        """
        peer = self.ask("delay=1m&slow=100/s")
        self.conversation.dataReceived(frame(BINARY, bytes(100)) + frame(3))
        self.wait(2)
        self.assertClosed(peer, 1002, "data frame using reserved opcode 3")


class AbortTests(PerformerTestCase):
    """
    C{abort}.
    """

    def test_atOnce(self) -> None:
        """
        With nothing said of when, it is at once.
        """
        self.assertReset(self.ask("abort=1"))

    def test_afterMessages(self) -> None:
        """
        The peer has the last echo, and no more.
        """
        peer = self.ask("abort=1&after=2")
        peer.send(frame(TEXT, b"1"))
        self.pass_(10)
        self.assertIsNone(peer.transport.lost)
        peer.send(frame(TEXT, b"2") + frame(TEXT, b"3"))
        self.assertReset(peer)
        self.assertEchoed(peer, "1", "2")

    def test_afterTime(self) -> None:
        """
        Or until the time.
        """
        peer = self.ask("abort=1&after=1s")
        self.pass_(0.99)
        self.assertIsNone(peer.transport.lost)
        self.pass_(0.02)
        self.assertReset(peer)

    def test_slowTaker(self) -> None:
        """
        That goes for as long as the peer goes on to take it, and no longer.
        """
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

    def test_notUnderTheEcho(self) -> None:
        """
        What is on its way, in the daemon or in the kernel, arrives before.
        """
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

    def test_nextTurn(self) -> None:
        """
        TLS passes small writes on in the next turn only: a look comes after that.
        """
        peer = self.ask("abort=1&after=1")
        peer.sendText("Hello")
        self.pass_(0)
        self.assertFalse(peer.transport.disconnecting)
        self.assertReset(peer)

    def test_nothingMore(self) -> None:
        """
        What comes while it is waited for is not answered.
        """
        peer = self.ask("abort=1&after=1s")
        peer.transport.fill(1)
        self.pass_(1)
        peer.sendText("Hello")
        self.assertEqual(self.conversation.pending, 0)
        peer.transport.empty()
        self.assertReset(peer)
        self.assertEchoed(peer)

    def test_gone(self) -> None:
        """
        A peer that takes nothing is waited for no longer than for a close.
        """
        peer = self.ask("abort=1&after=1")
        peer.transport.stuck = True
        peer.sendText("Hello")
        self.wait(4.99)
        self.assertIsNone(peer.transport.lost)
        self.wait(1.5)
        self.assertReset(peer)

    def test_neverTaken(self) -> None:
        """
        It is no longer for a peer that does not even let the last echo be written, but
        for an echo that is still to wait for its time it is.
        """
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

    def test_close(self) -> None:
        """
        A close frame and then a reset.
        """
        peer = self.ask("close=4001&reason=bye&abort=1&after=1")
        peer.sendText("Hello")
        echo, close = peer.frames()
        self.assertEqual(bytes(echo.data), b"Hello")
        self.assertEqual(Close.parse(close.data), Close(4001, "bye"))
        self.fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn(': 4001 "bye" by us', self.fixture.lines[-1])
        self.assertNothingLeft()

    def test_lostMeanwhile(self) -> None:
        """
        A peer that goes by itself need not be reset.
        """
        peer = self.ask("abort=1")
        peer.transport.hangUp()
        self.assertNothingLeft()
