"""
The control pings of one connection that wait for their pongs.
"""

from twisted.internet.defer import Deferred

#: Random bytes of a payload. A peer cannot guess them, so a pong with the same payload
#: answers this very ping.
PAYLOAD_LENGTH = 8


class PendingPings:
    """
    Matches pongs to pings by their payloads.
    """

    def __init__(self) -> None:
        self._waiting: dict[bytes, tuple[Deferred[int], int]] = {}

    def add(self, payload: bytes, sentAt: int) -> Deferred[int]:
        """
        @return: The nanoseconds to the pong. Cancelling it forgets the ping.
        """
        pong: Deferred[int] = Deferred(lambda _: self._forget(payload))
        self._waiting[payload] = pong, sentAt
        return pong

    def _forget(self, payload: bytes) -> None:
        del self._waiting[payload]

    def answer(self, payload: bytes, at: int) -> None:
        """
        Match a pong to its ping. A pong without a ping is ignored.
        """
        if payload in self._waiting:
            pong, sentAt = self._waiting.pop(payload)
            pong.callback(at - sentAt)

    def end(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, {}
        for pong, _ in waiting.values():
            pong.errback(error)
