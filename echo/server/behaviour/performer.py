"""
A peer that asked for it is answered late, twice, in pieces or not at all.

L{Behaviour} says what is asked for; this does it, to one conversation. Nothing here
runs for a peer that asked for nothing.
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
from echo.server.sockets import isAwaited, unsent

# Bytes held back above which nothing more is read, so that a delay costs no more
# memory than a peer that does not read; and what a message costs beside its own.
_ENOUGH = 2**20
_OVERHEAD = 512

# Frames that are sent before other conversations have their turn.
_TURN = 64

# Seconds between two looks at whether the peer has all that was sent to it, and how
# many of them a reset is put off for if it takes nothing: as long as a close may last.
_LOOK, _LOOKS = 0.01, 500

_TEXT, _BINARY, _CONTINUATION = 1, 2, 0


@dataclass
class _Step:
    """
    One message that is to be sent in its turn.

    @ivar due: When, at the earliest.

    @ivar cost: Bytes that it holds until it is sent.

    @ivar frames: Sends one frame whenever it is asked for the next.

    @ivar begun: Whether some of them are sent.
    """

    due: float
    cost: int
    frames: Iterator[None]
    begun: bool = False


class Performer:
    """
    Stands in the places of some of a conversation's methods: C{sendMessage},
    C{onPing} and so on.

    @ivar pending: How many bytes, about, wait for their time.
    """

    def __init__(self, protocol: Any, behaviour: Behaviour, clock: Any) -> None:
        """
        @param protocol: An open
            L{EchoProtocol<echo.server.conversation.protocol.EchoProtocol>}.

        @param clock: The reactor.
        """
        self._protocol = protocol
        self._behaviour = behaviour
        self._clock = clock
        self._chance = Chance(behaviour)
        self._steps: deque[_Step] = deque()
        self._timers: dict[str, IDelayedCall] = {}
        self._tickers: list[Ticker] = []
        self._reading: Throttle | None = None
        self._full = self._ticking = self._inLine = False
        self._hurried = self._last = self._ended = False
        self._ticks = self._pings = 0
        self._left = behaviour.afterMessages
        self.pending = 0

        # A service that overrides sendMessage sees whole messages.
        own, stock = type(protocol).sendMessage, protocol.factory.stock.sendMessage
        self._seesMessages = own is not stock
        self._send = protocol.sendMessage
        protocol.sendMessage = self.sendMessage
        self._sendCloseFrame = protocol.sendCloseFrame
        protocol.sendCloseFrame = self.sendCloseFrame
        self._resumeProducing = protocol.resumeProducing
        protocol.resumeProducing = self.resumeProducing
        if behaviour.nopong:
            protocol.sendPong = _ignore
        if behaviour.slow:
            self._reading = Throttle(protocol, behaviour.slow, clock)
        for interval, say in (behaviour.tick, self._tick), (behaviour.ping, self._ping):
            if interval:
                fairness = protocol.factory.fairness
                self._tickers.append(Ticker(clock, fairness, interval, say))
        if behaviour.close is not None or behaviour.abort:
            if behaviour.afterMessages:
                self._onMessage = protocol.onMessage
                protocol.onMessage = self.onMessage
            elif behaviour.afterTime:
                self._later("end", behaviour.afterTime, self._end)
            else:
                self._end()

    def stop(self) -> None:
        """
        Do nothing any more, and forget what was to be sent.
        """
        self._ended = True
        self._steps.clear()
        self._account(-self.pending)
        for timer in self._timers.values():
            if timer.active():
                timer.cancel()
        for ticker in self._tickers:
            ticker.stop()
        if self._reading is not None:
            self._reading.end()

    def hurry(self) -> None:
        """
        The daemon is going away: hold nothing back any longer.
        """
        self._hurried = True
        if self._waits("pump"):
            self._timers["pump"].cancel()
        for ticker in self._tickers:
            ticker.stop()
        if self._reading is not None:
            self._reading.endNow()
        self._pumpInTurn()

    # What goes out.

    def sendMessage(
        self, payload: bytes, isBinary: bool = False, **options: Any
    ) -> None:
        """
        There is an answer: send it when, as often and in the pieces it was asked for.
        """
        if not isinstance(payload, bytes):
            # Autobahn would find out, but perhaps when nobody is there to be told.
            raise TypeError(f"an answer is bytes, and not {type(payload).__name__}")
        copies, delay = self._chance.copies(), self._chance.delay()
        if copies and not (self._behaviour.mute or self._last or self._ended):
            # No answer overtakes another: it waits for those ahead of it, too.
            due = self._clock.seconds() + delay
            frames = self._copies(payload, isBinary, copies)
            step = _Step(due, len(payload) + _OVERHEAD, frames)
            self._steps.append(step)
            self._account(step.cost)
            if not self._inLine and not self._waits("pump"):
                self._pump()

    def resumeProducing(self) -> None:
        """
        The peer has taken what was sent to it: send more.
        """
        self._resumeProducing()
        self._pumpInTurn()

    def _copies(self, payload: bytes, isBinary: bool, copies: int) -> Iterator[None]:
        for _ in range(copies):
            yield from self._frames(payload, isBinary)

    def _frames(self, payload: bytes, isBinary: bool) -> Iterator[None]:
        size = self._behaviour.fragment
        options: dict[str, Any] = {}
        if size:
            options["doNotCompress"] = True  # compressed, it could be longer
        if size and self._seesMessages:
            options["fragmentSize"] = size
        elif size and len(payload) > size:
            yield from self._fragments(payload, isBinary, size)
            return
        self._send(payload, isBinary, **options)
        yield

    def _fragments(self, payload: bytes, isBinary: bool, size: int) -> Iterator[None]:
        # Autobahn would send all of them at once, and an empty one behind the last
        # if that is full (WebSocketProtocol.sendMessage).
        protocol = self._protocol
        for start in range(0, len(payload), size):
            last = start + size >= len(payload)
            protocol.sendFrame(
                opcode=_CONTINUATION if start else _BINARY if isBinary else _TEXT,
                payload=payload[start : start + size],
                fin=last,
            )
            if last:
                protocol.trafficStats.outgoingWebSocketMessages += 1
                protocol.trafficStats.outgoingOctetsAppLevel += len(payload)
                protocol.factory.counters.sent(len(payload), isBinary)
            yield

    def _pump(self) -> None:
        """
        Send what is due, for as long as the peer takes it, and not all at once.
        """
        protocol = self._protocol
        fairness = protocol.factory.fairness
        end = fairness.seconds() + fairness.slice
        for _ in range(_TURN):
            if self._ended or protocol.paused or protocol.state != protocol.STATE_OPEN:
                return
            if not self._steps:
                if self._last:
                    self._end()
                return
            step = self._steps[0]
            wait = step.due - self._clock.seconds()
            if wait > 0 and not self._hurried:
                self._later("pump", wait, self._pumpInTurn)
                return
            step.begun = True
            if next(step.frames, self) is self:  # there is none left
                self._steps.popleft()
                self._account(-step.cost)
            if fairness.seconds() >= end:
                break
        self._pumpInTurn()

    def _pumpInTurn(self) -> None:
        """
        Send more when it is our turn.
        """
        if not self._inLine:
            self._inLine = True
            self._protocol.factory.fairness.enqueue(self._takeTurn)

    def _takeTurn(self) -> None:
        self._inLine = False
        self._protocol.factory.fairness.charge(self._pump)

    def _account(self, cost: int) -> None:
        """
        Keep what is held back within bounds.
        """
        self.pending += cost
        if not self._full and self.pending > _ENOUGH:
            self._full = True
            self._protocol.hold()
            # What was read already could be ten thousand messages more.
            self._protocol.processData = _notNow
        elif self._full and self.pending <= _ENOUGH // 2:
            self._full = False
            del self._protocol.processData
            self._protocol.goOnLater()
            self._protocol.release()

    # What goes out unasked.

    def _tick(self) -> None:
        self._ticks += 1
        if self._ticking:
            return  # the peer has not taken the one before; it will see a gap
        self._ticking = True
        time = datetime.fromtimestamp(self._clock.seconds(), UTC)
        text = json.dumps(
            {
                "tick": self._ticks,
                "time": time.isoformat(timespec="milliseconds")[:23] + "Z",
            }
        )
        # Ahead of echoes that have to wait, but not in the midst of one.
        behind = bool(self._steps) and self._steps[0].begun
        step = _Step(0.0, _OVERHEAD, self._pushed(text.encode("ascii")))
        self._steps.insert(behind, step)
        self._account(step.cost)
        self._pump()

    def _pushed(self, text: bytes) -> Iterator[None]:
        yield from self._frames(text, False)
        self._ticking = False

    def _ping(self) -> None:
        self._pings += 1
        if not self._protocol.paused:
            self._protocol.sendPing(str(self._pings).encode("ascii"))

    # What comes in.

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """
        Count down to the last message, and have the end follow its echo.
        """
        self._onMessage(payload, isBinary)
        self._left -= 1
        if not self._left:
            self._last = True
            if self._behaviour.abort:
                self._awaitReset()
            self._pump()

    # The end.

    def sendCloseFrame(self, *arguments: Any, **options: Any) -> None:
        """
        Somebody ends it: hold nothing back, or the peer's answer would be, too.
        """
        self.stop()
        self._sendCloseFrame(*arguments, **options)

    def _end(self) -> None:
        self.stop()
        asked = self._behaviour
        if asked.close is not None:
            self._protocol.sendCloseFrame(asked.close, asked.reason.encode())
        if asked.abort:
            self._awaitReset()

    def _awaitReset(self) -> None:
        # Not yet: TLS passes what is small on in the next turn only.
        self._later("reset", _LOOK, self._reset, None, _LOOKS)

    def _reset(self, before: object, looks: int) -> None:
        """
        Reset the connection, but not under what the peer is still taking.

        @param before: What it had to take at the last look.

        @param looks: How many more there are, if it takes nothing.
        """
        transport = self._protocol.transport
        left = unsent(transport)
        if left != before or self._waits("pump"):
            looks = _LOOKS
        if looks and (self._steps or isAwaited(transport)):
            self._later("reset", _LOOK, self._reset, left, looks - 1)
        else:
            self._protocol.hangUp("reset, as asked")

    # The clock.

    def _later(
        self, what: str, delay: float, call: Callable[..., None], *arguments: object
    ) -> None:
        if self._waits(what):
            self._timers[what].reset(delay)
        else:
            self._timers[what] = self._clock.callLater(delay, call, *arguments)

    def _waits(self, what: str) -> bool:
        timer = self._timers.get(what)
        return timer is not None and timer.active()


def _notNow() -> bool:
    """
    Leave what was read where it is.
    """
    return False


def _ignore(_payload: bytes) -> None:
    """
    Let a ping go unanswered.
    """
