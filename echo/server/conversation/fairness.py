"""
Turns: however much there is to read from some peers, others are not forgotten.

Autobahn goes through all that a read has brought, and Twisted through all sockets
that have something, before anything else has a chance: with a few dozen peers that
send as fast as they can, that is seconds. Whoever asks for the health of the daemon,
or only arrives, should not have to wait for it.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from autobahn.websocket.protocol import WebSocketProtocol


class Turns:
    """
    How long conversations may keep the reactor busy, all of them together.

    A turn can take much longer than that: there are messages that take a tenth of a
    second to inflate, and nothing interrupts that. Whoever has come meanwhile is let in
    before the next: to be accepted, and to be read, is a look of the reactor each.

    @cvar length: Seconds, from one look of the reactor at its sockets to the next.

    @cvar tooLong: Seconds after which a turn is followed by a

    @cvar pause: of so many.

    @ivar left: How many seconds of L{length} are left.
    """

    length = 0.005
    tooLong = 0.02
    pause = 0.001

    def __init__(self, clock: Any) -> None:
        """
        @param clock: The reactor.
        """
        self._clock = clock
        self._waiting: deque[Callable[[], None]] = deque()
        self._isScheduled = False
        self.seconds: Callable[[], float] = clock.seconds
        self.left = self.length

    def wait(self, goOn: Callable[[], None]) -> None:
        """
        Take the next turn.

        @param goOn: Called then, after those who waited before.
        """
        self._waiting.append(goOn)
        self._schedule()

    def count(self, work: Callable[[], None]) -> None:
        """
        Do something, and count the time that it takes.
        """
        began = self.seconds()
        try:
            work()
        finally:
            self.left -= self.seconds() - began

    def _schedule(self) -> None:
        if self._waiting and not self._isScheduled:
            self._isScheduled = True
            isLate = self.left < self.length - self.tooLong
            self._clock.callLater(self.pause if isLate else 0, self._begin)

    def _begin(self) -> None:
        self.left = self.length
        try:
            for _ in range(len(self._waiting)):
                if self.left <= 0:
                    break
                self._waiting.popleft()()
        finally:
            self._isScheduled = False
            self._schedule()


class TakesTurns:
    """
    Mixed into an Autobahn server protocol, in front of it and of
    L{Liveness<echo.server.conversation.keepalive.Liveness>}.

    @ivar waiting: Whether there is something read that waits for its turn.
    """

    STATE_CLOSED: int
    factory: Any
    failReading: Callable[[], None]
    hold: Callable[[], None]
    release: Callable[[], None]
    processData: Callable[[], bool]
    state: int
    transport: Any
    waiting = False

    _OPEN = (WebSocketProtocol.STATE_OPEN, WebSocketProtocol.STATE_CLOSING)
    _dataReceived: Callable[[bytes], None]

    def dataReceived(self, data: bytes) -> None:
        """
        Something was read. Autobahn would put into words that it was, each time, for
        a log that is off.
        """
        try:
            self._dataReceived(data)
        except Exception:  # noqa: BLE001  a service's mistake ends one conversation
            self.failReading()

    def consumeData(self) -> None:
        """
        Go through what was read, as far as it goes.
        """
        if self.state not in self._OPEN:
            super().consumeData()  # type: ignore[misc]  # Autobahn's, behind this mixin
        elif not self.waiting and not self._work():
            self.goOnLater()

    def goOnLater(self) -> None:
        """
        Go through the rest when it is our turn.
        """
        if not self.waiting:
            self.waiting = True
            self.hold()
            self.factory.turns.wait(self._goOn)

    def _work(self) -> bool:
        """
        @return: Whether that was all.
        """
        try:
            return self._goThrough()
        except Exception:  # noqa: BLE001  a service's mistake ends one conversation
            self.failReading()
            return self.state == self.STATE_CLOSED

    def _goThrough(self) -> bool:
        turns: Turns = self.factory.turns
        seconds = turns.seconds
        now = began = seconds()
        end = began + turns.left
        while now < end:
            if not self.processData() or self.state == self.STATE_CLOSED:
                turns.left -= seconds() - began
                return True
            now = seconds()
        turns.left -= now - began
        return False

    def _goOn(self) -> None:
        if self._work():
            self.waiting = False
            self.release()
        else:
            self.factory.turns.wait(self._goOn)
