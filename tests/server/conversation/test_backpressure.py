"""
Tests of L{echo.server.conversation.backpressure}.
"""

from twisted.internet.error import ConnectionAborted
from twisted.trial.unittest import SynchronousTestCase

from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import BINARY, frame
from tests.kit.transports import FULL_BUFFER


class BackpressureTests(SynchronousTestCase):
    """
    Peers that do not read.
    """

    def stuck(self, *arguments: str) -> tuple[EchoFixture, Peer]:
        """
        @return: A peer that has sent a lot and takes nothing.
        """
        fixture = EchoFixture(self, *arguments)
        peer = fixture.connect()
        peer.transport.stuck = True
        peer.transport.arrive(frame(BINARY, bytes(40000)) * 4)
        peer.transport.read()
        return fixture, peer

    def test_readsNoMore(self) -> None:
        _, peer = self.stuck()
        self.assertGreater(len(peer.transport.dataBuffer), FULL_BUFFER)
        self.assertLess(len(peer.transport.dataBuffer), 2 * FULL_BUFFER)
        before = len(peer.transport.dataBuffer)
        peer.transport.read()
        self.assertEqual(len(peer.transport.dataBuffer), before)

    def test_readsOnWhenPeerReads(self) -> None:
        fixture, peer = self.stuck()
        peer.transport.stuck = False
        peer.transport.take()
        fixture.advance(0.1)
        self.assertEqual(peer.messages(), [bytes(40000)] * 4)

    def test_droppedAfterTimeout(self) -> None:
        fixture, peer = self.stuck("--stall-timeout=60s")
        fixture.advance(59)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(10)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn('1006 "read nothing for 60 s"', fixture.lines[-1])

    def test_noPingWhilePaused(self) -> None:
        fixture, peer = self.stuck("--ping-interval=1s", "--stall-timeout=0")
        before = len(peer.transport.dataBuffer)
        fixture.advance(60)
        self.assertEqual(len(peer.transport.dataBuffer), before)

    def test_slowReaderIsKept(self) -> None:
        fixture, peer = self.stuck("--stall-timeout=60s")
        for _ in range(20):
            fixture.advance(55)
            peer.transport.take(100)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(70)
        self.assertIsNotNone(peer.transport.lost)

    def test_sameAmountOfOtherBytesIsProgress(self) -> None:
        fixture = EchoFixture(self, "--stall-timeout=60s")
        peer = fixture.connect()
        peer.transport.stuck = True
        for _ in range(20):
            peer.send(frame(BINARY, bytes(70000)))
            fixture.advance(3.7)
            peer.transport.take()
        self.assertIsNone(peer.transport.lost)

    def test_earlierStallIsForgotten(self) -> None:
        fixture, peer = self.stuck("--stall-timeout=60s", "--ping-interval=0")
        peer.transport.stuck = False
        peer.transport.take()
        fixture.advance(600)
        self.assertIsNone(peer.transport.lost)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])

    def test_timeoutZeroIsNone(self) -> None:
        fixture, peer = self.stuck("--stall-timeout=0")
        fixture.advance(3600)
        self.assertIsNone(peer.transport.lost)
