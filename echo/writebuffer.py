"""
The write buffer of Twisted's socket transports, which no interface of Twisted shows.

L{echo.engine.client} writes past it, and L{echo.server.sockets} measures it.
"""

from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.protocols.policies import ProtocolWrapper


def bottomOf(transport: object) -> Any:
    """
    @return: The transport below TLS and other wrappers: a L{FileDescriptor}, or a
        transport in memory.
    """
    while isinstance(transport, ProtocolWrapper):
        transport = transport.transport
    return transport


def descriptorOf(transport: object) -> FileDescriptor | None:
    """
    @return: The bottom, if it is a socket transport; C{None} for one in memory.
    """
    bottom = bottomOf(transport)
    return bottom if isinstance(bottom, FileDescriptor) else None


def writeNow(descriptor: FileDescriptor, data: bytes) -> None:
    """
    Write to the socket now, not in the reactor's next turn. The reactor writes what the
    socket does not take.
    """
    # Bytes in the buffer go first. An empty buffer has no writer in the reactor, and
    # C{descriptor.write} would add and remove one: two calls of epoll.
    waits = descriptor.dataBuffer or descriptor._tempDataLen  # noqa: SLF001
    written = 0 if waits else descriptor.writeSomeData(data)
    rest = data[written:] if isinstance(written, int) else data
    if rest:
        descriptor.write(rest)


def queued(descriptor: FileDescriptor) -> int:
    """
    @return: The bytes that wait in this process for the socket.
    """
    pieces: int = descriptor._tempDataLen  # noqa: SLF001
    return pieces + len(descriptor.dataBuffer) - int(descriptor.offset)
