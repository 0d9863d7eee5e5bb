"""
Tests of L{echo.server.behaviour.performer}: to the second, to the byte and in order.
"""

import json
from collections.abc import Iterator
from typing import Any

from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Close

from echo.server.behaviour.behaviour import Behaviour, Chance
from echo.server.behaviour.performer import Performer
from echo.server.conversation.protocol import EchoProtocol
from echo.server.conversation.readgate import HoldReason
from echo.server.sockets import unread
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from tests.kit.transports import FULL_BUFFER

CONTINUATION = 0

KIBIBYTE = 2**10
MEBIBYTE = 2**20


class Shout(EchoProtocol):
    """
    A service of one's own.
    """

    def reply(self, payload: bytes, isBinary: bool) -> bytes | None:
        """
        @return: The message, louder; None for an empty one.
        """
        if payload == b"raise":
            raise RuntimeError("as asked")
        return payload.upper() or None


class PerformerTestCase(SynchronousTestCase):
    """
    Asks for a behaviour.
    """

    def ask(
        self, query: str, *arguments: str, protocol: type[EchoProtocol] = EchoProtocol
    ) -> Peer:
        """
        @return: A peer that has asked a daemon of its own, C{self.fixture}.
        """
        self.fixture = EchoFixture(self, *arguments, protocol=protocol)
        return self.fixture.connect(f"/socket?{query}")

    @property
    def conversation(self) -> Any:
        """
        The only one there is.
        """
        (conversation,) = self.fixture.factory.conversations
        return conversation

    def pass_(self, seconds: float) -> None:
        """
        Let time pass, all at once.
        """
        self.fixture.reactor.advance(seconds)

    def wait(self, seconds: float) -> None:
        """
        Let time pass, in small steps that are exact in binary.
        """
        for _ in range(int(seconds * 256)):
            self.pass_(1 / 256)

    def assertEchoed(self, peer: Peer, *messages: str) -> None:
        """
        Assert that these, and no others, have come since the last look.
        """
        self.assertEqual(peer.messages(), list(messages))

    def assertClosed(self, peer: Peer, code: int = 4001, reason: str = "") -> None:
        """
        Assert that a close frame, and nothing else, has come since the last look,
        and that the connection ends as it should.
        """
        (close,) = peer.frames()
        self.assertEqual(close.opcode, CLOSE)
        self.assertEqual(Close.parse(close.data), Close(code, reason))
        peer.flush()
        self.fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertNothingLeft()

    def assertReset(self, peer: Peer) -> None:
        """
        Assert that the connection was reset, soon.
        """
        self.fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn(': 1006 "reset, as asked" after ', self.fixture.lines[-1])
        self.assertNothingLeft()

    def assertNothingLeft(self) -> None:
        """
        Assert that no clock runs any more.
        """
        self.pass_(0)
        self.assertEqual(self.fixture.reactor.getDelayedCalls(), [])


class PlainTests(PerformerTestCase):
    """
    Who asks for nothing.
    """

    def test_nothingRuns(self) -> None:
        """
        Nothing of this is on the way of a plain echo.
        """
        for query in ["", "delay=0&repeat=1&mute=0"]:
            self.ask(query)
            self.assertNotIsInstance(self.conversation.answering, Performer)
            self.assertEqual(self.conversation.pending, 0)
            for name in [
                *("onMessage", "sendMessage", "sendCloseFrame", "onPing"),
                *("dataReceived", "pauseProducing", "resumeProducing"),
            ]:
                self.assertNotIn(name, vars(self.conversation))

    def test_whatIsNotAskedFor(self) -> None:
        """
        Nor on that of another behaviour, where it need not be.
        """
        self.ask("delay=1s")
        for name in ["onMessage", "onPing", "dataReceived"]:
            self.assertNotIn(name, vars(self.conversation))

    def test_applied(self) -> None:
        """
        The 101 says what was taken of it.
        """
        fixture = EchoFixture(self, "--max-delay=1s")
        response = fixture.dial().open("/socket?repeat=2&delay=2s")
        self.assertEqual(response.headers["X-Echo-Applied"], "delay=1s&repeat=2")
        self.assertNotIn("X-Echo-Applied", fixture.dial().open().headers)


