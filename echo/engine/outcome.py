"""
What a connection of Autobahn's server protocol leaves when it has ended: the number of
its messages, and its close.
"""

from typing import NamedTuple

from echo.engine.server import ServerAdapter


class MessageTraffic(NamedTuple):
    """
    Messages and bytes of their payload, after inflation.
    """

    received: int
    receivedOctets: int
    sent: int
    sentOctets: int


def messageTraffic(protocol: ServerAdapter) -> MessageTraffic:
    """
    @return: The messages that went through Autobahn.
    """
    stats = protocol.trafficStats
    return MessageTraffic(
        stats.incomingWebSocketMessages,
        stats.incomingOctetsAppLevel,
        stats.outgoingWebSocketMessages,
        stats.outgoingOctetsAppLevel,
    )


def closeOutcome(protocol: ServerAdapter) -> tuple[int, str, str | None]:
    """
    @return: The close code, the reason, and who closed: C{"us"} or C{"peer"}. The code
        is 1005 for a close without a code, and 1006 for no close (RFC 6455 7.1.5).
    """
    if protocol.closedByMe:
        reason = protocol.localCloseReason or b""
        return protocol.localCloseCode or 1005, reason.decode(), "us"
    if protocol.wasClean:
        code = 1005 if protocol.remoteCloseCode is None else protocol.remoteCloseCode
        return code, protocol.remoteCloseReason or "", "peer"
    return 1006, protocol.wasNotCleanReason or "", None
