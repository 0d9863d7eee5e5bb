"""
The one place where an HTTP request becomes a conversation (RFC 6455 section 4.2).

Autobahn has an HTTP parser of its own, which splits lines at eight different
characters, keeps the request for life and reflects it in its answers. It gets to see
nothing but checked parts (L{echo.server.conversation.handshake}); whatever is wrong
with a request is answered here, in fixed words.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.protocols.policies import ProtocolWrapper
from twisted.web.server import NOT_DONE_YET, Request

from echo.httptokens import isTokenList
from echo.server.behaviour.behaviour import Behaviour
from echo.server.conversation.handshake import isCurrent, readied
from echo.server.conversation.protocol import EchoFactory
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.inforesource import describe
from echo.server.http.origins import isAuthority
from echo.server.http.requesthead import RequestHead
from echo.server.http.requestinfo import RequestInfo
from echo.server.http.responses import (
    DUTIES,
    ONE_HOST,
    RETRY,
    UPGRADE,
    BaseResource,
    FixedResponse,
)

_TARGET = re.compile(rb"[!\"$-~]+")  # visible ASCII, and no fragment

# An element of a list.
_ELEMENT = re.compile(r"[^ \t,](?:[^,]*[^ \t,])?")

# Extensions that are looked at, and an offer of one. Browsers make one, and a shorter
# one; Autobahn takes a lot of time for each word.
_MOST_OFFERS = 8
_OFFER = re.compile(r"[ -~]{1,256}")


@dataclass(frozen=True)
class _Refusal:
    """
    Why a request does not become a conversation.

    @ivar reason: For the metrics.

    @ivar why: For the log.

    @ivar answer: For the peer.
    """

    reason: str
    why: str
    answer: FixedResponse


class _Refused(Exception):
    """
    The request does not become a conversation.
    """

    def __init__(self, refusal: _Refusal) -> None:
        self.refusal = refusal


def _refusal(
    reason: str, status: int, why: str, headers: Mapping[str, str] | None = None
) -> _Refusal:
    return _Refusal(reason, why, FixedResponse(status, f"{why}\n", headers))


_ORDINARY = _refusal("no_upgrade", 426, "This address speaks WebSocket only.", UPGRADE)
_OLD_HTTP = _refusal(
    "http_version", 505, "A WebSocket begins with a request of HTTP/1.1."
)
_WRONG_VERSION = _refusal("version", 426, "Sec-WebSocket-Version must be 13.", UPGRADE)
_BODY = _refusal("body", 400, "A request for a WebSocket has no body.")
_BAD_TARGET = _refusal(
    "target", 400, "The request target must be visible ASCII, with no #."
)
_BAD_HOST = _refusal("host", 400, ONE_HOST)
_BAD_KEY = _refusal(
    "key", 400, "There must be one Sec-WebSocket-Key field: 16 bytes in base64."
)
_BAD_SUBPROTOCOL = _refusal(
    "subprotocol", 400, "Sec-WebSocket-Protocol must be a list of tokens."
)
_TWO_ORIGINS = _refusal("origin", 400, "There must be no more than one Origin field.")
_FOREIGN = _refusal("origin", 403, "Pages of this origin are not let in.")
_FULL = _refusal("full", 503, "There are as many connections as there may be.", RETRY)
_CLOSING = _refusal("draining", 503, "The server is shutting down.", RETRY)


@dataclass(frozen=True)
class _Upgrade:
    """
    What is taken over from a request that may become a conversation.

    @ivar head: All that it says.

    @ivar key: Its C{Sec-WebSocket-Key}.

    @ivar client: Who is behind the proxy that it came from, if one is believed.

    @ivar origin: The page's origin, if there is one.

    @ivar subprotocols: Those that it offers.

    @ivar extensions: What it offers, with parameters.

    @ivar behaviour: What the peer asked for; None for the plain echo.
    """

    head: RequestHead
    key: str
    client: str | None
    origin: str | None
    subprotocols: list[str]
    extensions: list[str]
    behaviour: Behaviour | None


class UpgradeResource(BaseResource):
    """
    The address that speaks WebSocket; there is nothing below it.
    """

    def __init__(self, factory: EchoFactory, policy: AccessPolicy) -> None:
        super().__init__()
        self._factory = factory
        self._policy = policy
        self._conversation = readied(factory)

    def render(self, request: Request) -> int:
        """
        Make the request a conversation, or answer it in HTTP.
        """
        try:
            upgrade = self._read(request)
        except _Refused as error:
            refusal = error.refusal
            # A proxy may believe that it was upgraded: nothing of what follows is
            # to be read as a second request.
            request.responseHeaders.addRawHeader("Connection", "close")
            request.channel.persistent = False
            request.refusal = refusal.why  # type: ignore[attr-defined]  # EchoRequest
            self._factory.counters.refused(refusal.reason)
            return refusal.answer.render(request)
        name = self._factory.nameConnection()
        info = None
        if upgrade.behaviour is not None and upgrade.behaviour.info:
            info = describe(request, name, self._factory, self._policy)
        self._handOver(request.channel, upgrade, name, info)
        return NOT_DONE_YET

    def take(self, channel: Any, head: RequestHead) -> bool:
        """
        Make a conversation of a request that twisted.web has not seen, unless it
        has to be refused.

        @return: Whether it is one.
        """
        if not _asksForWebSocket(head):
            return False
        try:
            upgrade = self._check(head, channel.getPeer(), None)
        except _Refused:
            return False
        channel.setTimeout(None)
        self._handOver(channel, upgrade, self._factory.nameConnection())
        return True

    def _read(self, request: Request) -> _Upgrade:
        """
        @raise _Refused: It is not a proper request, or not one for us.
        """
        behaviour = self._behaviour(request)
        head = RequestHead.fromRequest(request)
        if request.method != b"GET" or not _asksForWebSocket(head):
            raise _Refused(_ORDINARY)
        if request.clientproto != b"HTTP/1.1":
            raise _Refused(_OLD_HTTP)
        body = head.values("content-length") + head.values("transfer-encoding")
        if body not in ([], ["0"]):
            raise _Refused(_BODY)
        if _TARGET.fullmatch(request.uri) is None:
            raise _Refused(_BAD_TARGET)
        return self._check(head, request.getClientAddress(), behaviour)

    def _check(
        self, head: RequestHead, peer: IAddress, behaviour: Behaviour | None
    ) -> _Upgrade:
        """
        @raise _Refused: What it says is not what such a request says, or is not
            granted.
        """
        host = _only(head, "host", _BAD_HOST)
        if not isAuthority(host):
            raise _Refused(_BAD_HOST)
        if head.values("sec-websocket-version") != ["13"]:
            raise _Refused(_WRONG_VERSION)
        key = _only(head, "sec-websocket-key", _BAD_KEY)
        if not _isKey(key):
            raise _Refused(_BAD_KEY)
        subprotocols = _list(head, "sec-websocket-protocol")
        if not all(map(isTokenList, head.values("sec-websocket-protocol"))):
            raise _Refused(_BAD_SUBPROTOCOL)
        if behaviour is not None and behaviour.subprotocol is not None:
            # Autobahn answers with what was offered only; the peer learns what
            # happens when it did not offer it.
            subprotocols = [behaviour.subprotocol]
        origins = head.values("origin")
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
                _refusal("asked", status, "Refused, as asked.", DUTIES.get(status))
            )
        return _Upgrade(
            head,
            key,
            self._policy.client(peer, head),
            origins[0] if origins else None,
            subprotocols,
            list(
                islice(
                    filter(_OFFER.fullmatch, _list(head, "sec-websocket-extensions")),
                    _MOST_OFFERS,
                )
            ),
            behaviour,
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
            return Behaviour.fromQuery(
                query, self._policy.caps, mayHaveOthers=self._conversation.asksService
            )
        except ValueError as error:
            raise _Refused(_refusal("behaviour", 400, str(error))) from None

    def _handOver(
        self,
        channel: Any,
        upgrade: _Upgrade,
        name: str,
        info: RequestInfo | None = None,
    ) -> None:
        """
        Put a conversation where the HTTP channel was.
        """
        transport = channel.transport
        if not isCurrent(self._conversation):
            self._conversation = readied(self._factory)
        conversation = self._conversation()
        conversation.name = name
        conversation.origin = upgrade.origin
        conversation.proxiedPeer = upgrade.client
        conversation.behaviour = upgrade.behaviour
        conversation.info = info
        channel.transport = None
        channel.successor = conversation
        # The channel stays registered otherwise, and ignores being paused
        # (twisted.web HTTPChannel.pauseProducing, while it handles a request).
        transport.unregisterProducer()
        if isinstance(transport, ProtocolWrapper):
            transport.wrappedProtocol = conversation
        else:
            transport.protocol = conversation
        conversation.begin(
            transport,
            upgrade.key,
            upgrade.subprotocols,
            upgrade.extensions,
            upgrade.head,
        )
        # What it has read beyond the request is the conversation's already; it
        # would be kept for a next request that never comes.
        channel.rawDataReceived = conversation.dataReceived


def _asksForWebSocket(head: RequestHead) -> bool:
    return "websocket" in _lower(head, "upgrade") and "upgrade" in _lower(
        head, "connection"
    )


def _list(head: RequestHead, name: str) -> list[str]:
    """
    @return: The elements of a field that is a list (RFC 9110 section 5.6.1).
    """
    return _ELEMENT.findall(",".join(head.values(name)))


def _lower(head: RequestHead, name: str) -> list[str]:
    return _ELEMENT.findall(",".join(head.values(name)).lower())


def _only(head: RequestHead, name: str, otherwise: _Refusal) -> str:
    """
    @return: The one value of a field.

    @raise _Refused: There is none, or more than one.
    """
    values = head.values(name)
    if len(values) != 1:
        raise _Refused(otherwise)
    return values[0]


def _isKey(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == 16 and len(text) == 24
    except (Base64Error, ValueError):
        return False
