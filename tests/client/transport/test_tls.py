"""
Tests of L{echo.client.transport.tls}, with connections in memory.
"""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import CannotConnect
from echo.client.transport.tls import TLS, TLSConnectionCreator
from tests.kit.certificates import (
    AUTHORITY,
    CLIENT,
    ELSEWHERE,
    EXPIRED,
    GOOD,
    SELF_SIGNED,
    Identity,
    serverContext,
)
from tests.kit.client import ClientTestCase, Server, TLSServer
from tests.kit.frames import serverClose
from tests.kit.handshake import switchingProtocols

TRUSTING = TLS(authorities=AUTHORITY.pem)


class ChoicesTests(SynchronousTestCase):
    """
    L{TLS}.
    """

    def test_validFiles(self) -> None:
        """
        Authorities, a certificate with its chain and a key are accepted; the key in
        either file.
        """
        TLS().context()
        TLS(verify=False).context()
        TLS(certificate=CLIENT.pem + AUTHORITY.pem, key=CLIENT.keyPEM).context()
        TLS(AUTHORITY.pem * 2, certificate=CLIENT.pem + CLIENT.keyPEM).context()

    def test_invalidFiles(self) -> None:
        broken = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"
        noKey = b"-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----"
        encrypted = CLIENT.encryptedKey(BestAvailableEncryption(b"x"))
        for tls, said in [
            (TLS(authorities=b"x"), "the file of authorities has no certificate"),
            (TLS(authorities=broken), "has a broken certificate"),
            (TLS(certificate=CLIENT.keyPEM), "certificate file has no certificate"),
            (TLS(certificate=CLIENT.pem), "there is no private key"),
            (TLS(certificate=CLIENT.pem, key=noKey), "cannot be read"),
            (
                TLS(certificate=CLIENT.pem, key=encrypted),
                "encrypted private keys",
            ),
            (TLS(certificate=CLIENT.pem, key=GOOD.keyPEM), "is not that of the"),
            (TLS(key=CLIENT.keyPEM), "of no use without a certificate"),
        ]:
            error = self.assertRaises(ValueError, tls.context)
            self.assertIn(said, str(error))

    def test_errorOfOpenSSLIsReported(self) -> None:

        def refuse(self: object, **_: Any) -> None:
            raise SSL.Error([("SSL routines", "", "ca md too weak")])

        self.patch(TLS.context.__globals__["CertificateOptions"], "__init__", refuse)
        error = self.assertRaises(ValueError, TLS().context)
        self.assertEqual(str(error), "invalid TLS configuration: ca md too weak")

    def test_keyIsNotInRepr(self) -> None:
        self.assertNotIn("PRIVATE", repr(TLS(key=CLIENT.keyPEM)))


class HandshakeTests(ClientTestCase):
    """
    L{TLSConnectionCreator}.
    """

    def _dialled(
        self, identity: Identity, host: str, *, clients: bool = False, **options: Any
    ) -> tuple[Server, TLSServer, Deferred[Connection]]:
        directory = self.mktemp()
        Path(directory).mkdir()
        context = serverContext(identity, directory, clients=clients)
        self.names: list[str | None] = []
        context.sni_callback = lambda _, name, __: self.names.append(name)
        server, attempt = self.dial(f"wss://{host}/", **options)
        secured = TLSServer(server, context, self.reactor)
        secured.shakeHands()
        return server, secured, attempt

    def _refused(self, attempt: "Deferred[Connection]") -> str:
        error = self.failureResultOf(attempt, CannotConnect).value
        assert isinstance(error, CannotConnect)
        self.assertEqual(error.phase, "TLS")
        return error.reason

    def _opened(
        self, server: Server, secured: TLSServer, attempt: "Deferred[Connection]"
    ) -> None:
        secured.write(switchingProtocols(secured.read()))
        connection = self.successResultOf(attempt)
        closing = connection.close()
        secured.write(serverClose(1000))
        server.hangUp()
        self.assertEqual(self.successResultOf(closing).code, 1000)

    def test_validCertificate(self) -> None:
        """
        The request is sent after the certificate is verified.
        """
        self._opened(*self._dialled(GOOD, "good.example", tls=TRUSTING))
        self.assertEqual(self.names, ["good.example"])

    def test_anyCertificateWithoutVerification(self) -> None:
        for host, name in [("any.example", "any.example"), ("127.0.0.1", None)]:
            self._opened(*self._dialled(SELF_SIGNED, host, tls=TLS(verify=False)))
            self.assertEqual(self.names, [name])

    def test_clientCertificate(self) -> None:
        tls = TLS(AUTHORITY.pem, CLIENT.pem, CLIENT.keyPEM)
        self._opened(*self._dialled(GOOD, "localhost", clients=True, tls=tls))

    def test_certificateErrorsInWords(self) -> None:
        noNames = Identity("No names", AUTHORITY)
        for identity, host, tls, said in [
            (GOOD, "localhost", TLS(), "its issuer is not trusted"),
            (EXPIRED, "localhost", TRUSTING, "it has expired"),
            (ELSEWHERE, "localhost", TRUSTING, "it is not for localhost"),
            (GOOD, "127.0.0.1", TRUSTING, "it is not for 127.0.0.1"),
            (SELF_SIGNED, "localhost", TRUSTING, "it is self-signed"),
            (noNames, "localhost", TRUSTING, "it names no host"),
        ]:
            reason = self._refused(self._dialled(identity, host, tls=tls)[2])
            self.assertIn("the server's certificate is refused", reason)
            self.assertIn(said, reason)

    def test_invalidNamesInCertificate(self) -> None:
        creator = TLSConnectionCreator("x.example", TRUSTING)

        class Certificate:
            @property
            def extensions(self) -> object:
                raise ValueError("no parsing this")

        mismatch = creator._mismatch(Certificate())  # type: ignore[arg-type]
        self.assertEqual(mismatch, "it names no host")

    def test_rareErrorsHaveOpenSSLsName(self) -> None:
        """
        A rare error has OpenSSL's name, or its number.
        """
        creator = TLSConnectionCreator("x.example", TRUSTING)
        self.assertFalse(creator._accepts(None, None, 23, 0, 0))  # type: ignore[arg-type]
        self.assertEqual(creator.certificateError, "cert revoked")
        self.assertFalse(creator._accepts(None, None, 9999, 0, 0))  # type: ignore[arg-type]
        self.assertEqual(creator.certificateError, "9999")

    def test_hostIsCheckedInServersCertificateOnly(self) -> None:
        creator = TLSConnectionCreator("x.example", TRUSTING)
        self.assertTrue(creator._accepts(None, None, 0, 1, 1))  # type: ignore[arg-type]

    def test_transportClosedDuringTLS(self) -> None:
        server, attempt = self.dial("wss://x.example/")
        server.hangUp()
        self.assertEqual(
            self._refused(attempt),
            "the server hung up during the TLS handshake: is it ws://?",
        )

    def test_plainTextServer(self) -> None:
        server, attempt = self.dial("wss://x.example/")
        server.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        refused = self._refused(attempt)
        self.assertIn("the server does not speak TLS here", refused)
        self.assertTrue(refused.endswith("): is it ws://?"), refused)

    def test_timeoutDuringTLS(self) -> None:
        _, attempt = self.dial("wss://x.example/", timeout=1)
        self.reactor.advance(1)
        self.assertEqual(self._refused(attempt), "no answer within 1 s: is it ws://?")

    def test_invalidFilesAreValueErrors(self) -> None:
        attempt = connect(self.reactor, "wss://x", tls=TLS(authorities=b""))
        self.failureResultOf(attempt, ValueError)
