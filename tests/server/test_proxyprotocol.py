"""
Tests of L{echo.server.proxyprotocol}.
"""

from ipaddress import ip_address

from twisted.trial.unittest import SynchronousTestCase

from tests.kit.daemon import EchoFixture, Peer


class ProxyTests(SynchronousTestCase):
    """
    Connections with a PROXY header.
    """

    def dial(self) -> tuple[EchoFixture, Peer]:
        """
        @return: A connection to a C{haproxy:} listener.
        """
        fixture = EchoFixture(self, "--listen=haproxy:tcp:8080")
        return fixture, fixture.dial()

    def test_address(self) -> None:
        """
        The address in the header is that of the peer, also in the log.
        """
        for header, name in [
            (b"PROXY TCP4 203.0.113.9 10.0.0.1 5555 80\r\n", "203.0.113.9:5555"),
            (b"PROXY TCP6 2001:db8::9 ::1 5555 80\r\n", "[2001:db8::9]:5555"),
            (b"PROXY UNKNOWN\r\n", "192.0.2.1:50000"),
            (b"PROXY TCP4 \x1b[2J 10.0.0.1 5555 80\r\n", r"\x1b[2J:5555"),
            (b"PROXY TCP6 \x1b[2J ::1 5555 80\r\n", r"[\x1b[2J]:5555"),
        ]:
            fixture, peer = self.dial()
            peer.transport.arrive(header)
            peer.open()
            self.assertIn(f"Opened {name}: ", fixture.lines[-1])

    def test_invalidHeader(self) -> None:
        """
        A connection without a valid header is closed, and no exception is logged.
        """
        for header in [
            b"GET / HTTP/1.1\r\n\r\n",
            b"PROXY TCP4 1.1.1.1 2.2.2.2 port 80\r\n",
            b"PROXY TCP4 \xff 2.2.2.2 1 80\r\n",
            b"PROXY TCP9 1 2 3 4\r\n",
            b"PROXY TCP4 1.1.1.1\r\n",
            b"PROXY " + b"x" * 200,
            b"\r\n\r\n\0\r\nQUIT\n\x21\x41\0\x0c" + bytes(12),
        ]:
            fixture, peer = self.dial()
            peer.send(header)
            fixture.advance(0.1)
            self.assertIsNotNone(peer.transport.lost, header)
            self.assertEqual(
                fixture.lines[-1], "Hung up on 192.0.2.1:50000: no PROXY header"
            )
            self.assertEqual(fixture.factory.counters.refusals["proxy"], 1)
            self.assertEqual(self.flushLoggedErrors(), [])

    def test_inPieces(self) -> None:
        """
        The header can arrive byte by byte, in both versions.
        """
        second = b"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24" + (
            ip_address("2001:db8::7").packed * 2 + b"\x15\xb3\0\x50"
        )
        for header, name in [
            (b"PROXY TCP4 203.0.113.9 10.0.0.1 5555 80\r\n", "203.0.113.9:5555"),
            (b"PROXY UNKNOWN\r\n", "192.0.2.1:50000"),
            (second, "[2001:db8::7]:5555"),
        ]:
            fixture, peer = self.dial()
            for byte in header:
                peer.send(bytes([byte]))
            peer.open()
            self.assertIn(f"Opened {name}: ", fixture.lines[-1])

    def test_exceptionAfterHeader(self) -> None:
        """
        An exception after the header is not taken for an invalid header.
        """
        for pieces in [(b"PROXY UNKNOWN\r\n", b"x"), (b"PROXY UNKNOWN\r\nx",)]:
            _, peer = self.dial()

            def fail(data: bytes) -> None:
                raise ValueError("a mistake")

            wrapper = peer.transport.protocol
            wrapper.wrappedProtocol.dataReceived = fail
            for piece in pieces[:-1]:
                wrapper.dataReceived(piece)
            self.assertRaises(ValueError, wrapper.dataReceived, pieces[-1])
