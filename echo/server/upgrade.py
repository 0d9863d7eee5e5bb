"""
The one place where an HTTP request becomes a conversation (RFC 6455 section 4.2).

Autobahn has an HTTP parser of its own, which splits lines at eight different
characters, keeps the request for life and reflects it in its answers. It gets to
see a request that is written here, of checked parts only; whatever is wrong with
the peer's own is answered here, in fixed words.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twisted.protocols.policies import ProtocolWrapper
from twisted.web.server import NOT_DONE_YET, Request

from echo.server.about import describe
from echo.server.answer import Answer, Directory
from echo.server.behaviour import Behaviour
from echo.server.origin import isAuthority
from echo.server.policy import Policy, fields
from echo.server.protocol import EchoFactory
from echo.token import isToken

_TARGET = re.compile(rb"[!\"$-~]+")  # visible ASCII, and no fragment

_RETRY = {"Retry-After": "5"}

_UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "upgrade",
    "Sec-WebSocket-Version": "13",
}


@dataclass(frozen=True)
class _Refusal:
    """
    Why a request does not become a conversation.

    @ivar reason: For the metrics.

    @ivar answer: For the peer.
    """

    reason: str
    answer: Answer


class _Refused(Exception):
    """
    The request does not become a conversation.
    """

    def __init__(self, refusal: _Refusal) -> None:
        self.refusal = refusal


def _refusal(
    reason: str, status: int, why: str, headers: Mapping[str, str] | None = None
) -> _Refusal:
    return _Refusal(reason, Answer(status, f"{why}\n", headers))


_ORDINARY = _refusal("no_upgrade", 426, "This address speaks WebSocket only.", _UPGRADE)
_OLD_HTTP = _refusal(
    "http_version", 505, "A WebSocket begins with a request of HTTP/1.1."
)
_WRONG_VERSION = _refusal("version", 426, "Sec-WebSocket-Version must be 13.", _UPGRADE)
_BODY = _refusal("body", 400, "A request for a WebSocket has no body.")
_BAD_TARGET = _refusal(
    "target", 400, "The request target must be visible ASCII, with no #."
)
_BAD_HOST = _refusal(
    "host", 400, "There must be one Host field, with a host and maybe a port."
)
_BAD_KEY = _refusal(
    "key", 400, "There must be one Sec-WebSocket-Key field: 16 bytes in base64."
)
_BAD_SUBPROTOCOL = _refusal(
    "subprotocol", 400, "Sec-WebSocket-Protocol must be a list of tokens."
)
_TWO_ORIGINS = _refusal("origin", 400, "There must be no more than one Origin field.")
_FOREIGN = _refusal("origin", 403, "Pages of this origin are not let in.")
_FULL = _refusal("full", 503, "There are as many connections as there may be.", _RETRY)
_CLOSING = _refusal("draining", 503, "The server is shutting down.", _RETRY)

# What answers of these statuses have to say beside (RFC 9110).
_DUTIES = {
    401: {"WWW-Authenticate": 'Basic realm="echo"'},
    405: {"Allow": "HEAD"},
    407: {"Proxy-Authenticate": 'Basic realm="echo"'},
    426: _UPGRADE,
    503: _RETRY,
}


@dataclass(frozen=True)
class _Upgrade:
    """
    What is taken over from a request that may become a conversation.

    @ivar target: The request target.

    @ivar origin: The page's origin, if there is one.

    @ivar fields: The header fields that the WebSocket handshake is made of.

    @ivar behaviour: What the peer asked for; None for the plain echo.
    """

    target: bytes
    origin: str | None
    fields: tuple[tuple[str, str], ...]
    behaviour: Behaviour | None

    def head(self) -> bytes:
        """
        @return: The request that Autobahn is given to read.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.fields)
        return (
            b"GET " + self.target + b" HTTP/1.1\r\n" + lines.encode("ascii") + b"\r\n"
        )


