"""
Answers in plain HTTP: fixed, small, and silent about who wrote the server.
"""

from collections.abc import Mapping
from http.client import responses

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

#: What answers of these statuses have to say beside (RFC 9110).
STATUS_FIELDS = {
    401: {"WWW-Authenticate": 'Basic realm="echo"'},
    405: {"Allow": "HEAD"},
    407: {"Proxy-Authenticate": 'Basic realm="echo"'},
    426: UPGRADE_FIELDS,
    503: RETRY_LATER,
}

# RFC 9110 section 15.3.6 has 205 say nothing, too, but say so in Content-Length.
_EMPTY = (*NO_BODY_CODES, 205)


class BaseResource(Resource):
    """
    A place with addresses below it, and nothing at the others.
    """

    def getChild(self, path: bytes, request: IRequest) -> Resource:
        """
        @return: That there is nothing there.
        """
        return NOT_FOUND

    def render(self, request: Request) -> int:
        """
        Answer: by itself it is nothing either.
        """
        return NOT_FOUND.render(request)


class FixedResponse(BaseResource):
    """
    One fixed answer, to GET and HEAD.
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
        @param headers: What it has beyond what every answer has.

        @param phrase: The reason phrase, instead of the status's usual one. It is
            ignored unless it is printable ASCII.
        """
        super().__init__()
        if not (phrase.isascii() and phrase.isprintable()):
            phrase = ""
        self._status = status
        self._phrase = (phrase or responses.get(status, "Unknown")).encode("ascii")
        if isinstance(body, str):
            body = body.encode("utf-8")
        self._body = b"" if status in _EMPTY else body
        self._headers = {"X-Content-Type-Options": "nosniff", **(headers or {})}
        if status not in NO_BODY_CODES:
            self._headers["Content-Type"] = contentType
            self._headers["Content-Length"] = str(len(self._body))

    def render(self, request: Request) -> int:
        """
        Answer.
        """
        request.setHeader("Date", datetimeToString())
        # Request.render cannot say 426 in words and logs every HEAD twice.
        request.setResponseCode(self._status, self._phrase)
        for name, value in self._headers.items():
            request.responseHeaders.addRawHeader(name, value)
        request.write(self._body)
        request.finish()
        return NOT_DONE_YET

    def last(self) -> bytes:
        """
        @return: The whole answer as bytes, with C{Connection: close}.
        """
        fields = "".join(f"{each[0]}: {each[1]}\r\n" for each in self._headers.items())
        return (b"HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n%s\r\n%s") % (
            self._status,
            self._phrase,
            datetimeToString(),
            fields.encode("ascii"),
            self._body,
        )


NOT_FOUND = FixedResponse(404, "There is nothing here.\n")
HOST_REQUIRED = "There must be one Host field: a host, and optionally a port."
BAD_HOST = FixedResponse(400, f"{HOST_REQUIRED}\n")
METHOD_NOT_ALLOWED = FixedResponse(
    405, "Only GET and HEAD are understood.\n", {"Allow": "GET, HEAD"}
)
