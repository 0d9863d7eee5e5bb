"""
Back-pressure: pause reading while the peer does not read, and drop it after a time
(C{--stall-timeout}).

Autobahn has no back-pressure (autobahn-python#1574), and Twisted no time-out for a
write buffer that stays full.
"""

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IDelayedCall, IPushProducer
from zope.interface import implementer

from echo.server.conversation.readgate import HoldReason
from echo.server.sockets import deliveryState

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

# The time-out is exact to this fraction of it.
_CHECKS = 8


@implementer(IPushProducer)
class Backpressure:
    """
    The producer that the transport of one open conversation pauses while its write
    buffer is full.
    """

    __slots__ = ("_conversation", "_resumptions", "_timer")

    def __init__(self, conversation: "EchoProtocol") -> None:
        self._conversation = conversation
        self._resumptions = 0
        self._timer: IDelayedCall | None = None

    def pauseProducing(self) -> None:
        self._conversation.readGate.hold(HoldReason.BACKPRESSURE)
        if self._timer is None and self._timeout():
            self._await(self._progress(), self._now())

    def resumeProducing(self) -> None:
        self._resumptions += 1
        self._conversation.readGate.release(HoldReason.BACKPRESSURE)
        self._conversation.answering.resume()

    def stopProducing(self) -> None:
        """
        The transport is gone; C{connectionLost} follows.
        """

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _timeout(self) -> float:
        return self._conversation.factory.limits.stallTimeout

    def _now(self) -> float:
        return self._conversation.factory.reactor.seconds()

    def _progress(self) -> object:
        return self._resumptions, deliveryState(self._conversation.transport)

    def _await(self, progress: object, since: float) -> None:
        self._timer = self._conversation.factory.reactor.callLater(
            self._timeout() / _CHECKS, self._check, progress, since
        )

    def _check(self, before: object, since: float) -> None:
        self._timer = None
        conversation = self._conversation
        if not conversation.readGate.isHeldBy(HoldReason.BACKPRESSURE):
            return
        now, progress = self._now(), self._progress()
        if progress != before:
            self._await(progress, now)
        elif now - since < self._timeout():
            self._await(before, since)
        else:
            conversation.hangUp(f"read nothing for {self._timeout():g} s")
