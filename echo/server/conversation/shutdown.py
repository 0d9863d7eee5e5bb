"""
Shutdown: how one conversation ends when the daemon stops.

Echoes in flight are delivered. Then the client is closed with 1001.
L{echo.server.service} decides when, and resets the connections that are left.
"""

from echo.server.conversation.protocol import EchoProtocol
from echo.server.conversation.readgate import HoldReason
from echo.server.sockets import undelivered, unread

_GOING_AWAY = 1001


class Goodbye:
    """
    The close of one open conversation.
    """

    def __init__(self, conversation: EchoProtocol) -> None:
        """
        Messages that have arrived by now are answered before the close.
        """
        self._conversation = conversation
        conversation.answering.hurry()
        conversation.frameReader.stopPumping()
        self._answerUntil = conversation.frameReader.heard() + unread(
            conversation.transport
        )
        self._takeUntil = 0

    def attempt(self, patient: bool) -> bool:
        """
        Close with 1001, unless a message has no answer yet, or its echo has not reached
        the client.

        @param patient: Whether to wait for all messages. If not, wait for those that
            arrived before this object was made, and for the echoes that were sent by
            the last patient call.

        @return: Whether the conversation is closing or closed.
        """
        conversation = self._conversation
        if not conversation.isStateOpen:
            return True
        sent = conversation.wireBytesSent
        if patient:
            self._takeUntil = sent
        gate, transport = conversation.readGate, conversation.transport
        if conversation.pending or gate.isHeldBy(HoldReason.FAIRNESS):
            return False
        if unread(transport) and (
            patient or conversation.frameReader.heard() < self._answerUntil
        ):
            return False
        # A slow client needs time for its echoes, and the close deadline would not give
        # it. A busy client always has an echo in flight, but a new one.
        if (
            gate.isHeldBy(HoldReason.BACKPRESSURE)
            or sent - undelivered(transport) < self._takeUntil
        ):
            return False
        conversation.startClose(_GOING_AWAY, b"server shutting down")
        return True
