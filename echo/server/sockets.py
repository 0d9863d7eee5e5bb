"""
What the kernel still holds of a connection, and what waits to be given to it.

Back-pressure and the drain need to know it, and no transport tells.
"""

import select
from collections.abc import Callable
from fcntl import ioctl
from struct import pack, unpack
from termios import FIONREAD, TIOCOUTQ
from typing import Any

from twisted.internet.tcp import Connection
from twisted.protocols.policies import ProtocolWrapper

from echo.writebuffer import queued

_NUMBER = "i"

# Linux alone tells of the end of one half.
_END = getattr(select, "POLLRDHUP", 0)
_BREACH = select.POLLHUP | select.POLLERR


def unread(transport: Any) -> int:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: Bytes that have arrived and were not read yet.
    """
    return _ask(_socket(transport), FIONREAD)


def untaken(transport: Any) -> int:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: Bytes that were sent and have not reached the peer yet.
    """
    return _ask(_socket(transport), TIOCOUTQ)


def unsent(transport: Any) -> tuple[int, int, int]:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: What the peer has still to take. It is unchanged for as long as the
        peer takes nothing and nothing is written; no other use is meant.
    """
    bottom = _socket(transport)
    return untaken(bottom), len(bottom.dataBuffer), bottom.offset


def buffered(transport: Any) -> int:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: Bytes that wait in this process to be given to the kernel.
    """
    return queued(_socket(transport))


def isAwaited(transport: Any) -> bool:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: Whether something that was written has not reached the peer yet.
    """
    return bool(buffered(transport) or untaken(transport))


def isSocket(transport: Any) -> bool:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: Whether there is nothing between the one who holds it and its socket.
    """
    return isinstance(transport, Connection) and not transport.TLS


def sendNow(transport: Any, data: bytes) -> None:
    """
    Write. If nothing waits to be written, the kernel gets at once what it takes;
    Twisted would first go and ask whether it takes anything.

    @param transport: A connection's transport, below TLS and PROXY or not.
    """
    if isSocket(transport) and transport.connected and not buffered(transport):
        try:
            sent = transport.socket.send(data)
        except OSError:  # it will be met once more, where Twisted can see to it
            sent = 0
        if sent == len(data):
            return
        data = data[sent:]
    transport.write(data)


def readInPieces(transport: Any, size: int) -> Callable[[], None]:
    """
    Have a connection read in small pieces. (The kernel goes on to take what it has room
    for: a window that shrinks loses what was on its way.) Below TLS and PROXY there is
    something else to be read, and nothing changes.

    @param size: The most bytes of a piece, if that is less than what is usual.

    @return: Takes it back.
    """
    if isinstance(transport, ProtocolWrapper) or getattr(transport, "TLS", False):
        return lambda: None
    usual: int = transport.bufferSize
    transport.bufferSize = min(usual, size)
    return lambda: setattr(transport, "bufferSize", usual)


def hasEnded(transport: Any) -> bool:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: Whether the peer will say nothing more than what is still to be read.
    """
    return bool(_events(transport) & (_END | _BREACH))


def isBroken(transport: Any) -> bool:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: Whether the connection is gone, both ways. Who does not read is not told.
    """
    return bool(_events(transport) & _BREACH)


def _events(transport: Any) -> int:
    poll = select.poll()
    poll.register(_socket(transport).fileno(), _END)
    return sum(events for _, events in poll.poll(0))


def _socket(transport: Any) -> Any:
    while isinstance(transport, ProtocolWrapper):
        transport = transport.transport
    return transport


def _ask(bottom: Any, request: int) -> int:
    (answer,) = unpack(_NUMBER, ioctl(bottom.fileno(), request, pack(_NUMBER, 0)))
    return int(answer)
