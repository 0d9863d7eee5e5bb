"""
Tests of L{echo.server.hooks.onconnect}: results that come later, or too late.
"""

from typing import Any

from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone

from echo.server.conversation.protocol import EchoProtocol
from echo.server.conversation.readgate import HoldReason
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.pumping import TLSPumpingTestCase
from tests.server.hooks.deciding import DecisionTestCase, service


class DeferredTests(DecisionTestCase):
    """
    Results that come later.
    """

    def ask(self, *arguments: str) -> Peer:
        """
        @return: A peer that has asked, and waits.
        """
        self.answer: Deferred[Any] = Deferred()
        self.cancelled: list[object] = []

        async def decide(_: object) -> Any:
            try:
                return await self.answer
            except CancelledError as error:
                self.cancelled.append(error)
                raise

        peer = self.start(decide, *arguments)
        self.assertEqual(peer.send(upgradeRequest()), b"")
        return peer

    def assertForgotten(self) -> None:
        """
        Assert that nothing is left of the peer, and that its coroutine was cancelled.
        """
        self.assertEqual(len(self.cancelled), 1)
        self.assertEqual(self.fixture.factory.undecided, set())
        self.assertEqual(self.fixture.factory.conversations, set())
        self.assertEqual(self.fixture.factory.getConnectionCount(), 0)
        self.assertEqual(self.fixture.reactor.getDelayedCalls(), [])

    def test_acceptedLater(self) -> None:
        peer = self.ask("--ping-interval=0")
        self.fixture.advance(4)
        self.assertEqual(peer.transport.taken, b"")
        self.answer.callback(None)
        self.assertIn(b" 101 ", peer.transport.taken)
        self.assertEqual(self.fixture.reactor.getDelayedCalls(), [])
        self.assertEqual(self.fixture.factory.undecided, set())
        self.assertEqual(peer.send(frame(TEXT, b"Hi")), b"\x81\x02Hi")

    def test_deniedLater(self) -> None:
        peer = self.ask()
        self.answer.errback(ConnectionDeny(403, "no"))
        self.fixture.advance(0.1)
        self.assertIn(b" 403 ", peer.transport.taken)
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertEqual(self.refusals(), {"denied": 1})
        self.assertEqual(len(self.logged()), 1)

    def test_earlyFramesAreAnswered(self) -> None:
        peer = self.ask()
        for text in b"1", b"2", b"3":
            self.assertEqual(peer.send(frame(TEXT, text)), b"")
        self.answer.callback(None)
        self.assertTrue(
            peer.transport.taken.endswith(b"\r\n\r\n\x81\x011\x81\x012\x81\x013")
        )

    def test_earlyBytesAreBounded(self) -> None:
        peer = self.ask()
        message = frame(TEXT, bytes(9990))
        for _ in range(15):
            peer.send(message)
        (conversation,) = self.fixture.factory.undecided
        self.assertLess(len(conversation.data), 2 * 2**16)
        self.answer.callback(None)
        self.fixture.advance(0.1)
        _, _, echoes = peer.transport.taken.partition(b"\r\n\r\n")
        self.assertEqual(len(echoes), 15 * (len(message) - 4))

    def test_peerLeaves(self) -> None:
        for half in False, True:
            peer = self.ask()
            if half:
                peer.transport.finish()
                peer.transport.read()
            else:
                peer.transport.hangUp()
            self.fixture.advance(0.1)
            self.assertForgotten()
            self.assertEqual(self.refusals(), {"handshake": 1})
            self.assertEqual(self.service.called, ["onConnect", ("onClose", 1006)])
            self.assertNotIn(b" 101 ", peer.transport.taken)
            self.assertIn("the client left during the handshake", self.logged()[-1])

    def test_resultAfterEnd(self) -> None:
        for result in None, ConnectionDeny(403), ArithmeticError("a mistake"):

            async def decide(_: object, result: Any = result) -> None:
                try:
                    await Deferred()
                except CancelledError:
                    if result is not None:
                        raise result from None

            peer = self.start(decide)
            peer.send(upgradeRequest())
            peer.transport.hangUp()
            self.assertEqual(self.service.called, ["onConnect", ("onClose", 1006)])
            self.assertEqual(
                len(self.flushLoggedErrors()), isinstance(result, ArithmeticError)
            )

    def test_refusedAtTimeout(self) -> None:
        peer = self.ask("--handshake-timeout=3s")
        self.fixture.advance(2.9)
        self.assertEqual(peer.transport.taken, b"")
        self.fixture.advance(0.2)
        self.assertIn(b"HTTP/1.1 503 Service Unavailable\r\n", peer.transport.taken)
        self.assertIn(b"\r\n\r\nThe server took too long", peer.transport.taken)
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertForgotten()
        self.assertEqual(self.refusals(), {"timeout": 1})

    def test_timeoutZeroIsNone(self) -> None:
        peer = self.ask("--handshake-timeout=0")
        self.fixture.advance(3600)
        self.answer.callback(None)
        self.assertIn(b" 101 ", peer.transport.taken)

    def test_stuckRefusalIsAborted(self) -> None:
        peer = self.ask()
        peer.transport.stuck = True
        self.answer.errback(ConnectionDeny(403))
        self.fixture.advance(5.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_waitingPeersCount(self) -> None:
        self.ask("--max-connections=1")
        self.assertEqual(self.fixture.dial().open().status_code, 503)
        self.answer.callback(None)
        self.assertEqual(self.fixture.dial().open().status_code, 503)
        self.assertEqual(self.refusals(), {"full": 2})

    def test_refusedAtShutdown(self) -> None:
        peer = self.ask()
        self.fixture.service.stopService()
        self.assertIn(b" 503 ", peer.transport.taken)
        self.fixture.advance(0.1)
        self.assertForgotten()
        self.assertEqual(self.refusals(), {"draining": 1})

    def test_serviceHangsUp(self) -> None:
        class Service(EchoProtocol):
            def onConnect(self, request: object) -> None:
                self.dropConnection()

        fixture = EchoFixture(self, protocol=Service)
        peer = fixture.dial()
        self.assertEqual(peer.send(upgradeRequest()), b"")
        fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_failureInEarlyFrame(self) -> None:
        class Service(EchoProtocol):
            async def onConnect(self, request: object) -> None:
                pass

            def onMessage(self, payload: bytes, isBinary: bool) -> None:
                raise ArithmeticError("a mistake")

        fixture = EchoFixture(self, protocol=Service)
        peer = fixture.dial()
        taken = peer.send(upgradeRequest() + frame(TEXT))
        self.assertTrue(taken.endswith(b"\x03\xf3internal error"))
        self.assertEqual(len(self.flushLoggedErrors(ArithmeticError)), 1)

    def test_failureWhileWaiting(self) -> None:
        peer = self.ask()

        def onMessage(payload: bytes, isBinary: bool) -> None:
            raise ArithmeticError("a mistake")

        (conversation,) = self.fixture.factory.undecided
        conversation.onMessage = onMessage
        peer.send(frame(TEXT))
        self.answer.callback(None)
        self.assertEqual(len(self.flushLoggedErrors(ArithmeticError)), 1)
        self.fixture.advance(0.1)
        self.assertTrue(peer.transport.taken.endswith(b"\x03\xf3internal error"))


class TLSTests(TLSPumpingTestCase):
    """
    Requests inside TLS.
    """

    def test_acceptedAndRefused(self) -> None:
        answers: list[Deferred[Any]] = []

        def decide(request: ConnectionRequest) -> Any:
            if request.path == "/socket" and "no" in request.params:
                raise ConnectionDeny(403, "no")
            answers.append(Deferred())
            return answers[-1]

        self.protocol = service(decide)
        self.setUp()
        peer = self.request("/socket?no=1")
        self.assertIn(b"HTTP/1.1 403 no\r\n", peer.hear())
        peer = self.request("/socket?token=1")
        self.assertEqual(self.say(peer, frame(TEXT, b"1")), b"")
        answers[0].callback(None)
        self.turn()
        self.assertEqual(peer.hear().partition(b"\r\n\r\n")[2], b"\x81\x011")
        self.assertEqual(self.say(peer, frame(TEXT, b"2")), b"\x81\x012")
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
