"""
What one peer may take of the daemon: sizes, times and counts, as plain data.
"""

from dataclasses import dataclass

from autobahn.twisted.websocket import WebSocketServerFactory
from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateOfferAccept,
)

from echo.engine.adapter import NO_AUTOBAHN_TIMERS


@dataclass(frozen=True)
class Limits:
    """
    The limits of every connection. Times are seconds; 0 switches a limit off.

    @ivar maxMessage: Bytes of the longest message taken, after inflation.

    @ivar maxConnections: Most conversations open at once.

    @ivar handshakeTimeout: From the accepted connection, or the answer before,
        to the end of a request: all of it, however steadily it trickles in. A service's
        C{onConnect} may take as long again.

    @ivar pingInterval: Silence after which the peer is pinged.

    @ivar pingTimeout: How long it may then stay silent.

    @ivar stallTimeout: How long it may take nothing of what is being sent to it.

    @ivar compression: Whether permessage-deflate is accepted where offered.
    """

    maxMessage: int = 16 * 2**20
    maxConnections: int = 0
    handshakeTimeout: float = 5.0
    pingInterval: float = 20.0
    pingTimeout: float = 20.0
    stallTimeout: float = 60.0
    compression: bool = False

    def applyTo(self, factory: WebSocketServerFactory) -> None:
        """
        Make a factory's connections keep to these limits.

        This is the only call of C{setProtocolOptions}: a second one would reset
        C{allowNullOrigin} behind our back (Autobahn C{protocol.py}).
        """
        factory.setProtocolOptions(
            versions=[13],
            webStatus=False,
            allowNullOrigin=True,  # origins are judged before Autobahn sees a request
            failByDrop=False,
            echoCloseCodeReason=True,
            maxFramePayloadSize=self.maxMessage,
            maxMessagePayloadSize=self.maxMessage,
            perMessageCompressionAccept=_accept if self.compression else _decline,
            **NO_AUTOBAHN_TIMERS,
        )


def _accept(
    offers: list[PerMessageDeflateOffer],
) -> PerMessageDeflateOfferAccept:
    """
    Accept the first offer, with a fresh window for each message both ways: a
    window that is kept costs about 100 KiB for as long as the peer likes.
    """
    return _NoTakeover(
        offers[0], request_no_context_takeover=True, no_context_takeover=True
    )


class _NoTakeover(PerMessageDeflateOfferAccept):
    """
    Tells the client, asked or not, that it need not keep a window either;
    Autobahn does so only where the client asked.
    """

    def get_extension_string(self) -> str:
        extension = str(super().get_extension_string())
        parameter = "; server_no_context_takeover"
        return extension if parameter in extension else extension + parameter


def _decline(_offers: list[PerMessageDeflateOffer]) -> None:
    """
    Agree on no extension.
    """
