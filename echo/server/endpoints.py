"""
Where the daemon listens: endpoints, the services that listen at them, and the errors
of listening.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from twisted.application.internet import StreamServerEndpointService
from twisted.internet.address import UNIXAddress
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IListeningPort,
    IProtocolFactory,
    IStreamServerEndpoint,
)
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.printable import printable
from echo.server.peername import peerName
from echo.server.proxyprotocol import PROXYFactory

_log = Logger()


def explain(error: Exception) -> str:
    """
    @return: The address and the reason, for an exception of listening.
    """
    if isinstance(error, CannotListenError):
        port = os.fsdecode(error.port) if isinstance(error.port, bytes) else error.port
        address = f"{error.interface}:{port}" if error.interface else port
        return f"cannot listen on {printable(str(address))}: {error.socketError}"
    if isinstance(error, OSError) and (error.filename2 or error.filename):
        path = os.fsdecode(error.filename2 or error.filename)
        return f"cannot listen on {printable(path)}: {error.strerror}"
    return f"cannot listen: {error}"


@implementer(IStreamServerEndpoint)
@dataclass
class AnnouncedEndpoint:
    """
    An endpoint that logs its address, which matters for port 0.

    @ivar address: While it listens: the URL for clients, or the path of a UNIX socket.
    """

    endpoint: IStreamServerEndpoint
    scheme: str
    path: str
    address: str | None = None

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """
        @raise Exception: Listening has failed. StreamServerEndpointService would only
            log a failed Deferred, and the daemon would run without its port.
        """
        failures: list[Failure] = []
        listening: Deferred[IListeningPort] = self.endpoint.listen(protocolFactory)
        listening.addCallbacks(self._announce, failures.append)
        for failure in failures:
            failure.raiseException()
        return listening

    def _announce(self, port: IListeningPort) -> IListeningPort:
        host = port.getHost()
        if isinstance(host, UNIXAddress):
            self.address = printable(host.name or "unix")
        else:
            self.address = f"{self.scheme}://{peerName(host)}{self.path}"
        _log.info("Listening on {where}", event="listening", where=self.address)
        return port


def parseEndpoint(text: str, reactor: object) -> tuple[IStreamServerEndpoint, bool]:
    """
    @param text: A description for L{serverFromString}, or C{haproxy:} and one.

    @return: The endpoint, and whether its connections begin with a PROXY header.

    @raise ValueError: The description is invalid.
    """
    plain = text.removeprefix("haproxy:")
    try:
        return serverFromString(reactor, plain), plain != text
    except Exception as error:  # noqa: BLE001  each endpoint's parser has its own
        raise ValueError(
            f"{text!r} is not an address to listen on ({error}):"
            " try tcp:8080 or unix:/run/echo.sock"
        ) from None


class ListeningService(StreamServerEndpointService):
    """
    Listens at one endpoint. It can be started again, and stopped without a start.

    @ivar beforeStop: Called at a stop. Listening goes on until its Deferred fires.
    """

    endpoint: AnnouncedEndpoint
    beforeStop: Callable[[], Deferred[None]] | None = None

    def privilegedStartService(self) -> None:
        if self.endpoint.address is None:
            super().privilegedStartService()

    def stopService(self) -> Deferred[None]:
        if self.endpoint.address is None:
            return succeed(None)
        over = succeed(None) if self.beforeStop is None else self.beforeStop()
        return over.addCallback(self._stop)

    def _stop(self, _: None) -> Deferred[None]:
        self.endpoint.address = None
        stopped: Deferred[None] = super().stopService()
        return stopped


def listener(
    text: str,
    factory: IProtocolFactory,
    reactor: object,
    scheme: str = "ws",
    path: str = "/socket",
    countRefusal: Callable[[str], None] = lambda reason: None,
) -> ListeningService:
    """
    @param text: The endpoint, for L{parseEndpoint}. PROXY is outside of TLS.

    @param countRefusal: Called with a reason for a connection that ends before it
        reaches the factory.
    """
    endpoint, isProxied = parseEndpoint(text, reactor)
    return ListeningService(
        AnnouncedEndpoint(endpoint, scheme, path),
        PROXYFactory(factory, countRefusal) if isProxied else factory,
    )
