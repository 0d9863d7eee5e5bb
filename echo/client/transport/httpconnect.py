"""
HTTP CONNECT: an endpoint that connects through a tunnel of an HTTP proxy.

L{echo.client.transport.proxy} chooses the proxy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IProtocol,
    IProtocolFactory,
    IStreamClientEndpoint,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.client.errors import CannotConnect
from echo.client.transport.proxy import Proxy
from echo.client.transport.responsehead import STATUS_LINE, splitHead
from echo.client.transport.tls import TLSConnectionCreator
from echo.client.transport.tlserrors import errorText
from echo.client.transport.upgraderequest import encodeHead
from echo.client.transport.url import hostAndPort


def connectRequest(proxy: Proxy, host: str, port: int) -> bytes:
    target = hostAndPort(host, port)
    fields = [("Host", target)]
    if proxy.authorization is not None:
        fields.append(("Proxy-Authorization", proxy.authorization))
    return encodeHead(f"CONNECT {target} HTTP/1.1", fields)


@implementer(IStreamClientEndpoint)
@dataclass(frozen=True)
class HTTPConnectEndpoint:
    """
    Connects to the target of a CONNECT request.

    @ivar endpoint: The proxy's endpoint, with TLS for an C{https} proxy.

    @ivar request: L{connectRequest}.

    @ivar creator: The TLS connection creator for an C{https} proxy.

    @ivar reached: Called when the transport to the proxy is connected.
    """

    endpoint: IStreamClientEndpoint
    request: bytes
    creator: TLSConnectionCreator | None
    reached: Callable[[], object]

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """
        @return: The protocol at the end of the tunnel. It fails with L{CannotConnect}
            if the proxy refuses, and like the endpoint if the proxy is unreachable.
        """
        tunnels = _TunnelFactory(self, protocolFactory)
        dialling: Deferred[Any] = self.endpoint.connect(tunnels)
        return dialling.addCallback(lambda tunnel: tunnel.made)


class _TunnelFactory(Factory):
    noisy = False

    def __init__(
        self, endpoint: HTTPConnectEndpoint, wrapped: IProtocolFactory
    ) -> None:
        self._endpoint = endpoint
        self._wrapped = wrapped

    def doStart(self) -> None:
        self._wrapped.doStart()

    def doStop(self) -> None:
        self._wrapped.doStop()

    def buildProtocol(self, addr: IAddress | None) -> "_Tunnel":
        return _Tunnel(self._endpoint, lambda: self._wrapped.buildProtocol(addr))  # type: ignore[arg-type]  # twisted's interface says None is no address


class _Tunnel(Protocol):
    transport: ITCPTransport
    _data = b""
    _inner: IProtocol | None = None
    _refusal: str | None = None

    def __init__(
        self, endpoint: HTTPConnectEndpoint, build: Callable[[], IProtocol | None]
    ) -> None:
        self._endpoint = endpoint
        self._build = build
        self.made: Deferred[IProtocol] = Deferred(lambda _: self._refuse("cancelled"))

    def connectionMade(self) -> None:
        self._endpoint.reached()
        self.transport.write(self._endpoint.request)

    def dataReceived(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.dataReceived(data)
        elif self._refusal is None:
            self._data += data
            self._readHead()

    def _readHead(self) -> None:
        try:
            head, self._data = splitHead(self._data, "https")
        except ValueError as error:
            self._refuse(str(error))
            return
        if head is None:
            return
        line = head.partition(b"\r\n")[0].decode("latin-1")
        status = STATUS_LINE.fullmatch(line)
        if status is None:
            self._refuse("the answer is not HTTP")
        elif status[1][0] != "2":
            self._refuse(f"HTTP {status[1]} {status[2] or ''}".rstrip())
        else:
            self._open()

    def _refuse(self, reason: str) -> None:
        self._refusal = reason
        self.transport.abortConnection()

    def _open(self) -> None:
        inner, rest, self._data = self._build(), self._data, b""
        assert inner is not None  # noqa: S101  (our factories always build one)
        self._inner = inner
        inner.makeConnection(self.transport)
        self.made.callback(inner)
        if rest:
            inner.dataReceived(rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._inner is not None:
            self._inner.connectionLost(reason)
        elif not self.made.called:
            self.made.errback(CannotConnect("proxy", self._reason(reason.value)))

    def _reason(self, error: BaseException | None) -> str:
        creator = self._endpoint.creator
        if self._refusal is not None:
            return self._refusal
        if creator is not None and creator.certificateError is not None:
            return f"the proxy's certificate is refused: {creator.certificateError}"
        if isinstance(error, SSL.Error):
            return errorText(error)
        what = "a complete answer" if self._data else "an answer"
        return f"the proxy hung up without {what}"
