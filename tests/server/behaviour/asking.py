"""
A daemon in memory, and clients that ask it for behaviours: L{PerformerTestCase}.
"""

from typing import Any

from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Close

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import CLOSE

CONTINUATION = 0


KIBIBYTE = 2**10


MEBIBYTE = 2**20


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
