"""
Tests of L{echo.server.behaviour.performer}: how conversations with behaviours share the
reactor, and messages and pings of the daemon's own.
"""

import json
from collections.abc import Iterator
from typing import Any

from twisted.internet.error import ConnectionAborted

from tests.kit.daemon import Peer
from tests.kit.frames import BINARY, PING, TEXT, frame
from tests.kit.transports import FULL_BUFFER
from tests.server.behaviour.asking import CONTINUATION, KIBIBYTE, PerformerTestCase


class TurnTests(PerformerTestCase):
    """
    Time slices.
    """

    def turns(self, *peers: Peer) -> Iterator[list[int]]:
        """
        @return: For each turn of the reactor, the messages that came to each peer.
        """
        counts: list[list[int]] = []

        def count() -> None:
            counts.append([len(peer.frames()) for peer in peers])
            if any(counts[-1]):
                self.fixture.reactor.callLater(0, count)

        count()
        self.pass_(0)
        return iter(counts)

    def test_framesOfOneSlice(self) -> None:
        peer = self.ask("repeat=100")
        peer.send(frame(TEXT, b"Hello"))
        self.assertEqual(list(self.turns(peer)), [[64], [36], [0]])

    def test_queuedOnce(self) -> None:
        peer = self.ask("delay=1m")
        peer.sendText("Hello")
        conversation = self.conversation
        self.fixture.service.stopService()
        conversation._backpressure.resumeProducing()
        self.assertEqual(len(self.fixture.factory.fairness._queue), 1)
        self.pass_(0)
        self.assertEchoed(peer, "Hello")

    def test_timeIsCharged(self) -> None:
        peer = self.ask("fragment=1&delay=1s")
        fairness = self.fixture.factory.fairness
        peer.sendText("x" * 200)
        now = [0.0]
        fairness.seconds = lambda: now[0]
        sendFrame = self.conversation.sendFrame

        def sendSlowly(**options: Any) -> None:
            now[0] += 0.00001
            sendFrame(**options)

        self.conversation.sendFrame = sendSlowly
        self.pass_(1)
        self.assertEqual(len(peer.frames()), 200)
        # All but the last turn had 64 of them.
        self.assertAlmostEqual(fairness.left, fairness.slice - 8 * 0.00001)

    def test_slowSendingFitsSlice(self) -> None:
        peer = self.ask("repeat=10")
        fairness = self.fixture.factory.fairness
        now = [0.0]
        fairness.seconds = lambda: now[0]
        send = self.conversation.transmit

        def sendSlowly(*arguments: Any, **options: Any) -> None:
            now[0] += fairness.slice / 2
            send(*arguments, **options)

        self.conversation.transmit = sendSlowly
        peer.sendText("Hello")
        counts = [count for (count,) in self.turns(peer)]
        self.assertEqual(sum(counts), 10)
        self.assertLessEqual(max(counts), 2)

    def test_manyMessagesShareSlices(self) -> None:
        peer = self.ask("repeat=100")
        peer.send(frame(TEXT, b"Hello") * 10)
        turns = [count for (count,) in self.turns(peer)]
        self.assertEqual(sum(turns), 1000)
        self.assertLessEqual(max(turns), 64)

    def test_fragmentsShareSlices(self) -> None:
        peer = self.ask("fragment=1")
        peer.send(frame(TEXT, bytes(1000)))
        turns = [count for (count,) in self.turns(peer)]
        self.assertEqual(sum(turns), 1000)
        self.assertLessEqual(max(turns), 64)

    def test_plainEchoDoesNotWait(self) -> None:
        first = self.ask("repeat=100")
        second = self.fixture.connect("/socket?repeat=100")
        plain = self.fixture.connect()
        for peer in first, second, plain:
            peer.sendText("Hello")
        self.assertEqual(
            list(self.turns(first, second, plain)),
            [[64, 64, 1], [36, 36, 0], [0, 0, 0]],
        )


