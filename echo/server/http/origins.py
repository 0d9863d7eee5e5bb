"""
Whose pages may open a conversation (RFC 6455 section 10.2, RFC 6454).
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

#: Scheme, host in lower case, port or the scheme's default or none.
_Origin = tuple[str, str, int | None]


def parseOrigin(text: str) -> _Origin:
    """
    Read an origin as browsers serialise it.

    @param text: C{https://example.com} or C{http://[::1]:8080}, with or without
        the port that the scheme implies.

    @return: Scheme, host and port; equal for equal origins.

    @raise ValueError: It is no such text; the message says what would be.
    """
    match = _ORIGIN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an origin: try https://example.com or *")
    if int(match["port"] or 0) > 65535:
        raise ValueError(f"{text!r} is not an origin: there is no such port")
    scheme = match["scheme"].lower()
    return scheme, match["host"].lower(), _port(match["port"], scheme)


def isAuthority(text: str) -> bool:
    """
    @return: Whether a C{Host} field could say this: a host, and a port or none.
    """
    return _AUTHORITY.fullmatch(text) is not None


@dataclass(frozen=True)
class Origins:
    """
    The origins that are let in, beside the daemon's own host.

    @ivar allowed: Their L{parseOrigin} forms.

    @ivar everyone: Let in all there are, C{null} and garbage too.
    """

    allowed: frozenset[_Origin] = frozenset()
    everyone: bool = False

    @classmethod
    def fromTexts(cls, texts: Iterable[str]) -> "Origins":
        """
        @param texts: Origins, or C{*} for everyone.

        @raise ValueError: One of them is neither.
        """
        listed = frozenset(texts)
        return cls(
            frozenset(parseOrigin(text) for text in listed - {"*"}), "*" in listed
        )

    def permit(self, origin: str, host: str) -> bool:
        """
        Judge a request.

        @param origin: Its C{Origin} field.

        @param host: Its C{Host} field.

        @return: Whether it comes from the page's own host or is let in besides.
        """
        if self.everyone:
            return True
        try:
            page = parseOrigin(origin)
        except ValueError:  # "null" too
            return False
        return page in self.allowed or page[1:] == _authority(host, page[0])


def _authority(host: str, scheme: str) -> tuple[str, int | None] | None:
    """
    @return: Host and port, as a page of that scheme would have reached them.
        None where such a page cannot be the daemon's own.
    """
    match = _AUTHORITY.fullmatch(host)
    if match is None or scheme not in ("http", "https"):
        return None
    return match["host"].lower(), _port(match["port"], scheme)


def _port(digits: str | None, scheme: str) -> int | None:
    return _DEFAULT_PORTS.get(scheme) if digits is None else int(digits)
