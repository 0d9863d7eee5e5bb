"""
The PROXY protocol, versions 1 and 2, before TLS and HTTP: Twisted's implementation,
with its errors mended.

This module alone uses the private modules of C{twisted.protocols.haproxy}.
L{echo.server.endpoints} uses it.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IProtocolFactory
from twisted.logger import Logger
from twisted.protocols.haproxy._v2parser import V2Parser
from twisted.protocols.haproxy._wrapper import (
    HAProxyProtocolWrapper,
    HAProxyWrappingFactory,
)

from echo.server.peername import peerName

_log = Logger()

_UNKNOWN = b"PROXY UNKNOWN\r\n"

# From this length on, HAProxyProtocolWrapper recognises either version.
_DECISIVE = 16


class PROXYProtocol(HAProxyProtocolWrapper):
    """
    A connection that begins with a PROXY header. Without one, it is closed.
    """

    factory: "PROXYFactory"
    _begin = b""

    def dataReceived(self, data: bytes) -> None:
        if self._proxyInfo is not None:
            self.wrappedProtocol.dataReceived(data)
            return
        if self._parser is None:
            data = self._begin + data
            if len(data) < _DECISIVE and (
                not data.endswith(b"\r\n") or V2Parser.PREFIX.startswith(data)
            ):
                # HAProxyProtocolWrapper would close the connection.
                self._begin = data
                return
            # _v1parser.parse requires a space after UNKNOWN.
            data = data.replace(_UNKNOWN, b"PROXY UNKNOWN \r\n", 1)
        try:
            super().dataReceived(data)
        except (ValueError, KeyError):
            # _v1parser.parse and _v2parser.parse raise these for an invalid port,
            # an invalid address or an unknown family.
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
            self.factory.countRefusal("proxy")


class PROXYFactory(HAProxyWrappingFactory):
    """
    Wraps the protocols of a factory in L{PROXYProtocol}. Calls C{countRefusal} with
    C{"proxy"} for a connection without a PROXY header.
    """

    protocol: type[HAProxyProtocolWrapper] = PROXYProtocol
    noisy = False

    def __init__(
        self, wrappedFactory: IProtocolFactory, countRefusal: Callable[[str], None]
    ) -> None:
        super().__init__(wrappedFactory)
        self.countRefusal = countRefusal
