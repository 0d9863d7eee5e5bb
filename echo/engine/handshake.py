"""
The opening handshake of Autobahn's server protocol.

L{echo.server.http} has read and checked the request. Autobahn's parser, which splits
lines at eight characters, sees it only where a factory listens by itself.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs, urlparse

import txaio
from autobahn.twisted.util import create_transport_details, peer2str
from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.protocol import TrafficStats
from autobahn.websocket.types import ConnectionRequest
from autobahn.websocket.utf8validator import Utf8Validator
from twisted.internet.defer import Deferred

from echo.engine.adapter import Adapter
from echo.engine.attributes import Late

#: An offered extension, as Autobahn parses it: name and parameters.
Offer = tuple[str, dict[str, list[str | bool]]]


class ParsedHead(Protocol):
    """
    The head of the request, as a subclass has read it.
    """

    target: bytes

    def data(self) -> bytes: ...

    def fields(self) -> Mapping[str, str]: ...

    def uri(self) -> str: ...


class HandshakeRequest(NamedTuple):
    """
    The upgrade request.

    @ivar peer: The peer's address in Autobahn's form.

    @ivar extensions: Offers, as Autobahn parses them.
    """

    head: ParsedHead
    peer: str
    subprotocols: list[str]
    extensions: list[Offer]


class HandshakeAdapter(Adapter, WebSocketServerProtocol):
    """
    A connection of a server until it is open.

    The methods whose names begin with an underscore, and that Autobahn does not have,
    are for the subclass to override.

    @cvar isPrepared: Whether the class has the attributes that Autobahn would set on
        each instance (L{echo.engine.attributes}). The request comes by L{takeRequest}
        then.

    @ivar receivedRequest: The request, after L{keepRequest}.
    """

    log = txaio.make_logger("critical")  # the subclass logs, in one escaped line
    isPrepared = False
    receivedRequest: HandshakeRequest
    data: bytes

    is_open: Late[Deferred[object]] = Late(lambda _: Deferred())
    is_closed: Late[Deferred[object]] = Late(lambda _: Deferred())
    peer: Late[str] = Late(lambda one: peer2str(one.transport))
    trafficStats = Late(lambda _: TrafficStats())
    utf8validator = Late(lambda _: Utf8Validator())
    _transport_details = Late(lambda one: create_transport_details(one.transport, True))
    handshakeRequest = Late(lambda one: _connectionRequest(one.receivedRequest))
    http_headers = Late(lambda one: one.handshakeRequest.headers)
    http_request_data = Late(lambda one: one.receivedRequest.head.data())
    http_request_host = Late(lambda one: one.handshakeRequest.host)
    http_request_params = Late(lambda one: one.handshakeRequest.params)
    http_request_path = Late(lambda one: one.handshakeRequest.path)
    http_request_uri = Late(lambda one: one.receivedRequest.head.uri())
    http_status_line = Late(lambda one: f"GET {one.http_request_uri} HTTP/1.1")
    websocket_extensions = Late(lambda one: one.handshakeRequest.extensions)
    websocket_origin = Late(lambda one: one.handshakeRequest.origin)
    websocket_protocols = Late(lambda one: one.handshakeRequest.protocols)

    def __init__(self) -> None:
        # Autobahn's constructor would make the Late attributes.
        pass

    def takeRequest(
        self, transport: Any, key: str, subprotocols: list[str], extensions: list[str]
    ) -> None:
        """
        @param key: The value of C{Sec-WebSocket-Key}.

        @param extensions: Offers, with their parameters.
        """
        self.transport = transport
        self.websocket_protocols = subprotocols
        self.websocket_extensions = self._parseExtensionsHeader(", ".join(extensions))
        self._wskey = key

    def keepRequest(self, head: ParsedHead) -> None:
        offers = self.websocket_protocols, self.websocket_extensions
        self.receivedRequest = HandshakeRequest(head, peer2str(self.transport), *offers)

    def completeHandshake(
        self, agreed: tuple[str | None, Mapping[str, object]]
    ) -> None:
        """
        Answer the request with 101.

        @param agreed: The subprotocol, and header fields.
        """
        self.succeedHandshake(agreed)
        del self.websocket_protocols, self.websocket_extensions, self._wskey
        del self.http_response_data, self.is_open

    def denyHandshake(self, status: int, reason: str) -> None:
        self.wasNotCleanReason = reason
        self.sendHttpErrorResponse(status, reason)
        self.dropConnection()

    def succeedHandshake(self, agreed: object) -> None:
        self.websocket_extensions = self._validOffers(self.websocket_extensions)
        super().succeedHandshake(agreed)

    def sendHttpErrorResponse(
        self,
        code: int,
        reason: str,
        responseHeaders: Iterable[tuple[str, str]] | None = None,
    ) -> None:
        self._writeNow(self._refusalResponse(code, reason, responseHeaders))

    def processHandshake(self) -> None:
        if self.isPrepared:
            self._earlyBytes(len(self.data))
        else:
            super().processHandshake()

    def connectionMade(self) -> None:
        if self.isPrepared:
            self.factory.countConnections += 1
        else:
            super().connectionMade()

    def _onOpen(self) -> None:
        self._beforeOnOpen()
        try:
            super()._onOpen()
            self._afterOnOpen()
        except Exception:  # noqa: BLE001  (a service's mistake ends one connection)
            self.fail("onOpen()")
        self._startReading()

    @property
    def agreedSubprotocol(self) -> str | None:
        name: str | None = self.websocket_protocol_in_use
        return name

    @property
    def isCompressed(self) -> bool:
        return self._perMessageCompress is not None

    @property
    def agreedExtensions(self) -> tuple[str, ...]:
        """
        Extensions with their parameters, during C{onOpen} only.
        """
        fields = re.findall(
            r"^Sec-WebSocket-Extensions: (.*)$", self.http_response_data, re.MULTILINE
        )
        return tuple(each.strip() for each in fields)


def _connectionRequest(request: HandshakeRequest) -> ConnectionRequest:
    _, _, path, _, query, _ = urlparse(request.head.uri())
    fields = request.head.fields()
    host = fields["host"].strip()
    if ":" in host and not host.endswith("]"):
        host, _, _ = host.rpartition(":")
    return ConnectionRequest(
        request.peer,
        fields,
        host,
        path,
        parse_qs(query),
        13,
        fields.get("origin", "").strip(),
        request.subprotocols,
        request.extensions,
    )
