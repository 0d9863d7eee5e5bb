"""
Pumping: while a conversation is plain, its socket is read and written by a pump
(L{echo.wire.pump.Pump}), and the reactor watches one descriptor for all of them.

That saves what a reactor takes for each event of each socket. Whatever is not plain
ends a lease: a frame that the codec refuses, a peer that does not take its replies,
the end of the connection, and every word that the daemon itself has to say. First of
all the transport gets what was not sent, then the conversation what was not taken.

C{ECHO_USE_PUMP=0} does without, and so does whatever has no epoll, no compiled
codec, or something between the conversation and its socket: PROXY, or TLS, which has
leases of another kind (L{echo.server.fastpath.tlspumping}).
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.internet.main import CONNECTION_LOST
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.server.sockets import buffered, isSocket
from echo.wire import switch

#: The environment variable that switches it off.
VARIABLE = "ECHO_USE_PUMP"

#: How long the pump may keep the reactor busy, in seconds, and how many conversations
#: are taken back meanwhile.
TURN = 0.005
BACKS = 16


class Pumped(Protocol):
    """
    A conversation that can be pumped.
    """

    factory: Any
    isPumped: bool
    transport: Any

    def handBack(self, unsent: bytes, rest: bytes) -> None:
        """
        See L{echo.server.fastpath.fastpath.PlainPath.handBack}.
        """

    def logFailure(self, hook: str) -> None:
        """
        See L{echo.server.conversation.protocol.EchoProtocol.logFailure}.
        """


class NoPumping:
    """
    Where there is no pump.
    """

    def start(self, conversation: Pumped, codec: Any) -> bool:
        """
        @return: False.
        """
        return False


@implementer(IReadDescriptor)
class Pumping:
    """
    The conversations of a daemon that are pumped. The reactor watches it for as long
    as there are any.
    """

    def __init__(self, reactor: Any, pump: Any) -> None:
        """
        @param reactor: It is an L{IReactorFDSet}.

        @param pump: A L{Pump<echo.wire.pump.Pump>}.
        """
        self._reactor = reactor
        self._pump = pump
        self._pumped: dict[Any, Pumped] = {}

    def start(self, conversation: Pumped, codec: Any) -> bool:
        """
        Have a conversation pumped, if it can be.

        @param codec: Its data path.

        @return: Whether it is pumped.
        """
        transport = conversation.transport
        if (
            not isSocket(transport)
            or conversation.factory.closing
            or buffered(transport)
        ):
            return False
        try:
            self._pump.add(codec, transport.fileno())
        except OSError:
            return False
        transport.pauseProducing()
        if not self._pumped:
            self._reactor.addReader(self)
        self._pumped[codec] = conversation
        return True

    def stop(self, codec: Any) -> None:
        """
        Have a conversation pumped no longer.
        """
        self._pump.remove(codec)
        self._ended(codec)

    def _ended(self, codec: Any) -> Pumped:
        conversation = self._pumped.pop(codec)
        if not self._pumped:
            self._reactor.removeReader(self)
        return conversation

    # What the reactor has to do with.

    def fileno(self) -> int:
        """
        @return: What to watch.
        """
        return int(self._pump.fileno())

    def logPrefix(self) -> str:
        """
        @return: What the log calls it.
        """
        return "Pumping"

    def doRead(self) -> None:
        """
        There is something to pump. What is left will be there the next time.
        """
        left = TURN
        for _ in range(BACKS):
            back = self._pump.run(left)
            if back is None:
                break
            self._handBack(self._ended(back.codec), back)
            left = 0.0

    def _handBack(self, conversation: Pumped, back: Any) -> None:
        try:
            if back.error:
                conversation.isPumped = False
                conversation.transport.connectionLost(Failure(CONNECTION_LOST))
            else:
                conversation.handBack(back.unsent, back.rest)
        except Exception:  # noqa: BLE001  one conversation's mistake is not that of all
            conversation.logFailure("handBack()")
            conversation.transport.abortConnection()

    def connectionLost(self, reason: Failure) -> None:
        """
        The reactor closes everything that it watches, at its end.
        """
        for conversation in list(self._pumped.values()):
            conversation.transport.connectionLost(reason)


def makePumping(
    reactor: Any,
    makePump: Callable[[], Any] | None,
    environ: Mapping[str, str] = os.environ,
) -> Pumping | NoPumping:
    """
    @param makePump: Makes a L{Pump<echo.wire.pump.Pump>}, if there is any.

    @return: What leases there are, here.
    """
    if (
        makePump is None
        or switch(VARIABLE, environ) is False
        or not IReactorFDSet.providedBy(reactor)
    ):
        return NoPumping()
    try:
        return Pumping(reactor, makePump())
    except OSError:
        return NoPumping()
