"""
The upgrade request as plain data: its request line and its headers.

No value can end a header line early.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from echo import __version__
from echo.client.transport.url import Address
from echo.httptokens import isToken

_UNFIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

#: Headers that the handshake itself sets.
_RESERVED = ("upgrade", "connection", "content-length", "transfer-encoding")


def parseHeader(text: str) -> tuple[str, str]:
    """
    @param text: C{Name: value}.

    @raise ValueError: The header is invalid, or belongs to the handshake itself.
    """
    name, colon, value = text.partition(":")
    if not colon:
        first, *rest = text.split(maxsplit=1) or [""]
        what = f"{first!r} and what follows" if rest else repr(first)
        raise ValueError(f"{what} is not a header: try 'Name: value'")
    return checkHeader(name.strip(" \t"), value.strip(" \t"))


def checkHeader(name: str, value: str) -> tuple[str, str]:
    """
    Return the name and the value unchanged.

    @raise ValueError: The header is invalid, or belongs to the handshake itself.
    """
    if not isToken(name):
        raise ValueError(f"{name!r} is not a header's name")
    if name.lower() in _RESERVED or name.lower().startswith("sec-websocket-"):
        raise ValueError(f"{name!r} belongs to the handshake itself")
    if _UNFIT.search(value):
        raise ValueError(f"the value of {name!r} has control characters in it")
    return name, value


def checkSubprotocol(name: str) -> str:
    """
    Return the name unchanged.

    @raise ValueError: The name is not a token (RFC 9110, 5.6.2).
    """
    if not isToken(name):
        raise ValueError(f"{name!r} is not a subprotocol's name: try chat.v1")
    return name


@dataclass(frozen=True)
class UpgradeRequest:
    """
    A request that asks for a WebSocket.

    @ivar headers: Names and values of more headers, in order. They replace default
        headers of the same name.

    @ivar subprotocols: In order of preference.

    @ivar extensions: The value of C{Sec-WebSocket-Extensions}; empty for no offer.
    """

    address: Address
    origin: str | None = None
    headers: Sequence[tuple[str, str]] = ()
    subprotocols: Sequence[str] = ()
    extensions: str = ""

    def __post_init__(self) -> None:
        for name, value in self.headers:
            checkHeader(name, value)
        for each in self.subprotocols:
            checkSubprotocol(each)
        if self.origin is not None:
            checkHeader("Origin", self.origin)

    @property
    def line(self) -> str:
        return f"GET {self.address.resource} HTTP/1.1"

    def fields(self, key: str) -> list[tuple[str, str]]:
        """
        @param key: The value of C{Sec-WebSocket-Key}.
        """
        own: list[tuple[str, str | None]] = [
            ("Host", self.address.hostHeader),
            ("User-Agent", f"echo-client/{__version__}"),
            ("Authorization", self.address.authorization),
            ("Origin", self.origin),
        ]
        given = {name.lower() for name, _ in self.headers}
        fields = [each for each in own if each[0].lower() not in given]
        fields += [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Protocol", ", ".join(self.subprotocols) or None),
            ("Sec-WebSocket-Extensions", self.extensions or None),
            *self.headers,
        ]
        return [(name, value) for name, value in fields if value is not None]

    def encode(self, key: str) -> bytes:
        return encodeHead(self.line, self.fields(key))


def encodeHead(line: str, fields: Sequence[tuple[str, str]]) -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")
