"""
The front door: what stands at which address, and how long one may stand in it.
"""

import re
from http import HTTPStatus
from importlib.resources import files
from io import BytesIO
from string import Template
from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from zope.interface import implementer

from echo.printable import printable, quoted
from echo.server.address import peerName
from echo.server.answer import METHOD_NOT_ALLOWED, NOT_FOUND, Answer, Directory
from echo.server.origin import Origins, isAuthority
from echo.server.protocol import EchoFactory
from echo.server.tls import HTTP, tlsReason
from echo.server.upgrade import UpgradeResource

_log = Logger()

_HTML = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
}


class IndexResource(Directory):
    """
    The page at C{/}: what this is, and how to talk to it.
    """

    def __init__(self) -> None:
        super().__init__()
        page = files("echo.server").joinpath("index.html").read_text("utf-8")
        self._page = Template(page)

    def render(self, request: Request) -> int:
        """
        Answer with the page, for the address under which it was asked for.
        """
        host = (request.getHeader("host") or "").lower()
        if not isAuthority(host):
            host = "localhost"
        scheme = "wss" if request.isSecure() else "ws"
        page = self._page.substitute(socket=f"{scheme}://{host}/socket")
        return Answer(200, page, _HTML, "text/html; charset=utf-8").render(request)


_ABSOLUTE = re.compile(rb"https?://[^/?#]*(?P<target>.*)", re.IGNORECASE)


class _Nowhere(BytesIO):
    def write(self, data: Any) -> int:
        return len(data)


class EchoRequest(Request):
    """
    A request to a server that takes GET and HEAD only, and reads no bodies.
    """

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """
        It is complete. A target may be a whole URL (RFC 9112 section 3.2.2).
        """
        whole = _ABSOLUTE.fullmatch(path)
        if whole is not None:
            path = b"/" + whole["target"].removeprefix(b"/")
        super().requestReceived(command, path, version)

    def gotLength(self, length: int | None) -> None:
        """
        There may be a body: twisted.web would spool it to the disk.
        """
        self.content = _Nowhere()

    def process(self) -> None:
        """
        Answer, if it is a method that is understood at all.
        """
        if self.method not in (b"GET", b"HEAD"):
            METHOD_NOT_ALLOWED.render(self)
        elif self.path == b"*":
            NOT_FOUND.render(self)
        else:
            super().process()

    def render(self, resrc: Resource) -> None:
        """
        Answer with what stands there: it knows HEAD, and answers for itself.
        """
        resrc.render(self)


@implementer(IHalfCloseableProtocol)
class EchoChannel(HTTPChannel):
    """
    One connection, for as long as it speaks HTTP.
    """

    transport: Any
    abortTimeout = EchoFactory.protocol.closeTimeout  # type: ignore[assignment]  # any number will do

    def resetTimeout(self) -> None:
        """
        Have no mercy for a trickle: the deadline is that of a whole request, from
        the moment on which it could have begun.
        """

    def timeoutConnection(self) -> None:
        """
        There was no complete request in time: hang up.
        """
        _log.info(
            "Hung up on {peer}: no request in {timeout} s",
            peer=peerName(self.getPeer()),
            timeout=f"{self.timeOut:g}",
        )
        self.loseConnection()

    def readConnectionLost(self) -> None:
        """
        The peer has nothing more to ask: it may still want its answers.
        """
        self.loseConnection()

    def writeConnectionLost(self) -> None:
        """
        We never close one half only.
        """

    def _respondToBadRequestAndDisconnect(self) -> None:
        tooLarge = (
            self._receivedHeaderSize > self.totalHeadersSize
            or self._receivedHeaderCount > self.maxHeaders
        )
        self._turnAway(431 if tooLarge else 400)

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        A line is too long to be one of a request. twisted.web would just hang up.
        """
        self._turnAway(431)

    def _turnAway(self, status: int) -> None:
        answer = f"{status} {HTTPStatus(status).phrase}"
        head = f"HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self.transport.write(head.encode("ascii"))
        peer = peerName(self.getPeer())
        _log.info("Answered {peer}: {answer}", peer=peer, answer=answer)
        self.loseConnection()

    def loseConnection(self) -> None:
        """
        Hang up, and not wait for ever for a peer that does not (twisted#7926).
        """
        super().loseConnection()
        if self._abortingCall is None:
            self._abortingCall = self.callLater(
                self.abortTimeout, self.forceAbortClient
            )

    def forceAbortClient(self) -> None:
        """
        The peer has not let go in time.
        """
        self._abortingCall = None
        self.transport.abortConnection()

    def writeHeaders(
        self, version: bytes, code: bytes, reason: bytes, headers: Headers
    ) -> None:
        """
        Begin an answer, without the name and version that twisted.web puts in.
        """
        headers.removeHeader(b"server")
        super().writeHeaders(version, code, reason, headers)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The connection is gone before it became a conversation.
        """
        super().connectionLost(reason)
        if reason.check(SSL.Error):
            _log.info(
                "TLS failed with {peer}: {why}",
                peer=peerName(self.getPeer()),
                why=tlsReason(reason.value),
            )


class EchoSite(Site):
    """
    Takes connections, hands out answers, and logs one line for each.
    """

    # Never HTTP/2, which has no Upgrade.
    protocol = EchoChannel  # type: ignore[assignment]  # what the default wraps
    requestFactory = EchoRequest
    noisy = False

    def acceptableProtocols(self) -> list[bytes]:
        """
        @return: What is spoken inside of TLS, where it is Twisted's own endpoint.
        """
        return [HTTP]

    def log(self, request: Request) -> None:  # type: ignore[override]  # ours are these
        """
        A request was answered in HTTP.
        """
        origin = request.getHeader(b"origin")
        _log.info(
            "Answered {peer}: {method} {uri} {status}{origin}",
            peer=peerName(request.getClientAddress()),
            method=printable(request.method),
            uri=quoted(request.uri),
            status=request.code,
            origin="" if origin is None else f" to origin {quoted(origin)}",
        )


def makeSite(factory: EchoFactory, origins: Origins, reactor: IReactorTime) -> EchoSite:
    """
    @param factory: What makes conversations out of connections.

    @param origins: Whose pages may have one.

    @return: The whole of what is served.
    """
    root = Directory()
    root.putChild(b"", IndexResource())
    root.putChild(b"socket", UpgradeResource(factory, origins))
    return EchoSite(
        root,
        timeout=factory.limits.handshakeTimeout or None,
        reactor=reactor,
        parsePOSTFormSubmission=False,
    )
