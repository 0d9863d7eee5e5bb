"""
How a scrape is answered: by prometheus_client, in a thread of the reactor's pool, so
that no conversation has to wait until its figures are put together.
"""

import re
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.web.http_headers import Headers
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET, Request

from echo.server.http.responses import BaseResource, FixedResponse

#: Scrapes that are answered at once. Each takes time from all conversations, and
#: lasts to its end whether or not somebody still waits for it.
MOST_SCRAPES = 4

_BUSY = FixedResponse(503, "Others are being answered, or nobody is any more.\n")

_ENCODING = b"accept-encoding"
_FORMAT = b"accept"
_ASKED_VERSION = re.compile(rb"version\s*=([^;,]*)")
_NUMBERS = re.compile(rb"\d{1,4}(\.\d{1,4}){0,3}")


class _Scrape:
    """
    A request, as it is shown to the WSGI application of prometheus_client, which
    is unprepared for most of what a request can be.
    """

    #: It takes no HEAD; the request behind knows that it is one.
    method = b"GET"

    def __init__(self, request: Request, scrapes: "ScrapeResource") -> None:
        self._request = request
        self._scrapes = scrapes
        self.requestHeaders = Headers()
        for name in (_FORMAT, _ENCODING):
            for value in request.requestHeaders.getRawHeaders(name, []):
                # A version that is not a number raises TypeError in it.
                if all(map(_NUMBERS.fullmatch, _ASKED_VERSION.findall(value))):
                    self.requestHeaders.addRawHeader(name, value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    def getClientAddress(self) -> IPv4Address:
        """
        @return: Something with a host and a port, which WSGI cannot be without; a
            UNIX socket has neither.
        """
        return IPv4Address("TCP", "", 0)

    getHost = getClientAddress

    def getRequestHostname(self) -> bytes:
        """
        @return: The same of its name.
        """
        return b""

    def write(self, data: bytes) -> None:
        """
        The answer, in one piece.
        """
        self._scrapes.written(self)
        self._request.write(data)

    def finish(self) -> None:
        """
        It was all, or there is none.
        """
        self._scrapes.written(self)
        self._request.finish()


class ScrapeResource(BaseResource):
    """
    Has scrapes answered in threads, by prometheus_client; there is nothing below.

    The reactor waits for its threads when it stops, and a thread waits for the
    reactor to write its answer: who stops it has to L{close} first.
    """

    def __init__(self, resource: IResource, reactor: IReactorTime) -> None:
        """
        @param resource: What answers, in one piece, whenever it can.
        """
        super().__init__()
        self._resource = resource
        self._reactor = reactor
        self._running: set[_Scrape] = set()
        self._closed: Deferred[None] | None = None

    def render(self, request: Request) -> int:
        """
        Begin to answer.
        """
        if self._closed is not None or len(self._running) >= MOST_SCRAPES:
            return _BUSY.render(request)
        scrape: Any = _Scrape(request, self)
        self._resource.render(scrape)
        self._running.add(scrape)
        return NOT_DONE_YET

    def written(self, scrape: _Scrape) -> None:
        """
        An answer has come out of its thread, which is told so after this only.
        """
        self._reactor.callLater(0, self._ended, scrape)

    def _ended(self, scrape: _Scrape) -> None:
        self._running.discard(scrape)
        self._checkClosed()

    def open(self) -> None:
        """
        Answer again after L{close}.
        """
        self._closed = None

    def close(self) -> Deferred[None]:
        """
        Answer no more.

        @return: Fires when there is no thread left that has an answer to write. A
            second call returns a Deferred of the same event.
        """
        if self._closed is None:
            self._closed = Deferred()
        closed: Deferred[None] = Deferred()
        self._closed.addCallback(closed.callback)
        self._checkClosed()
        return closed

    def _checkClosed(self) -> None:
        if self._closed is not None and not self._closed.called and not self._running:
            self._closed.callback(None)
