"""
Tests of L{echo.server.behaviour.performer}: services, the log and the metrics.
"""

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.daemon import EchoFixture
from tests.kit.frames import BINARY, CLOSE, TEXT, frame
from tests.server.behaviour.asking import PerformerTestCase


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


class ServiceTests(PerformerTestCase):
    """
    Services, the log and the metrics.
    """

    def test_replyIsDelayed(self) -> None:
        """
        No reply is no echo.
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

    def test_exceptionCloses1011(self) -> None:
        peer = self.ask("delay=1m&slow=200/s&close=4001&after=1", protocol=Shout)
        peer.send(frame(TEXT, b"raise"))
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertClosed(peer, 1011, "internal error")

    def test_replyOfWrongType(self) -> None:
        """
        It is a mistake at once, not when it is due.
        """

        class Text(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                return payload.decode()  # type: ignore[return-value]  # the mistake

        peer = self.ask("delay=1m", protocol=Text)
        peer.sendText("Hello")
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)
        self.assertClosed(peer, 1011, "internal error")

    def test_messagesAndBehaviourAreLogged(self) -> None:
        peer = self.ask("drop=1&seed=1&close=4001&after=2", "--log-messages")
        self.assertIn(
            ', behaviour "close=4001&after=2&drop=1&seed=1"', self.fixture.lines[-1]
        )
        peer.send(frame(TEXT, b"1") + frame(TEXT, b"2") + frame(TEXT, b"3"))
        received = [line for line in self.fixture.lines if "Received" in line]
        self.assertEqual([line.split()[1] for line in received], ['"1"', '"2"', '"3"'])

    def test_eachSentMessageCounts(self) -> None:
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

    def test_unsentMessagesDoNotCount(self) -> None:
        self.fixture = EchoFixture(self, "--metrics", "tcp:0")
        for query in ["delay=1s", "drop=1", "mute=1"]:
            self.fixture.connect(f"/socket?{query}").sendText("Hello")
        received, _, sent, _ = self.fixture.factory.counters.traffic
        self.assertEqual((received.messages, sent.messages), (3, 0))
        self.pass_(1)
        self.assertEqual(self.fixture.factory.counters.traffic[2].messages, 1)

    def test_countedWithLastFrame(self) -> None:
        self.fixture = EchoFixture(self, "--metrics", "tcp:0")
        peer = self.fixture.connect("/socket?fragment=1")
        peer.send(frame(TEXT, bytes(64)))
        self.assertEqual(len(peer.frames()), 64)
        self.assertEqual(self.fixture.factory.counters.traffic[2].messages, 1)
