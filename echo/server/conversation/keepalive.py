"""
Keep-alive: ping a silent peer, and drop it if it stays silent (C{--ping-interval} and
C{--ping-timeout}).

Autobahn's own pings come at whole seconds, and drop a peer whose pong waits unread
because the transport is paused.
"""

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from echo.server.conversation.limits import Limits
from echo.server.sockets import isBroken

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

_PAYLOAD = b"echo"


class KeepAlive:
    """
    The pings of one open conversation.
    """

    # What all conversations share is the factory's: each slot is 8 bytes a connection.
    __slots__ = ("_conversation", "_heardBeforePing", "_pingedAt", "_timer")

    def __init__(self, conversation: "EchoProtocol") -> None:
        self._conversation = conversation
        self._heardBeforePing: int | None = None
        self._pingedAt: float | None = None
        self._timer: IDelayedCall
        self._awaitSilence()

    def stop(self) -> None:
        if self._timer.active():
            self._timer.cancel()

    def pongReceived(self, payload: bytes) -> float | None:
        """
        A pong restarts the interval.

        @return: Seconds since the ping, if this is its pong.
        """
        roundTrip = None
        if payload == _PAYLOAD and self._pingedAt is not None:
            roundTrip = self._clock.seconds() - self._pingedAt
            self._pingedAt = None
        if self._heardBeforePing is not None:
            self._timer.cancel()
            self._answered(0.0)
        return roundTrip

    @property
    def _clock(self) -> IReactorTime:
        return self._conversation.factory.reactor

    @property
    def _limits(self) -> Limits:
        return self._conversation.factory.limits

    def _awaitSilence(self, passed: float = 0.0) -> None:
        """
        @param passed: Seconds since the last byte from the peer.
        """
        self._timer = self._clock.callLater(
            max(0.0, self._limits.pingInterval - passed),
            self._checkSilence,
            self._conversation.frameReader.heard(),
        )

    def _checkSilence(self, before: int) -> None:
        # The timer is not reset for every message; it compares byte counts when due.
        conversation = self._conversation
        isDeaf = conversation.readGate.isDeaf
        if isDeaf and isBroken(conversation.transport):
            conversation.hangUp("lost while reading was paused")
        elif isDeaf:
            self._awaitSilence()
        elif conversation.frameReader.heard() != before:
            self._awaitSilence(conversation.frameReader.silence())
        else:
            self._ping()

    def _ping(self) -> None:
        if self._limits.pingTimeout:
            self._heardBeforePing = self._conversation.frameReader.heard()
            self._awaitPong(self._limits.pingTimeout)
        else:
            self._awaitSilence()
        self._pingedAt = self._clock.seconds()
        self._conversation.sendPing(_PAYLOAD)

    def _awaitPong(self, left: float) -> None:
        """
        Wait for any byte. An interval after one that is no pong the next ping is due,
        which can be before the time-out.

        @param left: Seconds of the time-out.
        """
        delay = min(left, self._limits.pingInterval)
        self._timer = self._clock.callLater(
            delay, self._checkPing, left, delay, self._clock.seconds()
        )

    def _checkPing(self, left: float, delay: float, since: float) -> None:
        # A busy reactor is late, and its clock can be set back.
        left -= max(delay, self._clock.seconds() - since)
        conversation = self._conversation
        if conversation.readGate.isDeaf:
            self._answered(0.0)
        elif conversation.frameReader.heard() != self._heardBeforePing:
            self._answered(conversation.frameReader.silence())
        elif left > 0:
            self._awaitPong(left)
        else:
            conversation.hangUp("did not answer a ping")

    def _answered(self, passed: float) -> None:
        self._heardBeforePing = None
        self._awaitSilence(passed)
