"""
Questions to the kernel about a connection, which Twisted's transports do not answer:
unread bytes, undelivered bytes, and the peer's end.

Each function takes a transport, and asks about the socket below TLS and the PROXY
protocol. Shutdown, back-pressure, keep-alive and behaviours use this module. The
internal names of Twisted's socket transports stand in L{echo.writebuffer}.
"""

import select
from collections.abc import Callable
from fcntl import ioctl
from struct import pack, unpack
from termios import FIONREAD, TIOCOUTQ
from typing import Any, TypeGuard

from twisted.internet.interfaces import IFileDescriptor, ITransport
from twisted.internet.tcp import Connection
from twisted.protocols.policies import ProtocolWrapper

from echo.writebuffer import bottomOf, queued

_INT = "i"

# Only Linux reports the end of the peer's half.
_END = getattr(select, "POLLRDHUP", 0)
_BROKEN = select.POLLHUP | select.POLLERR


def unread(transport: object) -> int:
    """
    @return: Bytes that the kernel has received and the transport has not read.
    """
    return _ask(bottomOf(transport), FIONREAD)


def undelivered(transport: object) -> int:
    """
    @return: Bytes that the kernel has sent or holds, and the peer's kernel has not
        acknowledged.
    """
    return _ask(bottomOf(transport), TIOCOUTQ)


def buffered(transport: object) -> int:
    """
    @return: Bytes that wait in this process for the kernel.
    """
    return queued(bottomOf(transport))


def hasUndelivered(transport: object) -> bool:
    """
    @return: Whether the peer's kernel has not acknowledged all written bytes.
    """
    return bool(buffered(transport) or undelivered(transport))


def deliveryState(transport: object) -> tuple[int, int, int]:
    """
    @return: A value that changes when the peer reads something, or something is
        written. It has no other meaning.
    """
    bottom = bottomOf(transport)
    return undelivered(bottom), len(bottom.dataBuffer), bottom.offset


def isSocket(transport: object) -> TypeGuard[Connection]:
    """
    @return: Whether this is a bare socket transport, without TLS or PROXY protocol.
    """
    return isinstance(transport, Connection) and not transport.TLS


def sendNow(transport: ITransport, data: bytes) -> None:
    """
    Write. A bare socket with an empty buffer gets the bytes now, not in the reactor's
    next turn.
    """
    if isSocket(transport) and transport.connected and not buffered(transport):
        try:
            sent = transport.socket.send(data)
        except OSError:  # the reactor meets the error, too, and ends the connection
            sent = 0
        if sent == len(data):
            return
        data = data[sent:]
    transport.write(data)


def readInPieces(transport: Any, size: int) -> Callable[[], None]:
    """
    Limit the bytes of one read, if the transport is a socket's. The kernel's buffer
    keeps its size: a smaller window would lose segments in flight.

    @return: Removes the limit.
    """
    if isinstance(transport, ProtocolWrapper) or getattr(transport, "TLS", False):
        return lambda: None
    usual: int = transport.bufferSize
    transport.bufferSize = min(usual, size)
    return lambda: setattr(transport, "bufferSize", usual)


def hasEnded(transport: object) -> bool:
    """
    @return: Whether the peer sends no more, beyond the unread bytes.
    """
    return bool(_events(transport) & (_END | _BROKEN))


def isBroken(transport: object) -> bool:
    """
    @return: Whether both halves have ended. A paused transport does not notice a reset.
    """
    return bool(_events(transport) & _BROKEN)


def _events(transport: object) -> int:
    poll = select.poll()
    poll.register(bottomOf(transport).fileno(), _END)
    return sum(events for _, events in poll.poll(0))


def _ask(bottom: IFileDescriptor, request: int) -> int:
    (value,) = unpack(_INT, ioctl(bottom.fileno(), request, pack(_INT, 0)))
    return int(value)
