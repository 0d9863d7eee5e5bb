"""
The TLS of one connection: version, cipher and the client's certificate.
"""

import warnings
from dataclasses import dataclass

from OpenSSL import SSL
from twisted.protocols.tls import TLSMemoryBIOProtocol

#: Stands for the subject of an unreadable certificate. No subject looks like it.
UNREADABLE = "(unreadable)"


@dataclass(frozen=True)
class TLSInfo:
    """
    The TLS of one connection: C{TLSv1.3}, C{TLS_AES_256_GCM_SHA384}, and the subject of
    the client's certificate (RFC 4514), or L{UNREADABLE}, or None.
    """

    version: str
    cipher: str
    clientCertificate: str | None


def tlsInfo(transport: object) -> TLSInfo | None:
    if not isinstance(transport, TLSMemoryBIOProtocol):
        return None
    connection = transport.getHandle()
    return TLSInfo(
        connection.get_protocol_version_name(),
        connection.get_cipher_name(),
        _clientSubject(connection),
    )


def tlsName(transport: object) -> str | None:
    """
    @return: C{TLSv1.3 TLS_AES_256_GCM_SHA384}, for example. None without TLS.
    """
    if not isinstance(transport, TLSMemoryBIOProtocol):
        return None
    connection = transport.getHandle()
    return f"{connection.get_protocol_version_name()} {connection.get_cipher_name()}"


def _clientSubject(connection: SSL.Connection) -> str | None:
    certificate = connection.get_peer_certificate()
    if certificate is None:
        return None
    try:
        with warnings.catch_warnings():
            # cryptography warns of names that are too long.
            warnings.simplefilter("ignore")
            return certificate.to_cryptography().subject.rfc4514_string()
    except Exception:  # noqa: BLE001  its parsers raise many types
        return UNREADABLE
