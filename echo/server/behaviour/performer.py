"""
Performs the behaviours that a client asks for: echoes that are late, repeated,
fragmented or missing, messages and pings of the daemon's own, and the end.

The values are in L{Behaviour}. A conversation without behaviours has no performer.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IDelayedCall

from echo.server.behaviour.behaviour import Behaviour, Chance
from echo.server.behaviour.reset import Reset
from echo.server.behaviour.throttle import Throttle
from echo.server.behaviour.ticker import Ticker
from echo.server.conversation.answering import Answering
from echo.server.conversation.readgate import HoldReason

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

#: Bytes of delayed echoes above which a conversation reads no more, until half of them
#: are sent. So a delay takes no more memory than a peer that does not read.
MOST_PENDING = 2**20

# Bytes that a delayed echo takes beside its payload.
_OVERHEAD = 512

# Frames that are sent before other conversations have their turn.
_BATCH = 64


@dataclass
class _Step:
    """
    One message to send.

    @ivar due: The earliest time.

    @ivar cost: Bytes of memory.

    @ivar frames: Sends one frame for each C{next}.

    @ivar begun: Whether a frame was sent.
    """

    due: float
    cost: int
    frames: Iterator[None]
    begun: bool = False


class Performer(Answering):
    """
    The answering strategy of one conversation with behaviours.
    """

    def __init__(self, conversation: EchoProtocol, behaviour: Behaviour) -> None:
        factory = conversation.factory
        self._conversation = conversation
        self._behaviour = behaviour
        self._clock = factory.reactor
        self._fairness = factory.fairness
        # Gets the received messages, and sends the answers when they are due.
        self._strategy: Answering = factory.answering
        self._chance = Chance(behaviour)
        self._steps: deque[_Step] = deque()
        self._sendTimer: IDelayedCall | None = None
        self._endTimer: IDelayedCall | None = None
        self._tickers: list[Ticker] = []
        self._reset = Reset(conversation, self._hasSteps, self._isDelaying)
        self._throttle: Throttle | None = None
        self._isTicking = self._isQueued = False
        self._isHurried = self._isLast = self._hasEnded = False
        self._ticks = self._pings = 0
        self._left = behaviour.afterMessages
        self.pending = 0
        self.answersPings = not behaviour.nopong

    def start(self) -> None:
        behaviour = self._behaviour
        if behaviour.slow:
            self._throttle = Throttle(self._conversation, behaviour.slow)
            self._conversation.frameReader.throttle = self._throttle
        for interval, call in (
            (behaviour.tick, self._tick),
            (behaviour.ping, self._ping),
        ):
            if interval:
                ticker = Ticker(self._clock, self._fairness, interval, call)
                self._tickers.append(ticker)
        if behaviour.close is not None or behaviour.abort:
            if behaviour.afterTime:
                after = behaviour.afterTime
                self._endTimer = self._clock.callLater(after, self._end)
            elif not behaviour.afterMessages:
                self._end()

    def stop(self) -> None:
        self._hasEnded = True
        self._steps.clear()
        self._account(-self.pending)
        for timer in (self._sendTimer, self._endTimer):
            if timer is not None and timer.active():
                timer.cancel()
        self._reset.stop()
        self._stopTickers()
        if self._throttle is not None:
            self._throttle.end()

    def hurry(self) -> None:
        self._isHurried = True
        if self._sendTimer is not None and self._sendTimer.active():
            self._sendTimer.cancel()
        self._stopTickers()
        if self._throttle is not None:
            self._throttle.endNow()
        self._sendLater()

    def _stopTickers(self) -> None:
        for ticker in self._tickers:
            ticker.stop()

    # Echoes.

    def send(
        self, conversation: EchoProtocol, payload: bytes, isBinary: bool, **options: int
    ) -> None:
        if not isinstance(payload, bytes):
            # Autobahn would notice when the echo is due: too late for a traceback.
            raise TypeError(f"an answer is bytes, and not {type(payload).__name__}")
        copies, delay = self._chance.copies(), self._chance.delay()
        if copies and not (self._behaviour.mute or self._isLast or self._hasEnded):
            # No echo overtakes another: each also waits for the earlier ones.
            due = self._clock.seconds() + delay
            frames = self._copies(payload, isBinary, copies)
            step = _Step(due, len(payload) + _OVERHEAD, frames)
            self._steps.append(step)
            self._account(step.cost)
            if not self._isQueued and not self._isDelaying():
                self._sendDue()

    def resume(self) -> None:
        self._sendLater()

    def _copies(self, payload: bytes, isBinary: bool, copies: int) -> Iterator[None]:
        for _ in range(copies):
            yield from self._frames(payload, isBinary)

    def _frames(self, payload: bytes, isBinary: bool) -> Iterator[None]:
        size = self._behaviour.fragment
        if size and len(payload) > size:
            yield from self._fragments(payload, isBinary, size)
            return
        # A compressed fragment could be longer than the parameter allows.
        options = {"doNotCompress": True} if size else {}
        self._strategy.send(self._conversation, payload, isBinary, **options)
        yield

    def _fragments(self, payload: bytes, isBinary: bool, size: int) -> Iterator[None]:
        # Autobahn would send all of them at once, and an empty one after a last one of
        # full size (WebSocketProtocol.sendMessage).
        conversation = self._conversation
        for start in range(0, len(payload), size):
            isLast = start + size >= len(payload)
            piece = payload[start : start + size]
            conversation.transmitFragment(piece, isBinary, not start, isLast)
            if isLast:
                conversation.countSent(len(payload))
                conversation.factory.counters.sent(len(payload), isBinary)
            yield

    def _sendDue(self) -> None:
        """
        Send the frames that are due, until the transport is paused or the time slice is
        over.
        """
        conversation, fairness = self._conversation, self._fairness
        end = fairness.seconds() + fairness.slice
        for _ in range(_BATCH):
            if (
                self._hasEnded
                or conversation.readGate.isHeldBy(HoldReason.BACKPRESSURE)
                or not conversation.isStateOpen
            ):
                return
            if not self._steps:
                if self._isLast:
                    self._end()
                return
            step = self._steps[0]
            wait = step.due - self._clock.seconds()
            if wait > 0 and not self._isHurried:
                if self._sendTimer is not None and self._sendTimer.active():
                    self._sendTimer.reset(wait)
                else:
                    self._sendTimer = self._clock.callLater(wait, self._sendLater)
                return
            step.begun = True
            if next(step.frames, self) is self:  # there was no frame left
                self._steps.popleft()
                self._account(-step.cost)
            if fairness.seconds() >= end:
                break
        self._sendLater()

    def _sendLater(self) -> None:
        if not self._isQueued:
            self._isQueued = True
            self._fairness.enqueue(self._sendInSlice)

    def _sendInSlice(self) -> None:
        self._isQueued = False
        self._fairness.charge(self._sendDue)

    def _account(self, cost: int) -> None:
        self.pending += cost
        gate = self._conversation.readGate
        isFull = gate.isHeldBy(HoldReason.BEHAVIOUR)
        if not isFull and self.pending > MOST_PENDING:
            gate.hold(HoldReason.BEHAVIOUR)
        elif isFull and self.pending <= MOST_PENDING // 2:
            self._conversation.frameReader.processLater()
            gate.release(HoldReason.BEHAVIOUR)

    # Ticks and pings.

    def _tick(self) -> None:
        self._ticks += 1
        if self._isTicking:
            return  # the earlier tick is not sent yet: the peer sees a gap
        self._isTicking = True
        time = datetime.fromtimestamp(self._clock.seconds(), UTC)
        text = json.dumps(
            {
                "tick": self._ticks,
                "time": time.isoformat(timespec="milliseconds")[:23] + "Z",
            }
        )
        # Before the delayed echoes, but not between the frames of one.
        position = bool(self._steps) and self._steps[0].begun
        step = _Step(0.0, _OVERHEAD, self._tickFrames(text.encode("ascii")))
        self._steps.insert(position, step)
        self._account(step.cost)
        self._sendDue()

    def _tickFrames(self, text: bytes) -> Iterator[None]:
        yield from self._frames(text, False)
        self._isTicking = False

    def _ping(self) -> None:
        self._pings += 1
        if not self._conversation.readGate.isHeldBy(HoldReason.BACKPRESSURE):
            self._conversation.sendPing(str(self._pings).encode("ascii"))

    # Received messages.

    def receive(
        self, conversation: EchoProtocol, payload: bytes, isBinary: bool
    ) -> None:
        self._strategy.receive(conversation, payload, isBinary)
        if self._left:
            self._left -= 1
            if not self._left:
                self._isLast = True
                if self._behaviour.abort:
                    self._reset.start()
                self._sendDue()

    # The end.

    def _end(self) -> None:
        self.stop()
        behaviour = self._behaviour
        if behaviour.close is not None:
            self._conversation.startClose(behaviour.close, behaviour.reason.encode())
        if behaviour.abort:
            self._reset.start()

    def _hasSteps(self) -> bool:
        return bool(self._steps)

    def _isDelaying(self) -> bool:
        return self._sendTimer is not None and self._sendTimer.active()
