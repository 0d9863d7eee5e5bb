"""
WebSocket URLs as plain data. No part of a parsed URL can end a header line early.
"""

import base64
import re
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from urllib.parse import quote, unquote

from hyperlink import URL

from echo.redact import redactURL

_PORTS = {"ws": 80, "wss": 443}
_MEANT = {"http": "ws", "https": "wss"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_USER = re.compile(r"(?:(?<=//)|\A(?![A-Za-z][A-Za-z0-9+.-]*://))\S*@")
_HOST = re.compile(r"[0-9A-Za-z._-]{1,253}")


@dataclass(frozen=True)
class Address:
    """
    The parts of a WebSocket URL.

    @ivar url: The URL without user name and password.

    @ivar secure: Whether the scheme is C{wss}.

    @ivar host: The host in ASCII; an IPv6 address without brackets.

    @ivar resource: Path and query, encoded for the request line.

    @ivar authorization: The value of the C{Authorization} header, or C{None}.
    """

    url: str
    secure: bool
    host: str
    port: int
    resource: str
    authorization: str | None = field(default=None, repr=False)

    @property
    def hostHeader(self) -> str:
        # Without the scheme's default port.
        if self.port == _PORTS["wss" if self.secure else "ws"]:
            return bracketed(self.host)
        return hostAndPort(self.host, self.port)


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def hostAndPort(host: str, port: int) -> str:
    return f"{bracketed(host)}:{port}"


def parseURL(text: str) -> Address:
    """
    @param text: C{ws://host:port/path?query} or C{wss://…}. The host may be an
        international name; the path may contain any character.

    @raise ValueError: The URL is invalid; the message says why.
    """
    # Errors contain no credentials, wherever they are in an invalid URL.
    whole = redactURL(_USER.sub("", text))
    if _CONTROL.search(text):
        raise ValueError(f"{whole!r} has control characters in it")
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(#?)", text)
    if match is None:
        raise ValueError(f"{whole!r} is not a URL: try {_withScheme(text)}")
    scheme, shown = match[1].lower(), match[2].rpartition("@")[2]
    if scheme not in _PORTS:
        meant = _MEANT.get(scheme, "ws")
        raise ValueError(
            f"{scheme!r} is not ws or wss: try {meant}://{shown}{redactURL(match[3])}"
        )
    if match[4]:
        raise ValueError(f"{whole!r} has a fragment: a WebSocket URL has no #")
    try:
        host, port, authorization = parseAuthority(match[2], _PORTS[scheme])
    except ValueError as error:
        raise ValueError(f"{whole!r} is not a URL: {error}") from None
    resource = quote(match[3], safe="!$%&'()*+,-./:;=?@[]_~|")
    if not resource.startswith("/"):
        resource = "/" + resource
    return Address(
        url=f"{scheme}://{shown}{match[3]}",
        secure=scheme == "wss",
        host=host,
        port=port,
        resource=resource,
        authorization=authorization,
    )


def _withScheme(text: str) -> str:
    """
    @return: The URL that a text without C{ws://}, or with one slash, means; otherwise
        an example.
    """
    scheme, _, rest = text.partition(":/")
    if scheme.lower() not in _PORTS:
        scheme, rest = "ws", text.removeprefix("//")
    try:
        return redactURL(parseURL(f"{scheme}://{rest}").url)
    except ValueError:
        return "ws://localhost:8080/socket"


def parseAuthority(text: str, port: int) -> tuple[str, int, str | None]:
    """
    @param text: C{user:password@host:port}. Only the host is required.

    @param port: The default port.

    @return: The host in ASCII without brackets, the port, and the value of an
        authorization header.

    @raise ValueError: The text is invalid; the message says why.
    """
    userinfo, _, place = text.rpartition("@")
    url = URL.from_text(f"//{place}")
    port = port if url.port is None else url.port
    if not 1 <= port <= 65535:
        raise ValueError(f"{port} is not a port: expected 1 to 65535")
    return _host(url), port, _authorization(userinfo)


def _host(url: URL) -> str:
    if not url.host:
        raise ValueError("it has no host")
    if ":" in url.host:
        return str(IPv6Address(url.host))
    try:
        host = url.host if url.host.isascii() else url.to_uri().host
    except UnicodeError as error:
        raise ValueError(f"{url.host!r} is not a host name: {error}") from None
    if _HOST.fullmatch(host) is None:
        raise ValueError(f"{url.host!r} is not a host name")
    return host


def _authorization(userinfo: str) -> str | None:
    if not userinfo:
        return None
    name, _, password = userinfo.partition(":")
    pair = f"{unquote(name)}:{unquote(password)}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"
