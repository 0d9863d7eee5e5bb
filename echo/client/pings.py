"""
Control pings that wait for their pongs.
"""

import os
from collections.abc import Callable

from twisted.internet.defer import Deferred

# Nobody guesses so much: a pong with it is a pong to the ping that had it.
_LENGTH = 8


class PendingPings:
    """
    The pings of one connection.
    """

    def __init__(self) -> None:
        self._waiting: dict[bytes, tuple[Deferred[int], int]] = {}

    def send(self, ping: Callable[[bytes], int]) -> Deferred[int]:
        """
        @param ping: Sends a ping with a payload, and tells when.

        @return: The nanoseconds to its pong. Cancelling it forgets it.
        """
        payload = os.urandom(_LENGTH)
        pong: Deferred[int] = Deferred(lambda _: self._forget(payload))
        self._waiting[payload] = pong, ping(payload)
        return pong

    def _forget(self, payload: bytes) -> None:
        del self._waiting[payload]

    def answer(self, payload: bytes, at: int) -> None:
        """
        A pong came. One that nobody waits for is none.

        @param at: When.
        """
        if payload in self._waiting:
            pong, sentAt = self._waiting.pop(payload)
            pong.callback(at - sentAt)

    def end(self, error: Exception) -> None:
        """
        There will be no more pongs.

        @param error: What to tell those who wait.
        """
        waiting, self._waiting = self._waiting, {}
        for pong, _ in waiting.values():
            pong.errback(error)
