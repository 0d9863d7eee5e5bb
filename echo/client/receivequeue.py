"""
Messages that came, and those who wait for messages.

No sockets here: whether to read on is told to a callable.
"""

from collections import deque
from collections.abc import Callable

from twisted.internet.defer import Deferred, fail, succeed

#: Bytes of messages that may wait to be received before reading pauses.
QUEUE_LIMIT = 2**20

#: Bytes that a message counts beside its payload: a flood of empty ones fills memory
#: too.
OVERHEAD = 64


class ReceiveQueue:
    """
    A queue of bounded size.
    """

    def __init__(self, setReading: Callable[[bool], None]) -> None:
        """
        @param setReading: Called with C{False} when there is no more room, and
            with C{True} when there is again.
        """
        self._setReading = setReading
        self._reading = True
        self._final = False
        self._queued = 0
        self._messages: deque[str | bytes] = deque()
        self._receivers: deque[Deferred[str | bytes]] = deque()
        self._end: Exception | None = None

    def put(self, message: str | bytes) -> None:
        """
        Hand a message to who waits longest, or keep it.
        """
        if self._receivers:
            self._receivers.popleft().callback(message)
            return
        if self._queued > QUEUE_LIMIT:
            if self._final:
                return
            self._read(False)
        self._queued += len(message) + OVERHEAD
        self._messages.append(message)

    def take(self) -> Deferred[str | bytes]:
        """
        @return: The next message; it fails when there will be none. Cancelling it
            loses no message.
        """
        if self._messages:
            message = self._messages.popleft()
            self._queued -= len(message) + OVERHEAD
            if self._queued <= QUEUE_LIMIT // 2:
                self._read(True)
            return succeed(message)
        if self._end is not None:
            return fail(self._end)
        receiver: Deferred[str | bytes] = Deferred(self._receivers.remove)
        self._receivers.append(receiver)
        return receiver

    def drain(self) -> list[str | bytes]:
        """
        @return: The messages that nobody has taken yet.
        """
        messages = list(self._messages)
        self._messages.clear()
        self._queued = 0
        self._read(True)
        return messages

    def readOn(self) -> None:
        """
        Never pause again, and drop what there is no room for.
        """
        self._final = True
        self._read(True)

    def end(self, error: Exception) -> None:
        """
        There will be no more messages.

        @param error: What to tell those who wait, and who comes later.
        """
        self._end = error
        self._reading = True  # there is nothing left that could be paused
        receivers, self._receivers = self._receivers, deque()
        for receiver in receivers:
            receiver.errback(error)

    def _read(self, wanted: bool) -> None:
        if wanted != self._reading:
            self._reading = wanted
            self._setReading(wanted)
