"""
The messages that a server sends on a connection before its first echo.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from echo.client.interfaces import Message
from echo.client.measure.matching import EchoMatcher
from echo.client.measure.statistics import Statistics


@dataclass
class Greeting:
    """
    Discards the greeting of one connection, and counts its missing messages.

    @ivar left: Messages of the greeting that have not arrived yet.

    @ivar statistics: Counts the missing messages.
    """

    left: int
    statistics: Statistics

    def strip(
        self, messages: Sequence[Message], matcher: EchoMatcher
    ) -> Sequence[Message]:
        """
        @param matcher: Knows the sent messages: an echo is not part of the greeting.

        @return: The messages without the greeting.
        """
        for index, (payload, _) in enumerate(messages):
            if self.left and matcher.awaits(payload):
                self.end()
            if not self.left:
                return messages[index:]
            self.left -= 1
        return ()

    def end(self) -> None:
        """
        Count the messages of the greeting that did not arrive.
        """
        self.statistics.ungreeted += self.left
        self.left = 0
