"""
Tests of L{echo.server.http.requestinfo}.
"""

import contextlib
import json
import ssl
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
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
    decoded,
    redacted,
)
from echo.server.tlsinfo import UNREADABLE, TLSInfo, tlsInfo
from tests.kit.certificates import AUTHORITY, CLIENT, GOOD, Identity

INFO = RequestInfo(
    request="GET /socket?info=1 HTTP/1.1",
    headers=(("Host", "echo.example"), ("x-one", "1"), ("X-One", "2")),
    peer="192.0.2.1:50000",
    proxiedPeer=None,
    tls=None,
    host="echo-1",
    connection="1f",
)

ANYTHING = (
    st.binary()
    | st.text().map(str.encode)
    | st.text("<>&'\"\\/\x7f\n\u2028").map(str.encode)
)


class JSONTests(SynchronousTestCase):
    """
    What is told, as JSON.
    """

    def test_plain(self) -> None:
        """
        Everything is there, in one order; headers stay as they came.
        """
        self.assertEqual(
            INFO.json(),
            '{"request": "GET /socket?info=1 HTTP/1.1", "headers": '
            '[["Host", "echo.example"], ["x-one", "1"], ["X-One", "2"]], '
            '"peer": "192.0.2.1:50000", "proxiedPeer": null, "tls": null, '
            '"host": "echo-1", "connection": "1f", "subprotocol": null, '
            '"extensions": [], "applied": null}',
        )

    def test_full(self) -> None:
        """
        So is what there is not always.
        """
        info = RequestInfo(
            request="GET / HTTP/1.1",
            headers=(),
            peer="unix",
            proxiedPeer="[2001:db8::1]:4711",
            tls=TLSInfo("TLSv1.3", "TLS_AES_256_GCM_SHA384", "CN=A client"),
            host="echo-1",
            connection="1f",
            subprotocol="chat",
            extensions=("permessage-deflate; server_no_context_takeover",),
            applied="delay=250ms&close=4001",
        )
        self.assertEqual(
            json.loads(info.json()),
            {
                "request": "GET / HTTP/1.1",
                "headers": [],
                "peer": "unix",
                "proxiedPeer": "[2001:db8::1]:4711",
                "tls": {
                    "version": "TLSv1.3",
                    "cipher": "TLS_AES_256_GCM_SHA384",
                    "clientCertificate": "CN=A client",
                },
                "host": "echo-1",
                "connection": "1f",
                "subprotocol": "chat",
                "extensions": ["permessage-deflate; server_no_context_takeover"],
                "applied": "delay=250ms&close=4001",
            },
        )

    def test_escaped(self) -> None:
        """
        What HTML or a terminal would take for more than text is spelled out.
        """
        hostile = "</script>&'\x1b[2J\x7f\x9b\r\n\u202e\u2028\xe9\U0001f600\ud800"
        self.assertIn(
            '"connection": "\\u003c/script\\u003e\\u0026\\u0027\\u001b[2J\\u007f'
            '\\u009b\\r\\n\\u202e\\u2028\\u00e9\\ud83d\\ude00\\ud800"',
            RequestInfo("", (), "", None, None, "", hostile).json(),
        )

    @given(ANYTHING, st.lists(st.tuples(ANYTHING, ANYTHING)), ANYTHING)
    def test_anything(
        self, request: bytes, headers: list[tuple[bytes, bytes]], subject: bytes
    ) -> None:
        """
        Whatever comes, it is one line of harmless ASCII, and says just that.
        """
        pairs = [(decoded(name), decoded(value)) for name, value in headers]
        info = RequestInfo(
            request=decoded(request),
            headers=tuple(pairs),
            peer="unix",
            proxiedPeer=decoded(subject),
            tls=TLSInfo("TLSv1.3", "x", decoded(subject)),
            host="echo-1",
            connection="1f",
            subprotocol=decoded(subject),
            extensions=(decoded(subject),),
            applied=decoded(request),
        )
        for told in (info, redacted(info)):
            text = told.json()
            self.assertTrue(text.isascii() and text.isprintable(), text)
            self.assertFalse(set("<>&'") & set(text), text)
            data = json.loads(text)
            self.assertEqual(data["request"], told.request)
            self.assertEqual(data["headers"], [list(pair) for pair in told.headers])
            self.assertEqual(data["proxiedPeer"], told.proxiedPeer)
            self.assertEqual(data["tls"]["clientCertificate"], decoded(subject))
            self.assertEqual(data["extensions"], [decoded(subject)])
            self.assertEqual(data["applied"], decoded(request))


class DecodedTests(SynchronousTestCase):
    """
    Bytes as text.
    """

    def test_encodings(self) -> None:
        """
        UTF-8 is read as that, and all else as Latin-1.
        """
        for data, text in [
            (b"", ""),
            (b"abc", "abc"),
            ("\xe9\u20ac".encode(), "\xe9\u20ac"),
            (b"\xe9\xff\x00", "\xe9\xff\x00"),
            (b"\xed\xa0\x80", "\xed\xa0\x80"),
        ]:
            self.assertEqual(decoded(data), text)

    @given(st.text())
    def test_text(self, text: str) -> None:
        """
        All text comes through.
        """
        self.assertEqual(decoded(text.encode()), text)


