"""
C{slow=}: process a conversation's bytes at a limited rate.
"""

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IDelayedCall

from echo.server.conversation.readgate import HoldReason
from echo.server.sockets import hasEnded, readInPieces

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

# Pieces a second, and the longest pause in seconds: after it the peer's end is noticed.
_PIECES, _LONGEST_PAUSE = 8, 1.0


class Throttle:
    """
    Passes the bytes of one read on in pieces, and pauses after each. (A TLS record is
    one read, and so are bytes that arrive with the request.)

    Bytes of a peer that has left are passed on at once: at the rate it could take
    hours, and the peer would not notice.
    """

    def __init__(self, conversation: "EchoProtocol", rate: int) -> None:
        """
        @param rate: Bytes a second.
        """
        self._conversation = conversation
        self._rate = rate
        self._clock = conversation.factory.reactor
        self._piece = max(1, rate // _PIECES)
        self._unread = b""
        self._until = 0.0
        self._isOver = False
        self._call: IDelayedCall | None = None
        self._readNormally = readInPieces(conversation.transport, self._piece)

    def dataReceived(self, data: bytes) -> None:
        if not self._unread:  # a pause earns nothing
            self._until = max(self._until, self._clock.seconds())
        self._unread += data
        self._readOn()

    def end(self) -> None:
        """
        Pass everything on in the reactor's next turn, since a piece may be processed
        right now.
        """
        self._isOver = True
        if not self._conversation.isStateClosed:
            self._later(0)
        elif self._call is not None and self._call.active():
            self._call.cancel()

    def endNow(self) -> None:
        self._isOver = True
        self._readOn()

    def _readOn(self) -> None:
        conversation = self._conversation
        if self._isOver or hasEnded(conversation.transport):
            self._readAll()
            return
        now = self._clock.seconds()
        while self._unread and now >= self._until and not self._isOver:
            piece = self._unread[: self._piece]
            self._unread = self._unread[self._piece :]
            self._until += len(piece) / self._rate
            conversation.frameReader.readNow(piece)
        if self._isOver:  # a piece has ended it
            return
        if not conversation.readGate.isHeldBy(HoldReason.THROTTLE):
            conversation.readGate.hold(HoldReason.THROTTLE)
        if self._unread or now < self._until:
            self._later(min(self._until - now, _LONGEST_PAUSE))
        else:
            self._release()

    def _readAll(self) -> None:
        self._readNormally()
        data, self._unread = self._unread, b""
        if data:
            self._conversation.frameReader.readNow(data)
        self._release()

    def _release(self) -> None:
        gate = self._conversation.readGate
        if gate.isHeldBy(HoldReason.THROTTLE):
            gate.release(HoldReason.THROTTLE)

    def _later(self, delay: float) -> None:
        if self._call is not None and self._call.active():
            self._call.reset(delay)
        else:
            self._call = self._clock.callLater(delay, self._readOn)
