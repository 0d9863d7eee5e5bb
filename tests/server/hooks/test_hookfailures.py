"""
Tests of L{echo.server.hooks.hookfailures}: hooks that raise an exception.
"""

from functools import partialmethod
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.daemon import EchoFixture
from tests.kit.frames import CLOSE, TEXT, frame
from tests.server.hooks.watching import RECEIVING, service


class MistakeTests(SynchronousTestCase):
    """
    A hook that raises an exception.
    """

    def mistake(self, name: str, data: bytes) -> list[Any]:
        """
        @return: The frames that the peer gets, and the hooks that the log names.
        """

        def hook(self: Any, *arguments: object) -> None:
            raise ZeroDivisionError

        fixture = EchoFixture(self, protocol=service(name, hook))
        peer = fixture.connect()
        for piece in data, frame(TEXT, b"2"), frame(CLOSE, b"\x03\xf3"):
            if peer.transport.lost is None:
                peer.send(piece)
            fixture.advance(0)
        fixture.advance(0.1)
        self.assertIsNotNone(peer.transport.lost)
        self.assertIn('1011 "internal error" by us', fixture.lines[-1])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        failed = [each for each in fixture.events if each.get("event") == "failed"]
        return [
            [each.data for each in peer.frames()],
            [each["hook"] for each in failed],
        ]

    def test_receiving(self) -> None:
        """
        The peer is told 1011, the log has one event that names the hook, and its last
        line says that the daemon has closed.
        """
        expected = [b"\x03\xf3internal error"]
        for name, data in RECEIVING.items():
            self.assertEqual(self.mistake(name, data), [expected, [f"{name}()"]])
            if data == frame(TEXT, b"1") and name not in ("onMessage", "onMessageEnd"):
                part = frame(TEXT, b"1", fin=False)
                self.assertEqual(self.mistake(name, part), [expected, [f"{name}()"]])

    def test_sending(self) -> None:
        """
        A method that is called by the daemon's own C{onMessage} is named, too.
        """
        expected = [[b"\x03\xf3internal error"], ["sendMessage()"]]
        self.assertEqual(self.mistake("sendMessage", frame(TEXT, b"1")), expected)

    def test_later(self) -> None:
        """
        So it is where a message has waited for its turn.
        """

        class Service(EchoProtocol):
            def onMessage(self, payload: bytes, isBinary: bool) -> None:
                if payload == b"2":
                    raise ZeroDivisionError
                self.factory.fairness.left = 0

        fixture = EchoFixture(self, protocol=Service)
        peer = fixture.connect()
        peer.send(frame(TEXT, b"1") + frame(TEXT, b"2") * 2)
        fixture.advance(0.1)
        peer.send(frame(CLOSE, b"\x03\xf3"))
        fixture.advance(0.1)
        self.assertIn('1011 "internal error" by us', fixture.lines[-1])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_connectionMade(self) -> None:
        """
        The peer gets 500 where C{connectionMade} or C{makeConnection} raises.
        """
        for name in "connectionMade", "makeConnection":

            def hook(self: Any, *arguments: object) -> None:
                raise ZeroDivisionError

            fixture = EchoFixture(self, protocol=service(name, hook))
            peer = fixture.dial()
            self.assertEqual(peer.open().status_code, 500)
            fixture.advance(0.1)
            self.assertIn(f"{name}() failed", fixture.lines[-1])
            self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_connectionLost(self) -> None:
        """
        C{connectionLost} may raise: the conversation is over and counted all the same.
        """

        def hook(self: Any, *arguments: object) -> None:
            raise ZeroDivisionError

        fixture = EchoFixture(self, protocol=service("connectionLost", hook))
        peer = fixture.connect()
        peer.transport.hangUp()
        self.assertEqual(fixture.factory.conversations, set())
        self.assertIn("Closed 192.0.2.1", fixture.lines[-1])
        (event,) = [each for each in fixture.events if each.get("event") == "failed"]
        self.assertEqual(event["hook"], "connectionLost()")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_closing(self) -> None:
        """
        A C{reply} that closes the connection and then raises is logged. The peer gets
        the close that was sent, and no other one.
        """

        class Service(EchoProtocol):
            def reply(self, payload: bytes, isBinary: bool) -> bytes:
                self.sendClose(4001)
                raise ZeroDivisionError

        fixture = EchoFixture(self, protocol=Service)
        peer = fixture.connect()
        peer.send(frame(TEXT, b"1"))
        fixture.advance(0)
        self.assertEqual([each.data for each in peer.frames()], [b"\x0f\xa1"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_function(self) -> None:
        """
        A hook that is no function of the class, C{partialmethod} for example, is
        named after the function that was called.
        """

        def helper(*arguments: object) -> None:
            raise ZeroDivisionError

        class Service(EchoProtocol):
            onMessage = partialmethod(helper)

        fixture = EchoFixture(self, protocol=Service)
        peer = fixture.connect()
        peer.send(frame(TEXT, b"1"))
        fixture.advance(0)
        (event,) = [each for each in fixture.events if each.get("event") == "failed"]
        self.assertIn(event["hook"], ("helper()", "_method()"))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
