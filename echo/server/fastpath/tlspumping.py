"""
Pumping of connections inside TLS: while a conversation is plain, its socket is read
here, and the reactor watches one descriptor for all of them.

No compiled pump can do that (L{echo.server.fastpath.pumping}), since the bytes have to
go through OpenSSL, but most of what a reactor takes for each event of each socket is
saved, and most of the way through the conversation. What ends a lease is the same:
whatever is not plain, a peer that does not take its replies, and every word of the
daemon's own.
"""

import os
import select
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol

from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.internet.main import CONNECTION_LOST
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.server.fastpath.pumping import TURN, VARIABLE, NoPumping, Pumped
from echo.server.sockets import buffered, isSocket
from echo.wire import switch

# How many sockets are read between two looks at the clock.
_FEW = 8

_EPOLL: Callable[[], Any] | None = getattr(select, "epoll", None)


class TLSPumped(Pumped, Protocol):
    """
    A conversation whose socket can be read here.
    """

    heardAt: float

    def stopPumping(self) -> None:
        """
        See L{echo.server.fastpath.fastpath.PlainPath.stopPumping}.
        """

    def dataReceived(self, data: bytes) -> None:
        """
        Something was read.
        """

    def answer(self, data: bytes) -> tuple[bytes, bytes | None]:
        """
        See L{echo.server.fastpath.fastpath.PlainPath.answer}.
        """


@implementer(IReadDescriptor)
class TLSPumping:
    """
    The conversations of a daemon that are read here. The reactor watches it for as
    long as there are any.
    """

    def __init__(self, reactor: Any, epoll: Any) -> None:
        """
        @param reactor: It is an L{IReactorFDSet}.

        @param epoll: A new C{select.epoll}.
        """
        self._reactor = reactor
        self._epoll = epoll
        self._pumped: dict[int, TLSPumped] = {}
        self._descriptors: dict[Any, int] = {}

    def start(self, conversation: TLSPumped, codec: Any) -> bool:
        """
        Read for a conversation, if that can be done.

        @param codec: Its data path.

        @return: Whether it is read for.
        """
        secure = conversation.transport
        if (
            not isSocket(secure.transport)
            or not secure.isUsual()
            or conversation.factory.closing
            or buffered(secure)
        ):
            return False
        number = secure.fileno()
        try:
            self._epoll.register(number, select.EPOLLIN)
        except OSError:
            return False
        secure.pauseProducing()
        if not self._pumped:
            self._reactor.addReader(self)
        self._pumped[number] = conversation
        self._descriptors[codec] = number
        return True

    def stop(self, codec: Any) -> None:
        """
        Read for a conversation no longer.
        """
        number = self._descriptors.pop(codec)
        del self._pumped[number]
        with suppress(OSError):  # it may be closed
            self._epoll.unregister(number)
        if not self._pumped:
            self._reactor.removeReader(self)

    # What the reactor has to do with.

    def fileno(self) -> int:
        """
        @return: What to watch.
        """
        return int(self._epoll.fileno())

    def logPrefix(self) -> str:
        """
        @return: What the log calls it.
        """
        return "TLSPumping"

    def doRead(self) -> None:
        """
        There is something to read. What is left will be there the next time.
        """
        until = monotonic() + TURN
        count = _FEW
        while count == _FEW and monotonic() < until:
            # Who was told of comes last the next time: everybody has a turn.
            ready = self._epoll.poll(0, _FEW)
            count = len(ready)
            now = self._reactor.seconds()
            for number, _ in ready:
                if number in self._pumped:
                    self._pumped[number].heardAt = now
                    self._serve(self._pumped[number])

    def _serve(self, conversation: TLSPumped) -> None:
        try:
            self._exchange(conversation)
        except Exception:  # noqa: BLE001  one conversation's mistake is not that of all
            conversation.logFailure("the lease")
            conversation.stopPumping()
            conversation.transport.abortConnection()

    def _exchange(self, conversation: TLSPumped) -> None:
        secure = conversation.transport
        bottom = secure.transport
        try:
            data = bottom.socket.recv(bottom.bufferSize)
        except BlockingIOError:
            return
        except OSError:
            bottom.connectionLost(Failure(CONNECTION_LOST))
            return
        rest = secure.exchange(data, conversation.answer) if data else b""
        if rest is not None:
            conversation.stopPumping()
            if rest:
                conversation.dataReceived(rest)
            if data:
                secure.dataReceived(b"")

    def connectionLost(self, reason: Failure) -> None:
        """
        The reactor closes everything that it watches, at its end.
        """
        for conversation in list(self._pumped.values()):
            conversation.transport.transport.connectionLost(reason)


def makeTLSPumping(
    reactor: Any,
    environ: Mapping[str, str] = os.environ,
    makeEpoll: Callable[[], Any] | None = _EPOLL,
) -> TLSPumping | NoPumping:
    """
    @param makeEpoll: Makes a C{select.epoll}, if there is any.

    @return: What leases there are, here.
    """
    if (
        makeEpoll is None
        or switch(VARIABLE, environ) is False
        or not IReactorFDSet.providedBy(reactor)
    ):
        return NoPumping()
    return TLSPumping(reactor, makeEpoll())
