"""
The messages that a server sends on a connection before its first echo.
"""

from collections.abc import Sequence

from echo.client.interfaces import Message
from echo.client.measure.matching import EchoMatcher
from echo.client.measure.statistics import Statistics


class Greeting:
    """
    Discards the greeting of one connection, and counts what is missing of it.
    """

    def __init__(self, count: int, statistics: Statistics) -> None:
        """
        @param count: How many messages the greeting has.

        @param statistics: Where missing ones are counted.
        """
        self._left = count
        self._statistics = statistics

    def strip(
        self, messages: Sequence[Message], matcher: EchoMatcher
    ) -> Sequence[Message]:
        """
        @param matcher: Has the messages that were sent: an echo is no greeting.

        @return: The messages that came, without those of the greeting.
        """
        for index, (payload, _) in enumerate(messages):
            if self._left and matcher.awaits(payload):
                self.end()
            if not self._left:
                return messages[index:]
            self._left -= 1
        return ()

    def end(self) -> None:
        """
        No greeting comes any more.
        """
        self._statistics.ungreeted += self._left
        self._left = 0
