"""
Tests of the end of an HTTP connection, without and with TLS: from its begin on nothing
is read, and the connection is closed within five seconds.
"""

import re
import ssl
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.trial.unittest import SynchronousTestCase

from echo.server.tls import RenewableContext, TLSFiles
from echo.server.tlstransport import TLSTransportFactory
from tests.kit.certificates import AUTHORITY, GOOD
from tests.kit.daemon import EchoFixture
from tests.kit.frames import TEXT, frame
from tests.kit.handshake import get, upgradeRequest
from tests.kit.transports import SocketTransport

#: Requests after which the daemon closes the connection.
REFUSED = {
    "a bare bad line": b"garbage\r\n",
    "a bad line": b"garbage\r\n\r\n",
    "a bad version": b"GET / HTTP/9.9\r\n\r\n",
    "a bad field": b"GET / HTTP/1.1\r\nno colon\r\nHost: a\r\n",
    "a bad last field": b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    "a folded field": b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
    "a folded line": b" GET / HTTP/1.1\r\n\r\n",
    "a bad length": get("/", rest="Content-Length: x\r\n"),
    "two lengths": get("/", rest="Content-Length: 1\r\n" * 2),
    "an unknown coding": get("/", rest="Transfer-Encoding: gzip\r\n"),
    "a bad chunk": get("/", rest="Transfer-Encoding: chunked\r\n") + b"x\r\n",
    "a long target": b"GET /" + b"x" * 20_000,
    "a long field": b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000,
    "long fields": b"GET / HTTP/1.1\r\n" + (b"X: " + b"x" * 1000 + b"\r\n") * 20,
    "many fields": get(rest="X: x\r\n" * 600),
    "an old version": get("/x", version="1.0"),
    "no upgrade": get("/socket"),
    "no key": upgradeRequest(Sec_WebSocket_Key=None),
    "a foreign origin": upgradeRequest(Origin="http://evil.example"),
    "a bad parameter": upgradeRequest("/socket?dealy=3s"),
    "a requested status": upgradeRequest("/socket?status=503"),
    "a last request": get("/x", rest="Connection: close\r\n"),
    "a bad method": get("/socket", "PUT", rest="Connection: close\r\n"),
}

#: Data after which the daemon closes the connection at the time limit.
LATE = {
    "no request": b"",
    "half a request": b"GET / HTTP/1.1\r\nHost: a",
    "half a body": get("/", "POST", rest="Content-Length: 10\r\n") + b"half",
}

#: Data that follows.
MORE = {
    "a request": get("/info"),
    "a request for a conversation": upgradeRequest(),
    "one after an empty line": b"\r\n" + upgradeRequest() + frame(TEXT, b"Hello"),
    "an end of a header": b"\r\n\r\n",
    "garbage": b"\x16\x03\x01" + bytes(range(256)) * 8,
    "a chunk": b"x\r\n0\r\n\r\n",
    "a flood": get("/x") * 2000,
}


ANSWER = re.compile(rb"HTTP/1\.[01] \d{3} ")


class PlainConnection:
    """
    A client's connection without TLS. C{transport} is the daemon's side.
    """

    def __init__(self, fixture: EchoFixture, factory: Any) -> None:
        address = IPv4Address("TCP", "192.0.2.1", 50000)
        self.transport = SocketTransport(fixture.reactor, address)
        self.transport.protocol = factory.buildProtocol(address)
        self.transport.protocol.makeConnection(self.transport)

    def say(self, data: bytes) -> None:
        """
        Send, unless the connection is closed.
        """
        for start in range(0, len(data), 2**14):
            self.carry(data[start : start + 2**14])

    def carry(self, data: bytes) -> None:
        if self.transport.lost is None and not self.transport.disconnecting:
            self.transport.arrive(data)
            self.transport.read()

    def harm(self) -> None:
        """
        Send bytes that are not HTTP.
        """
        self.carry(bytes(100))

    def heard(self) -> bytes:
        """
        @return: The daemon's bytes.
        """
        return self.transport.taken + self.transport.dataBuffer