class DelayTests(PerformerTestCase):
    """
    C{delay} and C{jitter}.
    """

    def test_delay(self) -> None:
        """
        An echo comes when it is time, not before and not after.
        """
        peer = self.ask("delay=250ms")
        peer.sendText("Hello")
        self.pass_(0.2499)
        self.assertEchoed(peer)
        self.pass_(0.0002)
        self.assertEchoed(peer, "Hello")
        self.pass_(10)
        self.assertEchoed(peer)

    def test_order(self) -> None:
        """
        Each waits for itself, and they come in order.
        """
        peer = self.ask("delay=1s")
        for text in ["1", "2", "3"]:
            peer.sendText(text)
            self.pass_(0.25)
        self.assertEchoed(peer)
        for text in ["1", "2", "3"]:
            self.pass_(0.25)
            self.assertEchoed(peer, text)

    def test_jitter(self) -> None:
        """
        Jitter adds to the delay what chance decides, within bounds; no echo
        overtakes another.
        """
        query = "delay=100ms&jitter=1s&seed=7"
        peer = self.ask(query)
        behaviour = Behaviour.fromQuery(query.encode())
        assert behaviour is not None
        chance = Chance(behaviour)
        due, dues = 0.0, []
        for number in range(20):
            now = self.fixture.reactor.seconds()
            wait = chance.delay()
            self.assertTrue(0.1 <= wait <= 1.1)
            due = max(due, now + wait)
            dues.append(due)
            peer.sendText(str(number))
            self.pass_(0.03125)
        arrived: list[str | bytes] = peer.messages()
        for time in sorted({due for due in dues if due > now + 0.03125}):
            before = [str(n) for n, due in enumerate(dues) if due < time]
            self.pass_(time - self.fixture.reactor.seconds() - 1e-6)
            arrived += peer.messages()
            self.assertEqual(arrived, before)
            self.pass_(2e-6)
        arrived += peer.messages()
        self.assertEqual(arrived, [str(number) for number in range(20)])
        self.assertLess(len(set(dues)), 20)  # some would have been overtaken

    def test_pings(self) -> None:
        """
        Control frames do not wait.
        """
        peer = self.ask("delay=1s")
        peer.send(frame(TEXT, b"Hello") + frame(PING, b"?"))
        self.assertEqual([each.opcode for each in peer.frames()], [PONG])

    def test_peerCloses(self) -> None:
        """
        A peer that closes before its echoes are due has had enough.
        """
        peer = self.ask("delay=1s&tick=10s&ping=10s", "--ping-interval=0")
        peer.sendText("Hello")
        peer.speak(lambda protocol: protocol.send_close(1000, "bye"))
        self.assertClosed(peer, 1000, "bye")
        self.pass_(20)
        self.assertEchoed(peer)

    def test_connectionLost(self) -> None:
        """
        With the connection goes all that it had.
        """
        peer = self.ask(
            "delay=1s&tick=2s&ping=2s&slow=8k/s&close=4001&after=5s",
            "--ping-interval=0",
        )
        peer.send(frame(TEXT, b"Hello") * 20)
        conversation = self.conversation
        self.assertGreater(conversation.pending, 0)
        self.assertGreater(len(self.fixture.reactor.getDelayedCalls()), 4)
        peer.transport.hangUp()
        self.assertNothingLeft()
        self.assertEqual(conversation.pending, 0)


