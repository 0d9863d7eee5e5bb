"""
What a connection tells about itself.
"""

from typing import Protocol

from echo.client.errors import EchoClientError


class Listener(Protocol):
    """
    Who is told what becomes of a connection.
    """

    def opened(self) -> None:
        """
        The handshake is done.
        """

    def received(self, payload: bytes, isBinary: bool) -> None:
        """
        A message came.
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
