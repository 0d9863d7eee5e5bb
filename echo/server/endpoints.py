"""
Where the daemon listens: endpoints, PROXY, and what is said when it cannot.
"""

import os
from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
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
from twisted.protocols.haproxy._v2parser import V2Parser
from twisted.protocols.haproxy._wrapper import (
    HAProxyProtocolWrapper,
    HAProxyWrappingFactory,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.printable import printable
from echo.server.peername import peerName

_log = Logger()


def reason(error: Exception) -> str:
    """
    @param error: What listening raised.

    @return: Where it was tried, and why it failed.
    """
    if isinstance(error, CannotListenError):
        port = os.fsdecode(error.port) if isinstance(error.port, bytes) else error.port
        where = f"{error.interface}:{port}" if error.interface else port
        return f"cannot listen on {printable(str(where))}: {error.socketError}"
    if isinstance(error, OSError) and (error.filename2 or error.filename):
        where = os.fsdecode(error.filename2 or error.filename)
        return f"cannot listen on {printable(where)}: {error.strerror}"
    return f"cannot listen: {error}"


@implementer(IStreamServerEndpoint)
class AnnouncedEndpoint:
    """
    An endpoint that says where it listens: that is news if the port was 0.

    @ivar where: The URL of what is there, or the path if it is a UNIX socket, as soon
        as it listens.
    """

    where = ""

    def __init__(self, endpoint: IStreamServerEndpoint, scheme: str, path: str) -> None:
        self._endpoint = endpoint
        self._scheme = scheme
        self._path = path

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """
        Listen, and say where.
        """
        listening: Deferred[IListeningPort] = self._endpoint.listen(protocolFactory)
        return listening.addCallback(self._announce)

    def _announce(self, port: IListeningPort) -> IListeningPort:
        address = port.getHost()
        if isinstance(address, UNIXAddress):
            self.where = printable(address.name or "unix")
        else:
            self.where = f"{self._scheme}://{peerName(address)}{self._path}"
        _log.info("Listening on {where}", event="listening", where=self.where)
        return port


_UNKNOWN = b"PROXY UNKNOWN\r\n"

# Bytes after which Twisted can tell version 2 from version 1 and from neither.
_DECISIVE = 16


class _Proxied(HAProxyProtocolWrapper):
    """
    A connection behind PROXY, whose header may come in pieces or be garbage.
    """

    factory: "_ProxiedFactory"
    _begin = b""

    def dataReceived(self, data: bytes) -> None:
        """
        Read the header, or what comes after it.
        """
        if self._proxyInfo is not None:
            self.wrappedProtocol.dataReceived(data)
            return
        if self._parser is None:
            data = self._begin + data
            if len(data) < _DECISIVE and (
                not data.endswith(b"\r\n") or V2Parser.PREFIX.startswith(data)
            ):
                self._begin = data  # too little yet: Twisted would hang up
                return
            # Twisted wants a space there, and addresses that nobody reads.
            data = data.replace(_UNKNOWN, b"PROXY UNKNOWN \r\n", 1)
        try:
            super().dataReceived(data)
        except (ValueError, KeyError):
            # Twisted lets these out of its parsers for a bad port, a bad address
            # or an unknown family (_v1parser.parse, _v2parser.parse).
            if self._proxyInfo is not None:
                raise
            self.loseConnection()
        if self._proxyInfo is None and self.disconnecting:
            _log.info(
                "Hung up on {peer}: {reason}",
                event="hung_up",
                peer=peerName(self.getPeer()),
                reason="no PROXY header",
            )
            self.factory.failed("proxy")


class _ProxiedFactory(HAProxyWrappingFactory):
    protocol = _Proxied  # type: ignore[assignment]  # narrower, and not assigned to
    noisy = False

    def __init__(
        self, wrappedFactory: IProtocolFactory, failed: Callable[[str], None]
    ) -> None:
        super().__init__(wrappedFactory)
        self.failed = failed


def parseStrport(strport: str, reactor: Any) -> tuple[IStreamServerEndpoint, bool]:
    """
    Read where to listen.

    @param strport: As L{serverFromString} reads it, or that with C{haproxy:} in
        front.

    @return: The endpoint, and whether connections to it begin with PROXY.

    @raise ValueError: It is no such text; the message says what is wrong.
    """
    plain = strport.removeprefix("haproxy:")
    try:
        return serverFromString(reactor, plain), plain != strport
    except Exception as error:  # noqa: BLE001  each endpoint's parser has its own
        raise ValueError(
            f"{strport!r} is not an address to listen on ({error}):"
            " try tcp:8080 or unix:/run/echo.sock"
        ) from None


class Listener(Service):
    """
    Listens at one address. (Twisted's StreamServerEndpointService would do, but what
    is beside it takes a tenth of the time of a start.)

    @ivar endpoint: Where.

    @ivar until: What a stop waits for before it stops listening, if for anything.
    """

    until: Callable[[], Deferred[None]] | None = None

    _waitingForPort: Deferred[Any] | None = None

    def __init__(self, endpoint: AnnouncedEndpoint, factory: IProtocolFactory) -> None:
        self.endpoint = endpoint
        self._factory = factory

    def privilegedStartService(self) -> None:
        """
        Listen. Endpoints know at once whether they can, and what they raise ends the
        start.
        """
        super().privilegedStartService()
        failures: list[Failure] = []
        self._waitingForPort = self.endpoint.listen(self._factory)
        self._waitingForPort.addErrback(failures.append)
        for failure in failures:
            failure.raiseException()

    def startService(self) -> None:
        """
        Listen, if not already done.
        """
        super().startService()
        if self._waitingForPort is None:
            self.privilegedStartService()

    def stopService(self) -> Deferred[None]:
        """
        Stop listening, if it came to that.
        """
        super().stopService()
        over: Deferred[Any] = succeed(None)
        if self._waitingForPort is not None:
            over = succeed(None) if self.until is None else self.until()
            port, self._waitingForPort = self._waitingForPort, None
            over.addCallback(lambda _: port)
            over.addCallback(lambda port: port and port.stopListening())
        return over


def listener(
    strport: str,
    factory: IProtocolFactory,
    reactor: Any,
    scheme: str = "ws",
    path: str = "/socket",
    failed: Callable[[str], None] = lambda reason: None,
) -> Listener:
    """
    Make the service that listens.

    @param strport: Where, as L{parseStrport} reads it. PROXY is outside of TLS.

    @param scheme: What a client has to put before the address.

    @param path: What it has to put behind.

    @param failed: Called where a connection comes to nothing before the factory has
        seen anything of it, with the reason for the metrics.

    @raise ValueError: C{strport} is wrong.
    """
    endpoint, isProxied = parseStrport(strport, reactor)
    return Listener(
        AnnouncedEndpoint(endpoint, scheme, path),
        _ProxiedFactory(factory, failed) if isProxied else factory,
    )
