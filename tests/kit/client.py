"""
The client in memory, and the server that a test plays.
"""

import io
import ssl
from collections.abc import Iterable
from typing import Any

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from echo.client.connecting import connect
from echo.client.connection import Connection
from tests.kit.frames import TEXT, parseFrames
from tests.kit.handshake import switchingProtocols
from tests.kit.reactor import Reactor
from tests.kit.transports import MemoryTransport

URL = "ws://server.example:8080/socket"


class BrokenStream(io.StringIO):
    """
    A stream whose writes fail.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.tries = 0

    def write(self, text: str) -> int:
        self.tries += 1
        raise OSError(self.number, "No go")


class Server:
    """
    The server's side of one connection.

    @ivar transport: The client's transport.
    """

    def __init__(self, factory: Any, peer: IAddress) -> None:
        self.transport = MemoryTransport(peerAddress=peer)
        self.protocol = factory.buildProtocol(peer)
        self.transport.protocol = self.protocol
        self.protocol.makeConnection(self.transport)

    def say(self, *data: bytes) -> None:
        """
        Send data in one piece.
        """
        self.protocol.dataReceived(b"".join(data))

    def accept(self, *extra: str, then: bytes = b"") -> bytes:
        """
        Accept the WebSocket.

        @param extra: Further header fields.

        @param then: Data right after the response.

        @return: The request.
        """
        request: bytes = self.transport.value()
        self.transport.clear()
        self.say(switchingProtocols(request, extra), then)
        return request

    def frames(self) -> list[tuple[int, bytes]]:
        """
        @return: The frames since the last call.
        """
        data = self.transport.value()
        self.transport.clear()
        return parseFrames(data)

    def hangUp(self) -> None:
        """
        End the TCP connection.
        """
        self.transport.end(ConnectionDone())


class TLSServer:
    """
    TLS for a L{Server}.
    """

    def __init__(
        self, server: Server, context: ssl.SSLContext, reactor: MemoryReactorClock
    ) -> None:
        self._server = server
        self._reactor = reactor
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)

    def shakeHands(self) -> None:
        """
        Continue the TLS handshake until both sides wait, or one refuses.
        """
        for _ in range(4):
            self._take()
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                self._server.hangUp()
                return
            self._give()

    def _take(self) -> None:
        self._reactor.advance(0)  # calls for the next iteration
        self._in.write(self._server.transport.value())
        self._server.transport.clear()

    def _give(self) -> None:
        if self._out.pending:
            self._server.say(self._out.read())

    def read(self) -> bytes:
        self._take()
        return self._tls.read()

    def write(self, data: bytes) -> None:
        self._tls.write(data)
        self._give()


class ClientTestCase(SynchronousTestCase):
    """
    Connects clients in memory, and asserts that they leave no timer behind.
    """

    def setUp(self) -> None:
        self.reactor = Reactor()

    def tearDown(self) -> None:
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def dial(
        self, url: str = URL, **options: Any
    ) -> tuple[Server, Deferred[Connection]]:
        """
        @return: The server's side of a new connection, and the attempt.
        """
        options.setdefault("clock", self.reactor.nanoseconds)
        attempt = connect(self.reactor, url, **options)
        peer: IAddress
        if options.get("unixSocket") is None:
            host, port, factory, _, _ = self.reactor.tcpClients[-1]
            peer = IPv4Address("TCP", host, port)
        else:
            _, factory, _, _ = self.reactor.unixClients[-1]
            peer = UNIXAddress(None)
        return Server(factory, peer), attempt

    def open(self, *extra: str, **options: Any) -> tuple[Server, Connection]:
        """
        @return: The server's side of a new connection, and the client's.
        """
        server, attempt = self.dial(**options)
        server.accept(*extra)
        connection = self.successResultOf(attempt)
        self.addCleanup(server.hangUp)
        return server, connection


def texts(frames: Iterable[tuple[int, bytes]]) -> list[str]:
    """
    @return: The payloads of text frames.
    """
    return [payload.decode() for opcode, payload in frames if opcode == TEXT]