class ChanceTests(PerformerTestCase):
    """
    C{drop}, C{dup} and C{repeat}.
    """

    def test_never(self) -> None:
        """
        A fraction of 0 is never.
        """
        peer = self.ask("drop=0&dup=0&repeat=2")
        peer.sendText("Hello")
        self.assertEchoed(peer, "Hello", "Hello")

    def test_always(self) -> None:
        """
        And one of 1 is always; what is dropped is not doubled.
        """
        peer = self.ask("drop=1&dup=1")
        peer.sendText("Hello")
        self.assertEchoed(peer)
        peer = self.ask("dup=1&repeat=2")
        peer.sendText("Hello")
        self.assertEchoed(peer, *["Hello"] * 3)

    def test_seed(self) -> None:
        """
        In between chance decides, and the same for the same seed.
        """
        query = "drop=0.3&dup=0.2&repeat=2&seed=42"
        behaviour = Behaviour.fromQuery(query.encode())
        assert behaviour is not None
        chance = Chance(behaviour)
        copies = [chance.copies() for _ in range(200)]
        self.assertEqual(set(copies), {0, 2, 3})
        peer = self.ask(query)
        for number in range(200):
            peer.sendText(str(number))
        self.assertEchoed(
            peer, *[str(number) for number in range(200) for _ in range(copies[number])]
        )

    def test_seedIsTold(self) -> None:
        """
        Without a seed there is one all the same, which the 101 tells: with it, the
        same happens again.
        """
        fixture = EchoFixture(self)
        peers = [fixture.dial()]
        applied = peers[0].open("/socket?drop=0.5").headers["X-Echo-Applied"]
        peers.append(fixture.connect(f"/socket?{applied}"))
        heard = []
        for peer in peers:
            peer.send(b"".join(frame(TEXT, b"%d" % number) for number in range(100)))
            heard.append(peer.messages())
        self.assertEqual(heard[0], heard[1])
        self.assertTrue(0 < len(heard[0]) < 100)


class FragmentTests(PerformerTestCase):
    """
    C{fragment}.
    """

    def assertPieces(self, peer: Peer, kind: int, *pieces: bytes) -> None:
        """
        Assert that a message has come in these frames.
        """
        last = len(pieces) - 1
        self.assertEqual(
            [
                (each.opcode, bytes(each.data), each.fin, each.rsv1)
                for each in peer.frames()
            ],
            [
                (CONTINUATION if number else kind, piece, number == last, False)
                for number, piece in enumerate(pieces)
            ],
        )

    def test_pieces(self) -> None:
        """
        An echo comes in frames of the size, the last one with what is left; one
        that fits in a frame comes in one.
        """
        peer = self.ask("fragment=3")
        for kind in TEXT, BINARY:
            for pieces in [
                [b""],
                [b"a"],
                [b"abc"],
                [b"abc", b"d"],
                [b"abc", b"def"],
                [b"abc", b"def", b"g"],
            ]:
                peer.send(frame(kind, b"".join(pieces)))
                self.assertPieces(peer, kind, *pieces)

    def test_characters(self) -> None:
        """
        They are pieces of bytes, in the midst of a character too (RFC 6455 5.6).
        """
        peer = self.ask("fragment=1")
        peer.sendText("ü")
        self.assertPieces(peer, TEXT, b"\xc3", b"\xbc")

    def test_compression(self) -> None:
        """
        They are not compressed: their sizes are what was asked for.
        """
        self.fixture = EchoFixture(self, "--compression")
        peer = self.fixture.connect(
            "/socket?fragment=10", Sec_WebSocket_Extensions="permessage-deflate"
        )
        peer.transport.taken, peer._fed = b"", 0
        peer.send(frame(TEXT, b"x" * 25))
        self.assertEqual(
            peer.transport.taken,
            b"\x01\x0a" + b"x" * 10 + b"\x00\x0a" + b"x" * 10 + b"\x80\x05" + b"x" * 5,
        )
        peer.transport.taken = b""
        peer.send(frame(TEXT, b"?!"))
        self.assertEqual(peer.transport.taken, b"\x81\x02?!")

    def test_controlFrame(self) -> None:
        """
        A ping is answered between two of them.
        """
        peer = self.ask("fragment=1")
        peer.send(frame(TEXT, bytes(100)) + frame(PING, b"?"))
        self.pass_(0)
        opcodes = [each.opcode for each in peer.frames()]
        self.assertEqual(
            opcodes, [TEXT] + [CONTINUATION] * 63 + [PONG] + [CONTINUATION] * 36
        )

    def test_counted(self) -> None:
        """
        The log has a message for a message, however many frames it took.
        """
        peer = self.ask("fragment=2")
        peer.send(frame(TEXT, b"Hello") + frame(BINARY, b"!"))
        peer.transport.hangUp()
        self.assertIn(
            "received 2 messages 6 bytes, sent 2 messages 6 bytes",
            self.fixture.lines[-1],
        )


