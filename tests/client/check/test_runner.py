"""
Tests for L{echo.client.check.runner}.
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
from tests.client.check.checking import TIMEOUT, CheckTestCase, named
from tests.client.check.faultyservers.control import Mute, NoPongs
from tests.client.check.faultyservers.handshake import Scripted, WrongAccept
from tests.kit.frames import TEXT
from tests.kit.referenceserver import ReferenceServer


def _waiting(seconds: float) -> Case:
    """
    @return: A case that takes C{seconds}.
    """

    async def check(connection: Conversation) -> None:
        await deferLater(connection.reactor, seconds)

    return Case("0", f"{seconds} s pass", check)


class RunTests(CheckTestCase):
    """
    The order of the cases, their connections and their time-outs.
    """

    def test_verdictsAreReportedInOrder(self) -> None:
        cases = [_waiting(1), _waiting(3), _waiting(2)]
        self.start(ReferenceServer, cases)
        counts = []
        for seconds in (0, 1, 1, 1):
            self.reactor.advance(seconds)
            counts.append(len(self.reported))
        self.assertEqual(counts, [0, 1, 1, 3])
        self.successResultOf(self.checking)
        self.assertEqual(
            self.reported, [Verdict("0", case.name, Level.OK) for case in cases]
        )
        self.assertEqual(self.opened, 1 + len(cases))

    def test_eightCasesRunAtOnce(self) -> None:
        self.start(ReferenceServer, [_waiting(1)] * 20)
        connections = []
        for seconds in (0, 1, 1):
            self.reactor.advance(seconds)
            open_ = [end for end in self.reactor.ends if end.connected]
            connections.append((len(open_), len(self.reactor.ends) - 1))
        self.assertEqual(connections, [(8, 8), (8, 16), (4, 20)])
        self.reactor.advance(1)
        self.successResultOf(self.checking)

    def test_exceptionOfCaseIsItsVerdict(self) -> None:

        async def failing(server: Conversation) -> None:
            raise Failed("bad")

        async def remarking(server: Conversation) -> None:
            raise Noted("odd")

        async def refused(server: Conversation) -> None:
            raise ProtocolError("worse")

        cases = [Case("0", "", each) for each in (failing, remarking, refused)]
        self.assertEqual(
            [(each.level, each.detail) for each in self.check(ReferenceServer, cases)],
            [
                (Level.FAIL, "bad"),
                (Level.NOTE, "odd"),
                (Level.FAIL, "protocol error: worse"),
            ],
        )

    def test_silentServerCostsOneTimeoutForEightCases(self) -> None:
        verdicts = self.check(Mute)
        self.assertEqual(len(verdicts), len(CASES))
        rounds = 1 + -(-len(CASES) // 8)
        self.assertLess(self.reactor.seconds(), rounds * TIMEOUT + 1)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_timeoutOfCase(self) -> None:
        result = self.judge(NoPongs, "an empty ping", timeout=2.5)
        self.assertEqual(result, (Level.FAIL, "no answer within 2.5 s"))

    def test_laterRefusalFailsTheCaseOnly(self) -> None:
        servers = [ReferenceServer(), Scripted(b"HTTP/1.1 503 Full\r\n\r\n?key=a\n")]
        result = self.judge(lambda: servers.pop(0), "a text comes")
        self.assertEqual(
            result, (Level.FAIL, "handshake refused: HTTP 503 Full: ?key=***")
        )

    def test_lostServerEndsTheCheck(self) -> None:
        """
        Running cases go on, waiting cases do not start.
        """
        cases = [_waiting(1 + number // 8) for number in range(40)]
        self.start(ReferenceServer, cases)
        self.reactor.advance(0)
        self.reactor.gone = True
        while not self.checking.called:
            self.reactor.turn()
        self.failureResultOf(self.checking, CannotConnect)
        self.assertEqual([each.level for each in self.reported], [Level.OK] * 8)
        self.assertLessEqual(self.reactor.refused, 8)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_detailCountsEchoes(self) -> None:

        class Tiring(ReferenceServer):
            def onMessage(self, kind: int, payload: bytes) -> None:
                if payload != b"message 2000":
                    super().onMessage(kind, payload)

        self.assertJudged(
            Tiring,
            "2000 messages",
            Level.FAIL,
            "1999 of 2000 came back, then nothing for 10 s",
        )

    def test_endlessMessagesAreNoGreeting(self) -> None:

        class Chatting(ReferenceServer):
            def greet(self) -> None:
                for _ in range(99):
                    self.onMessage(TEXT, b"Listen!")

        result = self.judge(Chatting, "a text comes")
        self.assertEqual(result, (Level.FAIL, 'sent text "Listen!", not text "Hello"'))

    def test_noConnectionOrTimerIsLeft(self) -> None:
        self.check(ReferenceServer)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertFalse(any(end.connected for end in self.reactor.ends))

    def test_connectionsEndWithCloseFrame(self) -> None:
        closes = []

        class Listening(ReferenceServer):
            def onClose(self, payload: bytes) -> None:
                closes.append(payload)
                super().onClose(payload)

        self.check(Listening, named("a text comes"))
        self.reactor.advance(0)
        self.assertEqual(closes, [b"\x03\xe8"] * 2)


class FailureTests(CheckTestCase):
    """
    The first connection fails.
    """

    def assertFails(
        self, serve: Callable[[], IProtocol], kind: type[Exception], **arguments: Any
    ) -> str:
        """
        Assert that the check fails without a verdict.

        @return: The error.
        """
        self.start(serve, **arguments)
        self.reactor.advance(0)
        self.reactor.advance(TIMEOUT + 1)
        failure = self.failureResultOf(self.checking, kind)
        self.assertEqual(self.reported, [])
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        return str(failure.value)

    def test_wrongAccept(self) -> None:
        self.assertFails(WrongAccept, ProtocolError)

    def test_refusalHasFirstLineOfBody(self) -> None:
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

    def test_serverIsNotHTTP(self) -> None:
        self.assertFails(lambda: Scripted(b"SSH-2.0\r\n"), ProtocolError)

    def test_noCompleteResponse(self) -> None:
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

    def test_noServer(self) -> None:
        self.assertFails(ReferenceServer, CannotConnect, unixSocket="/nowhere")


class CancelTests(CheckTestCase):
    """
    Cancelling a check.
    """

    def assertCancelled(self) -> None:
        """
        Cancel, and assert that no connection and no timer is left.
        """
        self.checking.cancel()
        self.failureResultOf(self.checking, CancelledError)
        self.reactor.advance(0)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertFalse(any(end.connected for end in self.reactor.ends))

    def test_duringFirstConnection(self) -> None:
        self.start(Mute)
        self.reactor.advance(0)
        self.assertCancelled()

    def test_finishedCasesAreReported(self) -> None:
        """
        A case that finished before an earlier case has a verdict, too.
        """
        self.start(ReferenceServer, [_waiting(3), _waiting(1)])
        for seconds in (0, 1, 1):
            self.reactor.advance(seconds)
        self.assertEqual(self.reported, [])
        self.assertCancelled()
        self.assertEqual([each.name for each in self.reported], ["1 s pass"])

    def test_waitingCasesDoNotStart(self) -> None:
        self.start(ReferenceServer, [_waiting(1)] * 20)
        self.reactor.advance(0)
        self.assertCancelled()
        self.assertLess(len(self.reactor.ends), 1 + 8 + 2)
