"""
TLS of a client: who is trusted, who we are, and why a certificate was refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

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

from echo.opensslerrors import opensslReasons

_BLOCK = re.compile(
    rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL
)

_Codes = SSL.X509VerificationCodes

#: What OpenSSL's most frequent objections mean; others go by OpenSSL's name.
_OBJECTIONS = {
    _Codes.ERR_CERT_HAS_EXPIRED: "it has expired",
    _Codes.ERR_CERT_NOT_YET_VALID: "it is not valid yet",
    _Codes.ERR_DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
    _Codes.ERR_SELF_SIGNED_CERT_IN_CHAIN: (
        "a self-signed certificate in its chain is not trusted"
    ),
    _Codes.ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ("its issuer is not trusted"),
    _Codes.ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: ("its issuer is not trusted"),
}
_NAMES = {
    code: name.removeprefix("ERR_").replace("_", " ").lower()
    for name, code in vars(_Codes).items()
    if name.startswith("ERR_")
}


@dataclass(frozen=True)
class TLS:
    """
    Choices about TLS.

    @ivar authorities: Certificates, in PEM, of those who are trusted to vouch for
        a server; the system's own, if C{None}.

    @ivar certificate: Our own certificate in PEM, and what follows it in its chain.

    @ivar key: Its private key in PEM; if C{None}, it is to be found with the
        certificate.

    @ivar verify: Whether the server must be who it says it is.
    """

    authorities: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    verify: bool = True

    def context(self) -> SSL.Context:
        """
        @return: The means to make connections; all of them share it, since it costs
            most of a megabyte.

        @raise ValueError: A file is not what it should be; the message says which.
        """
        return self._context

    @cached_property
    def _context(self) -> SSL.Context:
        arguments: dict[str, Any] = {}
        if self.certificate is not None:
            chain = _certificates(self.certificate, "the certificate file")
            key = _key(self.certificate if self.key is None else self.key)
            if chain[0].public_key() != key.public_key():
                raise ValueError("the private key is not that of the certificate")
            arguments["privateKey"] = PKey.from_cryptography_key(key)  # type: ignore[arg-type]  # OpenSSL itself refuses what it cannot use
            arguments["certificate"] = X509.from_cryptography(chain[0])
            arguments["extraCertChain"] = [X509.from_cryptography(c) for c in chain[1:]]
        elif self.key is not None:
            raise ValueError("a private key is of no use without a certificate")
        if self.authorities is not None:
            trusted = _certificates(self.authorities, "the file of authorities")
            arguments["trustRoot"] = trustRootFromCertificates(
                [Certificate(X509.from_cryptography(each)) for each in trusted]
            )
        elif self.verify:
            arguments["trustRoot"] = platformTrust()
        try:
            return CertificateOptions(**arguments).getContext()
        except SSL.Error as error:
            raise ValueError(f"TLS is not possible so: {errorText(error)}") from None


def _certificates(pem: bytes, name: str) -> Sequence[x509.Certificate]:
    try:
        found = [x509.load_pem_x509_certificate(each) for each in _BLOCK.findall(pem)]
    except ValueError:
        raise ValueError(f"{name} has a broken certificate in it") from None
    if not found:
        raise ValueError(f"{name} has no certificate in it: it is to be PEM")
    return found


def _key(pem: bytes) -> types.PrivateKeyTypes:
    start = re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----", pem)
    if start is None:
        raise ValueError("there is no private key: it is to be PEM")
    try:
        return load_pem_private_key(pem[start.start() :], None)
    except TypeError:
        raise ValueError("the private key is encrypted: it is not to be") from None
    except ValueError:
        raise ValueError("the private key cannot be read") from None


@implementer(IOpenSSLClientConnectionCreator)
class TLSConnectionCreator:
    """
    Makes the TLS side of a connection to one host.

    Twisted's own (C{optionsForClientTLS}) does not tell why OpenSSL refused a
    certificate, and cannot be told to accept any.

    @ivar objection: Why the server's certificate was refused, if it was.
    """

    certificateError: str | None = None

    def __init__(self, host: str, tls: TLS) -> None:
        """
        @param host: Whose certificate it must be: a name in ASCII, or an address.

        @raise ValueError: A file is not what it should be.
        """
        self._host = host
        self._isName = not (isIPAddress(host) or isIPv6Address(host))
        self._verify = tls.verify
        self._context = tls.context()

    def clientConnectionForTLS(
        self, tlsProtocol: TLSMemoryBIOProtocol
    ) -> SSL.Connection:
        """
        @return: A connection that accepts the right certificate only.
        """
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
            self.certificateError = _OBJECTIONS.get(error) or _NAMES.get(
                error, str(error)
            )
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


def errorText(error: SSL.Error) -> str:
    """
    @return: What OpenSSL reports, for a person.
    """
    text = "; ".join(dict.fromkeys(opensslReasons(error)))
    if isPlain(error):
        return f"the server does not speak TLS here ({text})"
    return text or "TLS failed"


def isPlain(error: SSL.Error) -> bool:
    """
    @return: Whether the peer sent something that is not TLS.
    """
    return not _NOT_TLS.isdisjoint(opensslReasons(error))


_NOT_TLS = frozenset({"wrong version number", "packet length too long"})

#: What to ask where a server does not seem to speak TLS.
PLAIN = "is it ws://?"
