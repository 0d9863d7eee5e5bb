"""
A network in memory: each connection of a client reaches a server.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectError, ConnectionDone
from twisted.internet.interfaces import IProtocol
from twisted.python.failure import Failure

from tests.kit.reactor import Reactor
from tests.kit.transports import MemoryTransport


class PairedTransport(MemoryTransport):
    """
    One end of a connection. Data arrives at the other end in the next iteration.

    @ivar written: The number of written bytes.
    """

    other: "PairedTransport"

    def __init__(self, reactor: Reactor, peer: IPv4Address) -> None:
        super().__init__(peerAddress=peer)
        self._reactor = reactor
        self._flying = bytearray()
        self.written = 0

    def write(self, data: bytes) -> None:
        if self.connected:
            self.written += len(data)
            if not self._flying:
                self._reactor.callLater(0, self._land)
            self._flying += data

    def _land(self) -> None:
        data, self._flying = self._flying, bytearray()
        self.other.deliver(bytes(data))

    def deliver(self, data: bytes) -> None:
        if self.connected and self.producerState == "producing":
            self.protocol.dataReceived(data)

    def end(self, reason: BaseException) -> None:
        """
        End the connection here at once, and at the other end in the next iteration.
        """
        if self.connected:
            super().end(reason)
            self._reactor.callLater(0, self.other.end, ConnectionDone())


class Network(Reactor):
    """
    A reactor whose connections reach a server.

    @ivar serve: Makes the server's protocol for a connection.

    @ivar ends: The clients' ends of all connections.

    @ivar gone: Whether the server refuses connections.

    @ivar refused: The number of refused connections.
    """

    def __init__(self, serve: Callable[[], IProtocol]) -> None:
        super().__init__()
        self.serve = serve
        self.ends: list[PairedTransport] = []
        self.gone = False
        self.refused = 0

    def turn(self) -> None:
        """
        Let time pass until the next call is due.
        """
        until = min(call.getTime() for call in self.getDelayedCalls())
        self.advance(max(until - self.seconds(), 0))

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> Any:
        """
        Connect at once.
        """
        connector = super().connectTCP(host, port, factory, timeout, bindAddress)
        address = IPv4Address("TCP", host, port)
        if self.gone:
            self.refused += 1
            error = Failure(ConnectError())
            self.callLater(0, factory.clientConnectionFailed, connector, error)
            return connector
        near, far = PairedTransport(self, address), PairedTransport(self, address)
        near.other, far.other = far, near
        near.protocol, far.protocol = factory.buildProtocol(address), self.serve()
        self.ends.append(near)
        far.protocol.makeConnection(far)
        near.protocol.makeConnection(near)
        return connector
