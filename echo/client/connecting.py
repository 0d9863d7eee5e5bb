"""
L{connect}: from a URL to an open L{Connection<echo.client.connection.Connection>}.

It puts together a route, a protocol and one attempt. L{echo.client} has an example.
"""

import time
from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorTime

from echo.client.connection import Connection
from echo.client.protocol import ClientFactory, ClientProtocol
from echo.client.transport.deflateoffer import DEFLATE
from echo.client.transport.dial import Dial
from echo.client.transport.proxy import Proxy, parseProxy
from echo.client.transport.route import DNSOverride, Route
from echo.client.transport.tls import TLS, TLSConnectionCreator
from echo.client.transport.upgraderequest import UpgradeRequest
from echo.client.transport.url import parseURL


def connect(
    reactor: IReactorTime,
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

    @param url: C{ws://} or C{wss://}. Its user name and password are sent as HTTP
        Basic authorization.

    @param origin: The C{Origin} header.

    @param headers: More headers of the upgrade request. C{Host} and C{User-Agent}
        replace the defaults.

    @param subprotocols: The subprotocols to offer, in order of preference.

    @param tls: The trusted authorities and the client's certificate; by default the
        system's authorities and no certificate.

    @param unixSocket: The path of a Unix socket to connect to, instead of the URL's
        host.

    @param proxy: An HTTP proxy, in the form of L{parseProxy}. The authorities in C{tls}
        must have issued the certificate of an C{https} proxy.

    @param resolve: Addresses that replace those of DNS. With a proxy, they are sent to
        the proxy.

    @param compression: Whether to offer C{permessage-deflate}.

    @param timeout: Seconds until the connection must be open.

    @param closeTimeout: Seconds from the start of a close until the transport is reset.

    @param maxMessage: Bytes of the longest accepted message.

    @param clock: Monotonic nanoseconds, for all measurements.

    @param protocol: The protocol class. Override it to see or send invalid frames.

    @return: The open connection. It fails with L{CannotConnect}, L{HandshakeRefused} or
        L{ProtocolError}, or with C{ValueError} for an invalid argument. Cancelling it
        aborts the attempt.
    """
    try:
        address = parseURL(url)
        trust = tls or TLS()
        creator = TLSConnectionCreator(address.host, trust) if address.secure else None
        extensions = DEFLATE if compression else ""
        request = UpgradeRequest(address, origin, headers, subprotocols, extensions)
        connection = Connection(address.url, unixSocket)
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
        dial = Dial(factory, route, timeout)
    except ValueError:
        return fail()
    return dial.start(connection.ready).addCallback(lambda _: connection)
