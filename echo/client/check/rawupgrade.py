"""
The opening handshake as data (RFC 6455, 4): requests, right ones and wrong ones made
on purpose, and what comes back.

Answers are read less strictly than the client itself does: what is wrong with one is
for the cases to say.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from echo.client.errors import ProtocolError
from echo.client.transport.refusal import Refusal
from echo.client.transport.responsehead import STATUS, splitHead
from echo.client.transport.upgraderequest import encodeHead
from echo.client.transport.url import Address
from echo.printable import printable

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True)
class RawRequest:
    """
    A request, which need not be a proper one.

    @ivar line: The request line.

    @ivar fields: Names and values of its header.
    """

    line: str
    fields: tuple[tuple[str, str], ...]

    def without(self, name: str) -> "RawRequest":
        """
        @return: The same, but for a field.
        """
        rest = tuple(field for field in self.fields if field[0] != name)
        return replace(self, fields=rest)

    def having(self, *fields: tuple[str, str]) -> "RawRequest":
        """
        @return: The same, with fields in place of those of their names, if any.
        """
        names = [name for name, _ in fields]
        rest = tuple(field for field in self.fields if field[0] not in names)
        return replace(self, fields=(*rest, *fields))

    def encode(self) -> bytes:
        """
        @return: The head, to the empty line.
        """
        return encodeHead(self.line, self.fields)


@dataclass(frozen=True)
class UpgradeResponse:
    """
    The head of an answer.

    @ivar fields: The values of its fields, by names in lower case.
    """

    status: int
    phrase: str
    fields: Mapping[str, list[str]]

    def __str__(self) -> str:
        return printable(f"HTTP {self.status} {self.phrase}".rstrip())

    def elements(self, name: str) -> list[str]:
        """
        @return: The elements of a field that is a list, wherever they stand.
        """
        every = ",".join(self.fields.get(name, [])).split(",")
        return [element for each in every if (element := each.strip(" \t"))]

    def refusal(self, address: Address) -> Refusal:
        """
        @param address: Where the WebSocket was asked for.

        @return: What reads the body of the answer.
        """
        headers = {name: ", ".join(values) for name, values in self.fields.items()}
        return Refusal(self.status, self.phrase, headers, address)

    def check(self, key: str) -> None:
        """
        Make sure that it is the answer to a request for a WebSocket.

        @raise ProtocolError: It is not.
        """
        if self.fields.get("sec-websocket-accept") != [acceptance(key)]:
            raise ProtocolError("Sec-WebSocket-Accept is not the answer to the key")


def parseResponse(data: bytearray) -> tuple[UpgradeResponse, int] | None:
    """
    @return: The answer that the data begins with, and how many bytes it has; C{None}
        if it is not all there.

    @raise ProtocolError: It is no answer in HTTP.
    """
    try:
        head, rest = splitHead(bytes(data))
    except ValueError as error:
        raise ProtocolError(str(error)) from None
    if head is None:
        return None
    line, *lines = head[:-4].decode("iso-8859-1").split("\r\n")
    status = STATUS.fullmatch(line)
    if status is None:
        raise ProtocolError("the answer to the handshake is malformed")
    fields: dict[str, list[str]] = {}
    for each in lines:
        name, _, value = each.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip(" \t"))
    answer = UpgradeResponse(int(status[1]), status[2] or "", fields)
    return answer, len(data) - len(rest)


def acceptance(key: str) -> str:
    """
    @return: The C{Sec-WebSocket-Accept} that answers a key.
    """
    digest = hashlib.sha1((key + _GUID).encode("ascii"), usedforsecurity=False)
    return base64.b64encode(digest.digest()).decode("ascii")
