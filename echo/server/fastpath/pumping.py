"""
Pumping: a C pump (L{echo.wire.pump.Pump}) reads and writes the sockets of conversations
on the fast path, and the reactor watches one descriptor for all of them.

That saves the reactor's work for each event of each socket. Pumping of a conversation
stops at a frame that is not simple, at a peer that does not read its replies, at the
end of the connection, and before each write of the daemon itself. The transport gets
the unsent replies first, and the conversation the unprocessed bytes.

C{ECHO_USE_PUMP=0} switches it off. It needs epoll, the C codec and a bare socket: TLS
has L{echo.server.fastpath.tlspumping}, and a connection with the PROXY protocol none.
"""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.internet.main import CONNECTION_LOST
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.server.conversation.readgate import HoldReason
from echo.server.sockets import buffered, isSocket
from echo.wire import switch

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol
    from echo.wire.pump import Pump, Returned

#: The environment variable that switches pumping off.
VARIABLE = "ECHO_USE_PUMP"

#: Limits of one turn of the reactor: seconds, and conversations that are handed back.
TURN = 0.005
BACKS = 16


class Pumped(Protocol):
    """
    A L{FastPath<echo.server.fastpath.fastpath.FastPath>}.
    """

    conversation: "EchoProtocol"
    codec: Any  # a CCodec where there is a pump

    def answer(self, data: bytes) -> tuple[bytes, bytes | None]: ...

    def handBack(self, unsent: bytes, rest: bytes) -> None: ...

    def stopPumping(self) -> None: ...


@implementer(IReadDescriptor)
class Pumping:
    """
    The pumped conversations of a daemon. The reactor watches it while there are any.
    """

    def __init__(self, reactor: IReactorFDSet, pump: "Pump") -> None:
        self._reactor = reactor
        self._pump = pump
        self._pumped: dict[object, Pumped] = {}

    def start(self, fastPath: Pumped) -> bool:
        """
        @return: Whether the pump reads the conversation's socket now.
        """
        conversation = fastPath.conversation
        transport = conversation.transport
        if (
            not isSocket(transport)
            or conversation.factory.closing
            or buffered(transport)
        ):
            return False
        try:
            self._pump.add(fastPath.codec, transport.fileno())
        except OSError:
            return False
        if not self._pumped:
            self._reactor.addReader(self)
        self._pumped[fastPath.codec] = fastPath
        return True

    def stop(self, fastPath: Pumped) -> None:
        self._pump.remove(fastPath.codec)
        self._removed(fastPath.codec)

    def _removed(self, codec: object) -> Pumped:
        fastPath = self._pumped.pop(codec)
        if not self._pumped:
            self._reactor.removeReader(self)
        return fastPath

    # IReadDescriptor.

    def fileno(self) -> int:
        return int(self._pump.fileno())

    def logPrefix(self) -> str:
        return "Pumping"

    def doRead(self) -> None:
        left = TURN
        for _ in range(BACKS):
            returned = self._pump.run(left)
            if returned is None:
                break
            self._handBack(self._removed(returned.codec), returned)
            left = 0.0

    def _handBack(self, fastPath: Pumped, returned: "Returned") -> None:
        conversation = fastPath.conversation
        try:
            if returned.error:
                conversation.readGate.forget(HoldReason.PUMP)
                conversation.transport.connectionLost(Failure(CONNECTION_LOST))
            else:
                fastPath.handBack(returned.unsent, returned.rest)
        except Exception:  # noqa: BLE001  (one conversation's mistake ends no other)
            conversation.logFailure("handBack()")
            conversation.transport.abortConnection()

    def connectionLost(self, reason: Failure) -> None:
        """
        The reactor stops, and drops all that it watches.
        """
        for fastPath in list(self._pumped.values()):
            fastPath.conversation.transport.connectionLost(reason)


def makePumping(
    reactor: object,
    makePump: Callable[[], "Pump"] | None,
    environ: Mapping[str, str] = os.environ,
) -> Pumping | None:
    """
    @param makePump: Makes a L{Pump<echo.wire.pump.Pump>}.

    @return: None where pumping is impossible or switched off.
    """
    if (
        makePump is None
        or switch(VARIABLE, environ) is False
        or not IReactorFDSet.providedBy(reactor)
    ):
        return None
    try:
        return Pumping(reactor, makePump())
    except OSError:
        return None