class TickTests(PerformerTestCase):
    """
    C{tick}.
    """

    def ticks(self, peer: Peer) -> list[tuple[int, str]]:
        """
        @return: Those that have come since the last look.
        """
        texts = [json.loads(message) for message in peer.messages()]
        for text in texts:
            self.assertEqual(list(text), ["tick", "time"])
        return [(text["tick"], text["time"]) for text in texts]

    def test_numberAndTime(self) -> None:
        peer = self.ask("tick=1500ms")
        self.pass_(1.4)
        self.assertEchoed(peer)
        self.pass_(0.15)
        self.assertEqual(self.ticks(peer), [(1, "1970-01-01T00:00:01.550Z")])
        self.fixture.advance(2.9)
        self.assertEqual([number for number, _ in self.ticks(peer)], [2])
        self.assertIsNone(peer.transport.lost)

    def test_tickDoesNotWaitForDelay(self) -> None:
        peer = self.ask("tick=1s&delay=2500ms")
        peer.sendText("0")
        self.fixture.advance(3.05)
        first, second, echo, third = peer.messages()
        self.assertEqual(echo, "0")
        self.assertEqual(
            [json.loads(each)["tick"] for each in (first, second, third)], [1, 2, 3]
        )

    def test_tickAfterLastFragment(self) -> None:
        """
        RFC 6455 section 5.4.
        """
        peer = self.ask("tick=1s&fragment=10k")
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(100 * KIBIBYTE)))
        self.pass_(1)
        self.assertLess(len(peer.transport.dataBuffer), 80 * KIBIBYTE)
        peer.transport.stuck = False
        peer.transport.take()
        self.pass_(0)
        opcodes = [each.opcode for each in peer.frames()]
        self.assertEqual(opcodes, [BINARY] + [CONTINUATION] * 9 + [TEXT])

    def test_ticksDoNotPileUp(self) -> None:
        peer = self.ask("tick=1s", "--stall-timeout=0")
        peer.transport.stuck = True
        peer.send(frame(TEXT, bytes(FULL_BUFFER)))
        before = len(peer.transport.dataBuffer)
        for _ in range(3600):
            self.pass_(1)
        self.assertEqual(len(peer.transport.dataBuffer), before)
        self.assertLess(self.conversation.pending, FULL_BUFFER + 2 * KIBIBYTE)
        peer.transport.stuck = False
        peer.transport.take()
        self.pass_(1)
        _, first, second = peer.messages()
        self.assertEqual(json.loads(first)["tick"], 1)
        self.assertEqual(json.loads(second)["tick"], 3601)

    def test_tickInFragments(self) -> None:
        peer = self.ask("tick=1s&fragment=20")
        self.pass_(1)
        frames = peer.frames()
        self.assertEqual([len(each.data) for each in frames], [20, 20, 7])
        text = b"".join(bytes(each.data) for each in frames)
        self.assertEqual(json.loads(text)["tick"], 1)

    def test_tickDespiteMute(self) -> None:
        peer = self.ask("tick=1s&mute=1&drop=1")
        peer.sendText("Hello")
        self.pass_(1)
        self.assertEqual(len(self.ticks(peer)), 1)


class PingTests(PerformerTestCase):
    """
    C{ping} and C{nopong}.
    """

    def test_numberedPings(self) -> None:
        peer = self.ask("ping=1s")
        self.fixture.advance(3.05)
        self.assertEqual(
            [(each.opcode, bytes(each.data)) for each in peer.frames()],
            [(PING, b"1"), (PING, b"2"), (PING, b"3")],
        )

    def test_pongCountsForKeepAlive(self) -> None:
        peer = self.ask("ping=1s", "--ping-interval=4s", "--ping-timeout=4s")
        for _ in range(20):
            self.fixture.advance(1)
            peer.frames()
            peer.flush()
        self.assertIsNone(peer.transport.lost)
        self.fixture.advance(8.1)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertNothingLeft()

    def test_pingsDoNotPileUp(self) -> None:
        peer = self.ask("ping=1s", "--stall-timeout=0")
        peer.transport.stuck = True
        peer.send(frame(TEXT, bytes(FULL_BUFFER)))
        before = len(peer.transport.dataBuffer)
        self.fixture.advance(60.05)
        self.assertEqual(len(peer.transport.dataBuffer), before)

    def test_pingsWithoutPong(self) -> None:
        peer = self.ask("nopong=1")
        peer.send(frame(PING, b"?") + frame(TEXT, b"Hello"))
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT])
