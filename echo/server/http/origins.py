"""
The origins of pages that may open a WebSocket (RFC 6455 section 10.2, RFC 6454).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_HOST = r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_.~%!$&'()+,;=-]+)(?::(?P<port>[0-9]{1,5}))?"
_ORIGIN = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9+.-]*)://{_HOST}", re.ASCII | re.IGNORECASE
)
_AUTHORITY = re.compile(_HOST, re.ASCII | re.IGNORECASE)

# Scheme, host in lower case, and port: the scheme's default, or None for other schemes.
_Origin = tuple[str, str, int | None]


def parseOrigin(text: str) -> _Origin:
    """
    @param text: C{https://example.com} or C{http://[::1]:8080}. The default port is
        optional.

    @return: Scheme, host and port. Equal origins have equal ones.

    @raise ValueError: The text is not an origin.
    """
    match = _ORIGIN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an origin: try https://example.com or *")
    if int(match["port"] or 0) > 65535:
        raise ValueError(f"{text!r} is not an origin: the port is above 65535")
    scheme = match["scheme"].lower()
    return scheme, match["host"].lower(), _port(match["port"], scheme)


def isAuthority(text: str) -> bool:
    """
    @return: Whether this is a valid C{Host} field: a host, and optionally a port.
    """
    return _AUTHORITY.fullmatch(text) is not None


@dataclass(frozen=True)
class Origins:
    """
    The permitted origins. Pages of the daemon's own host are always permitted.

    @ivar allowed: Origins as L{parseOrigin} returns them.

    @ivar everyone: Permit all origins, C{null} and invalid ones included.
    """

    allowed: frozenset[_Origin] = frozenset()
    everyone: bool = False

    @classmethod
    def fromTexts(cls, texts: Iterable[str]) -> "Origins":
        """
        @param texts: Origins, or C{*} for all.
        """
        listed = frozenset(texts)
        return cls(
            frozenset(parseOrigin(text) for text in listed - {"*"}), "*" in listed
        )

    def permit(self, origin: str, host: str) -> bool:
        if self.everyone:
            return True
        try:
            page = parseOrigin(origin)
        except ValueError:  # "null" too
            return False
        return page in self.allowed or page[1:] == _authority(host, page[0])


def _authority(host: str, scheme: str) -> tuple[str, int | None] | None:
    """
    @return: The host and port of the daemon's own pages. None if the scheme is not
        HTTP's, or C{host} is invalid.
    """
    match = _AUTHORITY.fullmatch(host)
    if match is None or scheme not in ("http", "https"):
        return None
    return match["host"].lower(), _port(match["port"], scheme)


def _port(digits: str | None, scheme: str) -> int | None:
    return _DEFAULT_PORTS.get(scheme) if digits is None else int(digits)
