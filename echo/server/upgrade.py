"""
The one place where an HTTP request becomes a conversation (RFC 6455 section 4.2).

Autobahn has an HTTP parser of its own, which splits lines at eight different
characters, keeps the request for life and reflects it in its answers. It gets to
see a request that is written here, of checked parts only; whatever is wrong with
the peer's own is answered here, in fixed words.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Any

from twisted.protocols.policies import ProtocolWrapper
from twisted.web.server import NOT_DONE_YET, Request

from echo.server.answer import Answer, Directory
from echo.server.origin import Origins, isAuthority
from echo.server.protocol import EchoFactory
from echo.token import isToken

_TARGET = re.compile(rb"[!\"$-~]+")  # visible ASCII, and no fragment

_RETRY = {"Retry-After": "5"}

_UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "upgrade",
    "Sec-WebSocket-Version": "13",
}

_ORDINARY = Answer(426, "This address speaks WebSocket only.\n", _UPGRADE)
_OLD_HTTP = Answer(505, "A WebSocket begins with a request of HTTP/1.1.\n")
_WRONG_VERSION = Answer(426, "Sec-WebSocket-Version must be 13.\n", _UPGRADE)
_BODY = Answer(400, "A request for a WebSocket has no body.\n")
_BAD_TARGET = Answer(400, "The request target must be visible ASCII, with no #.\n")
_BAD_HOST = Answer(400, "There must be one Host field, with a host and maybe a port.\n")
_BAD_KEY = Answer(
    400, "There must be one Sec-WebSocket-Key field: 16 bytes in base64.\n"
)
_BAD_SUBPROTOCOL = Answer(400, "Sec-WebSocket-Protocol must be a list of tokens.\n")
_TWO_ORIGINS = Answer(400, "There must be no more than one Origin field.\n")
_FOREIGN = Answer(403, "Pages of this origin are not let in.\n")
_FULL = Answer(503, "There are as many connections as there may be.\n", _RETRY)
_CLOSING = Answer(503, "The server is shutting down.\n", _RETRY)


class _Refused(Exception):
    """
    The request does not become a conversation.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


@dataclass(frozen=True)
class _Upgrade:
    """
    What is taken over from a request that may become a conversation.

    @ivar target: The request target.

    @ivar origin: The page's origin, if there is one.

    @ivar fields: The header fields that the WebSocket handshake is made of.
    """

    target: bytes
    origin: str | None
    fields: tuple[tuple[str, str], ...]

    def head(self) -> bytes:
        """
        @return: The request that Autobahn is given to read.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.fields)
        return (
            b"GET " + self.target + b" HTTP/1.1\r\n" + lines.encode("ascii") + b"\r\n"
        )


class UpgradeResource(Directory):
    """
    The address that speaks WebSocket; there is nothing below it.
    """

    def __init__(self, factory: EchoFactory, origins: Origins) -> None:
        super().__init__()
        self._factory = factory
        self._origins = origins

    def render(self, request: Request) -> int:
        """
        Make the request a conversation, or answer it in HTTP.
        """
        try:
            upgrade = self._check(request)
        except _Refused as refusal:
            # A proxy may believe that it was upgraded: nothing of what follows is
            # to be read as a second request.
            request.responseHeaders.addRawHeader("Connection", "close")
            request.channel.persistent = False
            return refusal.answer.render(request)
        self._handOver(request.channel, upgrade)
        return NOT_DONE_YET

    def _check(self, request: Request) -> _Upgrade:
        """
        @raise _Refused: It is not a proper request, or not one for us.
        """
        if not _asksForWebSocket(request):
            raise _Refused(_ORDINARY)
        if request.clientproto != b"HTTP/1.1":
            raise _Refused(_OLD_HTTP)
        if _fields(request, "Content-Length", "Transfer-Encoding") not in ([], ["0"]):
            raise _Refused(_BODY)
        if _TARGET.fullmatch(request.uri) is None:
            raise _Refused(_BAD_TARGET)
        host = _only(request, "Host", _BAD_HOST)
        if not isAuthority(host):
            raise _Refused(_BAD_HOST)
        if _fields(request, "Sec-WebSocket-Version") != ["13"]:
            raise _Refused(_WRONG_VERSION)
        key = _only(request, "Sec-WebSocket-Key", _BAD_KEY)
        if not _isKey(key):
            raise _Refused(_BAD_KEY)
        fields = [
            ("Host", host),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", key),
        ]
        subprotocols = _list(request, "Sec-WebSocket-Protocol")
        if not all(map(isToken, subprotocols)):
            raise _Refused(_BAD_SUBPROTOCOL)
        if subprotocols:
            # Autobahn refuses repetitions; they change nothing.
            unique = dict.fromkeys(subprotocols)
            fields.append(("Sec-WebSocket-Protocol", ", ".join(unique)))
        extensions = [
            offer
            for offer in _list(request, "Sec-WebSocket-Extensions")
            if offer.isascii() and offer.isprintable()
        ]
        if extensions:
            fields.append(("Sec-WebSocket-Extensions", ", ".join(extensions)))
        origins = _fields(request, "Origin")
        if len(origins) > 1:
            raise _Refused(_TWO_ORIGINS)
        if origins and not self._origins.permit(origins[0], host):
            raise _Refused(_FOREIGN)
        if self._factory.closing:
            raise _Refused(_CLOSING)
        if self._factory.full:
            raise _Refused(_FULL)
        return _Upgrade(request.uri, origins[0] if origins else None, tuple(fields))

    def _handOver(self, channel: Any, upgrade: _Upgrade) -> None:
        """
        Put a conversation where the HTTP channel was.
        """
        transport, channel.transport = channel.transport, None
        protocol = self._factory.buildProtocol(transport.getPeer())
        protocol.origin = upgrade.origin
        # The channel stays registered otherwise, and ignores being paused
        # (twisted.web HTTPChannel.pauseProducing, while it handles a request).
        transport.unregisterProducer()
        if isinstance(transport, ProtocolWrapper):
            transport.wrappedProtocol = protocol
        else:
            transport.protocol = protocol
        # What it has read beyond the request is the conversation's already; it
        # would be kept for a next request that never comes.
        channel.rawDataReceived = protocol.dataReceived
        protocol.makeConnection(transport)
        protocol.dataReceived(upgrade.head())


def _asksForWebSocket(request: Request) -> bool:
    return (
        request.method == b"GET"
        and "websocket" in _lower(request, "Upgrade")
        and "upgrade" in _lower(request, "Connection")
    )


def _fields(request: Request, *names: str) -> list[str]:
    """
    @return: The values of the fields of these names. Each byte is a character,
        so that nothing but ASCII passes for ASCII.
    """
    return [
        value.decode("iso-8859-1")
        for name in names
        for value in request.requestHeaders.getRawHeaders(name.encode("ascii"), [])
    ]


def _list(request: Request, name: str) -> list[str]:
    """
    @return: The elements of a field that is a list (RFC 9110 section 5.6.1).
    """
    joined = ",".join(_fields(request, name))
    return [element for part in joined.split(",") if (element := part.strip(" \t"))]


def _lower(request: Request, name: str) -> list[str]:
    return [element.lower() for element in _list(request, name)]


def _only(request: Request, name: str, otherwise: Answer) -> str:
    """
    @return: The one value of a field.

    @raise _Refused: There is none, or more than one.
    """
    values = _fields(request, name)
    if len(values) != 1:
        raise _Refused(otherwise)
    return values[0]


def _isKey(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == 16 and len(text) == 24
    except (Base64Error, ValueError):
        return False
