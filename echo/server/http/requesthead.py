"""
What the header of a request says, whoever has read it.
"""

import re
from collections.abc import Mapping, Sequence

from twisted.web.server import Request

# Requests with these are read in other ways, or answered before they are complete.
_UNUSUAL = rb"(?i:Content-Length|Transfer-Encoding|Expect)"

_ELEMENT = re.compile(r"[^ \t,](?:[^,]*[^ \t,])?")

_USUAL = re.compile(
    rb"GET (?P<target>/[!\"$->@-~]*) HTTP/1\.1\r\n"
    rb"(?P<fields>(?:(?!%b:)[A-Za-z0-9-]+:[ -~]*\r\n)+)\r\n" % _UNUSUAL
)

# Of larger ones it would have to be asked whether they are too large.
_MOST = 2048


class RequestHead:
    """
    The header of a request. Each byte is a character, so that nothing but ASCII
    passes for ASCII.

    @ivar target: What it asks for.
    """

    def __init__(self, target: bytes, fields: Mapping[bytes, Sequence[bytes]]) -> None:
        """
        @param fields: The values by name, in lower case.
        """
        self.target = target
        self._fields = fields

    @classmethod
    def fromRequest(cls, request: Request) -> "RequestHead":
        """
        @param request: As twisted.web has read it.
        """
        fields = request.requestHeaders.getAllRawHeaders()
        return cls(request.uri, {name.lower(): values for name, values in fields})

    @classmethod
    def parseSimple(cls, data: bytes) -> "RequestHead | None":
        """
        Read a request that there is only one way to read.

        @param data: What was received on a new connection.

        @return: None unless it is one GET, all of it and nothing else, that has no
            query. What it is then, twisted.web finds out.
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
        """
        @return: The target as a text.
        """
        return self.target.decode("iso-8859-1")

    def data(self) -> bytes:
        """
        @return: The request of a conversation as bytes, with names in lower case.
        """
        lines = [b"GET %b HTTP/1.1" % self.target]
        for name, values in self._fields.items():
            lines += [b"%b: %b" % (name, value) for value in values]
        return b"\r\n".join([*lines, b"", b""])

    def values(self, name: str) -> list[str]:
        """
        @param name: In lower case.

        @return: The values of the fields that are called so.
        """
        values = self._fields.get(name.encode("iso-8859-1"), [])
        return [value.decode("iso-8859-1") for value in values]

    def elements(self, name: str) -> list[str]:
        """
        @param name: In lower case.

        @return: The elements of a list field (RFC 9110 section 5.6.1).
        """
        return _ELEMENT.findall(",".join(self.values(name)))

    def fields(self) -> dict[str, str]:
        """
        @return: The fields by name, in lower case; the values of one that is there more
            than once are joined.
        """
        return {
            name.decode("iso-8859-1"): b", ".join(values).decode("iso-8859-1")
            for name, values in self._fields.items()
        }
