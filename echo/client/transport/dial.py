"""
The endpoint of a route, and one attempt to open a connection, with its time-out.

An attempt fails with an error that names the phase it reached.
"""

import os
from dataclasses import dataclass
from functools import partial
from typing import Any

from twisted.internet import error
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    UNIXClientEndpoint,
)
from twisted.internet.interfaces import (
    IProtocol,
    IProtocolFactory,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.client.errors import CannotConnect, EchoClientError, HandshakeRefused
from echo.client.protocol import ClientFactory
from echo.client.transport.httpconnect import HTTPConnectEndpoint, connectRequest
from echo.client.transport.route import Route
from echo.client.transport.tls import TLSConnectionCreator
from echo.client.transport.tlserrors import TRY_WS

# Seconds between the attempts to connect to the addresses of a host. "localhost" has
# two, and most servers listen on one of them.
_ATTEMPT_DELAY = 0.1


def _makeEndpoint(
    factory: ClientFactory, route: Route, timeout: float
) -> IStreamClientEndpoint:
    endpoint: IStreamClientEndpoint
    reactor, creator = factory.reactor, factory.creator
    address = factory.request.address
    host = route.host(address)
    if route.unixSocket is not None:
        endpoint = UNIXClientEndpoint(reactor, route.unixSocket, timeout)
    elif route.proxy is None:
        endpoint = _hostEndpoint(reactor, host, address.port, timeout)
    else:
        proxy, proxyCreator = route.proxy, None
        endpoint = _hostEndpoint(reactor, proxy.host, proxy.port, timeout)
        if proxy.secure:
            proxyCreator = TLSConnectionCreator(proxy.host, route.proxyTLS)
            endpoint = _TLSEndpoint(reactor, endpoint, proxyCreator)
        request = connectRequest(proxy, host, address.port)
        reached = partial(factory.recorder.enter, "proxy")
        endpoint = HTTPConnectEndpoint(endpoint, request, proxyCreator, reached)
    return endpoint if creator is None else _TLSEndpoint(reactor, endpoint, creator)


def _hostEndpoint(
    reactor: IReactorTime, host: str, port: int, timeout: float
) -> IStreamClientEndpoint:
    # HostnameEndpoint would look up an address in a thread.
    if isIPAddress(host):
        return TCP4ClientEndpoint(reactor, host, port, timeout)
    if isIPv6Address(host):
        return TCP6ClientEndpoint(reactor, host, port, timeout)
    return HostnameEndpoint(reactor, host, port, timeout, attemptDelay=_ATTEMPT_DELAY)


class _PromptTLSFactory(TLSMemoryBIOFactory):
    # Twisted's default protocol buffers writes until the reactor's next turn. That
    # would count as time of the network.
    protocol = TLSMemoryBIOProtocol


@implementer(IStreamClientEndpoint)
@dataclass
class _TLSEndpoint:
    # Twisted's wrapClientTLS, with the factory above.
    reactor: IReactorTime
    endpoint: IStreamClientEndpoint
    creator: TLSConnectionCreator

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        wrapped = _PromptTLSFactory(
            self.creator, True, protocolFactory, clock=self.reactor
        )
        connecting: Deferred[Any] = self.endpoint.connect(wrapped)
        return connecting.addCallback(lambda protocol: protocol.wrappedProtocol)


class Dial:
    """
    One attempt to open a connection.
    """

    def __init__(self, factory: ClientFactory, route: Route, timeout: float) -> None:
        """
        @param timeout: Seconds until the WebSocket must be open.

        @raise ValueError: The TLS settings for the proxy are invalid.
        """
        self._endpoint = _makeEndpoint(factory, route, timeout)
        self._factory = factory
        self._recorder = factory.recorder
        self._route = route
        self._timeout = timeout
        self._error: EchoClientError | None = None
        self._cancelled = False

    def start(self, opened: Deferred[None]) -> Deferred[None]:
        """
        @param opened: Fires when the WebSocket is open; fails if the transport closes
            before.

        @return: Fires with it. Cancelling it aborts the attempt.
        """
        self._opened: Deferred[None] = Deferred(self._cancel)
        self._deadline = self._factory.reactor.callLater(self._timeout, self._expired)
        opened.addBoth(self._done)
        self._recorder.enter(self._route.firstPhase(self._factory.request.address))
        self._dialling = self._endpoint.connect(self._factory)
        self._dialling.addErrback(self._failed)
        return self._opened

    def _failed(self, failure: Failure) -> None:
        error = failure.value
        if not isinstance(error, EchoClientError):
            error = self._unreachable(_reason(error))
        self._done(Failure(self._error or error))

    def _unreachable(self, reason: str) -> CannotConnect:
        phase = self._recorder.phase
        if self._route.proxy is not None and phase in ("DNS", "TCP"):
            reason = f"{reason} (proxy {self._route.proxy.url})"
        return CannotConnect(phase, reason)

    def _done(self, result: Failure | None) -> None:
        if self._deadline.active():
            self._deadline.cancel()
        if self._cancelled:
            return
        if isinstance(result, Failure):
            self._opened.errback(result)
        else:
            self._opened.callback(None)

    def _expired(self) -> None:
        phase, within = self._recorder.phase, f"within {self._timeout:g} s"
        if phase == "HTTP":
            self._abort(HandshakeRefused(None, f"no complete answer {within}"))
            return
        who = " from the resolver" if phase == "DNS" else ""
        hint = f": {TRY_WS}" if phase == "TLS" else ""
        self._abort(self._unreachable(f"no answer{who} {within}{hint}"))

    def _cancel(self, _: object) -> None:
        self._cancelled = True
        self._abort(self._unreachable("cancelled"))

    def _abort(self, why: EchoClientError) -> None:
        self._error = why
        if self._deadline.active():
            self._deadline.cancel()
        if self._factory.connection is None:
            self._dialling.cancel()
        else:
            self._factory.connection.fail(why)


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (error.DNSLookupError, "the host name is not known"),
    (error.ConnectionRefusedError, "connection refused"),
    (error.TimeoutError, "no answer in time"),
    (error.NoRouteError, "no route to the host"),
)


def _reason(problem: BaseException | None) -> str:
    for kind, text in _REASONS:
        if isinstance(problem, kind):
            return text
    if isinstance(problem, error.ConnectError) and isinstance(problem.osError, int):
        return os.strerror(problem.osError).lower()
    return str(problem).rstrip(".")
