"""
Whether a connection's transport reads.

Only L{ReadGate} calls a transport's C{pauseProducing} and C{resumeProducing}. Each part
of a conversation holds it for a reason of its own, and the transport reads while there
is no reason left.
"""

from twisted.internet.interfaces import IPushProducer


class HoldReason:
    """
    Reasons not to read, a bit each.
    """

    #: The peer does not read: the transport's write buffer is full.
    BACKPRESSURE = 1
    #: Received frames wait for the next time slice.
    FAIRNESS = 2
    #: Delayed echoes take enough memory.
    BEHAVIOUR = 4
    #: C{slow=}: the bytes that were read have not been processed yet.
    THROTTLE = 8
    #: Many bytes arrived before the 101.
    HANDSHAKE = 16
    #: A pump reads the socket instead of the transport (L{echo.server.fastpath}).
    PUMP = 32


class ReadGate:
    """
    Pauses and resumes the transport of one connection.

    @ivar reasons: The bits of the reasons that hold it now.
    """

    __slots__ = ("_transport", "reasons")

    def __init__(self, transport: IPushProducer) -> None:
        self._transport = transport
        self.reasons = 0

    def hold(self, reason: int) -> None:
        self.reasons |= reason
        self._transport.pauseProducing()

    def release(self, reason: int) -> None:
        self.reasons &= ~reason
        if not self.reasons:
            self._transport.resumeProducing()

    def forget(self, reason: int) -> None:
        """
        Release the gate of a transport that is gone.
        """
        self.reasons &= ~reason

    def isHeldBy(self, reason: int) -> bool:
        return bool(self.reasons & reason)

    @property
    def isDeaf(self) -> bool:
        """
        Whether neither the transport nor a pump reads: a pong would wait unread.
        """
        return bool(self.reasons & ~HoldReason.PUMP)
