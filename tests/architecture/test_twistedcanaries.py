"""
Canaries: what the daemon assumes about the internals of Twisted and pyOpenSSL, tested
on these alone. After an upgrade, a failing test here names the broken assumption.
"""

import contextlib
from typing import Any

from OpenSSL import SSL, crypto
from OpenSSL._util import ffi, lib
from twisted.internet.abstract import FileDescriptor
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import CertificateOptions
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.protocols.haproxy._v2parser import V2Parser
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from tests.kit.certificates import GOOD

_V1 = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"


class WriteBufferTests(SynchronousTestCase):
    """
    The write buffer of C{FileDescriptor}: L{echo.writebuffer}.
    """

    def test_waitingBytes(self) -> None:
        """
        Written pieces wait with their total length in C{_tempDataLen}, and then in
        C{dataBuffer}, from C{offset} on.
        """
        descriptor: Any = FileDescriptor(MemoryReactorClock())
        descriptor.connected = True
        descriptor.writeSomeData = lambda data: 2
        descriptor.write(b"abc")
        descriptor.write(b"de")
        self.assertEqual((descriptor._tempDataLen, descriptor.dataBuffer), (5, b""))
        descriptor.doWrite()
        self.assertEqual(descriptor._tempDataLen, 0)
        self.assertEqual((descriptor.dataBuffer, descriptor.offset), (b"abcde", 2))


class HTTPChannelTests(SynchronousTestCase):
    """
    C{HTTPChannel}: L{echo.server.http.channel}.
    """

    def setUp(self) -> None:
        self.reactor: Any = MemoryReactorClock()
        resource: Any = Resource()
        resource.render = lambda request: NOT_DONE_YET
        resource.isLeaf = True
        site: Any = Site(resource, reactor=self.reactor)
        wrapped = site.buildProtocol(IPv4Address("TCP", "192.0.2.1", 1))
        self.transport = StringTransport()
        wrapped.makeConnection(self.transport)
        self.channel: Any = wrapped._channel

    def test_partialHeader(self) -> None:
        """
        C{_receivedHeaderSize} and C{_receivedHeaderCount} count bytes and fields.
        C{_buffer} has the partial line.
        """
        self.channel.dataReceived(b"GET / HTTP/1.1\r\nA: b\r\nC: d\r\nE")
        self.assertGreater(self.channel._receivedHeaderSize, 0)
        self.assertEqual(self.channel._receivedHeaderCount, 1)  # C may go on
        self.assertEqual(self.channel._buffer, b"E")
        self.assertFalse(self.channel._busyReceiving)
        self.assertTrue(self.channel.line_mode)

    def test_busyReceiving(self) -> None:
        """
        C{_busyReceiving} is set while lines are handled.
        """
        seen: list[bool] = []
        self.channel.lineReceived = lambda line: seen.append(
            self.channel._busyReceiving
        )
        self.channel.dataReceived(b"a\r\n")
        self.assertEqual(seen, [True])

    def test_request(self) -> None:
        """
        C{_handlingRequest} is set during a request. Further bytes wait in
        C{_dataBuffer}.
        """
        self.channel.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertTrue(self.channel._handlingRequest)
        self.channel.dataReceived(b"GET")
        self.assertEqual(self.channel._dataBuffer, [b"GET"])

    def test_backPressure(self) -> None:
        """
        C{_networkProducer} is the transport. C{pauseProducing} sets
        C{_waitingForTransport}, and does not pause the transport during a request.
        """
        self.assertIs(self.channel._networkProducer, self.transport)
        self.channel.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.channel.pauseProducing()
        self.assertTrue(self.channel._waitingForTransport)
        self.assertEqual(self.transport.producerState, "producing")

    def test_badRequest(self) -> None:
        """
        Every malformed request leads to C{_respondToBadRequestAndDisconnect}.
        """
        seen: list[str] = []
        self.channel._respondToBadRequestAndDisconnect = lambda: seen.append("bad")
        self.channel.dataReceived(b"GET / HTTP/1.1\r\nno colon\r\n\r\n")
        self.assertIn("bad", seen)

    def test_abortDeadline(self) -> None:
        """
        C{_abortingCall} is cancelled when the connection is lost.
        """
        self.channel._abortingCall = call = self.reactor.callLater(9, str)
        self.channel.connectionLost(None)
        self.assertFalse(call.active())


class PROXYTests(SynchronousTestCase):
    """
    C{HAProxyProtocolWrapper}: L{echo.server.proxyprotocol}.
    """

    def setUp(self) -> None:
        factory = HAProxyWrappingFactory(Factory.forProtocol(Protocol))
        self.wrapper: Any = factory.buildProtocol(None)
        self.transport = StringTransport()
        self.wrapper.makeConnection(self.transport)

    def test_header(self) -> None:
        """
        C{_parser} is set at the first bytes, C{_proxyInfo} at the end of the header.
        """
        self.assertIsNone(self.wrapper._parser)
        self.wrapper.dataReceived(_V1[:-1])
        self.assertIsNotNone(self.wrapper._parser)
        self.assertIsNone(self.wrapper._proxyInfo)
        self.wrapper.dataReceived(_V1[-1:])
        self.assertEqual(self.wrapper._proxyInfo.source.host, "192.0.2.1")

    def test_shortStart(self) -> None:
        """
        It still closes a connection that starts with less than C{PREFIX}.
        """
        self.wrapper.dataReceived(V2Parser.PREFIX[:4])
        self.assertTrue(self.transport.disconnecting)

    def test_unknown(self) -> None:
        """
        It still closes a connection with C{PROXY UNKNOWN} and no space after it.
        """
        self.wrapper.dataReceived(b"PROXY UNKNOWN\r\nhello")
        self.assertTrue(self.transport.disconnecting)


