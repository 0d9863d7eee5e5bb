"""
Tests of L{echo.server.tlsinfo}.
"""

import contextlib
import ssl
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from echo.server.http.requestinfo import (
    RequestInfo,
)
from echo.server.tlsinfo import UNREADABLE, tlsInfo
from tests.kit.certificates import AUTHORITY, CLIENT, GOOD, Identity


@implementer(IOpenSSLServerConnectionCreator)
class Server:
    """
    The daemon's side of TLS. It requests a certificate, accepts each one, and needs
    none.
    """

    def serverConnectionForTLS(self, _protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """
        @return: The OpenSSL side of one connection.
        """
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_privatekey(GOOD.key)
        context.use_certificate(GOOD.certificate)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        return SSL.Connection(context, None)


class TLSTests(SynchronousTestCase):
    """
    The TLS of a connection.
    """

    def setUp(self) -> None:
        self.client = ssl.create_default_context(cadata=AUTHORITY.pem.decode())

    def present(self, identity: Identity, der: bytes | None = None) -> None:
        """
        Give the client a certificate: the identity's own, or another for its key.
        """
        path = Path(self.mktemp())
        if der is None:
            der = identity.certificate.public_bytes(Encoding.DER)
        pem = ssl.DER_cert_to_PEM_cert(der).encode()
        path.write_bytes(identity.keyPEM + pem)
        self.client.load_cert_chain(path)

    def connect(self) -> TLSMemoryBIOProtocol:
        """
        @return: The server's side of a connection after the handshake.
        """
        wrapped = Factory.forProtocol(Protocol)
        factory = TLSMemoryBIOFactory(Server(), False, wrapped, Clock())
        server: TLSMemoryBIOProtocol = factory.buildProtocol(None)
        transport = StringTransport()
        server.makeConnection(transport)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.client.wrap_bio(incoming, outgoing, server_hostname="localhost")
        # Not by its bare name, which trial would take for an attribute of its own.
        unfinished = contextlib.suppress(ssl.SSLWantReadError)
        with unfinished:
            client.do_handshake()
        while data := outgoing.read():
            server.dataReceived(data)
            incoming.write(transport.value())
            transport.clear()
            with unfinished:
                client.do_handshake()
        return server

    def subject(self) -> str | None:
        """
        @return: The subject of the client's certificate.
        """
        info = tlsInfo(self.connect())
        assert info is not None
        text = RequestInfo("", (), "", None, info, "", "").json()
        self.assertTrue(text.isascii() and text.isprintable(), text)
        return info.clientCertificate

    def test_withoutTLS(self) -> None:
        """
        A connection without TLS has no TLS information, wrapped or not.
        """
        transport = StringTransport()
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        wrapper.makeConnection(transport)
        self.assertIsNone(tlsInfo(transport))
        self.assertIsNone(tlsInfo(wrapper))

    def test_parameters(self) -> None:
        """
        Version and cipher are the negotiated ones.
        """
        for version, name in [
            (ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
            (ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        ]:
            self.client.minimum_version = ssl.TLSVersion.TLSv1_2
            self.client.maximum_version = version
            self.client.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305")
            info = tlsInfo(self.connect())
            assert info is not None
            self.assertEqual(info.version, name)
            self.assertIn(
                info.cipher,
                ["ECDHE-ECDSA-CHACHA20-POLY1305"]
                if name == "TLSv1.2"
                else ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"],
            )

    def test_noCertificate(self) -> None:
        """
        A client without a certificate has no subject.
        """
        self.assertIsNone(self.subject())

    def test_certificate(self) -> None:
        """
        The subject is that of the client's certificate.
        """
        self.present(CLIENT)
        self.assertEqual(self.subject(), "CN=A client")

    def test_hostileSubject(self) -> None:
        """
        Every subject is harmless in JSON.
        """
        name = "</script>'\x1b[2J\r\n\u202e\x9b,O=Root"
        self.present(Identity(name))
        self.assertEqual(
            self.subject(), "CN=\\</script\\>'\x1b[2J\r\n\u202e\x9b\\,O=Root"
        )

    def test_tooLong(self) -> None:
        """
        A name of excessive length is shown, without a warning in the log.
        """
        identity = Identity("Odd one")
        der = identity.certificate.public_bytes(Encoding.DER)
        commonName, country = b"\x55\x04\x03", b"\x55\x04\x06"
        self.present(identity, der.replace(commonName, country))
        self.assertEqual(self.subject(), "C=Odd one")
        self.assertEqual(self.flushWarnings(), [])

    def test_unreadable(self) -> None:
        """
        A certificate that OpenSSL accepts and cryptography cannot parse is shown as
        unreadable.
        """
        identity = Identity("Odd one")
        der = identity.certificate.public_bytes(Encoding.DER)
        for good, bad in [
            (b"\x0c\x07Odd one", b"\x14\x07Odd\xffone"),  # UTF8String, T61String
            (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05"),  # version 3, 6
        ]:
            self.assertIn(good, der)
            self.present(identity, der.replace(good, bad))
            self.assertEqual(self.subject(), UNREADABLE)
