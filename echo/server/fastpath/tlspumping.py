"""
Pumping inside TLS: the sockets of TLS conversations on the fast path are read here, and
the reactor watches one descriptor for all of them.

The bytes go through OpenSSL, so that the C pump (L{echo.server.fastpath.pumping})
cannot read them, but most of the reactor's work for each event is saved, and most of
the way through a conversation. Pumping stops for the same reasons.
"""

import os
import select
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

from twisted.internet.interfaces import IReactorFDSet, IReactorTime, IReadDescriptor
from twisted.internet.main import CONNECTION_LOST
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.server.fastpath.pumping import TURN, VARIABLE, Pumped
from echo.server.sockets import buffered, isSocket
from echo.wire import switch

# Sockets that are read between two looks at the clock.
_BATCH = 8

_EPOLL: Callable[[], Any] | None = getattr(select, "epoll", None)


@implementer(IReadDescriptor)
class TLSPumping:
    """
    The pumped TLS conversations of a listener. The reactor watches it while there are
    any.
    """

    def __init__(self, reactor: Any, epoll: Any) -> None:
        self._reactor: IReactorFDSet = reactor
        self._clock: IReactorTime = reactor
        self._epoll = epoll
        self._pumped: dict[int, Pumped] = {}
        self._descriptors: dict[Pumped, int] = {}

    def start(self, fastPath: Pumped) -> bool:
        conversation = fastPath.conversation
        tls = conversation.transport
        if (
            not isSocket(tls.transport)
            or not tls.isUsual()
            or conversation.factory.closing
            or buffered(tls)
        ):
            return False
        number = tls.fileno()
        try:
            self._epoll.register(number, select.EPOLLIN)
        except OSError:
            return False
        if not self._pumped:
            self._reactor.addReader(self)
        self._pumped[number] = fastPath
        self._descriptors[fastPath] = number
        return True

    def stop(self, fastPath: Pumped) -> None:
        number = self._descriptors.pop(fastPath)
        del self._pumped[number]
        with suppress(OSError):  # it can be closed
            self._epoll.unregister(number)
        if not self._pumped:
            self._reactor.removeReader(self)

    # IReadDescriptor.

    def fileno(self) -> int:
        return int(self._epoll.fileno())

    def logPrefix(self) -> str:
        return "TLSPumping"

    def doRead(self) -> None:
        until = monotonic() + TURN
        count = _BATCH
        while count == _BATCH and monotonic() < until:
            # epoll rotates its ready list, so that no peer starves.
            ready = self._epoll.poll(0, _BATCH)
            count = len(ready)
            now = self._clock.seconds()
            for number, _ in ready:
                if number in self._pumped:
                    self._serve(self._pumped[number], now)

    def _serve(self, fastPath: Pumped, now: float) -> None:
        conversation = fastPath.conversation
        conversation.frameReader.heardAt = now
        try:
            self._exchange(fastPath)
        except Exception:  # noqa: BLE001  (one conversation's mistake ends no other)
            conversation.logFailure("TLS pumping")
            fastPath.stopPumping()
            conversation.transport.abortConnection()

    def _exchange(self, fastPath: Pumped) -> None:
        conversation = fastPath.conversation
        tls = conversation.transport
        bottom = tls.transport
        try:
            data = bottom.socket.recv(bottom.bufferSize)
        except BlockingIOError:
            return
        except OSError:
            bottom.connectionLost(Failure(CONNECTION_LOST))
            return
        rest = tls.exchange(data, fastPath.answer) if data else b""
        if rest is not None:
            fastPath.stopPumping()
            if rest:
                conversation.dataReceived(rest)
            if data:
                tls.dataReceived(b"")

    def connectionLost(self, reason: Failure) -> None:
        """
        The reactor stops, and drops all that it watches.
        """
        for fastPath in list(self._pumped.values()):
            fastPath.conversation.transport.transport.connectionLost(reason)


def makeTLSPumping(
    reactor: object,
    environ: Mapping[str, str] = os.environ,
    makeEpoll: Callable[[], Any] | None = _EPOLL,
) -> TLSPumping | None:
    if (
        makeEpoll is None
        or switch(VARIABLE, environ) is False
        or not IReactorFDSet.providedBy(reactor)
    ):
        return None
    return TLSPumping(reactor, makeEpoll())
