"""
One request, as L{echo.server.http.channel} has parsed it.
"""

import re
from io import BytesIO
from typing import Any

from twisted.web.http import HTTPChannel
from twisted.web.resource import Resource
from twisted.web.server import Request

from echo.server.http.channel import EchoChannel
from echo.server.http.origins import isAuthority
from echo.server.http.responses import (
    BAD_HOST,
    HOST_REQUIRED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
)

# Longer than the path of any resource, percent-encoded or not.
_LONGEST = 256

_ABSOLUTE = re.compile(rb"https?://[^/?#]*(?P<target>.*)", re.IGNORECASE)


class _DiscardedBody(BytesIO):
    def write(self, data: Any) -> int:
        return len(data)


class EchoRequest(Request):
    """
    A request: GET and HEAD find a resource, a body is discarded.

    @ivar lines: The header lines, as received.

    @ivar target: The request target, as received.

    @ivar refusalText: Why C{/socket} refuses the request, or that its Host field is
        invalid. None for all others.
    """

    channel: EchoChannel
    refusalText: str | None = None

    def __init__(self, channel: HTTPChannel, queued: object = None) -> None:
        super().__init__(channel)
        self.lines: list[bytes] = []

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """
        Process the request, without twisted.web's parsing of the query. The target can
        be a URL (RFC 9112 section 3.2.2).
        """
        self.target = path
        url = _ABSOLUTE.fullmatch(path)
        if url is not None:
            path = b"/" + url["target"].removeprefix(b"/")
        self.method, self.uri, self.clientproto = command, path, version
        self.path, _, _ = path.partition(b"?")
        self.process()

    def parseCookies(self) -> None:
        """
        Do nothing: no resource reads cookies.
        """

    def gotLength(self, length: int | None) -> None:
        """
        Discard the body: twisted.web would write it to disk.
        """
        self.content = _DiscardedBody()

    def process(self) -> None:
        self.channel.hadRequest = True
        if self.clientproto == b"HTTP/1.1" and not self._hasHost():
            # The next requests on the connection may be for another host.
            self.setHeader("Connection", "close")
            self.channel.persistent = False
            self.refusalText = HOST_REQUIRED
            if self.path == b"/socket":
                self.channel.site.countRefusal("host")
            BAD_HOST.render(self)
        elif self.method not in (b"GET", b"HEAD"):
            if self.path == b"/socket":
                self.channel.site.countRefusal("method")
            METHOD_NOT_ALLOWED.render(self)
        elif self.path == b"*" or len(self.path) > _LONGEST:
            NOT_FOUND.render(self)
        else:
            super().process()

    def _hasHost(self) -> bool:
        """
        @return: Whether the request has one valid Host field (RFC 9112 section 3.2).
        """
        hosts = self.requestHeaders.getRawHeaders(b"host", [])
        return len(hosts) == 1 and isAuthority(hosts[0].decode("iso-8859-1"))

    def render(self, resrc: Resource) -> None:
        """
        Leave HEAD to the resource, which also finishes the request.
        """
        resrc.render(self)
