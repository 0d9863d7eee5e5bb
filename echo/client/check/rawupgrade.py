"""
The opening handshake as data (RFC 6455, 4): requests, valid and invalid, and responses.

Responses are parsed leniently: the cases judge them.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from echo.client.errors import ProtocolError
from echo.client.transport.refusal import Refusal
from echo.client.transport.responsehead import STATUS_LINE, splitHead
from echo.client.transport.upgraderequest import encodeHead
from echo.client.transport.url import Address
from echo.printable import printable

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True)
class RawRequest:
    """
    The request line and the header fields of a request, valid or not.
    """

    line: str
    fields: tuple[tuple[str, str], ...]

    def without(self, name: str) -> "RawRequest":
        rest = tuple(field for field in self.fields if field[0] != name)
        return replace(self, fields=rest)

    def having(self, name: str, value: str) -> "RawRequest":
        """
        Replace the fields of this name by one.
        """
        fields = (*self.without(name).fields, (name, value))
        return replace(self, fields=fields)

    def encode(self) -> bytes:
        return encodeHead(self.line, self.fields)


@dataclass(frozen=True)
class UpgradeResponse:
    """
    The head of a response. C{str()} is safe for a terminal.

    @ivar fields: The values of the header fields, by names in lower case.
    """

    status: int
    phrase: str
    fields: Mapping[str, list[str]]

    def __str__(self) -> str:
        return printable(f"HTTP {self.status} {self.phrase}".rstrip())

    def elements(self, name: str) -> list[str]:
        """
        Split a list field, which may occur several times.
        """
        every = ",".join(self.fields.get(name, [])).split(",")
        return [element for each in every if (element := each.strip(" \t"))]

    def refusal(self, address: Address) -> Refusal:
        headers = {name: ", ".join(values) for name, values in self.fields.items()}
        return Refusal(self.status, self.phrase, headers, address)

    def check(self, key: str) -> None:
        """
        @raise ProtocolError: C{Sec-WebSocket-Accept} does not match the key.
        """
        if self.fields.get("sec-websocket-accept") != [acceptValue(key)]:
            raise ProtocolError("Sec-WebSocket-Accept is not the answer to the key")


def parseResponse(data: bytearray) -> tuple[UpgradeResponse, int] | None:
    """
    @return: The first response in the data, and the length of its head in bytes;
        C{None} if it is incomplete.

    @raise ProtocolError: It is not an HTTP response.
    """
    try:
        head, rest = splitHead(bytes(data))
    except ValueError as error:
        raise ProtocolError(str(error)) from None
    if head is None:
        return None
    line, *lines = head[:-4].decode("iso-8859-1").split("\r\n")
    status = STATUS_LINE.fullmatch(line)
    if status is None:
        raise ProtocolError("the answer to the handshake is malformed")
    fields: dict[str, list[str]] = {}
    for each in lines:
        name, _, value = each.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip(" \t"))
    response = UpgradeResponse(int(status[1]), status[2] or "", fields)
    return response, len(data) - len(rest)


def acceptValue(key: str) -> str:
    digest = hashlib.sha1((key + _GUID).encode("ascii"), usedforsecurity=False)
    return base64.b64encode(digest.digest()).decode("ascii")
