"""
TLS to a server or a proxy: trusted authorities, client certificates, verification.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import types
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL
from OpenSSL.crypto import X509, PKey
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import (
    verify_certificate_hostname,
    verify_certificate_ip_address,
)
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from echo.client.transport.tlserrors import certificateErrorText, errorText

_BLOCK = re.compile(
    rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL
)


@dataclass(frozen=True)
class TLS:
    """
    The TLS settings of a connection.

    @ivar authorities: The certificates of trusted authorities, in PEM; C{None} for the
        system's.

    @ivar certificate: The client's certificate in PEM, and the rest of its chain.

    @ivar key: The private key in PEM; C{None} if it is in C{certificate}.

    @ivar verify: Whether to verify the server's certificate.
    """

    authorities: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    verify: bool = True

    def context(self) -> SSL.Context:
        """
        @return: The context. All connections share it: it takes most of a megabyte.

        @raise ValueError: A file is invalid; the message names it.
        """
        return self._context

    @cached_property
    def _context(self) -> SSL.Context:
        private: PKey | None = None
        certificate: X509 | None = None
        chain: list[X509] | None = None
        trustRoot = None
        if self.certificate is not None:
            found = _certificates(self.certificate, "the certificate file")
            key = _key(self.certificate if self.key is None else self.key)
            if found[0].public_key() != key.public_key():
                raise ValueError("the private key is not that of the certificate")
            private = PKey.from_cryptography_key(key)  # type: ignore[arg-type]  # OpenSSL itself refuses what it cannot use
            certificate, *chain = map(X509.from_cryptography, found)
        elif self.key is not None:
            raise ValueError("a private key is of no use without a certificate")
        if self.authorities is not None:
            trusted = _certificates(self.authorities, "the file of authorities")
            trustRoot = trustRootFromCertificates(
                [Certificate(X509.from_cryptography(each)) for each in trusted]
            )
        elif self.verify:
            trustRoot = platformTrust()
        try:
            return CertificateOptions(
                privateKey=private,
                certificate=certificate,
                extraCertChain=chain,
                trustRoot=trustRoot,
            ).getContext()
        except SSL.Error as error:
            raise ValueError(f"invalid TLS configuration: {errorText(error)}") from None


def _certificates(pem: bytes, name: str) -> Sequence[x509.Certificate]:
    try:
        found = [x509.load_pem_x509_certificate(each) for each in _BLOCK.findall(pem)]
    except ValueError:
        raise ValueError(f"{name} has a broken certificate in it") from None
    if not found:
        raise ValueError(f"{name} has no certificate in PEM format in it")
    return found


def _key(pem: bytes) -> types.PrivateKeyTypes:
    start = re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----", pem)
    if start is None:
        raise ValueError("there is no private key in PEM format")
    try:
        return load_pem_private_key(pem[start.start() :], None)
    except TypeError:
        raise ValueError("encrypted private keys are not supported") from None
    except ValueError:
        raise ValueError("the private key cannot be read") from None


@implementer(IOpenSSLClientConnectionCreator)
class TLSConnectionCreator:
    """
    Makes OpenSSL connections to one host, and verifies its certificate.

    Twisted's own (C{optionsForClientTLS}) hides why OpenSSL rejected a certificate, and
    cannot accept all certificates.

    @ivar certificateError: Why the server's certificate was rejected, or C{None}.
    """

    certificateError: str | None = None

    def __init__(self, host: str, tls: TLS) -> None:
        """
        @param host: The host name in ASCII or the address that the certificate must be
            for.

        @raise ValueError: A file in the TLS settings is invalid.
        """
        self._host = host
        self._isName = not (isIPAddress(host) or isIPv6Address(host))
        self._verify = tls.verify
        self._context = tls.context()

    def clientConnectionForTLS(
        self, tlsProtocol: TLSMemoryBIOProtocol
    ) -> SSL.Connection:
        connection = SSL.Connection(self._context, None)
        if self._isName:
            connection.set_tlsext_host_name(self._host.encode("ascii"))
        mode = SSL.VERIFY_PEER if self._verify else SSL.VERIFY_NONE
        connection.set_verify(mode, self._accepts)
        return connection

    def _accepts(
        self, connection: SSL.Connection, cert: X509, error: int, depth: int, ok: int
    ) -> bool:
        if not self._verify:
            return True
        if not ok:
            self.certificateError = certificateErrorText(error)
        elif depth == 0:
            self.certificateError = self._mismatch(cert.to_cryptography())
        return self.certificateError is None

    def _mismatch(self, certificate: x509.Certificate) -> str | None:
        try:
            if self._isName:
                verify_certificate_hostname(certificate, self._host)
            else:
                verify_certificate_ip_address(certificate, self._host)
        except VerificationError:
            return f"it is not for {self._host}"
        except (CertificateError, ValueError):
            return "it names no host"
        return None
