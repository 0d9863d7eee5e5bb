"""
Timers with microsecond precision, where the system has C{timerfd}.

C{epoll_wait} takes whole milliseconds, so timers of the epoll reactor fire up to a
millisecond late. Then 5,000 messages a second leave in bursts of five, and the bursts
are measured as delay. A C{timerfd} wakes the reactor in time, and takes no processor
time while it waits.
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

_MONOTONIC = 1  # CLOCK_MONOTONIC, which time.perf_counter reads on Linux
_ABSOLUTE = 1  # TFD_TIMER_ABSTIME


class _Instant(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Instant), ("value", _Instant))


@implementer(IReactorTime, IReadDescriptor)
class PreciseTime:
    """
    A clock with timers, for the C{clock} of L{LoopingCall
    <twisted.internet.task.LoopingCall>}.

    It has an open descriptor only while a timer is pending.
    """

    def __init__(self, reactor: Any, system: ctypes.CDLL) -> None:
        """
        @param reactor: It has timers, and watches descriptors.

        @param system: The C library.
        """
        self._reactor = reactor
        self._system = system
        self._calls: list[DelayedCall] = []
        self._descriptor: int | None = None

    def seconds(self) -> float:
        return time.perf_counter()

    def callLater(
        self,
        delay: float,
        callable: Callable[..., object],  # noqa: A002  (the name in the interface)
        *args: object,
        **kw: object,
    ) -> DelayedCall:
        """
        Call a function after C{delay} seconds. Without a delay this is left to the
        reactor, which is faster and needs no descriptor.
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
        return list(self._calls)

    def _cancelled(self, call: DelayedCall) -> None:
        self._calls.remove(call)
        self._set()

    def _moved(self, _: DelayedCall) -> None:
        self._set()

    def _set(self) -> None:
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
        return -1 if self._descriptor is None else self._descriptor

    def logPrefix(self) -> str:
        return "timer"

    def doRead(self) -> None:
        """
        Call the functions that are due. The descriptor is readable until it is set
        again.
        """
        now = self.seconds()
        for call in sorted(self._calls, key=DelayedCall.getTime):
            if call.getTime() <= now and call.active():
                self._calls.remove(call)
                call.called = 1
                # Like the reactor: a bug in one timer does not stop the others.
                with _log.failuresHandled("Error in a timer"):
                    call.func(*call.args, **call.kw)
        self._set()

    def connectionLost(self, reason: object) -> None:
        self._release()


def preciseTime(reactor: IReactorTime) -> IReactorTime:
    """
    @return: The most precise timers for this reactor: L{PreciseTime}; the reactor
        itself without C{timerfd} (C{kqueue} takes nanoseconds), and if it watches no
        descriptors, as in tests.
    """
    system = ctypes.CDLL(None)
    if isinstance(reactor, PosixReactorBase) and hasattr(system, "timerfd_create"):
        return PreciseTime(reactor, system)
    return reactor
