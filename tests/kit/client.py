"""
A client and its server in memory: no sockets, and a clock that the test turns.
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
    A stream that nobody reads.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.tries = 0

    def write(self, text: str) -> int:
        """
        Fail.
        """
        self.tries += 1
        raise OSError(self.number, "No go")


class Server:
    """
    The other end of one connection, as the test wants it.

    @ivar transport: What the client writes to.
    """

    def __init__(self, factory: Any, peer: IAddress) -> None:
        self.transport = MemoryTransport(peerAddress=peer)
        self.protocol = factory.buildProtocol(peer)
        self.transport.protocol = self.protocol
        self.protocol.makeConnection(self.transport)

    def say(self, *data: bytes) -> None:
        """
        Send something, all at once.
        """
        self.protocol.dataReceived(b"".join(data))

    def accept(self, *extra: str, then: bytes = b"") -> bytes:
        """
        Accept the WebSocket.

        @return: The request.
        """
        request: bytes = self.transport.value()
        self.transport.clear()
        self.say(switchingProtocols(request, extra), then)
        return request

    def frames(self) -> list[tuple[int, bytes]]:
        """
        @return: The frames that came since the last call.
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
    The TLS side of a L{Server}.
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
        Go on until both wait, or one refuses.
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
        self._reactor.advance(0)  # whatever was put off for a turn
        self._in.write(self._server.transport.value())
        self._server.transport.clear()

    def _give(self) -> None:
        if self._out.pending:
            self._server.say(self._out.read())

    def read(self) -> bytes:
        """
        @return: What the client sent.
        """
        self._take()
        return self._tls.read()

    def write(self, data: bytes) -> None:
        """
        Send something.
        """
        self._tls.write(data)
        self._give()


class ClientTestCase(SynchronousTestCase):
    """
    Has a reactor in memory, and connects clients with it.
    """

    def setUp(self) -> None:
        """
        Make the reactor.
        """
        self.reactor = Reactor()

    def tearDown(self) -> None:
        """
        Whatever ended has left no timer behind.
        """
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