class RedactedTests(SynchronousTestCase):
    """
    Credentials in a request.
    """

    def test_hidden(self) -> None:
        """
        The request line and each header lose theirs, and nothing else changes.
        """
        info = RequestInfo(
            request="GET /socket?info=1&access_token=abc HTTP/1.1",
            headers=(
                ("Host", "echo.example"),
                ("AUTHORIZATION", "Bearer abc"),
                ("Proxy-Authorization", "Basic abc"),
                ("Cookie", "abc"),
                ("cookie", "abc"),
                ("X-Api-Key", "abc"),
                ("X-Amz-Security-Token", "abc"),
                ("Sec-WebSocket-Protocol", "chat, base64url.bearer.abc"),
                ("Referer", "https://page.example/?token=abc&a=1"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ("X-Forwarded-For", "203.0.113.7"),
            ),
            peer="192.0.2.1:50000",
            proxiedPeer="203.0.113.7",
            tls=TLSInfo("TLSv1.3", "x", "CN=A client"),
            host="echo-1",
            connection="1f",
            subprotocol="base64url.bearer.abc",
            extensions=("permessage-deflate",),
            applied="close=4001&token=abc",
        )
        self.assertEqual(
            redacted(info),
            RequestInfo(
                request="GET /socket?info=1&access_token=*** HTTP/1.1",
                headers=(
                    ("Host", "echo.example"),
                    ("AUTHORIZATION", "Bearer ***"),
                    ("Proxy-Authorization", "Basic ***"),
                    ("Cookie", "***"),
                    ("cookie", "***"),
                    ("X-Api-Key", "***"),
                    ("X-Amz-Security-Token", "***"),
                    ("Sec-WebSocket-Protocol", "chat, base64url.bearer.***"),
                    ("Referer", "https://page.example/?token=***&a=1"),
                    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                    ("X-Forwarded-For", "203.0.113.7"),
                ),
                peer="192.0.2.1:50000",
                proxiedPeer="203.0.113.7",
                tls=TLSInfo("TLSv1.3", "x", "CN=A client"),
                host="echo-1",
                connection="1f",
                subprotocol="base64url.bearer.***",
                extensions=("permessage-deflate",),
                applied="close=4001&token=***",
            ),
        )
        self.assertNotIn("abc", info.json())
        self.assertEqual(replace(info, showSecrets=True).json().count("abc"), 11)

    def test_nothing(self) -> None:
        """
        A request without any stays as it is.
        """
        self.assertEqual(redacted(INFO), INFO)


@implementer(IOpenSSLServerConnectionCreator)
class Server:
    """
    The daemon's side of TLS. It asks for a certificate, takes whatever there is,
    and does without.
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
    What is told of TLS.
    """

    def setUp(self) -> None:
        """
        Make a client that trusts the server.
        """
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
        @return: The server's side of a connection, as it is after the handshake.
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
        @return: What is told of the client's certificate.
        """
        info = tlsInfo(self.connect())
        assert info is not None
        text = replace(INFO, tls=info).json()
        self.assertTrue(text.isascii() and text.isprintable(), text)
        return info.clientCertificate

    def test_plain(self) -> None:
        """
        There is nothing to be told of a connection without TLS, wrapped or not.
        """
        transport = StringTransport()
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        wrapper.makeConnection(transport)
        self.assertIsNone(tlsInfo(transport))
        self.assertIsNone(tlsInfo(wrapper))

    def test_parameters(self) -> None:
        """
        Version and cipher are those that were agreed on.
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
        The subject of the client's certificate is told.
        """
        self.present(CLIENT)
        self.assertEqual(self.subject(), "CN=A client")

    def test_hostileSubject(self) -> None:
        """
        Whatever is in a subject is harmless in JSON.
        """
        name = "</script>'\x1b[2J\r\n\u202e\x9b,O=Root"
        self.present(Identity(name))
        self.assertEqual(
            self.subject(), "CN=\\</script\\>'\x1b[2J\r\n\u202e\x9b\\,O=Root"
        )

    def test_tooLong(self) -> None:
        """
        A name that is longer than it may be is told like any other, and no warning
        of a library gets into the log.
        """
        identity = Identity("Odd one")
        der = identity.certificate.public_bytes(Encoding.DER)
        commonName, country = b"\x55\x04\x03", b"\x55\x04\x06"
        self.present(identity, der.replace(commonName, country))
        self.assertEqual(self.subject(), "C=Odd one")
        self.assertEqual(self.flushWarnings(), [])

    def test_unreadable(self) -> None:
        """
        A certificate that TLS puts up with may be none that can be read; that is
        said, and nothing else happens.
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
