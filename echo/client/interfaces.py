"""
Messages, and their consumer.
"""

from collections.abc import Sequence
from typing import Protocol

from echo.client.errors import EchoClientError

#: A message: its payload, and whether it is binary.
Message = tuple[bytes, bool]


class MessageConsumer(Protocol):
    """
    Takes all messages of a connection: see L{Connection.deliver
    <echo.client.connection.Connection.deliver>}.
    """

    def received(self, messages: Sequence[Message]) -> None:
        """
        Take the messages of one read: at least one. C{readAt} is its time.
        """

    def ended(self, error: EchoClientError) -> None:
        """
        No message follows.
        """
