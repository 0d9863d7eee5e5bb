"""
Signal handlers for the time of a drain (L{echo.server.service}).

Handlers belong to the process: other code can set them at any time. A service that
restores the earlier handlers must not undo such changes.
"""

from collections.abc import Callable, Iterable
from types import FrameType
from typing import Protocol

Handler = Callable[[int, FrameType | None], object] | int | None


class Signals(Protocol):
    """
    The functions of the module C{signal} that are used here.
    """

    def getsignal(self, number: int, /) -> Handler: ...

    def signal(self, number: int, handler: Handler, /) -> object: ...

    def raise_signal(self, number: int, /) -> None: ...


class SignalHandler:
    """
    The handler of one signal, until L{withdraw}. The previous handler gets the signal
    then, unless the signal was for this one only.
    """

    def __init__(self, signals: Signals, number: int, call: Callable[[], bool]) -> None:
        """
        @param call: Called at each signal. Returns whether the signal is for this
            handler only.

        @raise ValueError: This is not the main thread.
        """
        self._signals = signals
        self._number = number
        self._call: Callable[[], bool] | None = call
        self._isOwed = False
        self.previous: Handler = signals.getsignal(number)
        signals.signal(number, self)

    def __call__(self, number: int, frame: object) -> None:
        if self._call is None:
            # Other code had replaced this handler, and has restored it since.
            self._signals.signal(number, self.previous)
            self._signals.raise_signal(number)
            return
        isMine = self._call()
        if isinstance(self.previous, SignalHandler):
            self.previous(number, frame)
        else:
            self._isOwed = not isMine

    def withdraw(self) -> None:
        """
        Restore the previous handler, unless other code has set one meanwhile. Raise the
        signal again if the previous handler has not got it.
        """
        self._call = None
        handler = self._signals.getsignal(self._number)
        if handler is self:
            self._signals.signal(self._number, self.previous)
        while isinstance(handler, SignalHandler):
            if handler.previous is self:
                handler.previous = self.previous
            handler = handler.previous
        if self._isOwed:
            self._signals.raise_signal(self._number)


def setHandlers(
    signals: Signals, numbers: Iterable[int], call: Callable[[], bool]
) -> list[SignalHandler]:
    """
    @return: The new handlers of these signals. They are none outside the main thread,
        which alone can set handlers. A handler of C code stays, because Python could
        not restore it.
    """
    try:
        return [
            SignalHandler(signals, number, call)
            for number in numbers
            if signals.getsignal(number) is not None
        ]
    except ValueError:
        return []
