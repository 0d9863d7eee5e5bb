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
    Read a header as people write it.

    @param text: C{Name: value}.

    @raise ValueError: It is no header, or one that is not free to choose.
    """
    name, colon, value = text.partition(":")
    if not colon:
        first, *rest = text.split(maxsplit=1) or [""]
        what = f"{first!r} and what follows" if rest else repr(first)
        raise ValueError(f"{what} is not a header: try 'Name: value'")
    return checkHeader(name.strip(" \t"), value.strip(" \t"))


def checkHeader(name: str, value: str) -> tuple[str, str]:
    """
    @return: The very header.

    @raise ValueError: It could not be sent, or would break the handshake.
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
    @return: The very name.

    @raise ValueError: It is not a name of a subprotocol.
    """
    if not isToken(name):
        raise ValueError(f"{name!r} is not a subprotocol's name: try chat.v1")
    return name


@dataclass(frozen=True)
class UpgradeRequest:
    """
    The request that asks for a WebSocket.

    @ivar address: Where it goes.

    @ivar origin: The C{Origin} header, if any.

    @ivar headers: Names and values of further headers, in order. One that is
        there stands in for our own of that name.

    @ivar subprotocols: What is offered, the most wanted first.

    @ivar extensions: What is offered, as the header has it.
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
        """
        The request line.
        """
        return f"GET {self.address.resource} HTTP/1.1"

    def fields(self, key: str) -> list[tuple[str, str]]:
        """
        @param key: What goes into C{Sec-WebSocket-Key}.

        @return: Names and values of the header, as they are sent.
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
        """
        @param key: What goes into C{Sec-WebSocket-Key}.

        @return: The head, to the empty line.
        """
        return encodeHead(self.line, self.fields(key))


def encodeHead(line: str, fields: Sequence[tuple[str, str]]) -> bytes:
    """
    @return: The head of an HTTP request, to the empty line.
    """
    lines = [line, *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")
