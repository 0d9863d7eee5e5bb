"""
Signal handlers for the time of a drain (L{echo.server.service}).

Handlers belong to the process: other services and other code set them, too, at any
time. So a service that gives its handlers back must not undo their changes.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol


class Signals(Protocol):
    """
    The functions of the module C{signal} that are used here.
    """

    def getsignal(self, number: int, /) -> Any:
        """
        @return: The handler; None for a handler that is not in Python.
        """

    def signal(self, number: int, handler: Any, /) -> object:
        """
        Set the handler.

        @raise ValueError: This is not the main thread.
        """

    def raise_signal(self, number: int, /) -> None:
        """
        Send the signal to this process.
        """


class Interrupt:
    """
    The handler of one signal, until L{withdraw}. The handler before it gets the signal
    then, unless the signal was meant for this one only.

    @ivar previous: The handler before this one.
    """

    def __init__(self, signals: Signals, number: int, call: Callable[[], bool]) -> None:
        """
        @param call: Called at each signal. Returns whether the signal was meant for
            this handler only.

        @raise ValueError: This is not the main thread.
        """
        self._signals = signals
        self._number = number
        self._call: Callable[[], bool] | None = call
        self._isOwed = False
        self.previous: Any = signals.getsignal(number)
        signals.signal(number, self)

    def __call__(self, number: int, frame: object) -> None:
        """
        Handle the signal.
        """
        if self._call is None:
            # Other code had replaced this handler, and has set it again since.
            self._signals.signal(number, self.previous)
            self._signals.raise_signal(number)
            return
        isMine = self._call()
        if isinstance(self.previous, Interrupt):
            self.previous(number, frame)
        else:
            self._isOwed = not isMine

    def withdraw(self) -> None:
        """
        Set the previous handler again, unless other code has set one meanwhile. Send
        it the signal that it did not get.
        """
        self._call = None
        handler = self._signals.getsignal(self._number)
        if handler is self:
            self._signals.signal(self._number, self.previous)
        while isinstance(handler, Interrupt):
            if handler.previous is self:
                handler.previous = self.previous
            handler = handler.previous
        if self._isOwed:
            self._signals.raise_signal(self._number)


def interrupts(
    signals: Signals, numbers: Iterable[int], call: Callable[[], bool]
) -> list[Interrupt]:
    """
    @param call: As for L{Interrupt}.

    @return: The new handlers of these signals. Only the main thread can set handlers:
        in any other thread there are none. A handler that is not in Python stays,
        because Python cannot set it again.
    """
    try:
        return [
            Interrupt(signals, number, call)
            for number in numbers
            if signals.getsignal(number) is not None
        ]
    except ValueError:
        return []
