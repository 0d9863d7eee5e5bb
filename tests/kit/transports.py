"""
The transports of connections in memory. There are two, since daemon and client ask for
different things:

 - L{MemoryTransport}, the client's, keeps what the client writes.

 - L{SocketTransport}, the daemon's, keeps unread bytes in a real socket. The daemon
   pauses its transports, and asks the kernel how much is unread, how much is unsent,
   and whether a paused client is still connected.
"""

import socket
from collections.abc import Iterable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IAddress, IProtocol, IPushProducer, ITransport
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

FULL_BUFFER = 65536


class MemoryTransport(StringTransport):
    """
    A transport that ends its protocol's connection, as real ones do.
    """

    protocol: IProtocol
    producer: Any

    def unregisterProducer(self) -> None:
        """
        Like a real transport, accept that no producer is registered.
        """
        self.producer = None

    def loseConnection(self) -> None:
        self.end(ConnectionDone())

    def abortConnection(self) -> None:
        self.end(ConnectionAborted())

    def end(self, reason: BaseException) -> None:
        if self.connected:
            self.connected = False
            self.protocol.connectionLost(Failure(reason))


@implementer(ITransport, IPushProducer)
class SocketTransport:
    """
    A transport whose unread bytes wait in a real socket.

    @ivar taken: What the client has received.

    @ivar stuck: Whether the client reads nothing. The test sets it.

    @ivar lost: The reason for the end of the connection, once it has ended.
    """

    def __init__(self, reactor: MemoryReactorClock, peer: IAddress) -> None:
        self._reactor = reactor
        self._peer = peer
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        self._producer: Any = None
        self._reading = True
        self.taken = b""
        self.stuck = False
        self.dataBuffer = b""
        self.offset = self._tempDataLen = 0
        self.bufferSize = FULL_BUFFER
        self.protocol: Any = None
        self.disconnecting = False
        self.lost: type[BaseException] | None = None

    # The client's side.

    def arrive(self, data: bytes) -> None:
        """
        Put the client's bytes into the kernel, which has room for some 200 KiB.
        """
        self._far.sendall(data)

    def finish(self) -> None:
        """
        The client half-closes.
        """
        self._far.shutdown(socket.SHUT_WR)

    def vanish(self) -> None:
        """
        The client closes. A paused daemon learns of it only from the kernel.
        """
        self._far.close()

    def fill(self, count: int) -> None:
        """
        Have the kernel hold bytes for the client.
        """
        self._near.sendall(bytes(count))

    def empty(self) -> None:
        """
        Read those bytes.
        """
        self._far.recv(FULL_BUFFER)

    def read(self) -> None:
        """
        Give the daemon what has arrived, unless it is paused.
        """
        while self._reading and self.lost is None:
            try:
                data = self._near.recv(self.bufferSize)
            except BlockingIOError:
                return
            if not data:
                self._reading = False
                self.protocol.readConnectionLost()
                return
            self.protocol.dataReceived(data)

    def take(self, count: int | None = None) -> None:
        """
        Let the client receive some of the unsent bytes, or all.
        """
        count = len(self.dataBuffer) if count is None else count
        self.taken += self.dataBuffer[:count]
        self.dataBuffer = self.dataBuffer[count:]
        if not self.dataBuffer:
            self._emptied()

    def _emptied(self) -> None:
        if self._producer is not None and not self._reading:
            self._producer.resumeProducing()
        if self.disconnecting and self._producer is None:
            self._lose(ConnectionDone)

    def hangUp(self) -> None:
        """
        The client ends the connection.
        """
        self._lose(ConnectionDone)

    def _lose(self, why: type[ConnectionDone | ConnectionAborted]) -> None:
        if self.lost is None:
            self.lost = why
            self._reading = False
            self._near.close()
            self._far.close()
            self.protocol.connectionLost(Failure(why()))

    # The daemon's side.

    def write(self, data: bytes) -> None:
        if self.disconnecting or self.lost is not None:
            return
        if not self.stuck:
            self.taken += data
            return
        self.dataBuffer += data
        if len(self.dataBuffer) > FULL_BUFFER and self._producer is not None:
            self._producer.pauseProducing()

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        self.disconnecting = True
        self._reading = False
        if not self.dataBuffer:
            self._reactor.callLater(0, self._lose, ConnectionDone)

    def abortConnection(self) -> None:
        self.disconnecting = True
        self._reactor.callLater(0, self._lose, ConnectionAborted)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        if self._producer is not None:
            raise RuntimeError("there is a producer already")  # as TCP transports do
        self._producer = producer

    def unregisterProducer(self) -> None:
        self._producer = None

    def pauseProducing(self) -> None:
        self._reading = False

    def resumeProducing(self) -> None:
        if not self.disconnecting and not self._reading:
            self._reading = True
            self._reactor.callLater(0, self.read)

    def stopProducing(self) -> None:
        self.loseConnection()

    def fileno(self) -> int:
        return self._near.fileno()

    def getHandle(self) -> socket.socket:
        return self._near

    def getPeer(self) -> IAddress:
        return self._peer

    def getHost(self) -> IAddress:
        return IPv4Address("TCP", "127.0.0.1", 8080)

    def setTcpNoDelay(self, enabled: bool) -> None:
        pass