class TLSTests(SynchronousTestCase):
    """
    C{TLSMemoryBIOProtocol} and pyOpenSSL: L{echo.server.tlstransport}.
    """

    def setUp(self) -> None:
        key = crypto.load_privatekey(crypto.FILETYPE_PEM, GOOD.keyPEM)
        certificate = crypto.load_certificate(crypto.FILETYPE_PEM, GOOD.pem)
        options = CertificateOptions(privateKey=key, certificate=certificate)
        clock: Any = MemoryReactorClock()
        factory = TLSMemoryBIOFactory(
            options, False, Factory.forProtocol(Protocol), clock
        )
        factory.protocol = TLSMemoryBIOProtocol
        self.server: Any = factory.buildProtocol(None)
        self.transport = StringTransport()
        self.server.makeConnection(self.transport)
        self.client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
        self.client.set_connect_state()

    def exchange(self) -> None:
        """
        Carry bytes between both sides until neither has any.
        """
        while True:
            try:
                sent = self.client.bio_read(65536)
            except SSL.WantReadError:
                sent = b""
            if sent:
                self.server.dataReceived(sent)
            answer = self.transport.value()
            self.transport.clear()
            if answer:
                self.client.bio_write(answer)
            if not sent and not answer:
                return

    def completeHandshake(self) -> None:
        for _ in range(3):
            with contextlib.suppress(SSL.WantReadError):
                self.client.do_handshake()
            self.exchange()

    def test_handshake(self) -> None:
        """
        C{_handshakeDone} is set by the handshake. Written bytes wait for it in
        C{_appSendBuffer}.
        """
        self.server.write(b"hello")
        self.assertFalse(self.server._handshakeDone)
        self.assertEqual(self.server._appSendBuffer, [b"hello"])
        self.completeHandshake()
        self.assertTrue(self.server._handshakeDone)
        self.assertEqual(self.server._appSendBuffer, [])
        self.assertEqual(self.client.recv(5), b"hello")

    def test_memoryBIOs(self) -> None:
        """
        C{_tlsConnection} has the C pointers C{_ssl}, C{_into_ssl} and C{_from_ssl}, and
        C{OpenSSL._util.lib} the functions for them.
        """
        self.completeHandshake()
        connection, room = self.server._tlsConnection, ffi.new("char[]", 65536)
        self.client.send(b"hello")
        record = self.client.bio_read(65536)
        lib.BIO_write(connection._into_ssl, record, len(record))
        self.assertEqual(lib.SSL_read(connection._ssl, room, len(room)), 5)
        self.assertEqual(ffi.buffer(room)[:5], b"hello")
        count = lib.SSL_read(connection._ssl, room, len(room))
        error = lib.SSL_get_error(connection._ssl, count)
        self.assertEqual(error, lib.SSL_ERROR_WANT_READ)
        self.assertEqual(lib.SSL_write(connection._ssl, b"bye", 3), 3)
        length = lib.BIO_read(connection._from_ssl, room, len(room))
        self.client.bio_write(ffi.buffer(room)[:length])
        self.assertEqual(self.client.recv(3), b"bye")

    def test_flush(self) -> None:
        """
        C{_flushReceiveBIO} passes plaintext to the wrapped protocol. C{_flushSendBIO}
        writes the bytes of OpenSSL to the transport.
        """
        self.completeHandshake()
        received: list[bytes] = []
        self.server.wrappedProtocol.dataReceived = received.append
        self.client.send(b"hello")
        self.server._tlsConnection.bio_write(self.client.bio_read(65536))
        self.server._flushReceiveBIO()
        self.assertEqual(received, [b"hello"])
        self.server._tlsConnection.send(b"bye")
        self.server._flushSendBIO()
        self.assertNotEqual(self.transport.value(), b"")

    def test_end(self) -> None:
        """
        The peer's end of TLS leads to C{_tlsShutdownFinished}, which sets
        C{_lostTLSConnection} and closes the transport.
        """
        self.completeHandshake()
        self.assertFalse(self.server._lostTLSConnection)
        self.client.shutdown()
        self.exchange()
        self.assertTrue(self.server._lostTLSConnection)
        self.assertTrue(self.transport.disconnecting)

    def test_abort(self) -> None:
        """
        C{abortConnection} sets C{_aborted} and C{disconnecting}, and sends the end of
        TLS by C{_flushSendBIO}: the daemon leaves it out.
        """
        self.completeHandshake()
        self.server.abortConnection()
        self.assertTrue(self.server._aborted and self.server.disconnecting)
        self.assertNotEqual(self.transport.value(), b"")
