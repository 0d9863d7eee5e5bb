"""
A way through an HTTP proxy: what L{echo.client.transport.proxy} chose, as an endpoint.
"""

from collections.abc import Callable
from typing import Any

from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IProtocol,
    IProtocolFactory,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.client.errors import CannotConnect
from echo.client.transport.proxy import Proxy
from echo.client.transport.responsehead import STATUS, splitHead
from echo.client.transport.tls import TLSConnectionCreator, errorText
from echo.client.transport.upgraderequest import encodeHead
from echo.client.transport.url import hostAndPort


def connectRequest(proxy: Proxy, host: str, port: int) -> bytes:
    """
    @return: The request that asks a proxy for a tunnel to a host.
    """
    target = hostAndPort(host, port)
    fields = [("Host", target)]
    if proxy.authorization is not None:
        fields.append(("Proxy-Authorization", proxy.authorization))
    return encodeHead(f"CONNECT {target} HTTP/1.1", fields)


@implementer(IStreamClientEndpoint)
class HTTPConnectEndpoint:
    """
    Connects through a proxy: to whatever the request asks for.
    """

    def __init__(
        self,
        endpoint: Any,
        request: bytes,
        creator: TLSConnectionCreator | None,
        reached: Callable[[], object],
    ) -> None:
        """
        @param endpoint: Where the proxy is, with TLS if it wants that.

        @param request: L{connectRequest}.

        @param creator: The proxy's side of TLS, if there is one.

        @param reached: Called when there is a transport to the proxy.
        """
        self._endpoint = endpoint
        self.request = request
        self.creator = creator
        self.reached = reached

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """
        @return: The protocol at our end of the tunnel. It fails with
            L{CannotConnect} if the proxy does not make one, and in the endpoint's
            own way if the proxy cannot be reached.
        """
        dialling: Deferred[_Tunnel] = self._endpoint.connect(
            _TunnelFactory(self, protocolFactory)
        )
        return dialling.addCallback(lambda tunnel: tunnel.made)


class _TunnelFactory(Factory):
    """
    Makes the tunnel's protocol, and is to the endpoint what the wrapped one is.
    """

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
    """
    Asks for the tunnel, and then passes on what comes through it.

    @ivar made: Fires with the protocol at our end, when there is a tunnel.
    """

    transport: Any
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
            self._read()

    def _read(self) -> None:
        try:
            head, self._data = splitHead(self._data, "https")
        except ValueError as error:
            self._refuse(str(error))
            return
        if head is None:
            return
        line = head.partition(b"\r\n")[0].decode("latin-1")
        status = STATUS.fullmatch(line)
        if status is None:
            self._refuse("the answer is not HTTP")
        elif status[1][0] != "2":
            self._refuse(f"HTTP {status[1]} {status[2] or ''}".rstrip())
        else:
            self._open()

    def _refuse(self, why: str) -> None:
        self._refusal = why
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
            self.made.errback(CannotConnect("proxy", self._why(reason.value)))

    def _why(self, reason: BaseException | None) -> str:
        creator = self._endpoint.creator
        if self._refusal is not None:
            return self._refusal
        if creator is not None and creator.certificateError is not None:
            return f"the proxy's certificate is refused: {creator.certificateError}"
        if isinstance(reason, SSL.Error):
            return errorText(reason)
        what = "a complete answer" if self._data else "an answer"
        return f"the proxy hung up without {what}"
