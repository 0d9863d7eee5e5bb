"""
A request in HTTP, as twisted.web has read it (L{echo.server.http.channel}). It finds
what stands at its address, and keeps its header fields as they came.
"""

import re
from io import BytesIO
from typing import Any

from twisted.web.http import HTTPChannel
from twisted.web.resource import Resource
from twisted.web.server import Request

from echo.server.http.origins import isAuthority
from echo.server.http.responses import (
    BAD_HOST,
    HOST_REQUIRED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
)

# No address here is longer, however it is spelt.
_LONGEST = 256

_ABSOLUTE = re.compile(rb"https?://[^/?#]*(?P<target>.*)", re.IGNORECASE)


class _Nowhere(BytesIO):
    def write(self, data: Any) -> int:
        return len(data)


class EchoRequest(Request):
    """
    A request to a server that takes GET and HEAD only, and reads no bodies.

    @ivar lines: Its header fields, as they came.

    @ivar target: What it asks for, as it came.

    @ivar refusal: Why it is refused, if a Host field or C{/socket} is the cause.
    """

    channel: Any
    refusal: str | None = None

    def __init__(self, channel: HTTPChannel, queued: object = None) -> None:
        super().__init__(channel)
        self.lines: list[bytes] = []

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """
        It is complete. A target may be a whole URL (RFC 9112 section 3.2.2). What
        twisted.web would make of the query, nothing here has a use for.
        """
        self.target = path
        whole = _ABSOLUTE.fullmatch(path)
        if whole is not None:
            path = b"/" + whole["target"].removeprefix(b"/")
        self.method, self.uri, self.clientproto = command, path, version
        self.path, _, _ = path.partition(b"?")
        self.process()

    def parseCookies(self) -> None:
        """
        Leave them alone: nothing here has a use for cookies.
        """

    def gotLength(self, length: int | None) -> None:
        """
        There may be a body: twisted.web would spool it to the disk.
        """
        self.content = _Nowhere()

    def process(self) -> None:
        """
        Answer, if it is a method that is understood at all.
        """
        self.channel.hadRequest = True
        if self.clientproto == b"HTTP/1.1" and not self._hasHost():
            # What follows may be for another host.
            self.setHeader("Connection", "close")
            self.channel.persistent = False
            self.refusal = HOST_REQUIRED
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
        @return: Whether there is one Host field, as RFC 9112 section 3.2 demands.
        """
        hosts = self.requestHeaders.getRawHeaders(b"host", [])
        return len(hosts) == 1 and isAuthority(hosts[0].decode("iso-8859-1"))

    def render(self, resrc: Resource) -> None:
        """
        Answer with what stands there: it knows HEAD, and answers for itself.
        """
        resrc.render(self)
