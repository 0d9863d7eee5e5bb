"""
The messages that a server sends on a connection before its first echo.
"""

from collections.abc import Sequence

from echo.client.interfaces import Message
from echo.client.measure.matching import EchoMatcher
from echo.client.measure.statistics import Statistics


class Greeting:
    """
    Discards the greeting of one connection, and counts its missing messages.
    """

    def __init__(self, count: int, statistics: Statistics) -> None:
        """
        @param count: Number of messages of the greeting.

        @param statistics: Counts the missing messages.
        """
        self._left = count
        self._statistics = statistics

    def strip(
        self, messages: Sequence[Message], matcher: EchoMatcher
    ) -> Sequence[Message]:
        """
        @param matcher: Knows the sent messages: an echo is not part of the greeting.

        @return: The arrived messages, without the greeting.
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
        Count the messages of the greeting that did not arrive.
        """
        self._statistics.ungreeted += self._left
        self._left = 0
