"""
Handlers of signals, for as long as a service needs them (L{echo.server.service}).

Handlers belong to the process. Other services and other code set them too, and at any
time: a handler that is given back must not undo what they did meanwhile.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol


class Signals(Protocol):
    """
    What this takes of the module C{signal}, which is one.
    """

    def getsignal(self, number: int, /) -> Any:
        """
        @return: The handler; None if it was not set by Python.
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
    The handler of one signal, until it is withdrawn.

    @ivar previous: The handler that it takes the place of.
    """

    def __init__(
        self, signals: Signals, number: int, call: Callable[[], object]
    ) -> None:
        """
        @param call: Called at each signal.

        @raise ValueError: This is not the main thread.
        """
        self._signals = signals
        self._number = number
        self._call: Callable[[], object] | None = call
        self.previous: Any = signals.getsignal(number)
        signals.signal(number, self)

    def __call__(self, number: int, frame: object) -> None:
        """
        The signal has come.
        """
        if self._call is None:
            # Other code took this for the handler that it had to give back.
            self._signals.signal(number, self.previous)
            self._signals.raise_signal(number)
            return
        self._call()
        if isinstance(self.previous, Interrupt):
            self.previous(number, frame)

    def withdraw(self) -> None:
        """
        Give the place back, unless other code has taken it meanwhile.
        """
        self._call = None
        handler = self._signals.getsignal(self._number)
        if handler is self:
            self._signals.signal(self._number, self.previous)
        while isinstance(handler, Interrupt):
            if handler.previous is self:
                handler.previous = self.previous
            handler = handler.previous


def interrupts(
    signals: Signals, numbers: Iterable[int], call: Callable[[], object]
) -> list[Interrupt]:
    """
    @return: The handlers of signals. There are none outside of the main thread, which
        alone can set them, nor in place of one that was not set by Python, which
        could not be given back.
    """
    try:
        return [
            Interrupt(signals, number, call)
            for number in numbers
            if signals.getsignal(number) is not None
        ]
    except ValueError:
        return []
