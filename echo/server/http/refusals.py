"""
Refusals: why a request or a connection does not become a conversation. L{REASONS} has
all reasons, for the metrics; the constants below are the HTTP responses of C{/socket}.

L{echo.server.http.upgradechecks} raises L{Refused}, and L{echo.server.http.upgrade}
sends the response.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from echo.server.http.responses import (
    HOST_REQUIRED,
    RETRY_LATER,
    STATUS_FIELDS,
    UPGRADE_FIELDS,
    FixedResponse,
)

#: Why a connection did not become a WebSocket: the values of the label C{reason} of
#: C{echo_handshakes_refused_total}.
REASONS: Mapping[str, str] = {
    "no_upgrade": "The request asks for no upgrade to WebSocket.",
    "http_version": "The request is not HTTP/1.1.",
    "body": "The request has a body.",
    "target": "The request target has other characters than visible ASCII, or a #.",
    "host": "The request has no valid Host field, or several.",
    "version": "The version of WebSocket is not 13.",
    "key": "The Sec-WebSocket-Key is missing or invalid.",
    "subprotocol": "The list of subprotocols is invalid.",
    "origin": "The origin is not allowed, or there are several.",
    "behaviour": "A parameter of the URL is unknown or invalid.",
    "asked": "The client asked for it, with status=.",
    "full": "There are as many connections as --max-connections allows.",
    "draining": "The daemon is shutting down.",
    "handshake": "A service's method failed, or the client left during the handshake.",
    "denied": "A service's onConnect refused the client.",
    "malformed": "The request is not valid HTTP, or too large.",
    "timeout": "No complete request came within --handshake-timeout.",
    "tls": "The TLS handshake failed.",
    "proxy": "The connection began without a PROXY header.",
    "method": "The method of the request is neither GET nor HEAD.",
}


@dataclass(frozen=True)
class UpgradeRefusal:
    """
    Why C{/socket} refuses a request: one of L{REASONS}, and a sentence for the log and
    the response.
    """

    reason: str
    text: str
    response: FixedResponse


class Refused(Exception):
    """
    C{/socket} refuses a request.
    """

    def __init__(self, refusal: UpgradeRefusal) -> None:
        self.refusal = refusal


def refusal(
    reason: str, status: int, text: str, headers: Mapping[str, str] | None = None
) -> UpgradeRefusal:
    return UpgradeRefusal(reason, text, FixedResponse(status, f"{text}\n", headers))


def requested(status: int) -> UpgradeRefusal:
    text = "Refused, as requested by status=."
    return refusal("asked", status, text, STATUS_FIELDS.get(status))


NO_UPGRADE = refusal(
    "no_upgrade", 426, "This address speaks WebSocket only.", UPGRADE_FIELDS
)
HTTP_VERSION = refusal("http_version", 505, "WebSocket requires HTTP/1.1.")
BODY = refusal("body", 400, "A WebSocket request must not have a body.")
TARGET = refusal("target", 400, "The request target must be visible ASCII without #.")
HOST = refusal("host", 400, HOST_REQUIRED)
VERSION = refusal("version", 426, "Sec-WebSocket-Version must be 13.", UPGRADE_FIELDS)
KEY = refusal(
    "key", 400, "There must be one Sec-WebSocket-Key field: 16 bytes in base64."
)
SUBPROTOCOL = refusal(
    "subprotocol", 400, "Sec-WebSocket-Protocol must be a list of tokens."
)
TWO_ORIGINS = refusal("origin", 400, "There must be at most one Origin field.")
FOREIGN_ORIGIN = refusal("origin", 403, "This origin is not allowed.")
FULL = refusal(
    "full", 503, "The server has no room for another connection.", RETRY_LATER
)
DRAINING = refusal("draining", 503, "The server is shutting down.", RETRY_LATER)
