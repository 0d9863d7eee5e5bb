"""
The service tree: the daemon, the open conversations, and the drain.
"""

import signal
import sys
from types import TracebackType
from typing import Any

from twisted.application.service import MultiService, Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReactorCore, IReactorFromThreads, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from echo.server.conversation.factory import EchoFactory
from echo.server.conversation.shutdown import Goodbye
from echo.server.endpoints import ListeningService, explain
from echo.server.signals import SignalHandler, Signals, setHandlers
from echo.wire import whyPure

_log = Logger()


class CannotListen(Exception):
    """
    The daemon cannot listen at an address.
    """


class Daemon(MultiService):
    """
    The whole daemon. If its start fails, it logs the reason in one line.
    """

    def __init__(self, reactor: IReactorCore) -> None:
        super().__init__()
        self._reactor = reactor

    @property
    def addresses(self) -> list[str]:
        """
        Where the running daemon accepts conversations: URLs, and paths of UNIX sockets.
        """
        return [
            each.endpoint.address
            for each in self
            if isinstance(each, ListeningService)
            and each.beforeStop is None
            and each.endpoint.address is not None
        ]

    def privilegedStartService(self) -> None:
        """
        @raise CannotListen: An address is in use, does not exist, or is not permitted.
        """
        try:
            super().privilegedStartService()
        except (CannotListenError, OSError, OverflowError) as error:
            # twistd cleans up after an exception, but not after SystemExit. The
            # interpreter would print the exception as a traceback.
            sys.excepthook = _complain
            why = explain(error)
            _log.error("{reason}", event="cannot_listen", reason=why)
            # Ports close, and UNIX sockets are removed, in the next iteration of the
            # reactor, which has not run yet.
            self.stopService()
            self._reactor.iterate(0)
            raise CannotListen(why) from None

    def startService(self) -> None:
        # twist calls no privilegedStartService.
        self.privilegedStartService()
        super().startService()


def _complain(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if isinstance(error, CannotListen):
        print(f"echo: {error}", file=sys.__stderr__)
    else:
        sys.__excepthook__(kind, error, traceback)


class Conversations(Service):
    """
    The open conversations. A stop drains them: echoes in flight are delivered, then
    each client is closed with 1001. Nothing else closes conversations at a shutdown.

    SIGINT or SIGTERM during the drain aborts the remaining conversations, if the
    reactor runs in the main thread. After the drain, the earlier handlers are restored
    and get the signal. During the reactor's own shutdown they do not: the signal is a
    second one and only ends the drain.
    """

    #: Seconds between two checks of the remaining conversations.
    tick = 0.01

    #: Seconds in which the drain waits until a busy client pauses.
    patience = 1.0

    def __init__(
        self, factory: EchoFactory, drain: float, signals: Signals | None
    ) -> None:
        """
        @param drain: Seconds from a stop to the abort of the remaining conversations.
        """
        self._factory = factory
        reactor: Any = factory.reactor  # no type has all three interfaces
        self._reactor: IReactorTime = reactor
        self._threads: IReactorFromThreads = reactor
        self._core: IReactorCore = reactor
        self._drainTime = drain
        self._signals = signals
        self._handlers: list[SignalHandler] = []
        self._trigger: object = None
        self._isShutdown = False
        self._stoppedAt = self._deadline = 0.0
        self._goodbyes: list[Goodbye] = []
        self._drained: Deferred[None] = succeed(None)
        self._loop = LoopingCall(self._check)
        self._loop.clock = reactor

    def startService(self) -> None:
        super().startService()
        self._factory.closing = False
        if self._factory.wire.makePump is None:
            _log.info(
                "Messages are echoed in Python, not in C: {reason}",
                event="not_compiled",
                reason=whyPure(),
            )

    def stopService(self) -> Deferred[None]:
        """
        Refuse new conversations, and drain the open ones.

        @return: Fires when the last conversation has ended, at each call.
        """
        super().stopService()
        self._factory.close()
        if not self._loop.running:
            if not self._factory.conversations:
                return succeed(None)
            self._drained = self._drain()
        finished: Deferred[None] = Deferred()
        self._drained.addBoth(finished.callback)
        return finished

    def _drain(self) -> Deferred[None]:
        self._goodbyes = [Goodbye(each) for each in list(self._factory.conversations)]
        self._stoppedAt = self._reactor.seconds()
        self._deadline = self._stoppedAt + self._drainTime
        # The reactor calls this next if its shutdown has stopped the service.
        self._trigger = self._core.addSystemEventTrigger(
            "before", "shutdown", self._shutDown
        )
        if self._signals is not None:
            both = (signal.SIGINT, signal.SIGTERM)
            self._handlers = setHandlers(self._signals, both, self._interrupted)
        _log.info(
            "Closing {conversations} conversations",
            event="draining",
            conversations=len(self._goodbyes),
        )
        return self._loop.start(self.tick).addBoth(self._end)

    def _shutDown(self) -> None:
        self._isShutdown = True

    def _end(self, result: LoopingCall | Failure) -> Failure | None:
        if not self._isShutdown:
            self._core.removeSystemEventTrigger(self._trigger)
        for handler in self._handlers:
            handler.withdraw()
        return result if isinstance(result, Failure) else None

    def _check(self) -> None:
        if not self._factory.conversations:
            self._loop.stop()
        elif self._reactor.seconds() >= self._deadline:
            for conversation in list(self._factory.conversations):
                conversation.abortTransport("still open at the end of the drain")
        else:
            patient = self._reactor.seconds() < self._stoppedAt + self.patience
            self._goodbyes = [
                each for each in self._goodbyes if not each.attempt(patient)
            ]

    def _interrupted(self) -> bool:
        self._threads.callFromThread(self.abort)
        return self._isShutdown

    def abort(self) -> None:
        self._deadline = self._reactor.seconds()
        if self._loop.running:
            self._check()