class TLSConnection(PlainConnection):
    """
    A client's connection with TLS. The client never sends close_notify.
    """

    def __init__(self, fixture: EchoFixture, factory: Any) -> None:
        super().__init__(fixture, factory)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cadata=AUTHORITY.pem.decode())
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname="localhost"
        )
        self._fed = 0
        self._heard = b""
        for _ in range(2):
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
        self._flush()

    def _flush(self) -> None:
        super().carry(self._outgoing.read())
        self._incoming.write(self.transport.taken[self._fed :])
        self._fed = len(self.transport.taken)

    def carry(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    def harm(self) -> None:
        """
        Send bytes that are not TLS.
        """
        PlainConnection.carry(self, bytes(100))

    def close(self) -> None:
        """
        Send close_notify, and read on.
        """
        try:
            self._tls.unwrap()
        except (ssl.SSLWantReadError, ssl.SSLError):
            self._flush()

    def heard(self) -> bytes:
        """
        @return: The daemon's bytes.
        """
        self._incoming.write(self.transport.taken[self._fed :])
        self._fed = len(self.transport.taken)
        try:
            while piece := self._tls.read(2**16):
                self._heard += piece
        except ssl.SSLWantReadError:
            pass
        return self._heard


class EndTests(SynchronousTestCase):
    """
    The end of a connection.
    """

    def setUp(self) -> None:
        path = Path(self.mktemp())
        path.write_bytes(GOOD.keyPEM + GOOD.pem)
        self.context = RenewableContext(TLSFiles(str(path), str(path)))

    def plain(self, fixture: EchoFixture) -> PlainConnection:
        return PlainConnection(fixture, fixture.reactor.tcpServers[0][1])

    def secure(self, fixture: EchoFixture) -> TLSConnection:
        """
        @return: A connection with the daemon's own TLS transport.
        """
        site: Any = fixture.reactor.tcpServers[0][1]
        return TLSConnection(
            fixture, TLSTransportFactory(self.context, site, fixture.reactor)
        )

    def twisted(self, fixture: EchoFixture) -> TLSConnection:
        """
        @return: A connection with Twisted's TLS transport.
        """
        site: Any = fixture.reactor.tcpServers[0][1]
        context: Any = self.context
        return TLSConnection(
            fixture, TLSMemoryBIOFactory(context, False, site, fixture.reactor)
        )

    def everyWay(self, kind: Callable[[EchoFixture], PlainConnection]) -> None:
        """
        Close in each way, with each kind of data sent along or later. There is one
        response, one log line and one count at most, and the connection is closed
        within five seconds.
        """
        fixture = EchoFixture(self)
        for (way, begin), (more, rest), isLater in product(
            {**REFUSED, **LATE}.items(), MORE.items(), (False, True)
        ):
            if way in LATE and not isLater:
                continue
            what = f"{way}, {more}, {'later' if isLater else 'at once'}"
            logged, counted = len(fixture.lines), self.counted(fixture)
            line = kind(fixture)
            line.say(begin if isLater else begin + rest)
            if way in LATE:
                fixture.advance(5.1)
            said = line.heard()
            self.assertEqual(len(ANSWER.findall(said)), way not in LATE, what)
            self.assertLessEqual(self.counted(fixture) - counted, 1, what)
            self.assertEqual(len(fixture.lines) - logged, 1, what)
            logged, counted = len(fixture.lines), self.counted(fixture)
            for byte in rest[:4]:
                line.say(bytes([byte]))
                fixture.advance(1)
            line.say(rest[4:])
            fixture.advance(1.1)
            self.assertIsNotNone(line.transport.lost, what)
            self.assertEqual(line.heard(), said, what)
            self.assertEqual(self.counted(fixture), counted, what)
            self.assertEqual(fixture.lines[logged:], [], what)
            self.assertEqual(fixture.factory.counters.openings, 0, what)
            self.assertEqual(self.flushLoggedErrors(), [], what)
            self.assertEqual(fixture.reactor.getDelayedCalls(), [], what)

    def counted(self, fixture: EchoFixture) -> int:
        """
        @return: The number of counted refusals.
        """
        return sum(fixture.factory.counters.refusals.values())

    def test_plain(self) -> None:
        """
        Without TLS.
        """
        self.everyWay(self.plain)

    def test_tls(self) -> None:
        """
        With TLS, without the close_notify of the client.
        """
        self.everyWay(self.secure)

    def test_twistedTLS(self) -> None:
        """
        With Twisted's TLS transport.
        """
        self.everyWay(self.twisted)

    def test_clientReadsNothing(self) -> None:
        """
        A client that reads nothing, or breaks TLS, is aborted. It is neither counted
        nor logged again.
        """
        for kind, harm in product((self.plain, self.secure), (False, True)):
            fixture = EchoFixture(self)
            line = kind(fixture)
            fixture.advance(3)
            line.transport.stuck = True
            logged = len(fixture.lines)
            line.say(REFUSED["a bad line"])
            if harm:
                line.harm()
            fixture.advance(4.9)
            self.assertIsNone(line.transport.lost)
            fixture.advance(0.2)
            self.assertIs(line.transport.lost, ConnectionAborted)
            self.assertEqual(len(fixture.lines) - logged, 1)
            self.assertEqual(self.counted(fixture), 1)
            self.assertEqual(fixture.reactor.getDelayedCalls(), [])

    def test_closedByThePeer(self) -> None:
        """
        A client that ends TLS and reads nothing is aborted, in HTTP and in a
        conversation.
        """
        for begin in (get(), upgradeRequest() + frame(TEXT, b"x" * 60000)):
            fixture = EchoFixture(self, "--stall-timeout=0", "--handshake-timeout=0")
            line = self.secure(fixture)
            line.transport.stuck = True
            line.say(begin)
            fixture.reactor.advance(0)
            line.close()
            fixture.advance(4.9)
            self.assertIsNone(line.transport.lost)
            fixture.advance(0.2)
            self.assertIs(line.transport.lost, ConnectionAborted)
            self.assertEqual(len(fixture.factory.conversations), 0)
            self.assertEqual(fixture.reactor.getDelayedCalls(), [])

    def test_noTLS(self) -> None:
        """
        Bytes that are not TLS end the connection once.
        """
        fixture = EchoFixture(self)
        site: Any = fixture.reactor.tcpServers[0][1]
        line = PlainConnection(
            fixture, TLSTransportFactory(self.context, site, fixture.reactor)
        )
        line.transport.stuck = True
        logged = len(fixture.lines)
        for _ in range(2):
            line.transport.protocol.dataReceived(get())
        fixture.advance(5.1)
        self.assertIsNotNone(line.transport.lost)
        self.assertEqual(len(fixture.lines) - logged, 1)
        self.assertEqual(self.counted(fixture), 1)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])
