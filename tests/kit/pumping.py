"""
A daemon in memory whose conversations have real sockets, as the pump and epoll need
them: L{PumpingTestCase}, and L{TLSPumpingTestCase} for TLS.
"""

import select
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import SkipTest

from twisted.internet.address import UNIXAddress
from twisted.internet.error import ConnectionLost
from twisted.internet.main import CONNECTION_LOST
from twisted.internet.unix import Server
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from echo.server.fastpath.pumping import Pumping
from echo.server.fastpath.tlspumping import TLSPumping
from echo.server.metrics.counters import Counters
from tests.kit.certificates import AUTHORITY, GOOD
from tests.kit.daemon import EchoFixture
from tests.kit.frames import TEXT, frame, serverFrame
from tests.kit.handshake import upgradeRequest

try:
    from echo.wire import compiled, pump
except ImportError as error:
    whyNot: str | None = str(error)
else:
    whyNot = None


def echoes(*messages: bytes) -> bytes:
    """
    @return: The echoes of text messages.
    """
    return b"".join(serverFrame(TEXT, each) for each in messages)


class SocketsTestCase(SynchronousTestCase):
    """
    A daemon whose reactor watches real sockets.

    @ivar protocol: The class of its conversations.
    """

    protocol = EchoProtocol

    def serve(self, *arguments: str) -> None:
        """
        Start the daemon.
        """
        self.fixture = EchoFixture(self, *arguments, protocol=self.protocol)
        self.reactor = self.fixture.reactor
        servers: Any = self.reactor.tcpServers
        self.site = servers[0][1]

    def accept(self) -> socket.socket:
        """
        @return: The client's end of a new connection.
        """
        near, far = socket.socketpair()
        for end in (near, far):
            end.setblocking(False)
            self.addCleanup(end.close)
        channel = self.site.buildProtocol(UNIXAddress(""))
        server = Server(near, channel, "", None, 1, self.reactor)
        self.addCleanup(self._drop, server)
        channel.makeConnection(server)
        return far

    def _drop(self, server: Server) -> None:
        if server.connected:
            server.connectionLost(Failure(CONNECTION_LOST))

    def turn(self) -> None:
        """
        Run the reactor until no socket is ready.
        """
        while True:
            self.reactor.advance(0)
            readers = {each.fileno(): each for each in self.reactor.getReaders()}
            writers = {each.fileno(): each for each in self.reactor.getWriters()}
            read, write, _ = select.select(list(readers), list(writers), [], 0)
            if not read and not write:
                return
            for number in read:
                self._work(readers[number], readers[number].doRead, True)
            for number in write:
                if writers[number].fileno() == number:
                    self._work(writers[number], writers[number].doWrite, False)

    def _work(self, descriptor: Any, work: Callable[[], Any], isRead: bool) -> None:
        why = work()
        if why is not None:
            self.reactor.removeReader(descriptor)
            self.reactor.removeWriter(descriptor)
            if isRead and not isinstance(why, ConnectionLost):
                descriptor.readConnectionLost(Failure(why))
            else:
                descriptor.connectionLost(Failure(why))

    def conversation(self) -> Any:
        """
        @return: The only conversation.
        """
        (conversation,) = self.fixture.factory.conversations
        return conversation


class PumpingTestCase(SocketsTestCase):
    """
    A daemon with a pump.
    """

    skip = whyNot

    def setUp(self) -> None:
        self.serve("--metrics", "tcp:0")
        factory = self.fixture.factory
        factory.wire = compiled.Wire()
        factory.counters = Counters(factory.wire)
        self.pumping = factory.pumping = Pumping(self.reactor, pump.Pump())

    def connect(self, target: str = "/socket") -> socket.socket:
        """
        @return: The client of a new conversation, after its first message.
        """
        peer = self.dial(target)
        self.say(peer, frame(TEXT, b"0"))
        return peer

    def dial(self, target: str = "/socket") -> socket.socket:
        """
        @return: The client of a new conversation.
        """
        peer = self.accept()
        peer.sendall(upgradeRequest(target))
        self.turn()
        self.assertTrue(peer.recv(999).endswith(b"\r\n\r\n"))
        return peer

    def say(self, peer: socket.socket, data: bytes) -> bytes:
        """
        @return: The immediate answer.
        """
        peer.sendall(data)
        self.turn()
        try:
            return peer.recv(2**20)
        except BlockingIOError:
            return b""


class TLSPeer:
    """
    A client that speaks TLS by Python's C{ssl}.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cadata=AUTHORITY.pem.decode())
        self.tls = context.wrap_bio(
            self.incoming, self.outgoing, server_hostname="localhost"
        )

    def record(self, data: bytes) -> bytes:
        """
        @return: The TLS record for the data.
        """
        self.tls.write(data)
        return self.outgoing.read()

    def hear(self) -> bytes:
        """
        @return: What has arrived, decrypted.
        """
        heard = b""
        try:
            while data := self.connection.recv(2**20):
                self.incoming.write(data)
        except BlockingIOError:
            pass
        try:
            while self.incoming.pending or self.tls.pending():
                heard += self.tls.read(2**20)
        except ssl.SSLWantReadError:
            pass
        return heard


class TLSPumpingTestCase(SocketsTestCase):
    """
    A daemon with TLS, whose sockets an epoll of its own watches.

    @ivar first: What followed the 101 at once.
    """

    def setUp(self) -> None:
        if not hasattr(select, "epoll"):
            raise SkipTest("there is no epoll")
        path = Path(self.mktemp())
        path.write_bytes(GOOD.keyPEM + GOOD.pem)
        tls = f"--tls-cert={path}", f"--tls-key={path}"
        self.serve("--listen-tls=tcp:443", *tls)
        self.pumping = TLSPumping(self.reactor, select.epoll())
        self.site.pumping = self.pumping

    def connect(self, beside: bytes = b"", target: str = "/socket") -> TLSPeer:
        """
        @param beside: Data right after the request.

        @return: The client of a new conversation.
        """
        peer = self.request(target, beside)
        head, _, self.first = peer.hear().partition(b"\r\n\r\n")
        self.assertIn(b" 101 ", head)
        return peer

    def request(self, target: str, beside: bytes = b"") -> TLSPeer:
        """
        @return: A client after its request.
        """
        far = self.accept()
        peer = TLSPeer(far)
        for _ in range(2):
            try:
                peer.tls.do_handshake()
            except ssl.SSLWantReadError:
                far.sendall(peer.outgoing.read())
                self.turn()
                peer.incoming.write(far.recv(2**20))
        # Two records in one read: the conversation begins between them.
        request = peer.outgoing.read() + peer.record(upgradeRequest(target))
        far.sendall(request + (peer.record(beside) if beside else b""))
        self.turn()
        return peer

    def connectPumped(self) -> TLSPeer:
        """
        @return: The client of a new conversation that is pumped.
        """
        peer = self.connect()
        self.assertEqual(self.say(peer, frame(TEXT, b"0")), echoes(b"0"))
        return peer

    def say(self, peer: TLSPeer, *frames: bytes) -> bytes:
        """
        @param frames: Frames, each in a record of its own, sent together.

        @return: The immediate answer.
        """
        peer.connection.sendall(b"".join(map(peer.record, frames)))
        self.turn()
        return peer.hear()
