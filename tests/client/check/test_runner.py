"""
Tests of what runs the cases.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IProtocol
from twisted.internet.task import deferLater

from echo.client.check.cases.case import Case
from echo.client.check.cases.table import CASES
from echo.client.check.conversation import Conversation
from echo.client.check.verdicts import Failed, Level, Noted, Verdict
from echo.client.errors import CannotConnect, HandshakeRefused, ProtocolError
from tests.client.check.broken import Mute, NoPongs, Scripted, WrongAccept
from tests.client.check.referenceserver import TEXT, Server
from tests.kit.check import TIMEOUT, CheckTestCase, named


def _waiting(seconds: float) -> Case:
    """
    @return: A case that takes its time.
    """

    async def converse(server: Conversation) -> None:
        await deferLater(server.reactor, seconds)

    return Case("0", f"{seconds} s pass", converse)


class RunTests(CheckTestCase):
    """
    How cases are run.
    """

    def test_order(self) -> None:
        """
        Verdicts are reported in the order of the cases, each as soon as it and
        those before it are there.
        """
        cases = [_waiting(1), _waiting(3), _waiting(2)]
        self.start(Server, cases)
        counts = []
        for seconds in (0, 1, 1, 1):
            self.reactor.advance(seconds)
            counts.append(len(self.reported))
        self.assertEqual(counts, [0, 1, 1, 3])
        verdicts = self.successResultOf(self.checking)
        self.assertEqual(verdicts, self.reported)
        self.assertEqual(
            verdicts, [Verdict("0", case.name, Level.OK) for case in cases]
        )

    def test_atOnce(self) -> None:
        """
        Eight cases run at once, each on a connection of its own.
        """
        self.start(Server, [_waiting(1)] * 20)
        connections = []
        for seconds in (0, 1, 1):
            self.reactor.advance(seconds)
            open_ = [end for end in self.reactor.ends if end.connected]
            connections.append((len(open_), len(self.reactor.ends) - 1))
        self.assertEqual(connections, [(8, 8), (8, 16), (4, 20)])
        self.reactor.advance(1)
        self.successResultOf(self.checking)

    def test_levels(self) -> None:
        """
        What a case raises is its verdict.
        """

        async def failing(server: Conversation) -> None:
            raise Failed("bad")

        async def remarking(server: Conversation) -> None:
            raise Noted("odd")

        async def refused(server: Conversation) -> None:
            raise ProtocolError("worse")

        cases = [Case("0", "", each) for each in (failing, remarking, refused)]
        self.assertEqual(
            [(each.level, each.detail) for each in self.check(Server, cases)],
            [
                (Level.FAIL, "bad"),
                (Level.NOTE, "odd"),
                (Level.FAIL, "protocol error: worse"),
            ],
        )

    def test_time(self) -> None:
        """
        A server that says nothing costs each case its time and no more: eight at
        once, and one time for the first connection.
        """
        verdicts = self.check(Mute)
        self.assertEqual(len(verdicts), len(CASES))
        rounds = 1 + -(-len(CASES) // 8)
        self.assertLess(self.reactor.seconds(), rounds * TIMEOUT + 1)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_timeout(self) -> None:
        """
        The time of a case is the C{timeout} of a connection.
        """
        result = self.judge(NoPongs, "an empty ping", timeout=2.5)
        self.assertEqual(result, (Level.FAIL, "no answer within 2.5 s"))

    def test_refusedLater(self) -> None:
        """
        A server that takes the first connection only fails the cases, and not the
        whole.
        """
        servers = [Server(), Scripted(b"HTTP/1.1 503 Full\r\n\r\n?key=a\n")]
        result = self.judge(lambda: servers.pop(0), "a text comes")
        self.assertEqual(
            result, (Level.FAIL, "handshake refused: HTTP 503 Full: ?key=***")
        )

    def test_gone(self) -> None:
        """
        Once the server cannot be reached, no other case connects. Verdicts of cases
        that run or are over are reported, and the check fails.
        """
        cases = [_waiting(1 + number // 8) for number in range(40)]
        self.start(Server, cases)
        self.reactor.advance(0)
        self.reactor.gone = True
        while not self.checking.called:
            self.reactor.turn()
        self.failureResultOf(self.checking, CannotConnect)
        self.assertEqual([each.level for each in self.reported], [Level.OK] * 8)
        self.assertLessEqual(self.reactor.refused, 8)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_quiet(self) -> None:
        """
        Of many messages, the verdict counts those that came back.
        """

        class Tiring(Server):
            def onMessage(self, kind: int, payload: bytes) -> None:
                if payload != b"message 2000":
                    super().onMessage(kind, payload)

        self.assertEqual(
            self.judge(Tiring, "2000 messages"),
            (Level.FAIL, "1999 of 2000 came back, then nothing for 10 s"),
        )

    def test_endlessGreeting(self) -> None:
        """
        What goes on and on is no greeting, and no echo.
        """

        class Chatting(Server):
            def greet(self) -> None:
                for _ in range(99):
                    self.onMessage(TEXT, b"Listen!")

        result = self.judge(Chatting, "a text comes")
        self.assertEqual(result, (Level.FAIL, 'sent text "Listen!", not text "Hello"'))

    def test_clean(self) -> None:
        """
        Nothing is left behind.
        """
        self.check(Server)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertFalse(any(end.connected for end in self.reactor.ends))

    def test_goodbye(self) -> None:
        """
        Connections are closed as they should be, where that is possible.
        """
        closes = []

        class Listening(Server):
            def onClose(self, payload: bytes) -> None:
                closes.append(payload)
                super().onClose(payload)

        self.check(Listening, named("a text comes"))
        self.reactor.advance(0)
        self.assertEqual(closes, [b"\x03\xe8"] * 2)


class FailureTests(CheckTestCase):
    """
    Nothing can be checked.
    """

    def assertFails(
        self, serve: Callable[[], IProtocol], kind: type[Exception], **arguments: Any
    ) -> str:
        """
        Assert that there is no verdict at all.

        @return: Why.
        """
        self.start(serve, **arguments)
        self.reactor.advance(0)
        self.reactor.advance(TIMEOUT + 1)
        failure = self.failureResultOf(self.checking, kind)
        self.assertEqual(self.reported, [])
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        return str(failure.value)

    def test_wrongAccept(self) -> None:
        """
        The server does not know the answer to the key.
        """
        self.assertFails(WrongAccept, ProtocolError)

    def test_refused(self) -> None:
        """
        The server does not want to.
        """
        head = b"HTTP/1.1 404 Not Found\r\n\r\n"
        for body, end, line in [
            (b"gone\n", False, ": gone"),
            (b"gone", True, ": gone"),
            (b"gone", False, ": gone"),
            (b"", False, ""),
        ]:
            scripted = partial(Scripted, head + body, end=end)
            why = self.assertFails(scripted, HandshakeRefused)
            hint = "(the server speaks HTTP and has no WebSocket at /socket)"
            self.assertEqual(why, f"handshake refused: HTTP 404 Not Found {hint}{line}")

    def test_notHTTP(self) -> None:
        """
        The server is none.
        """
        self.assertFails(lambda: Scripted(b"SSH-2.0\r\n"), ProtocolError)

    def test_silence(self) -> None:
        """
        The server says nothing, or not all of it.
        """
        for answers in ([], [b"HTTP/1.1 101"]):
            why = self.assertFails(lambda: Scripted(*answers), HandshakeRefused)  # noqa: B023  (called at once)
            self.assertEqual(why, "handshake refused: no complete answer within 10 s")

    def test_hungUp(self) -> None:
        """
        The server hangs up.
        """
        why = self.assertFails(lambda: Scripted(b"", end=True), HandshakeRefused)
        gone = "handshake refused: the server hung up without an answer"
        self.assertEqual(why, f"{gone} (is it wss://?)")
        why = self.assertFails(lambda: Scripted(b"HTTP", end=True), HandshakeRefused)
        self.assertEqual(why, gone)

    def test_nobody(self) -> None:
        """
        There is no server.
        """
        self.assertFails(Server, CannotConnect, unixSocket="/nowhere")


class CancelTests(CheckTestCase):
    """
    To give up.
    """

    def assertCancelled(self) -> None:
        """
        Assert that nothing goes on.
        """
        self.checking.cancel()
        self.failureResultOf(self.checking, CancelledError)
        self.reactor.advance(0)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertFalse(any(end.connected for end in self.reactor.ends))

    def test_first(self) -> None:
        """
        Cancelling ends the first connection.
        """
        self.start(Mute)
        self.reactor.advance(0)
        self.assertCancelled()

    def test_found(self) -> None:
        """
        What is known by then, and had only to wait for its turn, is reported.
        """
        self.start(Server, [_waiting(3), _waiting(1)])
        for seconds in (0, 1, 1):
            self.reactor.advance(seconds)
        self.assertEqual(self.reported, [])
        self.assertCancelled()
        self.assertEqual([each.name for each in self.reported], ["1 s pass"])

    def test_later(self) -> None:
        """
        Cancelling ends all connections, and does not go through what waits.
        """
        self.start(Server, [_waiting(1)] * 20)
        self.reactor.advance(0)
        self.assertCancelled()
        self.assertLess(len(self.reactor.ends), 1 + 8 + 2)
