"""
The messages of one connection that arrived before a call of C{receive}.

It knows no sockets: a callable pauses and resumes reading.
"""

from collections import deque
from collections.abc import Callable

from twisted.internet.defer import Deferred, fail, succeed

#: Bytes of messages in the queue above which reading pauses.
QUEUE_LIMIT = 2**20

#: Bytes that a message counts beside its payload: a flood of empty messages fills
#: memory too.
OVERHEAD = 64


class ReceiveQueue:
    """
    A bounded queue of messages, or of receivers that wait for messages.
    """

    def __init__(self, setReading: Callable[[bool], None]) -> None:
        """
        @param setReading: Called with C{False} when the queue is full, and with C{True}
            when it is half empty.
        """
        self._setReading = setReading
        self._reading = True
        self._final = False
        self._queued = 0
        self._messages: deque[str | bytes] = deque()
        self._receivers: deque[Deferred[str | bytes]] = deque()
        self._end: Exception | None = None

    def put(self, message: str | bytes) -> None:
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
        @return: The next message. It fails after the last one. Cancelling it loses no
            message.
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
        messages = list(self._messages)
        self._messages.clear()
        self._queued = 0
        self._read(True)
        return messages

    def readOn(self) -> None:
        """
        Do not pause reading any more. A full queue drops messages.
        """
        self._final = True
        self._read(True)

    def end(self, error: Exception) -> None:
        """
        Fail all receivers that wait, and all later ones after the last message.
        """
        self._end = error
        self._reading = True  # the transport is closed: nothing can pause or resume it
        receivers, self._receivers = self._receivers, deque()
        for receiver in receivers:
            receiver.errback(error)

    def _read(self, isReading: bool) -> None:
        if isReading != self._reading:
            self._reading = isReading
            self._setReading(isReading)
