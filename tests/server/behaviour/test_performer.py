"""
Tests of L{echo.server.behaviour.performer}: echoes that are late, repeated, fragmented
or missing.
"""

import json

from echo.server.behaviour.behaviour import Behaviour, Chance
from echo.server.behaviour.performer import Performer
from echo.server.sockets import unread
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from tests.server.behaviour.asking import CONTINUATION, PerformerTestCase


class PlainTests(PerformerTestCase):
    """
    Conversations without behaviours.
    """

    def test_noPerformer(self) -> None:
        for query in ["", "delay=0&repeat=1&mute=0"]:
            self.ask(query)
            self.assertNotIsInstance(self.conversation.answering, Performer)
            self.assertEqual(self.conversation.pending, 0)
            for name in [
                *("onMessage", "sendMessage", "sendCloseFrame", "onPing"),
                *("dataReceived", "pauseProducing", "resumeProducing"),
            ]:
                self.assertNotIn(name, vars(self.conversation))

    def test_noMethodIsReplaced(self) -> None:
        self.ask("delay=1s")
        for name in ["onMessage", "onPing", "dataReceived"]:
            self.assertNotIn(name, vars(self.conversation))

    def test_responseHasApplied(self) -> None:
        fixture = EchoFixture(self, "--max-delay=1s")
        response = fixture.dial().open("/socket?repeat=2&delay=2s")
        self.assertEqual(response.headers["X-Echo-Applied"], "delay=1s&repeat=2")
        self.assertNotIn("X-Echo-Applied", fixture.dial().open().headers)


class DelayTests(PerformerTestCase):
    """
    C{delay} and C{jitter}.
    """

    def test_echoAfterDelay(self) -> None:
        peer = self.ask("delay=250ms")
        peer.sendText("Hello")
        self.pass_(0.2499)
        self.assertEchoed(peer)
        self.pass_(0.0002)
        self.assertEchoed(peer, "Hello")
        self.pass_(10)
        self.assertEchoed(peer)

    def test_delayOfEachMessage(self) -> None:
        peer = self.ask("delay=1s")
        for text in ["1", "2", "3"]:
            peer.sendText(text)
            self.pass_(0.25)
        self.assertEchoed(peer)
        for text in ["1", "2", "3"]:
            self.pass_(0.25)
            self.assertEchoed(peer, text)

    def test_jitterKeepsOrder(self) -> None:
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

    def test_pongIsNotDelayed(self) -> None:
        peer = self.ask("delay=1s")
        peer.send(frame(TEXT, b"Hello") + frame(PING, b"?"))
        self.assertEqual([each.opcode for each in peer.frames()], [PONG])

    def test_clientClosesBeforeEcho(self) -> None:
        """
        The pending echoes are dropped.
        """
        peer = self.ask("delay=1s&tick=10s&ping=10s", "--ping-interval=0")
        peer.sendText("Hello")
        peer.speak(lambda protocol: protocol.send_close(1000, "bye"))
        self.assertClosed(peer, 1000, "bye")
        self.pass_(20)
        self.assertEchoed(peer)

    def test_noTimerAfterConnectionLost(self) -> None:
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

    def test_fractionZero(self) -> None:
        peer = self.ask("drop=0&dup=0&repeat=2")
        peer.sendText("Hello")
        self.assertEchoed(peer, "Hello", "Hello")

    def test_fractionOne(self) -> None:
        """
        A dropped message is not doubled.
        """
        peer = self.ask("drop=1&dup=1")
        peer.sendText("Hello")
        self.assertEchoed(peer)
        peer = self.ask("dup=1&repeat=2")
        peer.sendText("Hello")
        self.assertEchoed(peer, *["Hello"] * 3)

    def test_decisionsOfSeed(self) -> None:
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

    def test_seedInResponse(self) -> None:
        """
        With it, the same happens again.
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

    def test_sizesOfFrames(self) -> None:
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

    def test_cutInsideCharacter(self) -> None:
        """
        RFC 6455 section 5.6.
        """
        peer = self.ask("fragment=1")
        peer.sendText("ü")
        self.assertPieces(peer, TEXT, b"\xc3", b"\xbc")

    def test_fragmentsAreNotCompressed(self) -> None:
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

    def test_pongBetweenFragments(self) -> None:
        peer = self.ask("fragment=1")
        peer.send(frame(TEXT, bytes(100)) + frame(PING, b"?"))
        self.pass_(0)
        opcodes = [each.opcode for each in peer.frames()]
        self.assertEqual(
            opcodes, [TEXT] + [CONTINUATION] * 63 + [PONG] + [CONTINUATION] * 36
        )

    def test_fragmentedMessageCountsOnce(self) -> None:
        peer = self.ask("fragment=2")
        peer.send(frame(TEXT, b"Hello") + frame(BINARY, b"!"))
        peer.transport.hangUp()
        self.assertIn(
            "received 2 messages 6 bytes, sent 2 messages 6 bytes",
            self.fixture.lines[-1],
        )


class MuteTests(PerformerTestCase):
    """
    C{mute}.
    """

    def test_noEchoButPongAndClose(self) -> None:
        peer = self.ask("mute=1")
        peer.send(frame(TEXT, b"Hello") * 1000 + frame(PING, b"?"))
        self.assertEqual(unread(peer.transport), 0)
        self.assertEqual(self.conversation.pending, 0)
        self.assertEqual([each.opcode for each in peer.frames()], [PONG])
        peer.speak(lambda protocol: protocol.send_close(1000))
        self.assertClosed(peer, 1000)


class CombinedTests(PerformerTestCase):
    """
    Several behaviours at once.
    """

    def test_delayRepeatFragmentClose(self) -> None:
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
        peer = self.ask("slow=11/s&delay=1s&abort=1&after=1")
        peer.send(frame(TEXT, b"Hello"))
        self.fixture.advance(1.9)
        self.assertIsNone(peer.transport.lost)
        self.fixture.advance(0.3)
        self.assertReset(peer)
        self.assertEchoed(peer, "Hello")

    def test_infoIsFirstAndUndelayed(self) -> None:
        peer = self.ask("info=1&delay=1s&repeat=3&fragment=10&drop=1&mute=1")
        (told,) = peer.messages()
        self.assertIn("repeat=3", json.loads(told)["applied"])
        peer = self.ask("info=1&close=4001")
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT, CLOSE])
        peer = self.ask("info=1&abort=1")
        self.assertReset(peer)
        self.assertEqual(len(peer.messages()), 1)

    def test_infoIsNoMessageOfAfter(self) -> None:
        peer = self.ask("info=1&close=4001&after=1")
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT])
        peer.sendText("Hello")
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT, CLOSE])

    def test_subprotocolThatIsNotOffered(self) -> None:
        response = EchoFixture(self).dial().open("/socket?subprotocol=a&delay=1s")
        self.assertEqual(response.headers["Sec-WebSocket-Protocol"], "a")
