"""
A WebSocket connection for programs of your own: dial, send, receive, close.

All of it is L{Deferred}s, which can be awaited. A complete client::

    from twisted.internet.defer import Deferred
    from twisted.internet.task import react

    from echo.client.connecting import connect

    async def talk(reactor):
        connection = await connect(reactor, "ws://localhost:8080/socket")
        await connection.send("Hello")
        print(await connection.receive())
        await connection.close()

    react(lambda reactor: Deferred.fromCoroutine(talk(reactor)))

What a peer or the network does wrong is an L{EchoClientError}, of one of four
kinds; what the caller does wrong is a C{ValueError} or a C{TypeError}.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, fail

from echo.client.connection import Connection
from echo.client.protocol import ClientFactory, ClientProtocol
from echo.client.transport.deflateoffer import DEFLATE
from echo.client.transport.dial import Dial, makeEndpoint
from echo.client.transport.proxy import Proxy, parseProxy
from echo.client.transport.route import DNSOverride, Route
from echo.client.transport.tls import TLS, TLSConnectionCreator
from echo.client.transport.upgraderequest import UpgradeRequest
from echo.client.transport.url import parseURL


def connect(
    reactor: Any,
    url: str,
    *,
    origin: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    subprotocols: Sequence[str] = (),
    tls: TLS | None = None,
    unixSocket: str | None = None,
    proxy: Proxy | str | None = None,
    resolve: Sequence[DNSOverride] = (),
    compression: bool = False,
    timeout: float = 10.0,
    closeTimeout: float = 1.0,
    maxMessage: int = 16 * 2**20,
    clock: Callable[[], int] = time.perf_counter_ns,
    protocol: type[ClientProtocol] = ClientProtocol,
) -> Deferred[Connection]:
    """
    Open a WebSocket.

    @param reactor: What connects, and knows when time is up.

    @param url: C{ws://} or C{wss://}; a user name and a password in it are sent
        as HTTP Basic authorization.

    @param origin: The C{Origin} header.

    @param headers: More headers for the handshake; one named C{Host} or
        C{User-Agent} stands in for our own.

    @param subprotocols: What to offer, the most wanted first.

    @param tls: Whom to trust, and who we are; by default the system's
        authorities, and nobody.

    @param unixSocket: A socket to connect to, whatever the host in the URL.

    @param proxy: An HTTP proxy to go through, as L{parseProxy} reads it. Its
        certificate, if it has one, must be vouched for by whom C{tls} trusts.

    @param resolve: Addresses to connect to in place of what names resolve to;
        through a proxy, it is the proxy that is sent there.

    @param compression: Whether to offer C{permessage-deflate}.

    @param timeout: Seconds until the connection must be open.

    @param closeTimeout: Seconds that its close may take.

    @param maxMessage: Bytes of the largest message to accept.

    @param clock: Monotonic nanoseconds: what is measured is measured with this.

    @param protocol: What is to know the frames: for who has to see or to send
        such as no one should.

    @return: The open connection. It fails with L{CannotConnect},
        L{HandshakeRefused} or L{ProtocolError}, or with C{ValueError} if what was
        passed here makes no sense. Cancelling it aborts the attempt.
    """
    try:
        address = parseURL(url)
        trust = tls or TLS()
        creator = TLSConnectionCreator(address.host, trust) if address.secure else None
        extensions = DEFLATE if compression else ""
        request = UpgradeRequest(address, origin, headers, subprotocols, extensions)
        connection = Connection(address.url)
        factory = ClientFactory(
            reactor,
            request,
            connection,
            creator,
            closeTimeout=closeTimeout,
            maxMessage=maxMessage,
            compression=compression,
            clock=clock,
            protocol=protocol,
        )
        proxy = parseProxy(proxy) if isinstance(proxy, str) else proxy
        route = Route(unixSocket, proxy, resolve, TLS(authorities=trust.authorities))
        reached = partial(factory.recorder.enter, "proxy")
        endpoint = makeEndpoint(reactor, address, route, creator, timeout, reached)
    except ValueError:
        return fail()
    dial = Dial(reactor, factory, route, timeout)
    return connection.begin(factory, dial.start(endpoint, connection.ready), unixSocket)
