"""
The way to a server: direct, to another address (a DNS override), by a Unix socket or
through a proxy. L{echo.client.transport.dial} connects along it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from twisted.internet.abstract import isIPAddress, isIPv6Address

from echo.client.transport.proxy import Proxy
from echo.client.transport.tls import TLS
from echo.client.transport.url import Address, parseAuthority

_RESOLVE = re.compile(r"(\[[^]]*\]|[^:]*):([0-9]+):(.+)")


@dataclass(frozen=True)
class DNSOverride:
    """
    An address that replaces those of DNS for one host and port.

    @ivar host: The host; C{*} for any.

    @ivar address: An IPv4 or IPv6 address, without brackets.
    """

    host: str
    port: int
    address: str

    def matches(self, address: Address) -> bool:
        return self.port == address.port and self.host in ("*", address.host.lower())


def parseDNSOverride(text: str) -> DNSOverride:
    """
    @param text: C{HOST:PORT:ADDRESS}. An IPv6 address may be in brackets; as the host,
        it must be.

    @raise ValueError: The text is invalid; the message says why.
    """
    match = _RESOLVE.fullmatch(text)
    try:
        if match is None:
            raise ValueError("it is not HOST:PORT:ADDRESS")
        # parseAuthority checks the port, and needs a valid host for that.
        name = "any" if match[1] == "*" else match[1]
        host, port, _ = parseAuthority(f"{name}:{match[2]}", 0)
        address = ip_address(re.sub(r"\A\[(.*)\]\Z", r"\1", match[3]))
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}: try example.org:443:127.0.0.1") from None
    return DNSOverride("*" if match[1] == "*" else host.lower(), port, str(address))


@dataclass(frozen=True)
class Route:
    """
    The way to a server.

    @ivar unixSocket: The path of a Unix socket to connect to instead of the URL's host.

    @ivar resolve: The first override that matches counts. With a proxy, its address is
        sent to the proxy.

    @ivar proxyTLS: The TLS settings for an C{https} proxy.
    """

    unixSocket: str | None = None
    proxy: Proxy | None = None
    resolve: Sequence[DNSOverride] = ()
    proxyTLS: TLS = field(default_factory=TLS)

    def __post_init__(self) -> None:
        if self.unixSocket is not None and self.proxy is not None:
            raise ValueError("a proxy cannot be combined with a Unix socket")

    def firstPhase(self, address: Address) -> str:
        if self.unixSocket is not None:
            return "unix socket"
        host = self.host(address) if self.proxy is None else self.proxy.host
        return "TCP" if isIPAddress(host) or isIPv6Address(host) else "DNS"

    def host(self, address: Address) -> str:
        fixed = (each.address for each in self.resolve if each.matches(address))
        return next(fixed, address.host)
