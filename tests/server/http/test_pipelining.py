"""
Tests of L{echo.server.http.channel}: pipelined requests.
"""

import re
from typing import Any

from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.trial.unittest import SynchronousTestCase

from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import TEXT, frame
from tests.kit.handshake import get, upgradeRequest
from tests.kit.transports import FULL_BUFFER


class PipelineTests(SynchronousTestCase):
    """
    Pipelined requests.
    """

    def statuses(self, answers: bytes) -> list[bytes]:
        """
        @return: The statuses of responses, in order.
        """
        return re.findall(rb"HTTP/1\.1 (\d+)", answers)

    def flood(self, fixture: EchoFixture) -> tuple[Peer, int]:
        """
        @return: A peer that reads no response, and how often it has sent 1,001
            requests.
        """
        peer = fixture.dial()
        peer.transport.stuck = True
        requests = (get() + get("/x")) * 500 + get("/info")
        for _ in range(2):
            peer.send(requests)
        return peer, 2

    def finish(self, fixture: EchoFixture, data: bytes) -> Peer:
        """
        @return: A peer that has sent C{data} and closed its sending half. The first
            request is answered, the others wait for a time slice.
        """
        fixture.factory.fairness.left = 0.0
        peer = fixture.dial()
        peer.transport.arrive(data)
        peer.transport.finish()
        peer.transport.read()
        return peer

    def test_unreadResponses(self) -> None:
        """
        Unread responses stop parsing and reading. After they are read, the other
        responses follow, in order and complete.
        """
        fixture = EchoFixture(self)
        peer, times = self.flood(fixture)
        transport = peer.transport
        longest = len(fixture.dial().send(get()))
        held = transport.protocol._dataBuffer
        for _ in range(3):
            fixture.advance(0.1)
            self.assertLessEqual(len(transport.dataBuffer), FULL_BUFFER + longest)
            self.assertLessEqual(sum(map(len, held)), FULL_BUFFER)
        while transport.dataBuffer:
            transport.take()
            fixture.reactor.advance(0)
        expected = ([b"200", b"404"] * 500 + [b"200"]) * times
        self.assertEqual(self.statuses(transport.taken), expected)
        transport.stuck = False
        self.assertIn(b" 101 ", peer.send(upgradeRequest()))

    def test_stalled(self) -> None:
        """
        A client that reads nothing for the stall timeout is dropped.
        """
        fixture = EchoFixture(self, "--stall-timeout=20s")
        peer, _ = self.flood(fixture)
        fixture.advance(19.9)
        self.assertFalse(peer.transport.disconnecting)
        fixture.advance(0.2)
        self.assertEqual(
            fixture.lines[-1],
            "Hung up on 192.0.2.1:50000: the client read nothing of the response for"
            " 20 s",
        )
        fixture.advance(5)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])

    def test_readInTime(self) -> None:
        """
        A client that reads some responses within each stall timeout stays.
        """
        fixture = EchoFixture(self, "--stall-timeout=20s")
        peer, _ = self.flood(fixture)
        for _ in range(3):
            fixture.advance(15)
            peer.transport.take()
        fixture.advance(15)
        self.assertFalse(peer.transport.disconnecting)

    def test_readSlowly(self) -> None:
        """
        A client that reads a few bytes, or whose kernel takes some, stays.
        """
        fixture = EchoFixture(self, "--stall-timeout=20s")
        peer, _ = self.flood(fixture)
        for _ in range(4):
            peer.transport.take(100)
            fixture.advance(15)
        self.assertFalse(peer.transport.disconnecting)
        fixture.advance(41)
        self.assertTrue(peer.transport.disconnecting)
        late = fixture.dial()
        late.send(get())
        for size in (3, 2, 1):
            late.transport.fill(size)
            fixture.advance(5)
            self.assertFalse(late.transport.disconnecting)
        fixture.advance(5.1)
        self.assertTrue(late.transport.disconnecting)

    def test_halfClosed(self) -> None:
        """
        A client that closes its sending half gets all responses before the end.
        """
        fixture = EchoFixture(self)
        peer = self.finish(fixture, get("/x") * 5)
        fixture.advance(0.1)
        self.assertEqual(len(self.statuses(peer.transport.taken)), 5)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_halfClosedAfterUpgrade(self) -> None:
        """
        A last request that upgrades is answered, and so are its frames.
        """
        fixture = EchoFixture(self)
        peer = self.finish(
            fixture, get("/x") + upgradeRequest() + frame(TEXT, b"Hello")
        )
        fixture.advance(0.1)
        self.assertEqual(self.statuses(peer.transport.taken), [b"404", b"101"])
        self.assertTrue(peer.transport.taken.endswith(b"\x81\x05Hello"))
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertEqual(fixture.factory.conversations, set())

    def test_halfClosedInRequest(self) -> None:
        """
        A half-closed connection with an incomplete request is closed.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        peer.transport.arrive(get("/x") + b"GET / HTTP/1.1\r\nHost: a")
        peer.transport.finish()
        peer.transport.read()
        fixture.advance(0.1)
        self.assertEqual(self.statuses(peer.transport.taken), [b"404"])
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_fairness(self) -> None:
        """
        Responses consume the shared time slice. The next request waits for the next
        slice.
        """
        fixture = EchoFixture(self)
        now = [0.0]
        fairness = fixture.factory.fairness
        fairness.seconds = lambda: now[0]
        fairness.slice = fairness.left = 0.0049
        site: Any = fixture.reactor.tcpServers[0][1]

        def log(request: Any) -> None:
            now[0] += 0.001

        self.patch(site, "log", log)
        peer, other = fixture.dial(), fixture.dial()
        self.assertEqual(len(self.statuses(peer.send(get("/info") * 12))), 5)
        # The first request of another connection does not wait.
        self.assertEqual(self.statuses(other.send(get("/healthz") * 2)), [b"200"])
        for count in (10, 12):
            fixture.turn()
            self.assertEqual(len(self.statuses(peer.transport.taken)), count)
        self.assertEqual(len(self.statuses(other.transport.taken)), 2)

    def test_lostWhileWaiting(self) -> None:
        """
        A lost connection ends its waiting requests.
        """
        fixture = EchoFixture(self)
        peer = self.finish(fixture, get("/x") * 3)
        peer.transport.hangUp()
        fixture.advance(0.1)
        self.assertEqual(len(self.statuses(peer.transport.taken)), 1)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])
        self.assertEqual(self.flushLoggedErrors(), [])
