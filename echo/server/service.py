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

from echo.server.conversation.protocol import EchoFactory, EchoProtocol
from echo.server.endpoints import ListeningService, explain
from echo.server.signals import Interrupt, Signals, interrupts
from echo.wire import whyPure

_log = Logger()


class CannotListen(Exception):
    """
    An address could not be listened on.
    """


class Daemon(MultiService):
    """
    The whole daemon. If it cannot start, it logs the reason in one line.
    """

    def __init__(self, reactor: IReactorCore) -> None:
        super().__init__()
        self._reactor = reactor

    @property
    def addresses(self) -> list[str]:
        """
        The addresses at which the running daemon takes conversations: URLs, and
        paths of UNIX sockets.
        """
        return [
            each.endpoint.address
            for each in self
            if isinstance(each, ListeningService)
            and each.until is None
            and each.endpoint.address is not None
        ]

    def privilegedStartService(self) -> None:
        """
        Listen at all endpoints.

        @raise CannotListen: An address is in use, does not exist, or is not permitted.
        """
        try:
            super().privilegedStartService()
        except (CannotListenError, OSError, OverflowError) as error:
            # twistd clears up behind an exception, not behind a SystemExit, but
            # leaves it to the interpreter to show, in a traceback, in the log.
            sys.excepthook = _complain
            why = explain(error)
            _log.error("{reason}", event="cannot_listen", reason=why)
            # In the next iteration, which would be the first, ports close and
            # UNIX sockets go.
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
    The open conversations. Stopping the service drains them: each client gets its
    outstanding echoes and a close with 1001.

    SIGINT or SIGTERM during the drain aborts the conversations that are left, if the
    reactor runs in the main thread. After the drain the earlier signal handlers are
    back, and get the signal, unless the drain is part of the reactor's shutdown: the
    signal is a second one then, and ends the drain only. Nothing else closes
    conversations on the way down.
    """

    #: Seconds between two looks at the conversations that are left.
    tick = 0.01

    #: Seconds for which the drain waits for a busy client to pause.
    patience = 1.0

    def __init__(
        self,
        factory: EchoFactory,
        reactor: Any,
        drain: float,
        signals: Signals | None = signal,
    ) -> None:
        """
        @param drain: Seconds from the stop until the remaining conversations are
            aborted.

        @param signals: The module C{signal}. None leaves signals alone.
        """
        self._factory = factory
        self._reactor: IReactorTime = reactor
        self._threads: IReactorFromThreads = reactor
        self._core: IReactorCore = reactor
        self._drainTime = drain
        self._signals = signals
        self._interrupts: list[Interrupt] = []
        self._trigger: Any = None
        self._isShutdown = False
        self._stoppedAt = self._deadline = 0.0
        self._untold: list[EchoProtocol] = []
        self._drained: Deferred[None] = succeed(None)
        self._loop = LoopingCall(self._look)
        self._loop.clock = reactor

    def startService(self) -> None:
        """
        Take conversations. Log why messages are echoed in Python, where they are.
        """
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

        @return: Fires when the last conversation has ended. A second call returns a
            Deferred of the same event.
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
        self._untold = list(self._factory.conversations)
        for conversation in self._untold:
            conversation.prepareGoodbye()
        self._stoppedAt = self._reactor.seconds()
        self._deadline = self._stoppedAt + self._drainTime
        # If this drain is part of the shutdown, this is called next.
        self._trigger = self._core.addSystemEventTrigger(
            "before", "shutdown", self._shutDown
        )
        if self._signals is not None:
            both = (signal.SIGINT, signal.SIGTERM)
            self._interrupts = interrupts(self._signals, both, self._interrupted)
        _log.info(
            "Closing {conversations} conversations",
            event="draining",
            conversations=len(self._untold),
        )
        return self._loop.start(self.tick).addBoth(self._end)

    def _shutDown(self) -> None:
        self._isShutdown = True

    def _end(self, result: Any) -> Any:
        if not self._isShutdown:
            self._core.removeSystemEventTrigger(self._trigger)
        for interrupt in self._interrupts:
            interrupt.withdraw()
        return result if isinstance(result, Failure) else None

    def _look(self) -> None:
        if not self._factory.conversations:
            self._loop.stop()
        elif self._reactor.seconds() >= self._deadline:
            for conversation in list(self._factory.conversations):
                conversation.abandon()
        else:
            patient = self._reactor.seconds() < self._stoppedAt + self.patience
            self._untold = [
                conversation
                for conversation in self._untold
                if not conversation.sayGoodbye(patient)
            ]

    def _interrupted(self) -> bool:
        self._threads.callFromThread(self.abort)
        return self._isShutdown

    def abort(self) -> None:
        """
        End the drain: abort the conversations that are left.
        """
        self._deadline = self._reactor.seconds()
        if self._loop.running:
            self._look()
