"""
Tests of the end of a connection in HTTP, plain and inside TLS: whatever begins it,
nothing is read any more, and it is over within five seconds.
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

from echo.server.fastpath.tlstransport import TLSTransportFactory
from echo.server.tls import RenewableContext, TLSFiles
from tests.kit.certificates import AUTHORITY, GOOD
from tests.kit.daemon import EchoFixture
from tests.kit.frames import TEXT, frame
from tests.kit.handshake import get, upgradeRequest
from tests.kit.transports import SocketTransport

#: What begins the end at once.
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
    "a status that was asked for": upgradeRequest("/socket?status=503"),
    "a last request": get("/x", rest="Connection: close\r\n"),
    "a bad method": get("/socket", "PUT", rest="Connection: close\r\n"),
}

#: What begins it when the time for a request is over.
LATE = {
    "no request": b"",
    "half a request": b"GET / HTTP/1.1\r\nHost: a",
    "half a body": get("/", "POST", rest="Content-Length: 10\r\n") + b"half",
}

#: What the peer sends then.
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


class Line:
    """
    A connection as its peer has it, in the clear.

    @ivar transport: The daemon's side.
    """

    def __init__(self, fixture: EchoFixture, factory: Any) -> None:
        address = IPv4Address("TCP", "192.0.2.1", 50000)
        self.transport = SocketTransport(fixture.reactor, address)
        self.transport.protocol = factory.buildProtocol(address)
        self.transport.protocol.makeConnection(self.transport)

    def say(self, data: bytes) -> None:
        """
        Send, if there is still anybody.
        """
        for start in range(0, len(data), 2**14):
            self.carry(data[start : start + 2**14])

    def carry(self, data: bytes) -> None:
        """
        Send some bytes.
        """
        if self.transport.lost is None and not self.transport.disconnecting:
            self.transport.arrive(data)
            self.transport.read()

    def harm(self) -> None:
        """
        Send something that is not HTTP.
        """
        self.carry(bytes(100))

    def heard(self) -> bytes:
        """
        @return: What the daemon has said.
        """
        return self.transport.taken + self.transport.dataBuffer


class SecureLine(Line):
    """
    The same inside TLS. This peer never answers the daemon's end of it.
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
        """
        Send some bytes.
        """
        self._tls.write(data)
        self._flush()

    def harm(self) -> None:
        """
        Send something that is not TLS.
        """
        Line.carry(self, bytes(100))

    def close(self) -> None:
        """
        Say that nothing follows, and read on.
        """
        try:
            self._tls.unwrap()
        except (ssl.SSLWantReadError, ssl.SSLError):
            self._flush()

    def heard(self) -> bytes:
        """
        @return: What the daemon has said.
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
    What follows the beginning of the end.
    """

    def setUp(self) -> None:
        """
        Have a certificate.
        """
        path = Path(self.mktemp())
        path.write_bytes(GOOD.keyPEM + GOOD.pem)
        self.context = RenewableContext(TLSFiles(str(path), str(path)))

    def plain(self, fixture: EchoFixture) -> Line:
        """
        @return: A connection without TLS.
        """
        return Line(fixture, fixture.reactor.tcpServers[0][1])

    def secure(self, fixture: EchoFixture) -> SecureLine:
        """
        @return: One with the daemon's own TLS.
        """
        site: Any = fixture.reactor.tcpServers[0][1]
        return SecureLine(
            fixture, TLSTransportFactory(self.context, site, fixture.reactor)
        )

    def twisted(self, fixture: EchoFixture) -> SecureLine:
        """
        @return: One with Twisted's.
        """
        site: Any = fixture.reactor.tcpServers[0][1]
        context: Any = self.context
        return SecureLine(
            fixture, TLSMemoryBIOFactory(context, False, site, fixture.reactor)
        )

    def everyWay(self, kind: Callable[[EchoFixture], Line]) -> None:
        """
        Begin the end in every way, and say more of every kind, along with that or
        later. Each time there is one answer, one line in the log and one count at
        most, and the end is there within five seconds.
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
        @return: How many refusals are counted.
        """
        return sum(fixture.factory.counters.refusals.values())

    def test_plain(self) -> None:
        """
        Without TLS.
        """
        self.everyWay(self.plain)

    def test_secure(self) -> None:
        """
        Inside TLS, which the peer does not end.
        """
        self.everyWay(self.secure)

    def test_twisted(self) -> None:
        """
        Inside Twisted's TLS.
        """
        self.everyWay(self.twisted)

    def test_stuck(self) -> None:
        """
        A peer that takes nothing is dropped, and so is one that breaks TLS, and
        neither is counted or logged once more.
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
        So it is where the peer ends TLS and takes nothing of what waits for it, in
        HTTP and in a conversation.
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
        Something else than TLS is an end, too, and not two if there is more of it.
        """
        fixture = EchoFixture(self)
        site: Any = fixture.reactor.tcpServers[0][1]
        line = Line(fixture, TLSTransportFactory(self.context, site, fixture.reactor))
        line.transport.stuck = True
        logged = len(fixture.lines)
        for _ in range(2):
            line.transport.protocol.dataReceived(get())
        fixture.advance(5.1)
        self.assertIsNotNone(line.transport.lost)
        self.assertEqual(len(fixture.lines) - logged, 1)
        self.assertEqual(self.counted(fixture), 1)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])
