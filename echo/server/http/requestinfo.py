"""
What the daemon tells of a request: what arrived, from whom, and how it was taken.

Every word of it can be a hostile peer's; the JSON is harmless in a terminal, in a
page and in a log, whatever was said.
"""

import warnings
from dataclasses import dataclass, replace
from json import dumps
from typing import Any

from OpenSSL import SSL
from twisted.protocols.tls import TLSMemoryBIOProtocol

from echo.redact import redactHeaders, redactQuery, redactSubprotocol, redactURL

#: Stands for the subject of a certificate that cannot be read; no subject looks so.
UNREADABLE = "(unreadable)"

# Never part of JSON itself: they stand in its strings only.
_ESCAPES = [(each, f"\\u{ord(each):04x}") for each in "<>&'"]


@dataclass(frozen=True)
class TLSInfo:
    """
    What protects a connection.

    @ivar version: Such as C{TLSv1.3}.

    @ivar cipher: Such as C{TLS_AES_256_GCM_SHA384}.

    @ivar clientCertificate: The subject of the client's certificate (RFC 4514), or
        L{UNREADABLE}; None if there is no certificate.
    """

    version: str
    cipher: str
    clientCertificate: str | None


@dataclass(frozen=True)
class RequestInfo:
    """
    One request, and what became of it.

    @ivar request: The request line.

    @ivar headers: Name and value of each header line, as they were received.

    @ivar peer: Who has sent it.

    @ivar proxiedPeer: On whose behalf, if a trusted proxy has said so.

    @ivar tls: What protects the connection, if it is protected.

    @ivar host: The name of this server.

    @ivar connection: The id of the connection.

    @ivar subprotocol: The subprotocol that is spoken.

    @ivar extensions: The extensions that were agreed on, with their parameters.

    @ivar applied: What this conversation was asked to do, and does. Of a request that
        is none it is what one with this query would do, but for a seed that is drawn.

    @ivar showSecrets: Whether credentials are told, too.
    """

    request: str
    headers: tuple[tuple[str, str], ...]
    peer: str
    proxiedPeer: str | None
    tls: TLSInfo | None
    host: str
    connection: str
    subprotocol: str | None = None
    extensions: tuple[str, ...] = ()
    applied: str | None = None
    showSecrets: bool = False

    def json(self) -> str:
        """
        @return: An object of JSON: one line of printable ASCII, in which nothing
            can end a script, begin a tag or end an attribute in single quotes.
        """
        # asdict copies each header field, part by part.
        told = vars(self if self.showSecrets else redacted(self)).copy()
        del told["showSecrets"]
        told["tls"] = self.tls and vars(self.tls)
        text = dumps(told)
        for character, escape in _ESCAPES:
            text = text.replace(character, escape)
        return text


def decoded(data: bytes) -> str:
    """
    @return: The text that these bytes are in UTF-8 or, if they are none, in Latin-1.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def redacted(info: RequestInfo) -> RequestInfo:
    """
    @return: The same, without the credentials that a request brings along, wherever
        they come back.
    """
    return replace(
        info,
        request=redactURL(info.request),
        headers=tuple(redactHeaders(info.headers)),
        subprotocol=info.subprotocol and redactSubprotocol(info.subprotocol),
        applied=info.applied and redactQuery(info.applied),
    )


def tlsInfo(transport: Any) -> TLSInfo | None:
    """
    @param transport: A connection's transport. PROXY is outside of TLS, so nothing
        wraps that.

    @return: What protects it; None without TLS.
    """
    if not isinstance(transport, TLSMemoryBIOProtocol):
        return None
    connection = transport.getHandle()
    return TLSInfo(
        connection.get_protocol_version_name(),
        connection.get_cipher_name(),
        _clientSubject(connection),
    )


def _clientSubject(connection: SSL.Connection) -> str | None:
    certificate = connection.get_peer_certificate()
    if certificate is None:
        return None
    try:
        with warnings.catch_warnings():
            # Of names that are too long, whenever a peer likes.
            warnings.simplefilter("ignore")
            return certificate.to_cryptography().subject.rfc4514_string()
    except Exception:  # noqa: BLE001  an odd certificate raises whatever its parser likes
        return UNREADABLE
