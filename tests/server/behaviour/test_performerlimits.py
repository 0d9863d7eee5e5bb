"""
Tests of L{echo.server.behaviour.performer}: bounded memory, keep-alive and the drain.
"""

from twisted.internet.error import ConnectionAborted, ConnectionDone
from websockets.frames import Close

from echo.server.conversation.readgate import HoldReason
from echo.server.sockets import unread
from tests.kit.daemon import Peer
from tests.kit.frames import BINARY, CLOSE, PING, TEXT, frame
from tests.kit.transports import FULL_BUFFER
from tests.server.behaviour.asking import KIBIBYTE, MEBIBYTE, PerformerTestCase


class MemoryTests(PerformerTestCase):
    """
    Bounded memory.
    """

    def flood(self, peer: Peer, data: bytes) -> int:
        """
        Send something again and again, until the daemon reads no more of it.

        @return: How often it was read.
        """
        for count in range(1000):
            if unread(peer.transport):
                return count
            peer.send(data)
        raise AssertionError("it reads on and on")

    def test_delayedEchoesAreBounded(self) -> None:
        """
        Reading goes on when they are sent.
        """
        peer = self.ask("delay=1m", "--stall-timeout=10s", "--ping-interval=1s")
        count = self.flood(peer, frame(BINARY, bytes(30000)))
        self.assertTrue(MEBIBYTE < 30000 * count < MEBIBYTE + FULL_BUFFER)
        self.assertLess(self.conversation.pending, MEBIBYTE + FULL_BUFFER)
        self.fixture.advance(59.9)
        self.assertEchoed(peer)
        self.assertGreater(unread(peer.transport), 0)
        self.fixture.advance(0.2)
        self.assertEqual(len(peer.messages()), count - 1)
        self.assertEqual(unread(peer.transport), 0)
        self.assertEqual(self.conversation.pending, 30512)

    def test_readingGoesOnAtHalf(self) -> None:
        peer = self.ask("delay=1s")
        for _ in range(35):
            self.assertEqual(self.conversation.readGate.reasons, 0)
            peer.send(frame(BINARY, bytes(30000)))
            self.pass_(1 / 64)
        for reads in [False] * 17 + [True] * 17:
            before = len(peer.messages())
            while not before:
                self.pass_(1 / 64)
                before = len(peer.messages())
            self.assertEqual(before, 1)
            self.assertEqual(
                self.conversation.readGate.isHeldBy(HoldReason.BEHAVIOUR), not reads
            )

    def test_emptyMessagesCount(self) -> None:
        peer = self.ask("delay=1m")
        self.flood(peer, frame(TEXT) * 100)
        self.assertLess(self.conversation.pending, MEBIBYTE + 200 * KIBIBYTE)

    def test_manyMessagesInOneRead(self) -> None:
        """
        The rest waits, and none is lost.
        """
        peer = self.ask("delay=1m", "--ping-interval=0")
        peer.send(frame(TEXT) * 9000)
        self.assertLess(self.conversation.pending, MEBIBYTE + KIBIBYTE)
        for _ in range(9):
            self.pass_(60)
        self.assertEqual(len(peer.frames()), 9000)
        self.assertFalse(self.conversation.readGate.reasons)

    def test_repeatedEchoIsSentInPieces(self) -> None:
        peer = self.ask("repeat=20", "--stall-timeout=0")
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(MEBIBYTE)))
        self.fixture.advance(10)
        for _ in range(20):
            self.assertLess(self.conversation.pending, 2 * MEBIBYTE)
            self.assertEqual(len(peer.transport.dataBuffer), 10 + MEBIBYTE)
            peer.transport.take()
            peer.transport.taken = b""
            self.pass_(0)
        self.assertEqual(peer.transport.dataBuffer, b"")
        self.pass_(0)
        self.assertEqual(self.conversation.pending, 0)

    def test_stalledPeerIsDropped(self) -> None:
        peer = self.ask("repeat=100&tick=1s", "--stall-timeout=60s")
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(MEBIBYTE)))
        self.fixture.advance(70)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertNothingLeft()


class KeepAliveTests(PerformerTestCase):
    """
    Keep-alive while nothing is read.
    """

    def test_throttledPeerNeedsNoPong(self) -> None:
        """
        It does when everything is read.
        """
        peer = self.ask("slow=100/s", "--ping-interval=1s", "--ping-timeout=1s")
        peer.send(frame(BINARY, bytes(2000)))
        self.wait(19)
        self.assertIsNone(peer.transport.lost)
        self.wait(4)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn('1006 "did not answer a ping"', self.fixture.lines[-1])
        self.assertNothingLeft()

    def test_fullPeerNeedsNoPong(self) -> None:
        peer = self.ask("delay=10s", "--ping-interval=1s", "--ping-timeout=1s")
        peer.send(frame(BINARY, bytes(60000)) * 20)
        self.fixture.advance(9)
        self.assertIsNone(peer.transport.lost)
        self.fixture.advance(10)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_lostPeerIsFound(self) -> None:
        """
        A paused transport does not notice a reset.
        """
        for query, messages in ("delay=10s", 20), ("slow=1/s", 2):
            peer = self.ask(query, "--ping-interval=1s", "--ping-timeout=1s")
            peer.send(frame(BINARY, bytes(60000)) * messages)
            self.fixture.advance(3)
            self.assertIsNone(peer.transport.lost)
            peer.transport.vanish()
            self.fixture.advance(1.1)
            self.assertIs(peer.transport.lost, ConnectionAborted)
            self.assertNothingLeft()


