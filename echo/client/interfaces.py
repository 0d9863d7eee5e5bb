"""
What a connection calls: the L{MessageConsumer} of its user, and the
L{ConnectionListener} of its protocol.
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
        One read brought messages. The connection's C{readAt} is the time of this read.

        @param messages: At least one, in the order of their arrival.
        """

    def ended(self, error: EchoClientError) -> None:
        """
        The connection ended after the last message.
        """


class ConnectionListener(Protocol):
    """
    Follows a connection from its opening to its end. L{Connection
    <echo.client.connection.Connection>} is the usual one.
    """

    def opened(self) -> None:
        """
        The server accepted the upgrade.
        """

    def received(self, messages: Sequence[Message]) -> None:
        """
        Messages arrived in one read.
        """

    def pinged(self) -> None:
        """
        A ping arrived. The protocol answers it.
        """

    def ponged(self, payload: bytes) -> None:
        """
        A pong arrived.
        """

    def paused(self) -> None:
        """
        The transport's write buffer is full.
        """

    def resumed(self) -> None:
        """
        The transport's write buffer has room again.
        """

    def lost(self, error: EchoClientError) -> None:
        """
        The transport is closed. If L{opened} was not called before, it never is.
        """
