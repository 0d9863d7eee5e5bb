"""
What runs cases.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    DeferredSemaphore,
)
from twisted.internet.task import deferLater

from echo.client.check.cases.case import Case, Converse
from echo.client.check.cases.table import CASES
from echo.client.check.conversation import Conversation
from echo.client.check.frames import TEXT, frame
from echo.client.check.rawconnection import RawProtocol
from echo.client.check.verdicts import Level, Outcome, Verdict
from echo.client.connecting import connect
from echo.client.errors import CannotConnect, EchoClientError, HandshakeRefused
from echo.redact import redactURL

_CONNECTIONS = 8
_TIMEOUT = 10.0

# Who sends more than that before an echo, or takes so long for it in seconds, is no
# echo server.
_GREETINGS = 16
_GREETING = 2.0
_HELLO = "echo-client check"


def check(
    reactor: Any,
    url: str,
    arguments: Mapping[str, Any],
    report: Callable[[Verdict], None],
    cases: Sequence[Case] = CASES,
    opened: Callable[[], None] = lambda: None,
) -> Deferred[list[Verdict]]:
    """
    Find out whether an echo server keeps to RFC 6455.

    Each case has a connection of its own, up to eight at once, and at most
    C{timeout} to come to an end; to hang up may then take C{closeTimeout}. What
    the server sends on its own account before it is spoken to is left out.

    @param arguments: Those of L{connect}, by their names. Compression is offered
        where a case is about it, and only there.

    @param report: Called with each verdict, in the order of the cases.

    @param cases: Which ones.

    @param opened: Called for each WebSocket that the server opened.

    @return: The verdicts. It fails as L{connect} does if the first connection fails.
        If a later one cannot be made, it reports the verdicts that there are, starts
        no other case, and fails with L{CannotConnect}. Cancelling it aborts all
        connections.
    """
    target = _Target(reactor, url, arguments, opened)
    return Deferred.fromCoroutine(_check(target, report, cases))


async def _check(
    target: "_Target", report: Callable[[Verdict], None], cases: Sequence[Case]
) -> list[Verdict]:
    await target.meet()
    semaphore = DeferredSemaphore(_CONNECTIONS)
    running = [semaphore.run(target.judge, case) for case in cases]
    verdicts: list[Verdict] = []
    done = 0
    try:
        for each in running:
            done += 1
            with suppress(CannotConnect):
                verdict = await each
                report(verdict)
                verdicts.append(verdict)
    except CancelledError:
        for each in running[done:]:
            found = getattr(each, "result", None)
            if isinstance(found, Verdict):  # it had only to wait for its turn
                report(found)
        raise
    finally:
        for each in reversed(running):  # those that wait before those that run
            each.cancel()
        await DeferredList(running, consumeErrors=True)
    if target.gone is not None:
        raise target.gone
    return verdicts


class _Target:
    """
    The server.

    @ivar gone: Why it cannot be reached any more, if so.
    """

    gone: CannotConnect | None = None

    def __init__(
        self,
        reactor: Any,
        url: str,
        arguments: Mapping[str, Any],
        opened: Callable[[], None],
    ) -> None:
        self._reactor = reactor
        self._url = url
        self._arguments = {**arguments, "compression": False, "protocol": RawProtocol}
        self._opened = opened
        self._greeting = 0

    async def meet(self) -> None:
        """
        Make sure that there is somebody, and get to know the greeting.

        @raise EchoClientError: There is not.
        """
        await self._converse(self._greet)

    def judge(self, case: Case) -> Deferred[Verdict]:
        """
        @return: The verdict. It fails with L{CannotConnect} if the server cannot be
            reached any more.
        """
        return Deferred.fromCoroutine(self._judge(case))

    async def _judge(self, case: Case) -> Verdict:
        if self.gone is not None:
            # The semaphore starts the next case within this one's end.
            await deferLater(self._reactor, 0)
            raise self.gone
        began = self._reactor.seconds()

        def verdict(level: Level, detail: str = "") -> Verdict:
            took = self._reactor.seconds() - began
            return Verdict(case.section, case.name, level, detail, took)

        async def converse(server: Conversation) -> None:
            if case.opened:
                await server.open()
            await case.converse(server)

        try:
            await self._converse(converse)
        except Outcome as finding:
            return verdict(finding.level, str(finding))
        except CannotConnect as error:
            self.gone = self.gone or error
            raise
        except HandshakeRefused as error:
            return verdict(Level.FAIL, error.text(redactURL))
        except EchoClientError as error:
            return verdict(Level.FAIL, str(error))
        return verdict(Level.OK)

    async def _greet(self, server: Conversation) -> None:
        await server.open()
        server.send(frame(TEXT, _HELLO.encode()))
        try:
            with server.within(_GREETING):
                for count in range(_GREETINGS):
                    if await server.message() == _HELLO:
                        self._greeting = count
                        return
        except Outcome:
            pass  # the cases will tell

    async def _converse(self, converse: Converse) -> None:
        began = self._reactor.seconds()
        timeout = self._arguments.get("timeout", _TIMEOUT)
        connection = await connect(self._reactor, self._url, **self._arguments)
        server = Conversation(
            self._reactor, connection.protocol, began, timeout, self._greeting
        )
        try:
            await converse(server)
        except CancelledError:
            connection.protocol.transport.abortConnection()
            raise
        finally:
            if server.opened:
                self._opened()
            await server.end()