class DrainTests(PerformerTestCase):
    """
    Shutdown.
    """

    def stop(self) -> list[None]:
        """
        Stop the service.

        @return: Not empty once it has stopped.
        """
        stopped: list[None] = []
        self.fixture.service.stopService().addCallback(stopped.append)
        return stopped

    def assertGone(self, peer: Peer, stopped: list[None]) -> None:
        """
        Assert that the peer, who has been told 1001, was the last thing there was.
        """
        peer.flush()
        self.fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertEqual(len(stopped), 1)
        self.assertNothingLeft()

    def test_delayedEchoesBeforeClose(self) -> None:
        """
        Messages that have arrived and were not read get theirs, too.
        """
        peer = self.ask("delay=1m&jitter=1s")
        peer.sendText("1")
        self.pass_(1)
        peer.sendText("2")
        peer.transport.arrive(frame(TEXT, b"3"))
        stopped = self.stop()
        peer.transport.read()
        self.fixture.advance(0.1)
        echoes = peer.frames()
        self.assertEqual([bytes(each.data) for each in echoes[:3]], [b"1", b"2", b"3"])
        self.assertEqual(
            [Close.parse(each.data) for each in echoes[3:]],
            [Close(1001, "server shutting down")],
        )
        self.assertGone(peer, stopped)

    def test_manyEchoesBeforeClose(self) -> None:
        peer = self.ask("delay=1m&repeat=100")
        peer.send(frame(BINARY, bytes(1000)) * 3)
        peer.transport.stuck = True
        stopped = self.stop()
        self.fixture.advance(3)
        peer.transport.stuck = False
        peer.transport.take()
        self.wait(0.1)
        opcodes = [each.opcode for each in peer.frames()]
        self.assertEqual(opcodes, [BINARY] * 300 + [CLOSE])
        self.assertGone(peer, stopped)

    def test_throttleEnds(self) -> None:
        peer = self.ask("slow=100/s")
        peer.transport.arrive(frame(TEXT, bytes(10000)) * 2)
        peer.transport.read()
        stopped = self.stop()
        self.fixture.advance(0.1)
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT, TEXT, CLOSE])
        self.assertGone(peer, stopped)

    def test_unreadBacklogIsAnswered(self) -> None:
        peer = self.ask("delay=1m")
        peer.send(frame(BINARY, bytes(60000)) * 20)
        self.assertGreater(unread(peer.transport), 0)
        stopped = self.stop()
        self.wait(0.5)
        self.assertEqual(
            [each.opcode for each in peer.frames()], [BINARY] * 20 + [CLOSE]
        )
        self.assertGone(peer, stopped)

    def test_ticksAndPingsEnd(self) -> None:
        peer = self.ask("tick=100ms&ping=100ms")
        self.pass_(0.1)
        self.assertEqual({each.opcode for each in peer.frames()}, {TEXT, PING})
        peer.transport.fill(1)
        self.stop()
        self.fixture.advance(1)
        self.assertEqual(peer.frames(), [])
        peer.transport.empty()
        self.fixture.advance(0.1)
        self.assertEqual([each.opcode for each in peer.frames()], [CLOSE])

    def test_closeWithoutEchoes(self) -> None:
        """
        A pending close is replaced by 1001.
        """
        for query in ["mute=1", "drop=1", "close=4001&after=2", "abort=1&after=1h"]:
            peer = self.ask(query)
            stopped = self.stop()
            self.assertEqual([each.opcode for each in peer.frames()], [CLOSE])
            self.assertGone(peer, stopped)

    def test_noDelayDuringDrain(self) -> None:
        peer = self.ask("delay=1m&slow=100/s")
        peer.send(frame(TEXT, b"1"))
        peer.transport.stuck = True
        peer.transport.fill(1)
        self.stop()
        self.pass_(0.2)
        peer.send(frame(TEXT, b"2"))
        peer.transport.take()
        self.pass_(0)
        self.assertEchoed(peer, "1", "2")

    def test_resetDuringDrain(self) -> None:
        peer = self.ask("abort=1&after=1")
        peer.transport.fill(1)
        peer.sendText("Hello")
        self.wait(4.9)
        stopped = self.stop()
        self.wait(1.5)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertEqual(len(stopped), 1)
        self.assertNothingLeft()
