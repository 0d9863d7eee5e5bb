"""
HTTP proxies: from an option, or from the environment as C{curl} reads it.

L{echo.client.transport.httpconnect} talks to the proxy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from echo.client.transport.url import Address, hostAndPort, parseAuthority

_PORTS = {"http": 80, "https": 443}
_PROXY = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*)://)?([^/?#\s]*)/?")
_EXCEPTION = re.compile(r"(?:\[([^]]*)\]|([^:]*))(?::([0-9]+))?")


@dataclass(frozen=True)
class Proxy:
    """
    An HTTP proxy.

    @ivar secure: Whether the client connects to the proxy with TLS.

    @ivar host: The host in ASCII; an IPv6 address without brackets.

    @ivar authorization: The value of the C{Proxy-Authorization} header, or C{None}.
    """

    secure: bool
    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        # Without user name and password.
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{hostAndPort(self.host, self.port)}"


def parseProxy(text: str) -> Proxy:
    """
    @param text: C{http://user:password@host:port} or C{https://…}. Only the host is
        required.

    @raise ValueError: The text is invalid; the message says why.
    """
    shown = text.rpartition("@")[2]  # errors contain no password
    match = _PROXY.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown!r} is not a proxy: try http://proxy.example:3128")
    scheme = (match[1] or "http").lower()
    if scheme not in _PORTS:
        raise ValueError(f"{scheme} proxies are not supported: try http or https")
    try:
        host, port, authorization = parseAuthority(match[2], _PORTS[scheme])
    except ValueError as error:
        raise ValueError(f"{shown!r} is not a proxy: {error}") from None
    return Proxy(scheme == "https", host, port, authorization)


def proxyFor(address: Address, environment: Mapping[str, str]) -> Proxy | None:
    """
    Choose the proxy for an address, as C{curl} does.

    C{https_proxy} and C{HTTPS_PROXY} come first, C{all_proxy} and C{ALL_PROXY} last.
    For C{ws}, C{http_proxy} comes between them, in lower case only: a web server sets
    C{HTTP_PROXY} for its CGI programs from the C{Proxy} header of any client.
    C{no_proxy} and C{NO_PROXY} list the exceptions.

    @raise ValueError: A variable holds no valid proxy; the message names it.
    """
    names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    if not address.secure:
        names.insert(2, "http_proxy")
    name = next((each for each in names if environment.get(each)), None)
    exceptions = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    # urllib.request.proxy_bypass_environment knows no networks and no brackets, takes
    # an IPv4 address for a name with a suffix, and accepts "*" only alone.
    isExcepted = any(_covers(each, address) for each in re.split(r"[\s,]+", exceptions))
    if name is None or isExcepted:
        return None
    try:
        return parseProxy(environment[name])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _covers(exception: str, address: Address) -> bool:
    """
    @param exception: A host name, domain, address, network or C{*}, with an optional
        port.
    """
    match = _EXCEPTION.fullmatch(exception)
    # More than one colon without brackets: an IPv6 address.
    place, port = (match[1] or match[2] or "", match[3]) if match else (exception, None)
    if port is not None and int(port) != address.port:
        return False
    if place == "*":
        return True
    try:
        host = ip_address(address.host)
    except ValueError:
        domain = place.strip(".").lower()
        name = address.host.rstrip(".").lower()
        return bool(domain) and f".{name}".endswith(f".{domain}")
    try:
        return host in ip_network(place, strict=False)
    except ValueError:
        return False
