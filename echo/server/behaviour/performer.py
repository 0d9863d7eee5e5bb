"""
Performs the behaviours that a client asks for: echoes that are late, repeated,
fragmented or missing, messages and pings of the daemon's own, and the end.

L{Behaviour} says which. A conversation without behaviours has no performer.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from twisted.internet.interfaces import IDelayedCall

from echo.server.behaviour.behaviour import Behaviour, Chance
from echo.server.behaviour.throttle import Throttle
from echo.server.behaviour.ticker import Ticker
from echo.server.conversation.answering import Answering
from echo.server.conversation.readgate import HoldReason
from echo.server.sockets import isAwaited, unsent

#: Bytes of delayed echoes above which a conversation reads no more, until half of them
#: are sent. So a delay takes no more memory than a peer that does not read.
MOST_PENDING = 2**20

# Bytes that a delayed echo takes beside its payload.
_OVERHEAD = 512

# Frames that are sent before other conversations have their turn.
_BATCH = 64

# Seconds between two checks whether the peer has read everything before a reset, and
# the checks without progress after which it is reset anyway: 5 s, like a close.
_CHECK, _CHECKS = 0.01, 500


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

    def __init__(
        self, conversation: Any, behaviour: Behaviour, clock: Any, strategy: Answering
    ) -> None:
        """
        @param conversation: An open
            L{EchoProtocol<echo.server.conversation.protocol.EchoProtocol>}.

        @param clock: The reactor.

        @param strategy: Gets the received messages, and sends the answers when they are
            due.
        """
        self._conversation = conversation
        self._behaviour = behaviour
        self._clock = clock
        self._strategy = strategy
        self._fairness = conversation.factory.fairness
        self._chance = Chance(behaviour)
        self._steps: deque[_Step] = deque()
        self._timers: dict[str, IDelayedCall] = {}
        self._tickers: list[Ticker] = []
        self._throttle: Throttle | None = None
        self._isTicking = self._isQueued = False
        self._isHurried = self._isLast = self._hasEnded = False
        self._ticks = self._pings = 0
        self._left = behaviour.afterMessages
        self.pending = 0
        self.answersPings = not behaviour.nopong

    def start(self) -> None:
        """
        Start the timers, and a close or reset that is not to wait.
        """
        behaviour = self._behaviour
        if behaviour.slow:
            self._throttle = Throttle(self._conversation, behaviour.slow, self._clock)
            self._conversation.reader.throttle = self._throttle
        for interval, call in (
            (behaviour.tick, self._tick),
            (behaviour.ping, self._ping),
        ):
            if interval:
                ticker = Ticker(self._clock, self._fairness, interval, call)
                self._tickers.append(ticker)
        if behaviour.close is not None or behaviour.abort:
            if behaviour.afterTime:
                self._later("end", behaviour.afterTime, self._end)
            elif not behaviour.afterMessages:
                self._end()

    def stop(self) -> None:
        """
        Stop all timers, and forget the pending echoes.
        """
        self._hasEnded = True
        self._steps.clear()
        self._account(-self.pending)
        for timer in self._timers.values():
            if timer.active():
                timer.cancel()
        self._stopTickers()
        if self._throttle is not None:
            self._throttle.end()

    def hurry(self) -> None:
        self._isHurried = True
        if self._waits("send"):
            self._timers["send"].cancel()
        self._stopTickers()
        if self._throttle is not None:
            self._throttle.endNow()
        self._sendLater()

    def _stopTickers(self) -> None:
        for ticker in self._tickers:
            ticker.stop()

    # What is sent.

    def send(
        self, conversation: Any, payload: bytes, isBinary: bool, **options: Any
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
            if not self._isQueued and not self._waits("send"):
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
        # Compressed, a fragment could be longer than asked for.
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
                or not conversation.isOpen
            ):
                return
            if not self._steps:
                if self._isLast:
                    self._end()
                return
            step = self._steps[0]
            wait = step.due - self._clock.seconds()
            if wait > 0 and not self._isHurried:
                self._later("send", wait, self._sendLater)
                return
            step.begun = True
            if next(step.frames, self) is self:  # there was no frame left
                self._steps.popleft()
                self._account(-step.cost)
            if fairness.seconds() >= end:
                break
        self._sendLater()

    def _sendLater(self) -> None:
        """
        Send in the next time slice.
        """
        if not self._isQueued:
            self._isQueued = True
            self._fairness.enqueue(self._sendInSlice)

    def _sendInSlice(self) -> None:
        self._isQueued = False
        self._fairness.charge(self._sendDue)

    def _account(self, cost: int) -> None:
        """
        Count delayed echoes, and stop reading above the limit.
        """
        self.pending += cost
        gate = self._conversation.readGate
        isFull = gate.isHeldBy(HoldReason.BEHAVIOUR)
        if not isFull and self.pending > MOST_PENDING:
            gate.hold(HoldReason.BEHAVIOUR)
        elif isFull and self.pending <= MOST_PENDING // 2:
            self._conversation.reader.processLater()
            gate.release(HoldReason.BEHAVIOUR)

    # What is sent unasked.

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

    # What is received.

    def receive(self, conversation: Any, payload: bytes, isBinary: bool) -> None:
        self._strategy.receive(conversation, payload, isBinary)
        if self._left:
            self._left -= 1
            if not self._left:
                self._isLast = True
                if self._behaviour.abort:
                    self._awaitReset()
                self._sendDue()

    # The end.

    def _end(self) -> None:
        self.stop()
        behaviour = self._behaviour
        if behaviour.close is not None:
            self._conversation.startClose(behaviour.close, behaviour.reason.encode())
        if behaviour.abort:
            self._awaitReset()

    def _awaitReset(self) -> None:
        # Not now: TLS passes short writes on in the next turn.
        self._later("reset", _CHECK, self._reset, None, _CHECKS)

    def _reset(self, before: object, checks: int) -> None:
        """
        Reset the connection when the peer has read everything, or stopped reading.

        @param before: The unread bytes at the earlier check.

        @param checks: The checks without progress that are left.
        """
        transport = self._conversation.transport
        left = unsent(transport)
        if left != before or self._waits("send"):
            checks = _CHECKS
        if checks and (self._steps or isAwaited(transport)):
            self._later("reset", _CHECK, self._reset, left, checks - 1)
        else:
            self._conversation.hangUp("reset, as asked")

    # Timers.

    def _later(
        self, name: str, delay: float, call: Callable[..., None], *arguments: object
    ) -> None:
        if self._waits(name):
            self._timers[name].reset(delay)
        else:
            self._timers[name] = self._clock.callLater(delay, call, *arguments)

    def _waits(self, name: str) -> bool:
        timer = self._timers.get(name)
        return timer is not None and timer.active()
