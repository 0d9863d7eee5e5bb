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


class FailureTests(SynchronousTestCase):
    """
    Hooks that raise an exception.
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

    def test_receivingHook(self) -> None:
        """
        1011, one log event that names the hook, and an end by the daemon.
        """
        expected = [b"\x03\xf3internal error"]
        for name, data in RECEIVING.items():
            self.assertEqual(self.mistake(name, data), [expected, [f"{name}()"]])
            if data == frame(TEXT, b"1") and name not in ("onMessage", "onMessageEnd"):
                part = frame(TEXT, b"1", fin=False)
                self.assertEqual(self.mistake(name, part), [expected, [f"{name}()"]])

    def test_sendingHook(self) -> None:
        expected = [[b"\x03\xf3internal error"], ["sendMessage()"]]
        self.assertEqual(self.mistake("sendMessage", frame(TEXT, b"1")), expected)

    def test_failureInNextSlice(self) -> None:
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

    def test_connectionMadeRaises(self) -> None:
        """
        The client gets 500.
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

    def test_connectionLostRaises(self) -> None:
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

    def test_closeThenRaise(self) -> None:
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

    def test_hookWithoutFunction(self) -> None:
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
