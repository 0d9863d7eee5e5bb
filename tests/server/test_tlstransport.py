"""
Tests of L{echo.server.tlstransport}: TLS over a real pair of sockets, on a
reactor in memory that the test moves.
"""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from OpenSSL import SSL
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.testing import MemoryReactorClock
from twisted.internet.unix import Server
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from echo.server.tls import RenewableContext, TLSFiles, tlsReason
from echo.server.tlstransport import RECORD, TLSTransportFactory
from tests.kit.certificates import AUTHORITY, GOOD


class Words(Protocol):
    """
    The protocol inside TLS.

    @ivar heard: The bytes of each read.

    @ivar lost: Why the connection is lost; C{None} while it is open.

    @ivar answer: Called with the bytes of each read.
    """

    transport: Any

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.lost: Failure | None = None
        self.answer: Callable[[bytes], object] = lambda _: None

    def dataReceived(self, data: bytes) -> None:
        """
        Note it.
        """
        self.heard.append(data)
        self.answer(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Note it.
        """
        self.lost = reason


class TLSTransportTests(SynchronousTestCase):
    """
    A connection over a real socket pair.
    """

    def setUp(self) -> None:
        """
        Shake hands.
        """
        path = Path(self.mktemp())
        path.write_bytes(GOOD.keyPEM + GOOD.pem)
        self.reactor = MemoryReactorClock()
        self.words = Words()
        factory = TLSTransportFactory(
            RenewableContext(TLSFiles(str(path), str(path))),
            Factory.forProtocol(lambda: self.words),
            self.reactor,
        )
        near, self.peer = socket.socketpair()
        for end in (near, self.peer):
            end.setblocking(False)
            self.addCleanup(end.close)
        secure: Any = factory.buildProtocol(None)
        self.server = Server(near, secure, "", None, 1, self.reactor)
        secure.makeConnection(self.server)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cadata=AUTHORITY.pem.decode())
        self.tls = context.wrap_bio(
            self.incoming, self.outgoing, server_hostname="localhost"
        )
        self.exchange(self.tls.do_handshake)
        self.say(self.outgoing.read())
        self.incoming.write(self.hear())

    def say(self, data: bytes) -> None:
        """
        Let the daemon read something, as it comes.
        """
        self.peer.sendall(data)
        self.server.doRead()

    def hear(self) -> bytes:
        """
        @return: The bytes that the peer receives, still in TLS.
        """
        try:
            return self.peer.recv(2**20)
        except BlockingIOError:
            return b""

    def exchange(self, step: Callable[[], Any]) -> Any:
        """
        @return: The result of a step of the peer. The daemon answers at once: no time
            passes.
        """
        for _ in range(5):
            try:
                return step()
            except ssl.SSLWantReadError:
                if self.outgoing.pending:
                    self.say(self.outgoing.read())
                self.incoming.write(self.hear())
        raise AssertionError("TLS goes round in circles")

    def record(self, data: bytes) -> bytes:
        """
        @return: The data as the peer sends them in TLS.
        """
        self.tls.write(data)
        return self.outgoing.read()

    def turn(self) -> None:
        """
        Let the reactor go round.
        """
        if self.server in self.reactor.getWriters():
            why = self.server.doWrite()
            if why is not None:
                self.server.connectionLost(Failure(why))
        self.reactor.advance(0)

    def test_replyIsSentAtOnce(self) -> None:
        self.words.answer = self.words.transport.write
        self.say(self.record(b"Hello"))
        self.incoming.write(self.hear())
        self.assertEqual(self.tls.read(), b"Hello")
        self.assertEqual(self.reactor.getWriters(), [])

    def test_anySegments(self) -> None:
        records = [self.record(b"%d" % number) for number in range(4)]
        for byte in records[0]:
            self.assertEqual(self.words.heard, [])
            self.say(bytes([byte]))
        self.say(records[1] + records[2] + records[3][:7])
        self.assertEqual(self.words.heard, [b"0", b"1", b"2"])
        self.say(records[3][7:])
        self.assertEqual(self.words.heard, [b"0", b"1", b"2", b"3"])

    def test_longWrite(self) -> None:
        parts = [b"a" * RECORD, b"b" * (RECORD + 1), b"c" * 10**6, b"", b"d"]
        for part in parts:
            self.words.transport.write(part)
        everything, heard = b"".join(parts), b""
        while len(heard) < len(everything):
            self.turn()
            self.incoming.write(self.hear())
            try:
                heard += self.tls.read(2**20)
            except ssl.SSLWantReadError:
                continue
        self.assertEqual(heard, everything)

    def test_damagedRecord(self) -> None:
        good, damaged = self.record(b"good"), bytearray(self.record(b"bad"))
        damaged[-1] ^= 1
        self.say(good + damaged + self.record(b"never"))
        self.assertEqual(self.words.heard, [b"good"])
        self.incoming.write(self.hear())
        error = self.assertRaises(ssl.SSLError, self.tls.read)
        self.assertEqual(error.reason, "SSLV3_ALERT_BAD_RECORD_MAC")
        self.turn()
        assert self.words.lost is not None
        self.words.lost.trap(SSL.Error)
        self.assertIn("bad record mac", tlsReason(self.words.lost.value))

    def test_peersCloseNotify(self) -> None:
        self.assertRaises(ssl.SSLWantReadError, self.tls.unwrap)
        self.say(self.outgoing.read())
        self.turn()
        self.incoming.write(self.hear())
        self.tls.unwrap()
        assert self.words.lost is not None
        self.words.lost.trap(ConnectionDone)

    def test_endWithoutCloseNotify(self) -> None:
        self.server.connectionLost(Failure(ConnectionDone()))
        assert self.words.lost is not None
        self.words.lost.trap(ConnectionLost)

    def test_ownCloseNotify(self) -> None:
        self.words.transport.write(b"last")
        self.words.transport.loseConnection()
        self.words.transport.write(b"too late")
        self.turn()
        self.incoming.write(self.hear())
        self.assertEqual(self.tls.read(), b"last")
        self.assertEqual(self.tls.read(), b"")

    def test_abort(self) -> None:
        self.words.answer = lambda _: self.words.transport.abortConnection()
        self.say(self.record(b"1") + self.record(b"2"))
        self.turn()
        self.assertEqual(self.words.heard, [b"1"])
        self.assertIsNotNone(self.words.lost)
        self.assertEqual(self.hear(), b"")

    def test_writeThatOpenSSLRefuses(self) -> None:
        self.words.answer = self.words.transport.write
        self.words.transport.getHandle().shutdown()
        self.say(self.record(b"1") + self.record(b"2"))
        self.turn()
        self.assertEqual(self.words.heard, [b"1"])
        assert self.words.lost is not None
        self.words.lost.trap(SSL.Error)
        self.assertIn("protocol is shutdown", tlsReason(self.words.lost.value))

    def test_producerIsPaused(self) -> None:
        events: list[str] = []

        class Producer:
            def pauseProducing(self) -> None:
                events.append("pause")

            def resumeProducing(self) -> None:
                events.append("resume")

        self.words.transport.registerProducer(Producer(), True)
        while not events:
            self.words.transport.write(bytes(RECORD))
        while events == ["pause"]:
            self.hear()
            self.turn()
        self.assertEqual(events, ["pause", "resume"])
