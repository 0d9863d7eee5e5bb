"""
A peer that asked for it is read slowly.
"""

from typing import Any

from twisted.internet.interfaces import IDelayedCall

from echo.server.sockets import hasEnded, throttle

# Pieces that are read in a second, and how many seconds it goes without a look at
# whether anybody is still there.
_PIECES, _BLIND = 8, 1.0


class Throttle:
    """
    Stands in the place of a conversation's C{dataReceived}: passes on what was read
    piece by piece, and rests after each for as long as it should have taken. (A record
    of TLS is one read, and so is what comes with the request.)

    What a peer that has gone has left behind is read at once: it could take hours, and
    nobody is there to see it.
    """

    def __init__(self, protocol: Any, speed: int, clock: Any) -> None:
        """
        @param protocol: An open
            L{EchoProtocol<echo.server.conversation.protocol.EchoProtocol>}.

        @param speed: Bytes a second.

        @param clock: The reactor.
        """
        self._protocol = protocol
        self._speed = speed
        self._clock = clock
        self._piece = max(1, speed // _PIECES)
        self._unread = b""
        self._until = 0.0
        self._isHolding = self._isOver = False
        self._call: IDelayedCall | None = None
        self._unthrottle = throttle(protocol.transport, self._piece)
        self._dataReceived = protocol.dataReceived
        protocol.dataReceived = self.dataReceived

    def dataReceived(self, data: bytes) -> None:
        """
        Something was read.
        """
        if not self._unread:  # a pause earns nothing
            self._until = max(self._until, self._clock.seconds())
        self._unread += data
        self._readOn()

    def end(self) -> None:
        """
        Be slow no longer; not yet, as it may be reading right now.
        """
        self._isOver = True
        if self._protocol.state != self._protocol.STATE_CLOSED:
            self._later(0)
        elif self._call is not None and self._call.active():
            self._call.cancel()

    def endNow(self) -> None:
        """
        The same, when it is not reading.
        """
        self._isOver = True
        self._readOn()

    def _readOn(self) -> None:
        if self._isOver or hasEnded(self._protocol.transport):
            self._readAll()
            return
        now = self._clock.seconds()
        while self._unread and now >= self._until and not self._isOver:
            piece = self._unread[: self._piece]
            self._unread = self._unread[self._piece :]
            self._until += len(piece) / self._speed
            self._dataReceived(piece)
        if self._isOver:  # by now
            return
        if not self._isHolding:
            self._isHolding = True
            self._protocol.hold()
        if self._unread or now < self._until:
            self._later(min(self._until - now, _BLIND))
        else:
            self._release()

    def _readAll(self) -> None:
        self._unthrottle()
        data, self._unread = self._unread, b""
        if data:
            self._dataReceived(data)
        self._release()

    def _release(self) -> None:
        if self._isHolding:
            self._isHolding = False
            self._protocol.release()

    def _later(self, delay: float) -> None:
        if self._call is not None and self._call.active():
            self._call.reset(delay)
        else:
            self._call = self._clock.callLater(delay, self._readOn)