class TurnTests(PerformerTestCase):
    """
    Nobody has the daemon to himself.
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

    def test_repeat(self) -> None:
        """
        One message can call for a lot of echoes: there are 64 a turn.
        """
        peer = self.ask("repeat=100")
        peer.send(frame(TEXT, b"Hello"))
        self.assertEqual(list(self.turns(peer)), [[64], [36], [0]])

    def test_onePlace(self) -> None:
        """
        Whoever waits for its turn does not wait twice.
        """
        peer = self.ask("delay=1m")
        peer.sendText("Hello")
        conversation = self.conversation
        self.fixture.service.stopService()
        conversation._backpressure.resumeProducing()
        self.assertEqual(len(self.fixture.factory.fairness._queue), 1)
        self.pass_(0)
        self.assertEchoed(peer, "Hello")

    def test_shared(self) -> None:
        """
        What takes time here is taken from the time of all conversations.
        """
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

    def test_notLonger(self) -> None:
        """
        Whoever needs much time for each echo sends no more than fit into a turn.
        """
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

    def test_manyAtOnce(self) -> None:
        """
        It is no more when many messages come at once.
        """
        peer = self.ask("repeat=100")
        peer.send(frame(TEXT, b"Hello") * 10)
        turns = [count for (count,) in self.turns(peer)]
        self.assertEqual(sum(turns), 1000)
        self.assertLessEqual(max(turns), 64)

    def test_fragment(self) -> None:
        """
        Nor when an echo has a lot of frames.
        """
        peer = self.ask("fragment=1")
        peer.send(frame(TEXT, bytes(1000)))
        turns = [count for (count,) in self.turns(peer)]
        self.assertEqual(sum(turns), 1000)
        self.assertLessEqual(max(turns), 64)

    def test_others(self) -> None:
        """
        Two of them take turns, and a plain echo is not kept waiting.
        """
        first = self.ask("repeat=100")
        second = self.fixture.connect("/socket?repeat=100")
        plain = self.fixture.connect()
        for peer in first, second, plain:
            peer.sendText("Hello")
        self.assertEqual(
            list(self.turns(first, second, plain)),
            [[64, 64, 1], [36, 36, 0], [0, 0, 0]],
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

    def test_tick(self) -> None:
        """
        They are texts, with a number and the daemon's time.
        """
        peer = self.ask("tick=1500ms")
        self.pass_(1.4)
        self.assertEchoed(peer)
        self.pass_(0.15)
        self.assertEqual(self.ticks(peer), [(1, "1970-01-01T00:00:01.550Z")])
        self.fixture.advance(2.9)
        self.assertEqual([number for number, _ in self.ticks(peer)], [2])
        self.assertIsNone(peer.transport.lost)

    def test_aheadOfDelays(self) -> None:
        """
        They do not wait for echoes that are due later, nor do those for them.
        """
        peer = self.ask("tick=1s&delay=2500ms")
        peer.sendText("0")
        self.fixture.advance(3.05)
        first, second, echo, third = peer.messages()
        self.assertEqual(echo, "0")
        self.assertEqual(
            [json.loads(each)["tick"] for each in (first, second, third)], [1, 2, 3]
        )

    def test_notInTheMidst(self) -> None:
        """
        One that comes in the midst of a message is sent behind it (RFC 6455 5.4).
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

    def test_gap(self) -> None:
        """
        For a peer that takes nothing they do not pile up: it sees a gap.
        """
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

    def test_fragment(self) -> None:
        """
        They come in fragments, too.
        """
        peer = self.ask("tick=1s&fragment=20")
        self.pass_(1)
        frames = peer.frames()
        self.assertEqual([len(each.data) for each in frames], [20, 20, 7])
        text = b"".join(bytes(each.data) for each in frames)
        self.assertEqual(json.loads(text)["tick"], 1)

    def test_mute(self) -> None:
        """
        Nobody has asked for them: they are no answers.
        """
        peer = self.ask("tick=1s&mute=1&drop=1")
        peer.sendText("Hello")
        self.pass_(1)
        self.assertEqual(len(self.ticks(peer)), 1)


