"""
Tests of time stamps and of L{echo.client.pings}.
"""

from typing import Any

from twisted.internet.defer import CancelledError

from echo.client.errors import ConnectionClosed
from echo.client.protocol import ClientProtocol
from tests.kit.client import ClientTestCase
from tests.kit.frames import PING, PONG, TEXT, serverFrame


class ClockTests(ClientTestCase):
    """
    Times of messages and pings.
    """

    def setUp(self) -> None:
        super().setUp()
        self.server, self.connection = self.open()

    def _pings(self) -> list[bytes]:
        return [payload for opcode, payload in self.server.frames() if opcode == PING]

    def test_sentAtAndReadAtOfMessage(self) -> None:
        self.reactor.advance(1)
        self.connection.send("x")
        waiting = self.connection.receive()
        came = waiting.addCallback(lambda _: self.connection.readAt)
        sent = self.connection.sentAt
        self.reactor.advance(0.25)
        self.server.say(serverFrame(TEXT, b"x"))
        self.assertEqual(self.successResultOf(came) - sent, 250_000_000)

    def test_clockIsReadNextToTransport(self) -> None:
        """
        The clock is read right before the write, and before any work on a read: a round
        trip contains none of our own work.
        """
        steps: list[str] = []

        def clock() -> int:
            steps.append("clock")
            return len(steps)

        class Noting(ClientProtocol):
            def sendFrame(self, *args: Any, **options: Any) -> None:
                steps.append("frame")
                super().sendFrame(*args, **options)

            def processData(self) -> bool:
                steps.append("process")
                return bool(super().processData())

        server, connection = self.open(clock=clock, protocol=Noting)
        write = server.transport.write
        server.transport.write = lambda data: (steps.append("write"), write(data))  # type: ignore[method-assign,func-returns-value]  # both happen, and that is all
        del steps[:]
        connection.send("x")
        self.assertEqual(steps, ["frame", "clock", "write"])
        del steps[:]
        server.say(serverFrame(TEXT, b"x"))
        self.assertEqual(steps[:2], ["clock", "process"])

    def test_pingFiresWithItsOwnPong(self) -> None:
        """
        A ping fires with the nanoseconds to its own pong, in any order of pongs.
        """
        first = self.connection.ping()
        self.reactor.advance(0.5)
        second = self.connection.ping()
        one, two = self._pings()
        self.assertEqual((len(one), len(two)), (8, 8))
        self.assertNotEqual(one, two)
        self.reactor.advance(0.5)
        self.server.say(serverFrame(PONG, two))
        self.assertEqual(self.successResultOf(second), 500_000_000)
        self.assertNoResult(first)
        self.server.say(serverFrame(PONG, one))
        self.assertEqual(self.successResultOf(first), 1_000_000_000)

    def test_unsolicitedPongsIgnored(self) -> None:
        ping = self.connection.ping()
        given = self.connection.ping()
        _, payload = self._pings()
        given.cancel()
        self.failureResultOf(given, CancelledError)
        self.server.say(
            serverFrame(PONG), serverFrame(PONG, b"x" * 8), serverFrame(PONG, payload)
        )
        self.assertNoResult(ping)
        self.server.hangUp()
        self.failureResultOf(ping, ConnectionClosed)

    def test_pingOnClosingConnectionFails(self) -> None:
        self.connection.close()
        self.server.frames()
        self.failureResultOf(self.connection.ping(), ConnectionClosed)
        self.server.hangUp()
        self.failureResultOf(self.connection.ping(), ConnectionClosed)
        self.assertEqual(self.server.frames(), [])
