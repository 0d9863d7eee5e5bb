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
        Take the messages of one read: at least one. C{readAt} is its time.
        """

    def ended(self, error: EchoClientError) -> None:
        """
        No message follows.
        """


class ConnectionListener(Protocol):
    """
    Follows a connection from its opening to its end. L{Connection
    <echo.client.connection.Connection>} is the usual one.

    C{paused} and C{resumed} are about the transport's write buffer. The protocol has
    answered a ping when it calls C{pinged}. C{lost} is the last call, and the only one
    for a connection that was never opened.
    """

    def opened(self) -> None: ...

    def received(self, messages: Sequence[Message]) -> None: ...

    def pinged(self) -> None: ...

    def ponged(self, payload: bytes) -> None: ...

    def paused(self) -> None: ...

    def resumed(self) -> None: ...

    def lost(self, error: EchoClientError) -> None: ...
