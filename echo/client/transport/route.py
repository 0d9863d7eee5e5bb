"""
Which way to a server: straight, by another address, a Unix socket or a proxy.

Plain data: L{echo.client.transport.dial} goes there.
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
    An address that stands in for what a name resolves to.

    @ivar host: Of which host; C{*} of any.

    @ivar port: At which port.

    @ivar address: An IPv4 or IPv6 address, without brackets.
    """

    host: str
    port: int
    address: str

    def matches(self, address: Address) -> bool:
        """
        @return: Whether it is about this very host and port.
        """
        return self.port == address.port and self.host in ("*", address.host.lower())


def parseDNSOverride(text: str) -> DNSOverride:
    """
    Read a L{DNSOverride} as people write it.

    @param text: C{HOST:PORT:ADDRESS}; IPv6 addresses may be in brackets, and are
        to be if they are the host.

    @raise ValueError: It is none; the message says what is wrong with it.
    """
    match = _RESOLVE.fullmatch(text)
    try:
        if match is None:
            raise ValueError("it is not HOST:PORT:ADDRESS")
        # Any host that is one does to have the port looked at.
        name = "any" if match[1] == "*" else match[1]
        host, port, _ = parseAuthority(f"{name}:{match[2]}", 0)
        address = ip_address(re.sub(r"\A\[(.*)\]\Z", r"\1", match[3]))
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}: try example.org:443:127.0.0.1") from None
    return DNSOverride("*" if match[1] == "*" else host.lower(), port, str(address))


@dataclass(frozen=True)
class Route:
    """
    How to get to a server.

    @ivar unixSocket: A socket to connect to, whatever the host in the URL.

    @ivar proxy: A proxy to go through.

    @ivar resolve: Addresses to go to in place of the host's own. The first that
        matches counts. Through a proxy, it is the proxy that is sent there.

    @ivar proxyTLS: Whom to trust with a proxy that is to be reached by TLS.
    """

    unixSocket: str | None = None
    proxy: Proxy | None = None
    resolve: Sequence[DNSOverride] = ()
    proxyTLS: TLS = field(default_factory=TLS)

    def __post_init__(self) -> None:
        if self.unixSocket is not None and self.proxy is not None:
            raise ValueError("a proxy cannot be combined with a Unix socket")

    def start(self, address: Address) -> str:
        """
        @return: The phase that the way to an address begins with.
        """
        if self.unixSocket is not None:
            return "unix socket"
        host = self.host(address) if self.proxy is None else self.proxy.host
        return "TCP" if isIPAddress(host) or isIPv6Address(host) else "DNS"

    def host(self, address: Address) -> str:
        """
        @return: The host to connect to: the URL's own, or what stands in for it.
        """
        fixed = (each.address for each in self.resolve if each.matches(address))
        return next(fixed, address.host)
