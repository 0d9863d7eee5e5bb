"""
The front door: what stands at which address.
"""

from importlib.resources import files
from typing import Any

from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from echo.printable import printable, quoted
from echo.server.conversation.protocol import EchoFactory
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.channel import EchoChannel
from echo.server.http.inforesource import InfoResource
from echo.server.http.request import EchoRequest
from echo.server.http.requesthead import RequestHead
from echo.server.http.responses import BaseResource, FixedResponse
from echo.server.http.upgrade import UpgradeResource
from echo.server.logevents import plain, redacted, verbatim
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

_UNLOGGED = (b"/healthz", b"/readyz")


class ReadyResource(BaseResource):
    """
    Says whether conversations are taken.
    """

    def __init__(self, factory: EchoFactory) -> None:
        super().__init__()
        self._factory = factory

    def render(self, request: Request) -> int:
        """
        Answer.
        """
        return (_DRAINING if self._factory.closing else _READY).render(request)


class EchoSite(Site):
    """
    Takes connections, hands out answers, and logs one line for each.

    @ivar counters: Where those are counted that come to nothing, if they are.

    @ivar socket: What is at C{/socket}, if it is the one that speaks WebSocket.

    @ivar turns: How connections share the time.

    @ivar stallTimeout: Seconds for a peer to take an answer; None for no limit.
    """

    counters: Counters | None = None
    socket: UpgradeResource | None = None

    # Never HTTP/2, which has no Upgrade.
    protocol = EchoChannel  # type: ignore[assignment]  # what the default wraps
    requestFactory = EchoRequest  # type: ignore[assignment]  # as above
    noisy = False

    def __init__(self, root: Resource, factory: EchoFactory, reactor: Any) -> None:
        """
        @param root: What is at C{/}, and below.

        @param factory: What makes conversations out of connections.
        """
        super().__init__(
            root,
            timeout=factory.limits.handshakeTimeout or None,
            reactor=reactor,
            parsePOSTFormSubmission=False,
        )
        self.fairness = factory.fairness
        self.stallTimeout = factory.limits.stallTimeout or None

    def acceptableProtocols(self) -> list[bytes]:
        """
        @return: What is spoken inside of TLS, where it is Twisted's own endpoint.
        """
        return [HTTP]

    def upgrade(self, channel: EchoChannel, head: RequestHead) -> bool:
        """
        Make a conversation of the first request on a connection.

        @return: Whether it is one. If not, twisted.web is to see what it is.
        """
        return (
            self.socket is not None
            and head.target == b"/socket"
            and self.socket.upgrade(channel, head)
        )

    def countRefusal(self, reason: str) -> None:
        """
        A connection has come to nothing.

        @param reason: One of a fixed set.
        """
        if self.counters is not None:
            self.counters.refused(reason)

    def log(self, request: Any) -> None:
        """
        A request was answered in HTTP. Whoever asks for our health does so every
        few seconds, and that would be all that the log is full of.
        """
        if request.path in _UNLOGGED:
            return
        peer = peerName(request.getClientAddress())
        method = request.method.decode("ascii")  # twisted.web takes tokens only
        uri = redacted(request.uri)
        why = f" {quoted(request.refusal)}" if request.refusal else ""
        page = request.getHeader(b"origin")
        origin = None if page is None else redacted(page)
        whose = "" if origin is None else f" to origin {quoted(origin)}"
        _log.info(
            verbatim(
                f"Answered {peer}: {printable(method)} {quoted(uri)} {request.code}"
                f"{why}{whose}"
            ),
            event="answered",
            peer=peer,
            method=plain(method),
            uri=plain(uri),
            status=request.code,
            reason=request.refusal,
            origin=origin and plain(origin),
        )


def consolePage() -> BaseResource:
    """
    @return: The files that the page at C{/} consists of; that page is C{index.html}.
    """
    console = BaseResource()
    found = list(files("echo.server").joinpath("console").iterdir())
    for suffix, kind in _TYPES.items():
        for file in found:
            if file.name.endswith(suffix):
                page = FixedResponse(200, file.read_text("utf-8"), _PAGE, kind)
                console.putChild(file.name.encode("ascii"), page)
    return console


def health(factory: EchoFactory) -> dict[bytes, Resource]:
    """
    @return: What a load balancer asks, by address.
    """
    return {b"healthz": _ALIVE, b"readyz": ReadyResource(factory)}


def makeSite(factory: EchoFactory, policy: AccessPolicy, reactor: Any) -> EchoSite:
    """
    @param factory: What makes conversations out of connections.

    @param policy: Who may have one, and of what kind.

    @return: The whole of what is served.
    """
    console = consolePage()
    root = BaseResource()
    root.putChild(b"", console.children.pop(b"index.html"))
    root.putChild(b"console", console)
    socket = UpgradeResource(factory, policy)
    root.putChild(b"socket", socket)
    root.putChild(b"info", InfoResource(factory, policy))
    for name, resource in health(factory).items():
        root.putChild(name, resource)
    site = EchoSite(root, factory, reactor)
    site.counters = factory.counters
    site.socket = socket
    return site
