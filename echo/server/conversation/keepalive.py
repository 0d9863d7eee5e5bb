"""
Whether the peer is still there: whether it takes what is sent, and answers pings.

Autobahn has no back-pressure at all (autobahn-python#1574), and its own pings come
at whole seconds only and take a peer for silent that we do not read from.
"""

from typing import Any

from twisted.internet.interfaces import IDelayedCall, IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.server.sockets import isBroken, unsent

_PING = b"echo"


@implementer(IPushProducer)
class Liveness:
    """
    Mixed into an Autobahn server protocol, in front of it. It is its transport's
    producer, and keeps to the limits of its factory.

    @ivar paused: Whether nothing is read until the peer has taken what waits for it.

    @ivar held: How many others L{hold} the reading back.

    @ivar heardAt: Time of the last read, in seconds of the reactor's clock.
    """

    factory: Any
    transport: Any
    trafficStats: Any
    wasNotCleanReason: str | None
    paused = False
    held = 0
    heardAt = 0.0

    _resumed = 0
    _stallTimer: IDelayedCall | None = None
    _pingTimer: IDelayedCall | None = None
    _heardBeforePing: int | None = None
    _pingedAt: float | None = None

    def watch(self) -> None:
        """
        The conversation is open: begin.
        """
        self.transport.registerProducer(self, True)
        self.heardAt = self._now()
        self._awaitSilence()

    def heard(self) -> int:
        """
        @return: How many bytes the peer has sent.
        """
        return int(self.trafficStats.incomingOctetsWireLevel)

    def silence(self) -> float:
        """
        @return: Seconds since the last byte from the peer. The reactor's clock can be
            set back.
        """
        return max(0.0, self._now() - self.heardAt)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport is gone: stop the clocks.
        """
        for timer in (self._stallTimer, self._pingTimer):
            if timer is not None and timer.active():
                timer.cancel()
        super().connectionLost(reason)  # type: ignore[misc]  # Autobahn's, behind this mixin

    def hangUp(self, why: str) -> None:
        """
        Reset the connection.

        @param why: For the log.
        """
        self.wasNotCleanReason = why
        self.dropConnection(abort=True)  # type: ignore[attr-defined]  # Autobahn's, behind this mixin

    # The transport says when the peer does not take what we send.

    def pauseProducing(self) -> None:
        """
        Read no more until the peer has taken what is waiting for it.
        """
        self.paused = True
        self.transport.pauseProducing()
        if self._stallTimer is None and self.factory.limits.stallTimeout:
            self._awaitStall(self._taken(), self._now())

    def resumeProducing(self) -> None:
        """
        The peer has taken it: read on.
        """
        self.paused = False
        self._resumed += 1
        if not self.held:
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """
        There is no transport to write to any more; L{connectionLost} follows.
        """

    def hold(self) -> None:
        """
        Read no more until L{release}, whatever the peer takes.
        """
        self.held += 1
        self.transport.pauseProducing()

    def release(self) -> None:
        """
        Take back a L{hold}.
        """
        self.held -= 1
        if not self.held and not self.paused:
            self.transport.resumeProducing()

    def _taken(self) -> object:
        """
        @return: What changes whenever the peer takes something.
        """
        return self._resumed, unsent(self.transport)

    def _awaitStall(self, taken: object, since: float) -> None:
        # Eight looks a time-out: it is kept to an eighth, and a peer that takes
        # its bytes, however slowly, is never mistaken for one that does not.
        self._stallTimer = self.factory.reactor.callLater(
            self.factory.limits.stallTimeout / 8, self._checkStall, taken, since
        )

    def _checkStall(self, before: object, since: float) -> None:
        self._stallTimer = None
        if not self.paused:
            return
        now, taken = self._now(), self._taken()
        if taken != before:
            self._awaitStall(taken, now)
        elif now - since < self.factory.limits.stallTimeout:
            self._awaitStall(before, since)
        else:
            self.hangUp("took nothing of what was sent to it")

    def _now(self) -> float:
        return float(self.factory.reactor.seconds())

    # Keep-alive: a ping after an interval of silence.

    def _awaitSilence(self, passed: float = 0.0) -> None:
        """
        @param passed: Seconds since the last byte from the peer.
        """
        interval = self.factory.limits.pingInterval
        if interval:
            self._pingTimer = self.factory.reactor.callLater(
                max(0.0, interval - passed), self._checkSilence, self.heard()
            )

    def _checkSilence(self, before: int) -> None:
        # The timer is not reset for every message; it compares byte counts when due.
        isDeaf = self.paused or self.held
        if isDeaf and isBroken(self.transport):
            self.hangUp("gone, without a word")
        elif isDeaf:
            self._awaitSilence()
        elif self.heard() != before:
            self._awaitSilence(self.silence())
        else:
            self._ping()

    def _ping(self) -> None:
        timeout = self.factory.limits.pingTimeout
        if timeout:
            self._heardBeforePing = self.heard()
            self._awaitPong(timeout)
        else:
            self._awaitSilence()
        self._pingedAt = self._now()
        self.sendPing(_PING)  # type: ignore[attr-defined]  # Autobahn's, behind this mixin

    def _awaitPong(self, left: float) -> None:
        """
        Look whether there is an answer. An interval after an answer that is no pong,
        the next ping is due, which may be before the time-out.

        @param left: Seconds of the time-out.
        """
        delay = min(left, self.factory.limits.pingInterval)
        self._pingTimer = self.factory.reactor.callLater(
            delay, self._checkPing, left, delay, self._now()
        )

    def _checkPing(self, left: float, delay: float, since: float) -> None:
        # A reactor that is busy is late, and its clock can be set back.
        left -= max(delay, self._now() - since)
        if self.paused or self.held:
            self._answered(0.0)
        elif self.heard() != self._heardBeforePing:
            self._answered(self.silence())
        elif left > 0:
            self._awaitPong(left)
        else:
            self.hangUp("did not answer a ping")

    def onPong(self, payload: bytes) -> None:
        """
        A pong restarts the interval.
        """
        if payload == _PING and self._pingedAt is not None:
            self.factory.counters.pongReceived(self._now() - self._pingedAt)
            self._pingedAt = None
        if self._heardBeforePing is not None and self._pingTimer is not None:
            self._pingTimer.cancel()
            self._answered(0.0)

    def _answered(self, passed: float) -> None:
        self._heardBeforePing = None
        self._awaitSilence(passed)
