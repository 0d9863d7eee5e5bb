"""
The limits of the daemon's connections: sizes, times and counts, as plain data.
"""

from dataclasses import dataclass

from autobahn.twisted.websocket import WebSocketServerFactory

from echo.engine.adapter import NO_AUTOBAHN_TIMERS
from echo.server.conversation.compression import acceptFirst, decline


@dataclass(frozen=True)
class Limits:
    """
    Limits of all connections. Times are in seconds. 0 means no limit.

    @ivar maxMessage: Bytes of the longest accepted message, after inflation.

    @ivar maxConversations: Open conversations.

    @ivar handshakeTimeout: For a whole request, from the accepted connection or the
        response before. A service's C{onConnect} has the same time once more.

    @ivar pingInterval: Silence before a ping.

    @ivar pingTimeout: Silence after a ping, until the peer is dropped.

    @ivar stallTimeout: For a peer that does not read.

    @ivar compression: Whether offers of permessage-deflate are accepted.
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
        Set the protocol options of a factory. A second call of C{setProtocolOptions}
        would reset C{allowNullOrigin} (Autobahn's C{protocol.py}).
        """
        factory.setProtocolOptions(
            versions=[13],
            webStatus=False,
            allowNullOrigin=True,  # http/origins has checked it
            failByDrop=False,
            echoCloseCodeReason=True,
            maxFramePayloadSize=self.maxMessage,
            maxMessagePayloadSize=self.maxMessage,
            perMessageCompressionAccept=acceptFirst if self.compression else decline,
            **NO_AUTOBAHN_TIMERS,
        )
