"""
What one peer may take of the daemon: sizes, times and counts, as plain data.
"""

from dataclasses import dataclass

from autobahn.twisted.websocket import WebSocketServerFactory

from echo.engine.adapter import NO_AUTOBAHN_TIMERS
from echo.server.conversation.compression import acceptFirst, decline


@dataclass(frozen=True)
class Limits:
    """
    The limits of every connection. Times are seconds; 0 switches a limit off.

    @ivar maxMessage: Bytes of the longest message taken, after inflation.

    @ivar maxConversations: Most conversations open at once.

    @ivar handshakeTimeout: From the accepted connection, or the answer before,
        to the end of a request: all of it, however steadily it trickles in. A service's
        C{onConnect} may take as long again.

    @ivar pingInterval: Silence after which the peer is pinged.

    @ivar pingTimeout: How long it may then stay silent.

    @ivar stallTimeout: How long it may take nothing of what is being sent to it.

    @ivar compression: Whether permessage-deflate is accepted where offered.
    """

    maxMessage: int = 16 * 2**20
    maxConversations: int = 0
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
            perMessageCompressionAccept=acceptFirst if self.compression else decline,
            **NO_AUTOBAHN_TIMERS,
        )