class PingTests(PerformerTestCase):
    """
    C{ping} and C{nopong}.
    """

    def test_ping(self) -> None:
        """
        The peer is pinged, with a number.
        """
        peer = self.ask("ping=1s")
        self.fixture.advance(3.05)
        self.assertEqual(
            [(each.opcode, bytes(each.data)) for each in peer.frames()],
            [(PING, b"1"), (PING, b"2"), (PING, b"3")],
        )

    def test_keepAlive(self) -> None:
        """
        Who answers them is there; who does not is dropped when all others are.
        """
        peer = self.ask("ping=1s", "--ping-interval=4s", "--ping-timeout=4s")
        for _ in range(20):
            self.fixture.advance(1)
            peer.frames()
            peer.flush()
        self.assertIsNone(peer.transport.lost)
        self.fixture.advance(8.1)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertNothingLeft()

    def test_gap(self) -> None:
        """
        For a peer that takes nothing they do not pile up.
        """
        peer = self.ask("ping=1s", "--stall-timeout=0")
        peer.transport.stuck = True
        peer.send(frame(TEXT, bytes(FULL_BUFFER)))
        before = len(peer.transport.dataBuffer)
        self.fixture.advance(60.05)
        self.assertEqual(len(peer.transport.dataBuffer), before)

    def test_nopong(self) -> None:
        """
        The peer's own stay unanswered, on request; messages do not.
        """
        peer = self.ask("nopong=1")
        peer.send(frame(PING, b"?") + frame(TEXT, b"Hello"))
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT])


class MuteTests(PerformerTestCase):
    """
    C{mute}.
    """

    def test_mute(self) -> None:
        """
        Messages are read and not answered; pings and a close are.
        """
        peer = self.ask("mute=1")
        peer.send(frame(TEXT, b"Hello") * 1000 + frame(PING, b"?"))
        self.assertEqual(unread(peer.transport), 0)
        self.assertEqual(self.conversation.pending, 0)
        self.assertEqual([each.opcode for each in peer.frames()], [PONG])
        peer.speak(lambda protocol: protocol.send_close(1000))
        self.assertClosed(peer, 1000)


class CombinedTests(PerformerTestCase):
    """
    Several at once.
    """

    def test_delayRepeatFragmentClose(self) -> None:
        """
        Each echo is late, in pieces and twice; and then comes the end.
        """
        peer = self.ask("delay=1s&repeat=2&fragment=3&close=4001&after=2")
        peer.send(frame(TEXT, b"Hello"))
        peer.send(frame(BINARY, b"!") * 2)
        self.pass_(0.99)
        self.assertEchoed(peer)
        self.pass_(0.02)
        self.assertEqual(
            [(each.opcode, bytes(each.data)) for each in peer.frames()],
            [(TEXT, b"Hel"), (CONTINUATION, b"lo")] * 2
            + [(BINARY, b"!")] * 2
            + [(CLOSE, b"\x0f\xa1")],
        )

    def test_slowDelayAbort(self) -> None:
        """
        A peer that is read slowly and answered late is reset behind its echo.
        """
        peer = self.ask("slow=11/s&delay=1s&abort=1&after=1")
        peer.send(frame(TEXT, b"Hello"))
        self.fixture.advance(1.9)
        self.assertIsNone(peer.transport.lost)
        self.fixture.advance(0.3)
        self.assertReset(peer)
        self.assertEchoed(peer, "Hello")

    def test_info(self) -> None:
        """
        What the peer is told about itself is first, at once, whole, and once.
        """
        peer = self.ask("info=1&delay=1s&repeat=3&fragment=10&drop=1&mute=1")
        (told,) = peer.messages()
        self.assertIn("repeat=3", json.loads(told)["applied"])
        peer = self.ask("info=1&close=4001")
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT, CLOSE])
        peer = self.ask("info=1&abort=1")
        self.assertReset(peer)
        self.assertEqual(len(peer.messages()), 1)

    def test_infoDoesNotCount(self) -> None:
        """
        It is none of the messages until the close.
        """
        peer = self.ask("info=1&close=4001&after=1")
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT])
        peer.sendText("Hello")
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT, CLOSE])

    def test_subprotocol(self) -> None:
        """
        It is spoken, offered or not.
        """
        response = EchoFixture(self).dial().open("/socket?subprotocol=a&delay=1s")
        self.assertEqual(response.headers["Sec-WebSocket-Protocol"], "a")


