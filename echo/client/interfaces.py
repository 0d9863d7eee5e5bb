"""
What a connection tells about itself.
"""

from collections.abc import Sequence
from typing import Protocol

from echo.client.errors import EchoClientError

#: A message as it came: its payload, and whether it is binary.
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
        No more messages will come.

        @param error: Why.
        """


class ConnectionListener(Protocol):
    """
    Who is told what becomes of a connection.
    """

    def opened(self) -> None:
        """
        The handshake is done.
        """

    def received(self, messages: Sequence[Message]) -> None:
        """
        Messages came, in one read.
        """

    def pinged(self) -> None:
        """
        A ping came. It is answered without the listener.
        """

    def ponged(self, payload: bytes) -> None:
        """
        A pong came.
        """

    def paused(self) -> None:
        """
        The transport has enough to send for now.
        """

    def resumed(self) -> None:
        """
        The transport takes more.
        """

    def lost(self, error: EchoClientError) -> None:
        """
        The transport is gone; if L{opened} has not been called, it never will be.

        @param error: Why.
        """
