"""
The reactor in memory, and the signals of its process.
"""

import signal
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IResolutionReceiver
from twisted.internet.testing import MemoryReactorClock


class Reactor(MemoryReactorClock):
    """
    A reactor whose time the test moves, for daemon and client.

    @ivar working: The names of the busy threads in its pool.
    """

    working: tuple[str, ...] = ()

    def nanoseconds(self) -> int:
        """
        @return: The reactor's time, in the unit of the client's clocks.
        """
        return round(self.seconds() * 1e9)

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> Any:
        """
        Start the factory first, as a real connector does.
        """
        factory.doStart()
        return super().connectTCP(host, port, factory, timeout, bindAddress)

    def run(self, **_: Any) -> None:
        super().run()

    def callFromThread(self, f: Callable[..., object], *args: object) -> None:
        self.callLater(0, f, *args)

    def getThreadPool(self) -> Any:
        """
        @return: What stands in for the pool: C{working} is all that is read of it.
        """
        return self

    def addSystemEventTrigger(  # type: ignore[override]  # MemoryReactor returns nothing
        self, phase: str, event: str, call: Callable[[], object]
    ) -> Callable[[], object]:
        super().addSystemEventTrigger(phase, event, call)
        return call

    def removeSystemEventTrigger(self, trigger: Callable[[], object]) -> None:
        self.triggers["before"]["shutdown"].remove((trigger, (), {}))


class SilentResolver:
    """
    A resolver that never resolves.
    """

    def resolveHostName(
        self, resolutionReceiver: IResolutionReceiver, hostName: str, **_: Any
    ) -> None:
        pass


class Signals:
    """
    Stands in for the module C{signal}.

    @ivar handlers: The handlers, by signal number.

    @ivar died: The signals that ended the process.

    @ivar thread: Whether this is not the main thread.
    """

    def __init__(self) -> None:
        self.handlers: dict[int, Any] = {}
        self.died: list[int] = []
        self.thread = False

    def getsignal(self, number: int) -> Any:
        return self.handlers.get(number, signal.SIG_DFL)

    def signal(self, number: int, handler: Any) -> Any:
        if self.thread:
            raise ValueError("signal only works in main thread")
        if not (callable(handler) or isinstance(handler, signal.Handlers)):
            raise TypeError("signal handler must be callable or signal.SIG_DFL")
        before = self.getsignal(number)
        self.handlers[number] = handler
        return before

    def raise_signal(self, number: int) -> None:
        handler = self.getsignal(number)
        if callable(handler):
            handler(number, None)
        elif handler is signal.SIG_DFL:
            self.died.append(number)
