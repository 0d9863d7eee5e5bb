"""
From a URL to an open connection, or to an error that says how far it came.
"""

import os
from dataclasses import dataclass
from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    HostnameEndpoint,
    UNIXClientEndpoint,
    wrapClientTLS,
)
from twisted.python.failure import Failure

from echo.client.address import Address
from echo.client.errors import CannotConnect, EchoClientError, HandshakeRefused
from echo.client.protocol import ClientFactory
from echo.client.tls import Creator

# Seconds that one address of a host gets before the next is tried beside it:
# "localhost" is two, and most servers listen on one of them.
_ATTEMPT_DELAY = 0.1


@dataclass(frozen=True)
class Opening:
    """
    How long it took to open a connection, in seconds.

    @ivar transport: To resolve the name and to connect.

    @ivar handshake: From there to the end of the WebSocket handshake, with TLS.
    """

    transport: float
    handshake: float


def makeEndpoint(
    reactor: Any,
    address: Address,
    unixSocket: str | None,
    creator: Creator | None,
    timeout: float,
) -> Any:
    """
    @return: The endpoint behind an address: TCP or a Unix socket, with TLS or not.
    """
    endpoint: Any
    if unixSocket is None:
        endpoint = HostnameEndpoint(
            reactor, address.host, address.port, timeout, attemptDelay=_ATTEMPT_DELAY
        )
    else:
        endpoint = UNIXClientEndpoint(reactor, unixSocket, timeout)
    return endpoint if creator is None else wrapClientTLS(creator, endpoint, reactor)


class Dial:
    """
    One attempt to open a connection.
    """

    def __init__(
        self, reactor: Any, factory: ClientFactory, timeout: float, start: str
    ) -> None:
        """
        @param start: The phase that it begins with: C{"DNS"} or C{"unix socket"}.
        """
        self._reactor = reactor
        self._factory = factory
        self._timeout = timeout
        self._start = start
        self._began = self._connected = reactor.seconds()
        self._error: EchoClientError | None = None
        self._cancelled = False

    def start(self, endpoint: Any, opened: Deferred[None]) -> Deferred[Opening]:
        """
        @param endpoint: Where to connect to.

        @param opened: Fires when the handshake is done; fails if the transport is
            lost before.

        @return: What C{opened} says, in time. Cancelling it aborts the attempt.
        """
        self._opened: Deferred[Opening] = Deferred(self._cancel)
        self._deadline = self._reactor.callLater(self._timeout, self._expired)
        opened.addBoth(self._done)
        self._dialling = endpoint.connect(self._factory)
        self._dialling.addCallbacks(self._dialled, self._undialled)
        return self._opened

    def _dialled(self, protocol: object) -> None:
        self._connected = self._reactor.seconds()

    def _undialled(self, failure: Failure) -> None:
        reason = _reason(failure.value)
        self._done(Failure(self._error or CannotConnect(self._phase(), reason)))

    def _done(self, result: Failure | None) -> None:
        if self._deadline.active():
            self._deadline.cancel()
        if self._cancelled:
            return
        if isinstance(result, Failure):
            self._opened.errback(result)
            return
        now = self._reactor.seconds()
        taken = Opening(self._connected - self._began, now - self._connected)
        self._opened.callback(taken)

    def _phase(self) -> str:
        if self._factory.connection is not None:
            return self._factory.connection.phase
        return "TCP" if self._factory.resolved and self._start == "DNS" else self._start

    def _expired(self) -> None:
        phase, within = self._phase(), f"within {self._timeout:g} s"
        if phase == "HTTP":
            self._abort(HandshakeRefused(None, f"no complete answer {within}"))
        elif phase == "DNS":
            self._abort(CannotConnect(phase, f"no answer from the resolver {within}"))
        else:
            self._abort(CannotConnect(phase, f"no answer {within}"))

    def _cancel(self, _: object) -> None:
        self._cancelled = True
        self._abort(CannotConnect(self._phase(), "cancelled"))

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