class UpgradeResource(Directory):
    """
    The address that speaks WebSocket; there is nothing below it.
    """

    def __init__(self, factory: EchoFactory, policy: Policy) -> None:
        super().__init__()
        self._factory = factory
        self._policy = policy

    def render(self, request: Request) -> int:
        """
        Make the request a conversation, or answer it in HTTP.
        """
        try:
            upgrade = self._check(request)
        except _Refused as error:
            refusal = error.refusal
            # A proxy may believe that it was upgraded: nothing of what follows is
            # to be read as a second request.
            request.responseHeaders.addRawHeader("Connection", "close")
            request.channel.persistent = False
            self._factory.tally.refused(refusal.reason)
            return refusal.answer.render(request)
        self._handOver(request, upgrade)
        return NOT_DONE_YET

    def _check(self, request: Request) -> _Upgrade:
        """
        @raise _Refused: It is not a proper request, or not one for us.
        """
        behaviour = self._behaviour(request)
        if not _asksForWebSocket(request):
            raise _Refused(_ORDINARY)
        if request.clientproto != b"HTTP/1.1":
            raise _Refused(_OLD_HTTP)
        if fields(request, "Content-Length", "Transfer-Encoding") not in ([], ["0"]):
            raise _Refused(_BODY)
        if _TARGET.fullmatch(request.uri) is None:
            raise _Refused(_BAD_TARGET)
        host = _only(request, "Host", _BAD_HOST)
        if not isAuthority(host):
            raise _Refused(_BAD_HOST)
        if fields(request, "Sec-WebSocket-Version") != ["13"]:
            raise _Refused(_WRONG_VERSION)
        key = _only(request, "Sec-WebSocket-Key", _BAD_KEY)
        if not _isKey(key):
            raise _Refused(_BAD_KEY)
        handshake = [
            ("Host", host),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", key),
        ]
        subprotocols = _list(request, "Sec-WebSocket-Protocol")
        if not all(map(isToken, subprotocols)):
            raise _Refused(_BAD_SUBPROTOCOL)
        if behaviour is not None and behaviour.subprotocol is not None:
            # Autobahn answers with what was offered only; the peer learns what
            # happens when it did not offer it.
            subprotocols = [behaviour.subprotocol]
        if subprotocols:
            # Autobahn refuses repetitions; they change nothing.
            unique = dict.fromkeys(subprotocols)
            handshake.append(("Sec-WebSocket-Protocol", ", ".join(unique)))
        extensions = [
            offer
            for offer in _list(request, "Sec-WebSocket-Extensions")
            if offer.isascii() and offer.isprintable()
        ]
        if extensions:
            handshake.append(("Sec-WebSocket-Extensions", ", ".join(extensions)))
        origins = fields(request, "Origin")
        if len(origins) > 1:
            raise _Refused(_TWO_ORIGINS)
        if origins and not self._policy.origins.permit(origins[0], host):
            raise _Refused(_FOREIGN)
        if self._factory.closing:
            raise _Refused(_CLOSING)
        if self._factory.full:
            raise _Refused(_FULL)
        if behaviour is not None and behaviour.status is not None:
            status = behaviour.status
            raise _Refused(
                _refusal("asked", status, "Refused, as asked.", _DUTIES.get(status))
            )
        return _Upgrade(
            request.uri, origins[0] if origins else None, tuple(handshake), behaviour
        )

    def _behaviour(self, request: Request) -> Behaviour | None:
        """
        @return: What is asked for in the query, if it is more than an echo.

        @raise _Refused: It is nothing that can be had.
        """
        _, _, query = request.uri.partition(b"?")
        if not query:
            return None
        try:
            return Behaviour.fromQuery(query, self._policy.caps)
        except ValueError as error:
            raise _Refused(_refusal("behaviour", 400, str(error))) from None

    def _handOver(self, request: Any, upgrade: _Upgrade) -> None:
        """
        Put a conversation where the HTTP channel was.
        """
        channel = request.channel
        transport = channel.transport
        protocol = self._factory.buildProtocol(transport.getPeer())
        protocol.name = self._factory.nameConnection()
        protocol.origin = upgrade.origin
        protocol.proxiedPeer = self._policy.client(request)
        if upgrade.behaviour is not None:
            protocol.behaviour = upgrade.behaviour
            if upgrade.behaviour.info:
                protocol.info = describe(
                    request, protocol.name, self._factory, self._policy
                )
        channel.transport = None
        # The channel stays registered otherwise, and ignores being paused
        # (twisted.web HTTPChannel.pauseProducing, while it handles a request).
        transport.unregisterProducer()
        if isinstance(transport, ProtocolWrapper):
            transport.wrappedProtocol = protocol
        else:
            transport.protocol = protocol
        # What it has read beyond the request is the conversation's already; it
        # would be kept for a next request that never comes.
        channel.rawDataReceived = protocol.dataReceived
        protocol.makeConnection(transport)
        protocol.dataReceived(upgrade.head())


def _asksForWebSocket(request: Request) -> bool:
    return (
        request.method == b"GET"
        and "websocket" in _lower(request, "Upgrade")
        and "upgrade" in _lower(request, "Connection")
    )


def _list(request: Request, name: str) -> list[str]:
    """
    @return: The elements of a field that is a list (RFC 9110 section 5.6.1).
    """
    joined = ",".join(fields(request, name))
    return [element for part in joined.split(",") if (element := part.strip(" \t"))]


def _lower(request: Request, name: str) -> list[str]:
    return [element.lower() for element in _list(request, name)]


def _only(request: Request, name: str, otherwise: _Refusal) -> str:
    """
    @return: The one value of a field.

    @raise _Refused: There is none, or more than one.
    """
    values = fields(request, name)
    if len(values) != 1:
        raise _Refused(otherwise)
    return values[0]


def _isKey(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == 16 and len(text) == 24
    except (Base64Error, ValueError):
        return False
