"""
The sites: which resource is at which address, and a log line for each response.
"""

from importlib.resources import files
from typing import Any

from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from echo.server.conversation.factory import EchoFactory
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.channel import EchoChannel
from echo.server.http.inforesource import InfoResource
from echo.server.http.request import EchoRequest
from echo.server.http.requesthead import RequestHead
from echo.server.http.responses import BaseResource, FixedResponse
from echo.server.http.upgrade import UpgradeResource
from echo.server.logevents import answered, publish
from echo.server.metrics.counters import Counters
from echo.server.peername import peerName
from echo.server.tls import HTTP

_log = Logger()

_PAGE = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self';"
        " img-src 'self' data: blob:; connect-src 'self' ws: wss:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    # They isolate the page, and Chromium gives it a clock of 5 µs instead of 100 µs.
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_FRESH = {"Cache-Control": "no-store"}
_ALIVE = FixedResponse(200, "alive\n", _FRESH)
_READY = FixedResponse(200, "ready\n", _FRESH)
_DRAINING = FixedResponse(503, "shutting down\n", _FRESH)

# Load balancers request these every few seconds.
_UNLOGGED = (b"/healthz", b"/readyz")


class ReadyResource(BaseResource):
    """
    C{/readyz}: 503 from the start of the drain.
    """

    def __init__(self, factory: EchoFactory) -> None:
        super().__init__()
        self._factory = factory

    def render(self, request: Request) -> int:
        return (_DRAINING if self._factory.closing else _READY).render(request)


class EchoSite(Site):
    """
    Makes the HTTP channels of all listeners, and logs their responses.

    @ivar counters: None counts no refusals.

    @ivar socket: The resource C{/socket}. None accepts no WebSocket.

    @ivar stallTimeout: Seconds in which a client must read some of a response. None
        for no limit.
    """

    counters: Counters | None = None
    socket: UpgradeResource | None = None

    # Site's default offers HTTP/2, which has no Upgrade. Twisted's types of these two
    # attributes allow no subclass.
    protocol: Any = EchoChannel
    requestFactory: Any = EchoRequest
    noisy = False

    def __init__(self, root: Resource, factory: EchoFactory) -> None:
        super().__init__(
            root,
            timeout=factory.limits.handshakeTimeout or None,
            reactor=factory.reactor,
            parsePOSTFormSubmission=False,
        )
        self.fairness = factory.fairness
        self.stallTimeout = factory.limits.stallTimeout or None

    def acceptableProtocols(self) -> list[bytes]:
        """
        @return: The protocols inside TLS (ALPN), for Twisted's own TLS endpoints.
        """
        return [HTTP]

    def upgrade(self, channel: EchoChannel, head: RequestHead) -> bool:
        """
        Upgrade a connection by its first request.

        @return: Whether it has become a conversation. If not, twisted.web parses the
            request.
        """
        return (
            self.socket is not None
            and head.target == b"/socket"
            and self.socket.upgrade(channel, head)
        )

    def countRefusal(self, reason: str) -> None:
        if self.counters is not None:
            self.counters.refused(reason)

    def log(self, request: Any) -> None:
        if request.path in _UNLOGGED:
            return
        event = answered(
            peerName(request.getClientAddress()),
            request.method.decode("ascii"),  # twisted.web takes tokens only
            request.uri,
            request.code,
            request.refusalText,
            request.getHeader(b"origin"),
        )
        publish(_log, event)


def consolePage() -> BaseResource:
    console = BaseResource()
    found = list(files("echo.server").joinpath("console").iterdir())
    for suffix, kind in _TYPES.items():
        for file in found:
            if file.name.endswith(suffix):
                page = FixedResponse(200, file.read_text("utf-8"), _PAGE, kind)
                console.putChild(file.name.encode("ascii"), page)
    return console


def addHealth(root: Resource, factory: EchoFactory) -> None:
    root.putChild(b"healthz", _ALIVE)
    root.putChild(b"readyz", ReadyResource(factory))


def makeSite(factory: EchoFactory, policy: AccessPolicy) -> EchoSite:
    console = consolePage()
    root = BaseResource()
    root.putChild(b"", console.children.pop(b"index.html"))
    root.putChild(b"console", console)
    socket = UpgradeResource(factory, policy)
    root.putChild(b"socket", socket)
    root.putChild(b"info", InfoResource(factory, policy))
    addHealth(root, factory)
    site = EchoSite(root, factory)
    site.counters = factory.counters
    site.socket = socket
    return site
