"""
Tests of L{echo.server.fastpath.pumping}: conversations over real sockets, and a reactor
in memory that watches them and whose time the test moves.
"""

import errno
import socket
from time import monotonic
from typing import Any

from twisted.internet.main import CONNECTION_LOST
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.readgate import HoldReason
from echo.server.fastpath.pumping import BACKS, Pumping, makePumping
from echo.server.metrics.counters import Counters, Traffic
from tests.kit.frames import BINARY, CLOSE, PING, TEXT, frame
from tests.kit.pumping import PumpingTestCase, echoes

try:
    from echo.wire import pump
except ImportError as error:
    skip = str(error)


class PumpingTests(PumpingTestCase):
    """
    When conversations are pumped, and when they no longer are.
    """

    def test_granted(self) -> None:
        """
        A plain conversation is pumped from its first message on. The reactor watches
        all leases, and no connection of theirs.
        """
        peers = [self.dial(), self.dial()]
        self.assertNotIn(self.pumping, self.reactor.getReaders())
        for peer in peers * 2:
            self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertEqual(self.reactor.getReaders(), [self.pumping])
        self.assertEqual(self.pumping.logPrefix(), "Pumping")

    def test_notGranted(self) -> None:
        """
        One that is not plain is not isPumped.
        """
        peer = self.dial("/socket?repeat=2")
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1", b"1"))

    def test_afterTurn(self) -> None:
        """
        One that had to wait for its turn is pumped then.
        """
        peer = self.dial()
        self.fixture.factory.fairness.left = 0.0
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_afterTurnInTheMiddle(self) -> None:
        """
        But not where Autobahn has begun with something.
        """
        peer = self.dial()
        self.fixture.factory.fairness.left = 0.0
        self.say(peer, frame(TEXT, b"1", fin=False))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.say(peer, frame(0, b"2")), echoes(b"12"))

    def test_ping(self) -> None:
        """
        What is not plain ends the lease; the next message begins another. Nothing is
        lost, and all is in order.
        """
        peer = self.connect()
        self.assertEqual(
            self.say(peer, frame(TEXT, b"1") + frame(PING, b"2")),
            echoes(b"1") + b"\x8a\x012",
        )
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(
            self.say(peer, frame(PING, b"3") + frame(TEXT, b"4")),
            b"\x8a\x013" + echoes(b"4"),
        )
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.conversation().frameReader.heard(), 7 * 5)

    def test_busy(self) -> None:
        """
        Whoever is pumped and says something is not pinged, and stays pumped. A
        peer that falls silent is pinged after the interval, and the ping ends its
        lease; one that stays silent is dropped after the time-out.
        """
        peer = self.connect()
        for _ in range(9):
            self.fixture.advance(15)
            self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
            self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.fixture.advance(40.1)
        self.assertEqual(peer.recv(99), b"\x89\x04echo")
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.fixture.advance(19)
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.fixture.advance(41)
        self.assertIn('1006 "did not answer a ping"', self.fixture.lines[-1])

    def test_heardAt(self) -> None:
        """
        The pump notes when it read, so that silence counts from the last byte.
        """
        before = monotonic()
        peer = self.connect()
        self.assertEqual(self.conversation().frameReader.fastPath.codec.heardAt, 0.0)
        self.say(peer, frame(TEXT, b"1"))
        heardAt = self.conversation().frameReader.fastPath.codec.heardAt
        self.assertLessEqual(before, heardAt)
        self.assertLessEqual(heardAt, monotonic())
        self.fixture.advance(9)
        self.assertLess(self.conversation().frameReader.silence(), monotonic() - before)

    def test_many(self) -> None:
        """
        However many are taken back at once, each gets its answer.
        """
        peers = [self.connect() for _ in range(BACKS + 1)]
        for peer in peers:
            peer.sendall(frame(PING, b"1"))
        self.turn()
        self.assertEqual([peer.recv(99) for peer in peers], [b"\x8a\x011"] * len(peers))

    def test_invalid(self) -> None:
        """
        A text that turns out to be none ends with 1007, in the middle as well.
        """
        peer = self.connect()
        self.assertEqual(self.say(peer, frame(TEXT, b"12345")[:-1]), b"")
        self.assertIn(b"\x03\xef", self.say(peer, b"\xff")[:4])

    def test_limit(self) -> None:
        """
        The limit on messages is that of every conversation.
        """
        limit = self.fixture.factory.limits.maxMessage
        peer = self.connect()
        announced = b"\x82\xff" + (limit + 1).to_bytes(8, "big") + bytes(4)
        self.assertIn(b"\x03\xf1", self.say(peer, announced)[:4])
        peer.close()
        self.turn()
        self.assertIn(": 1009", self.fixture.lines[-1])

    def test_counted(self) -> None:
        """
        The metrics and the log know of all messages.
        """
        peer = self.connect()
        self.say(peer, frame(TEXT, b"12") + frame(BINARY, b"345"))
        self.assertEqual(
            [(each.messages, each.octets) for each in self.traffic()],
            [(2, 3), (1, 3), (2, 3), (1, 3)],
        )
        self.say(peer, frame(CLOSE))
        self.assertIn(
            "received 3 messages 6 bytes, sent 3 messages 6 bytes",
            self.fixture.lines[-1],
        )

    def traffic(self) -> tuple[Traffic, ...]:
        """
        @return: What the metrics know.
        """
        counters: Counters = self.fixture.factory.counters
        return counters.traffic

    def test_ourWord(self) -> None:
        """
        When the daemon has something to say itself, it takes the connection back.
        """
        peer = self.connect()
        self.reactor.advance(self.fixture.factory.limits.pingInterval)
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.say(peer, b""), b"\x89\x04echo")
        self.say(peer, frame(10, b"echo"))
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_heard(self) -> None:
        """
        Who sends messages need not answer pings.
        """
        limits = self.fixture.factory.limits
        peer = self.connect()
        self.reactor.advance(limits.pingInterval)
        self.assertEqual(self.say(peer, frame(TEXT, b"1"))[6:], echoes(b"1"))
        self.assertEqual(self.say(peer, frame(TEXT, b"2")), echoes(b"2"))
        self.reactor.advance(limits.pingTimeout)
        self.assertEqual(self.say(peer, frame(TEXT, b"3")), echoes(b"3"))

    def test_notTaken(self) -> None:
        """
        A peer that takes nothing is read no further, and hung up on in the end; one
        that goes on in time misses nothing.
        """
        peer = self.connect()
        message, sent = frame(BINARY, bytes(60000)), 0
        with self.assertRaises(BlockingIOError):
            while True:
                sent += peer.send(message[sent % len(message) :])
                self.turn()
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.BACKPRESSURE))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        got = 0
        while got < sent // len(message) * 60004:
            got += len(self.say(peer, b""))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.BACKPRESSURE))
        with self.assertRaises(BlockingIOError):
            while True:
                sent += peer.send(message[sent % len(message) :])
                self.turn()
        self.reactor.pump([1] * 90)
        self.turn()
        self.assertIn("took nothing of what was sent to it", self.fixture.lines[-1])

    def test_end(self) -> None:
        """
        The end of a connection is found, and what came before it is answered.
        """
        peer = self.connect()
        peer.sendall(frame(TEXT, b"1"))
        peer.shutdown(socket.SHUT_WR)
        self.turn()
        self.assertEqual(peer.recv(99), echoes(b"1"))
        self.assertIn("no close frame before the end", self.fixture.lines[-1])
        self.assertIn("received 2 messages 2 bytes", self.fixture.lines[-1])
        self.assertNotIn(self.pumping, self.reactor.getReaders())

    def test_reset(self) -> None:
        """
        So is a reset.
        """
        peer = self.connect()
        self.conversation().sendMessage(b"Hello")
        self.say(peer, frame(TEXT, b"1"))
        peer.send(frame(TEXT, b"2"))
        peer.close()
        self.turn()
        self.assertIn("1006", self.fixture.lines[-1])
        self.assertEqual(self.fixture.factory.conversations, set())

    def test_error(self) -> None:
        """
        So is an error that only the pump gets to see.
        """
        self.connect()
        conversation = self.conversation()
        codec = conversation.frameReader.fastPath.codec
        backs = iter([pump.Returned(codec, b"", b"", errno.ECONNRESET), None])
        self.patch(self.pumping._pump, "run", lambda _: next(backs))
        self.pumping._pump.remove(codec)
        self.pumping.doRead()
        self.assertEqual(self.fixture.factory.conversations, set())

    def test_close(self) -> None:
        """
        A closing handshake takes place as ever.
        """
        peer = self.connect()
        answer = self.say(peer, frame(TEXT, b"1") + frame(CLOSE, b"\x03\xe8"))
        self.assertEqual(answer, echoes(b"1") + b"\x88\x02\x03\xe8")
        self.assertEqual(peer.recv(1), b"")

    def test_drain(self) -> None:
        """
        A drain takes all connections back, answers what has arrived, and says
        goodbye. No more leases are granted.
        """
        peer = self.connect()
        peer.sendall(frame(TEXT, b"1"))
        self.fixture.service.stopService()
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.say(peer, b""), echoes(b"1"))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.reactor.advance(0.01)
        self.assertEqual(self.say(peer, b"")[:4], b"\x88\x16\x03\xe9")

    def test_abandoned(self) -> None:
        """
        Whoever is dropped without a word is pumped no longer.
        """
        self.connect()
        conversation = self.conversation()
        conversation.abortTransport("enough")
        self.assertFalse(conversation.readGate.isHeldBy(HoldReason.PUMP))

    def test_connectionLost(self) -> None:
        """
        The connection may end behind the back of the pump.
        """
        self.connect()
        conversation = self.conversation()
        conversation.transport.connectionLost(Failure(CONNECTION_LOST))
        self.assertFalse(conversation.readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.reactor.getReaders(), [])

    def test_reactorStops(self) -> None:
        """
        A reactor that ends drops all that it watches: the pumped, too.
        """
        self.connect()
        self.connect()
        self.pumping.connectionLost(Failure(CONNECTION_LOST))
        self.assertEqual(self.fixture.factory.conversations, set())

    def test_cannotBePumped(self) -> None:
        """
        Without a lease, all goes its way by the transport.
        """
        self.patch(self.pumping, "_pump", pump.Pump())
        self.patch(self.pumping._pump, "add", self.refuse)
        peer = self.connect()
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))

    def test_failure(self) -> None:
        """
        A conversation that fails when it is given back is dropped, and no other is.
        """
        peer, other = self.connect(), self.connect()
        for conversation in self.fixture.factory.conversations:
            conversation.dataReceived = self.fail
        peer.sendall(frame(PING))
        self.turn()
        self.assertEqual(len(self.flushLoggedErrors(self.failureException)), 1)
        self.assertEqual(len(self.fixture.factory.conversations), 1)
        self.assertEqual(self.say(other, frame(TEXT, b"1")), echoes(b"1"))

    def refuse(self, codec: Any, number: int) -> None:
        """
        Take nothing on.

        @raise OSError: Always.
        """
        raise OSError(errno.ENOSPC, "no room")


class MakeTests(SynchronousTestCase):
    """
    Where there are leases.
    """

    def test_switch(self) -> None:
        """
        There are some, unless they are switched off.
        """
        reactor = MemoryReactorClock()
        on = makePumping(reactor, pump.Pump, {})
        self.assertIsInstance(on, Pumping)
        off = makePumping(reactor, pump.Pump, {"ECHO_USE_PUMP": "0"})
        self.assertIsNone(off)

    def test_noPump(self) -> None:
        """
        There are none where there is no pump, or the machine has none left.
        """
        reactor = MemoryReactorClock()
        self.assertIsNone(makePumping(reactor, None, {}))

        def fail() -> None:
            raise OSError(errno.EMFILE, "too many open files")

        self.assertIsNone(makePumping(reactor, fail, {}))

    def test_noDescriptors(self) -> None:
        """
        There are none on a reactor that knows of no descriptors.
        """
        self.assertIsNone(makePumping(object(), pump.Pump, {}))