class ServiceTests(PerformerTestCase):
    """
    Services of one's own, the log and the metrics.
    """

    def test_reply(self) -> None:
        """
        What a service answers is treated like an echo; no answer is none.
        """
        peer = self.ask("delay=1s&repeat=2&close=4001&after=2", protocol=Shout)
        for text in ["", "Hello"]:
            peer.sendText(text)
        self.assertEchoed(peer)
        self.pass_(1)
        frames = peer.frames()
        self.assertEqual(
            [bytes(each.data) for each in frames[:-1]], [b"HELLO", b"HELLO"]
        )
        self.assertEqual(frames[-1].opcode, CLOSE)

    def test_mistake(self) -> None:
        """
        A service's mistake ends the conversation as ever.
        """
        peer = self.ask("delay=1m&slow=200/s&close=4001&after=1", protocol=Shout)
        peer.send(frame(TEXT, b"raise"))
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertClosed(peer, 1011, "internal error")

    def test_noBytes(self) -> None:
        """
        So does an answer that is none, at once and not when it would be sent.
        """

        class Text(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                return payload.decode()  # type: ignore[return-value]  # the mistake

        peer = self.ask("delay=1m", protocol=Text)
        peer.sendText("Hello")
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)
        self.assertClosed(peer, 1011, "internal error")

    def test_log(self) -> None:
        """
        The log has every message that came in, and knows of the behaviour.
        """
        peer = self.ask("drop=1&seed=1&close=4001&after=2", "--log-messages")
        self.assertIn(
            ', behaviour "close=4001&after=2&drop=1&seed=1"', self.fixture.lines[-1]
        )
        peer.send(frame(TEXT, b"1") + frame(TEXT, b"2") + frame(TEXT, b"3"))
        received = [line for line in self.fixture.lines if "Received" in line]
        self.assertEqual([line.split()[1] for line in received], ['"1"', '"2"', '"3"'])

    def test_counts(self) -> None:
        """
        Every message is counted once for each time that it went over the wire,
        and so are ticks.
        """
        self.fixture = EchoFixture(self, "--metrics", "tcp:0")
        peer = self.fixture.connect("/socket?repeat=3&fragment=4&tick=1s&drop=0")
        peer.send(frame(TEXT, b"Hello") + frame(BINARY, b"!"))
        peer.frames()
        self.pass_(1)
        tick = sum(len(each.data) for each in peer.frames())
        self.assertEqual(
            [
                (each.direction, each.kind, each.messages, each.octets)
                for each in self.fixture.factory.counters.traffic
            ],
            [
                ("received", "text", 1, 5),
                ("received", "binary", 1, 1),
                ("sent", "text", 4, 15 + tick),
                ("sent", "binary", 3, 3),
            ],
        )

    def test_countsWhatWasSent(self) -> None:
        """
        What is held back is not sent, and what is dropped never will be.
        """
        self.fixture = EchoFixture(self, "--metrics", "tcp:0")
        for query in ["delay=1s", "drop=1", "mute=1"]:
            self.fixture.connect(f"/socket?{query}").sendText("Hello")
        received, _, sent, _ = self.fixture.factory.counters.traffic
        self.assertEqual((received.messages, sent.messages), (3, 0))
        self.pass_(1)
        self.assertEqual(self.fixture.factory.counters.traffic[2].messages, 1)

    def test_countsAMessageWithItsLastFrame(self) -> None:
        """
        A message is sent when its last frame is.
        """
        self.fixture = EchoFixture(self, "--metrics", "tcp:0")
        peer = self.fixture.connect("/socket?fragment=1")
        peer.send(frame(TEXT, bytes(64)))
        self.assertEqual(len(peer.frames()), 64)
        self.assertEqual(self.fixture.factory.counters.traffic[2].messages, 1)


