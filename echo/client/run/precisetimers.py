"""
Timers that keep microseconds, where the system has C{timerfd}.

C{epoll_wait} takes whole milliseconds, so a timer of the epoll reactor fires up to a
millisecond late: then 5,000 messages a second leave in bursts of five, and the burst is
what they measure. A C{timerfd} wakes the reactor in time, and costs no processor while
it waits. Nothing here knows messages or connections.
"""

import ctypes
import os
import time
from collections.abc import Callable
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IReactorTime, IReadDescriptor
from twisted.internet.posixbase import PosixReactorBase
from twisted.logger import Logger
from zope.interface import implementer

_log = Logger()

_MONOTONIC = 1  # CLOCK_MONOTONIC, which is what time.perf_counter reads on Linux
_ABSOLUTE = 1  # TFD_TIMER_ABSTIME


class _Instant(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Instant), ("value", _Instant))


@implementer(IReactorTime, IReadDescriptor)
class PreciseTime:
    """
    A clock and its timers, beside those of a reactor. L{LoopingCall
    <twisted.internet.task.LoopingCall>} takes it as its C{clock}.

    It has a descriptor only as long as a timer is pending.
    """

    def __init__(self, reactor: Any, system: Any) -> None:
        """
        @param system: The C library: L{ctypes.CDLL}.
        """
        self._reactor = reactor
        self._system = system
        self._calls: list[DelayedCall] = []
        self._descriptor: int | None = None

    def seconds(self) -> float:
        """
        @return: The time in seconds, of L{time.perf_counter}.
        """
        return time.perf_counter()

    def callLater(
        self,
        delay: float,
        callable: Callable[..., Any],  # noqa: A002  (the name in the interface)
        *args: object,
        **kw: object,
    ) -> DelayedCall:
        """
        Call a function after a number of seconds. What is due now is the reactor's: it
        needs no descriptor, and costs less so.
        """
        if delay <= 0:
            soon: DelayedCall = self._reactor.callLater(0, callable, *args, **kw)
            return soon
        call = DelayedCall(
            self.seconds() + delay,
            callable,
            args,
            kw,
            self._cancelled,
            self._moved,
            self.seconds,
        )
        self._calls.append(call)
        self._set()
        return call

    def getDelayedCalls(self) -> list[DelayedCall]:
        """
        @return: The pending timers, without those that were due when they were made.
        """
        return list(self._calls)

    def _cancelled(self, call: DelayedCall) -> None:
        self._calls.remove(call)
        self._set()

    def _moved(self, _: DelayedCall) -> None:
        self._set()

    def _set(self) -> None:
        """
        Set the descriptor to the first timer.
        """
        if not self._calls:
            self._release()
            return
        if self._descriptor is None:
            self._descriptor = self._system.timerfd_create(
                _MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC
            )
            self._reactor.addReader(self)
        first = min(call.getTime() for call in self._calls)
        setting = _Setting()
        setting.value.seconds = int(first)
        # All zeros would mean: no timer.
        setting.value.nanoseconds = max(1, int(first % 1 * 1e9))
        self._system.timerfd_settime(
            self._descriptor, _ABSOLUTE, ctypes.byref(setting), None
        )

    def _release(self) -> None:
        if self._descriptor is not None:
            self._reactor.removeReader(self)
            os.close(self._descriptor)
            self._descriptor = None

    # What the reactor calls

    def fileno(self) -> int:
        """
        @return: The descriptor, -1 if there is none.
        """
        return -1 if self._descriptor is None else self._descriptor

    def logPrefix(self) -> str:
        """
        @return: The name of this reader in the reactor's log.
        """
        return "timer"

    def doRead(self) -> None:
        """
        Call what is due. The descriptor stays readable until it is set again.
        """
        now = self.seconds()
        for call in sorted(self._calls, key=DelayedCall.getTime):
            if call.getTime() <= now and call.active():
                self._calls.remove(call)
                call.called = 1
                # As the reactor does with its own: one bug does not stop the others.
                with _log.failuresHandled("Error in a timer"):
                    call.func(*call.args, **call.kw)
        self._set()

    def connectionLost(self, reason: object) -> None:
        """
        The reactor gives the descriptor up.
        """
        self._release()


def preciseTime(reactor: Any) -> Any:
    """
    @return: Timers for a reactor, as precise as the system has them: the reactor's own
        where there is no C{timerfd}, and where it watches no descriptors: in tests.
        (C{kqueue} takes nanoseconds.)
    """
    system = ctypes.CDLL(None)
    if isinstance(reactor, PosixReactorBase) and hasattr(system, "timerfd_create"):
        return PreciseTime(reactor, system)
    return reactor
