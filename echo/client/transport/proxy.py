"""
Which proxy to go through, if any: as a switch or the environment says.

Nothing here knows a reactor or a socket; L{echo.client.transport.httpconnect} does the
talking.
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
    An HTTP proxy that connects to others for us.

    @ivar secure: Whether it is to be reached by TLS.

    @ivar host: The host in ASCII; an IPv6 address without its brackets.

    @ivar port: The port.

    @ivar authorization: The value of a C{Proxy-Authorization} header, or C{None}.
    """

    secure: bool
    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """
        The proxy for a person to read: without user name and password.
        """
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{hostAndPort(self.host, self.port)}"


def parseProxy(text: str) -> Proxy:
    """
    Read a proxy as people write it.

    @param text: C{http://user:password@host:port} or C{https://}; without a
        scheme it is C{http}. The port is that of the scheme if there is none, and
        user and password need not be there.

    @raise ValueError: It is none; the message says what is wrong with it.
    """
    shown = text.rpartition("@")[2]  # errors do not tell passwords
    match = _PROXY.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown!r} is not a proxy: try http://proxy.example:3128")
    scheme = (match[1] or "http").lower()
    if scheme not in _PORTS:
        raise ValueError(f"a {scheme} proxy is not possible: it is to be http or https")
    try:
        host, port, authorization = parseAuthority(match[2], _PORTS[scheme])
    except ValueError as error:
        raise ValueError(f"{shown!r} is not a proxy: {error}") from None
    return Proxy(scheme == "https", host, port, authorization)


def proxyFor(address: Address, environment: Mapping[str, str]) -> Proxy | None:
    """
    Look for a proxy in the environment, as C{curl} does.

    For C{wss} that is C{https_proxy} or C{HTTPS_PROXY}, and else C{all_proxy} or
    C{ALL_PROXY}. For C{ws}, C{http_proxy} comes in between, in lower case only: a
    web server's CGI programs have C{HTTP_PROXY} from whoever sends a C{Proxy}
    header. C{no_proxy} or C{NO_PROXY} has what to connect to without one.

    @return: The proxy to go through, or C{None}.

    @raise ValueError: A variable has no proxy in it; the message says which.
    """
    names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    if not address.secure:
        names.insert(2, "http_proxy")
    name = next((each for each in names if environment.get(each)), None)
    exceptions = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if name is None or _isExcepted(address, exceptions):
        return None
    try:
        return parseProxy(environment[name])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _isExcepted(address: Address, exceptions: str) -> bool:
    """
    Not C{urllib.request.proxy_bypass_environment}, which knows no networks and no
    brackets, takes an IPv4 address for a name with a suffix, and C{*} only alone.

    @param exceptions: Names of hosts and of domains, addresses and networks, each
        with a port or not, or C{*}; commas or spaces between them.
    """
    return any(_covers(each, address) for each in re.split(r"[\s,]+", exceptions))


def _covers(exception: str, address: Address) -> bool:
    match = _EXCEPTION.fullmatch(exception)
    # What has more colons than one is an IPv6 address without brackets.
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
