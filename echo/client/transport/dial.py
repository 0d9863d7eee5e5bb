"""
From a URL to an open connection, or to an error that says how far it came.
"""

import os
from collections.abc import Callable
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
    IStreamClientEndpoint,
)
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.client.errors import CannotConnect, EchoClientError, HandshakeRefused
from echo.client.protocol import ClientFactory
from echo.client.transport.httpconnect import HTTPConnectEndpoint, connectRequest
from echo.client.transport.phases import Phases
from echo.client.transport.route import Route
from echo.client.transport.tls import PLAIN, TLSConnectionCreator
from echo.client.transport.url import Address

# Seconds that one address of a host gets before the next is tried beside it:
# "localhost" is two, and most servers listen on one of them.
_ATTEMPT_DELAY = 0.1


def makeEndpoint(
    reactor: Any,
    address: Address,
    route: Route,
    creator: TLSConnectionCreator | None,
    timeout: float,
    reachedProxy: Callable[[], object] = lambda: None,
) -> Any:
    """
    @param route: Which way to go to the address.

    @param creator: The TLS side, if the address is to be spoken to with TLS.

    @param timeout: Seconds that TCP or the Unix socket may take to connect.

    @param reachedProxy: Called when there is a transport to the proxy.

    @return: The endpoint behind an address, with all that lies before it.

    @raise ValueError: There is no way to trust the proxy.
    """
    endpoint: Any
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
        endpoint = HTTPConnectEndpoint(endpoint, request, proxyCreator, reachedProxy)
    return endpoint if creator is None else _TLSEndpoint(reactor, endpoint, creator)


def _hostEndpoint(reactor: Any, host: str, port: int, timeout: float) -> Any:
    # HostnameEndpoint would have a thread look up what is no name.
    if isIPAddress(host):
        return TCP4ClientEndpoint(reactor, host, port, timeout)
    if isIPv6Address(host):
        return TCP6ClientEndpoint(reactor, host, port, timeout)
    return HostnameEndpoint(reactor, host, port, timeout, attemptDelay=_ATTEMPT_DELAY)


class _PromptTLSFactory(TLSMemoryBIOFactory):
    """
    TLS that encrypts at once. Twisted's own choice gathers what is written until
    the next turn of the reactor, and that would count as time of the network.
    """

    protocol = TLSMemoryBIOProtocol


@implementer(IStreamClientEndpoint)
class _TLSEndpoint:
    """
    Like C{wrapClientTLS}, with L{_PromptTLSFactory}.
    """

    def __init__(
        self, reactor: Any, endpoint: Any, creator: TLSConnectionCreator
    ) -> None:
        self._reactor = reactor
        self._endpoint = endpoint
        self._creator = creator

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        wrapped = _PromptTLSFactory(
            self._creator, True, protocolFactory, clock=self._reactor
        )
        connecting: Deferred[TLSMemoryBIOProtocol] = self._endpoint.connect(wrapped)
        return connecting.addCallback(lambda protocol: protocol.wrappedProtocol)


class Dial:
    """
    One attempt to open a connection.
    """

    def __init__(
        self, reactor: Any, factory: ClientFactory, route: Route, timeout: float
    ) -> None:
        """
        @param factory: What asks for the WebSocket, and knows the progress.

        @param route: Which way it goes.

        @param timeout: Seconds until the WebSocket must be open.
        """
        self._reactor = reactor
        self._factory = factory
        self._recorder = factory.recorder
        self._route = route
        self._timeout = timeout
        self._error: EchoClientError | None = None
        self._cancelled = False

    def start(self, endpoint: Any, opened: Deferred[None]) -> Deferred[Phases]:
        """
        @param endpoint: Where to connect to.

        @param opened: Fires when the handshake is done; fails if the transport is
            lost before.

        @return: What C{opened} says, in time. Cancelling it aborts the attempt.
        """
        self._opened: Deferred[Phases] = Deferred(self._cancel)
        self._deadline = self._reactor.callLater(self._timeout, self._expired)
        opened.addBoth(self._done)
        self._recorder.enter(self._route.start(self._factory.request.address))
        self._dialling = endpoint.connect(self._factory)
        self._dialling.addErrback(self._undialled)
        return self._opened

    def _undialled(self, failure: Failure) -> None:
        why = self._error
        if why is None and isinstance(failure.value, EchoClientError):
            why = failure.value
        self._done(Failure(why or self._unreachable(_reason(failure.value))))

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
            return
        self._opened.callback(self._recorder.phases())

    def _expired(self) -> None:
        phase, within = self._recorder.phase, f"within {self._timeout:g} s"
        if phase == "HTTP":
            self._abort(HandshakeRefused(None, f"no complete answer {within}"))
        elif phase == "TLS":
            self._abort(self._unreachable(f"no answer {within}: {PLAIN}"))
        elif phase == "DNS":
            self._abort(self._unreachable(f"no answer from the resolver {within}"))
        else:
            self._abort(self._unreachable(f"no answer {within}"))

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
    """
    @return: What an endpoint reports, for a person.
    """
    for kind, text in _REASONS:
        if isinstance(problem, kind):
            return text
    if isinstance(problem, error.ConnectError) and isinstance(problem.osError, int):
        return os.strerror(problem.osError).lower()
    return str(problem).rstrip(".")
