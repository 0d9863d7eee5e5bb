"""
Fixed HTTP responses, the header fields that statuses require, and the texts for
malformed requests. No response names the server's software.
"""

from collections.abc import Mapping
from http.client import responses
from typing import Any

from twisted.web.http import NO_BODY_CODES, datetimeToString
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

_TEXT = "text/plain; charset=utf-8"

RETRY_LATER = {"Retry-After": "5"}

UPGRADE_FIELDS = {
    "Upgrade": "websocket",
    "Connection": "upgrade",
    "Sec-WebSocket-Version": "13",
}

#: The header fields that responses of these statuses require (RFC 9110).
STATUS_FIELDS = {
    401: {"WWW-Authenticate": 'Basic realm="echo"'},
    405: {"Allow": "HEAD"},
    407: {"Proxy-Authenticate": 'Basic realm="echo"'},
    426: UPGRADE_FIELDS,
    503: RETRY_LATER,
}

# RFC 9110 section 15.3.6: a 205 has no content, and Content-Length says so.
_EMPTY = (*NO_BODY_CODES, 205)


class BaseResource(Resource):
    """
    The base of all resources here. It responds with 404, as do unknown children.
    """

    def getChild(self, path: bytes, request: IRequest) -> Resource:
        return NOT_FOUND

    # The site's kind of request, which Twisted does not type.
    def render(self, request: Any) -> int:
        return NOT_FOUND.render(request)


class FixedResponse(BaseResource):
    """
    The same response to every GET and HEAD.

    @ivar status: The HTTP status.
    """

    def __init__(
        self,
        status: int,
        body: str | bytes,
        headers: Mapping[str, str] | None = None,
        contentType: str = _TEXT,
        phrase: str = "",
    ) -> None:
        """
        @param phrase: The reason phrase instead of the usual one. It is ignored unless
            it is printable ASCII.
        """
        super().__init__()
        if not (phrase.isascii() and phrase.isprintable()):
            phrase = ""
        self.status = status
        self._phrase = (phrase or responses.get(status, "Unknown")).encode("ascii")
        if isinstance(body, str):
            body = body.encode("utf-8")
        self._body = b"" if status in _EMPTY else body
        self._headers = {"X-Content-Type-Options": "nosniff", **(headers or {})}
        if status not in NO_BODY_CODES:
            self._headers["Content-Type"] = contentType
            self._headers["Content-Length"] = str(len(self._body))

    def render(self, request: Request) -> int:
        request.setHeader("Date", datetimeToString())
        # Request.render has no phrase for 426, and logs each HEAD twice.
        request.setResponseCode(self.status, self._phrase)
        for name, value in self._headers.items():
            request.responseHeaders.addRawHeader(name, value)
        request.write(self._body)
        request.finish()
        return NOT_DONE_YET

    def last(self) -> bytes:
        """
        @return: The whole response as bytes, with C{Connection: close}.
        """
        fields = "".join(f"{each[0]}: {each[1]}\r\n" for each in self._headers.items())
        return (b"HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n%s\r\n%s") % (
            self.status,
            self._phrase,
            datetimeToString(),
            fields.encode("ascii"),
            self._body,
        )


NOT_FOUND = FixedResponse(404, "There is no such address.\n")
HOST_REQUIRED = "There must be one Host field: a host, and optionally a port."
BAD_HOST = FixedResponse(400, f"{HOST_REQUIRED}\n")
METHOD_NOT_ALLOWED = FixedResponse(
    405, "Only GET and HEAD are supported.\n", {"Allow": "GET, HEAD"}
)

MALFORMED_FIRST_LINE = (
    "The first line must be METHOD target HTTP/1.1, as in GET /info HTTP/1.1. The"
    " target must be visible ASCII: percent-encode other bytes, as in %C3%A9."
)

#: Texts for malformed requests, by status.
MALFORMED = {
    400: (
        "This is not a valid HTTP/1.1 request. Each header field must be a name, a"
        " colon and a value, in one line."
    ),
    414: "The request target is too long: 16,000 bytes are accepted.",
    431: "The header is too large: 16,000 bytes and 500 fields are accepted.",
}


def malformed(status: int, text: str) -> bytes:
    head = (
        f"HTTP/1.1 {status} {responses[status]}\r\nConnection: close\r\n"
        f"Content-Type: {_TEXT}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"Content-Length: {len(text) + 1}\r\n\r\n"
    )
    return f"{head}{text}\n".encode("ascii")
