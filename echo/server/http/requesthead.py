"""
The header of a request, as twisted.web has parsed it, or parsed here. And the parts of
a WebSocket request that L{echo.server.http.upgradechecks} keeps for the conversation.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twisted.web.server import Request

from echo.server.behaviour.behaviour import Behaviour

# Requests with these fields need twisted.web: they have a body, or expect 100.
_UNUSUAL = rb"(?i:Content-Length|Transfer-Encoding|Expect)"

_ELEMENT = re.compile(r"[^ \t,](?:[^,]*[^ \t,])?")

_USUAL = re.compile(
    rb"GET (?P<target>/[!\"$->@-~]*) HTTP/1\.1\r\n"
    rb"(?P<fields>(?:(?!%b:)[A-Za-z0-9-]+:[ -~]*\r\n)+)\r\n" % _UNUSUAL
)

# Longer requests need twisted.web's limits.
_MOST = 2048


class RequestHead:
    """
    The header of a request. Texts are decoded as Latin-1, so that only ASCII bytes
    become ASCII characters. Names of fields are in lower case.
    """

    def __init__(self, target: bytes, fields: Mapping[bytes, Sequence[bytes]]) -> None:
        self.target = target
        self._fields = fields

    @classmethod
    def fromRequest(cls, request: Request) -> "RequestHead":
        fields = request.requestHeaders.getAllRawHeaders()
        return cls(request.uri, {name.lower(): values for name, values in fields})

    @classmethod
    def parseSimple(cls, data: bytes) -> "RequestHead | None":
        """
        Parse a request that has only one meaning.

        @param data: The first bytes of a connection.

        @return: None unless C{data} is exactly one GET without a query: twisted.web
            parses all others.
        """
        usual = _USUAL.fullmatch(data) if len(data) <= _MOST else None
        if usual is None:
            return None
        fields: dict[bytes, list[bytes]] = {}
        for line in usual["fields"].split(b"\r\n")[:-1]:
            name, _, value = line.partition(b":")
            fields.setdefault(name.lower(), []).append(value.strip())
        return cls(usual["target"], fields)

    def uri(self) -> str:
        return self.target.decode("iso-8859-1")

    def data(self) -> bytes:
        lines = [b"GET %b HTTP/1.1" % self.target]
        for name, values in self._fields.items():
            lines += [b"%b: %b" % (name, value) for value in values]
        return b"\r\n".join([*lines, b"", b""])

    def values(self, name: str) -> list[str]:
        """
        @return: The values of a field, one for each line.
        """
        values = self._fields.get(name.encode("iso-8859-1"), [])
        return [value.decode("iso-8859-1") for value in values]

    def elements(self, name: str) -> list[str]:
        """
        @return: The elements of a list field (RFC 9110 section 5.6.1).
        """
        return _ELEMENT.findall(",".join(self.values(name)))

    def fields(self) -> dict[str, str]:
        """
        @return: Values by name. The values of a repeated field are joined.
        """
        return {
            name.decode("iso-8859-1"): b", ".join(values).decode("iso-8859-1")
            for name, values in self._fields.items()
        }


@dataclass(frozen=True)
class CheckedUpgrade:
    """
    An acceptable WebSocket request, with its offers.

    @ivar client: The client's address as a trusted proxy reports it, or None.

    @ivar extensions: The offered ones, with their parameters.
    """

    head: RequestHead
    key: str
    client: str | None
    origin: str | None
    subprotocols: list[str]
    extensions: list[str]
    behaviour: Behaviour | None