class MemoryTests(PerformerTestCase):
    """
    What a hostile peer cannot make the daemon hold.
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

    def test_delay(self) -> None:
        """
        About a mebibyte of echoes is held back; more is read when they are sent.
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

    def test_backlog(self) -> None:
        """
        Who has had enough reads on when half of it is gone, not a little now and
        then.
        """
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

    def test_smallMessages(self) -> None:
        """
        Messages of no bytes are not held for nothing.
        """
        peer = self.ask("delay=1m")
        self.flood(peer, frame(TEXT) * 100)
        self.assertLess(self.conversation.pending, MEBIBYTE + 200 * KIBIBYTE)

    def test_oneRead(self) -> None:
        """
        However many messages there are in what was read, the rest of them waits
        when it is enough; none is lost.
        """
        peer = self.ask("delay=1m", "--ping-interval=0")
        peer.send(frame(TEXT) * 9000)
        self.assertLess(self.conversation.pending, MEBIBYTE + KIBIBYTE)
        for _ in range(9):
            self.pass_(60)
        self.assertEqual(len(peer.frames()), 9000)
        self.assertFalse(self.conversation.readGate.reasons)

    def test_repeat(self) -> None:
        """
        However many echoes there are to be of a message, no more than a few are
        there at a time.
        """
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

    def test_stalled(self) -> None:
        """
        A peer that takes nothing is dropped as ever.
        """
        peer = self.ask("repeat=100&tick=1s", "--stall-timeout=60s")
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(MEBIBYTE)))
        self.fixture.advance(70)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertNothingLeft()


class KeepAliveTests(PerformerTestCase):
    """
    Who is held back is not mistaken for one who is gone.
    """

    def test_slow(self) -> None:
        """
        A peer whose pongs wait to be read has no need to answer; when all is read,
        it has.
        """
        peer = self.ask("slow=100/s", "--ping-interval=1s", "--ping-timeout=1s")
        peer.send(frame(BINARY, bytes(2000)))
        self.wait(19)
        self.assertIsNone(peer.transport.lost)
        self.wait(4)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertIn('1006 "did not answer a ping"', self.fixture.lines[-1])
        self.assertNothingLeft()

    def test_delay(self) -> None:
        """
        So it is with one whose echoes are held back.
        """
        peer = self.ask("delay=10s", "--ping-interval=1s", "--ping-timeout=1s")
        peer.send(frame(BINARY, bytes(60000)) * 20)
        self.fixture.advance(9)
        self.assertIsNone(peer.transport.lost)
        self.fixture.advance(10)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_gone(self) -> None:
        """
        Nobody is told that a connection that nobody reads is gone: that is looked for.
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
    How the daemon leaves.
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

    def test_delay(self) -> None:
        """
        Echoes that are held back go out ahead of the goodbye, and so do those of
        what has arrived and was not read.
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

    def test_turns(self) -> None:
        """
        All of them do, if there are more than fit into a turn, and if the peer
        takes its time.
        """
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

    def test_slow(self) -> None:
        """
        What has arrived is read as fast as it can be.
        """
        peer = self.ask("slow=100/s")
        peer.transport.arrive(frame(TEXT, bytes(10000)) * 2)
        peer.transport.read()
        stopped = self.stop()
        self.fixture.advance(0.1)
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT, TEXT, CLOSE])
        self.assertGone(peer, stopped)

    def test_backlog(self) -> None:
        """
        So is what was not read because too much was held back.
        """
        peer = self.ask("delay=1m")
        peer.send(frame(BINARY, bytes(60000)) * 20)
        self.assertGreater(unread(peer.transport), 0)
        stopped = self.stop()
        self.wait(0.5)
        self.assertEqual(
            [each.opcode for each in peer.frames()], [BINARY] * 20 + [CLOSE]
        )
        self.assertGone(peer, stopped)

    def test_unasked(self) -> None:
        """
        Nothing is said unasked any more.
        """
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

    def test_mute(self) -> None:
        """
        Who wanted no answer gets the goodbye only, and who wanted another close
        gets this one.
        """
        for query in ["mute=1", "drop=1", "close=4001&after=2", "abort=1&after=1h"]:
            peer = self.ask(query)
            stopped = self.stop()
            self.assertEqual([each.opcode for each in peer.frames()], [CLOSE])
            self.assertGone(peer, stopped)

    def test_late(self) -> None:
        """
        What comes during the drain is not held back, either.
        """
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

    def test_theEnd(self) -> None:
        """
        Who is about to be reset is, and no later.
        """
        peer = self.ask("abort=1&after=1")
        peer.transport.fill(1)
        peer.sendText("Hello")
        self.wait(4.9)
        stopped = self.stop()
        self.wait(1.5)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertEqual(len(stopped), 1)
        self.assertNothingLeft()
