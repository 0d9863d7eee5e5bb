"""
Runs the cases: up to eight at once, each with a connection and a time-out of its own.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    DeferredSemaphore,
)
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from echo.client.check.cases.case import Case, Check
from echo.client.check.conversation import Conversation
from echo.client.check.frames import TEXT, frame
from echo.client.check.rawconnection import RawProtocol
from echo.client.check.verdicts import CaseEnded, Level, Verdict
from echo.client.connection import Connection
from echo.client.errors import CannotConnect, EchoClientError
from echo.redact import redactURL

#: L{echo.client.connecting.connect} with all arguments but C{protocol}.
Connect = Callable[..., Deferred[Connection]]

# Connections at once.
_CONNECTIONS = 8

# Messages that a greeting can have, and seconds until the first echo.
_GREETINGS = 16
_GREETING_TIME = 2.0
_HELLO = "echo-client check"


@dataclass
class Runner:
    """
    Checks one echo server.

    @ivar timeout: Seconds for each case, without the close at its end.

    @ivar report: Called with each verdict, in the order of the cases.

    @ivar opened: Called for each WebSocket that the server opened.
    """

    reactor: IReactorTime
    connect: Connect
    timeout: float
    report: Callable[[Verdict], None]
    opened: Callable[[], None]
    _greeting = 0
    _gone: CannotConnect | None = None

    async def check(self, cases: Sequence[Case]) -> None:
        """
        Run the cases. One more connection comes first. It counts the messages that the
        server sends as a greeting. The cases skip them.

        It fails as C{connect} does if the first connection fails. If a later connection
        fails with L{CannotConnect}, no more cases start, and the verdicts so far are
        reported before it fails, too. Cancelling it aborts all connections.
        """
        await self._run(self._countGreeting)
        semaphore = DeferredSemaphore(_CONNECTIONS)
        running = [semaphore.run(self._judge, case) for case in cases]
        done = 0
        try:
            for each in running:
                done += 1
                with suppress(CannotConnect):
                    self.report(await each)
        except CancelledError:
            for each in running[done:]:
                found = getattr(each, "result", None)
                if isinstance(found, Verdict):  # finished before an earlier case
                    self.report(found)
            raise
        finally:
            # Waiting cases first: otherwise the end of a running case starts them.
            for each in reversed(running):
                each.cancel()
            await DeferredList(running, consumeErrors=True)
        if self._gone is not None:
            raise self._gone

    async def _judge(self, case: Case) -> Verdict:
        if self._gone is not None:
            # The semaphore starts the next case within the end of this one: without
            # a turn of the reactor in between, the stack grows with each case.
            await deferLater(self.reactor, 0)
            raise self._gone
        began, level, detail = self.reactor.seconds(), Level.OK, ""
        try:
            await self._run(case.run)
        except CaseEnded as outcome:
            level, detail = outcome.level, str(outcome)
        except CannotConnect as error:
            self._gone = self._gone or error
            raise
        except EchoClientError as error:
            level, detail = Level.FAIL, error.text(redactURL)
        took = self.reactor.seconds() - began
        return Verdict(case.section, case.name, level, detail, took)

    async def _countGreeting(self, connection: Conversation) -> None:
        await connection.open()
        connection.send(frame(TEXT, _HELLO.encode()))
        # A server without an echo has no greeting: the cases fail with the reason.
        with suppress(CaseEnded), connection.within(_GREETING_TIME):
            for count in range(_GREETINGS):
                if await connection.message() == _HELLO:
                    self._greeting = count
                    return

    async def _run(self, check: Check) -> None:
        began = self.reactor.seconds()
        protocol = (await self.connect(protocol=RawProtocol)).protocol
        connection = Conversation(protocol, began, self.timeout, self._greeting)
        try:
            await check(connection)
        except CancelledError:
            protocol.transport.abortConnection()
            raise
        finally:
            if connection.opened:
                self.opened()
            await connection.end()
