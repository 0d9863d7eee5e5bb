"""
What L{echo.engine.client} needs of the reader of an HTTP response.
"""

from collections.abc import Mapping
from typing import Protocol


class ResponseReader(Protocol):
    """
    Reads the response to an upgrade request, and judges it if it is no upgrade.
    """

    def readHead(self, data: bytes) -> tuple[bytes | None, bytes]:
        """
        @return: The complete head or C{None}, and the bytes that remain.
        """

    def refused(
        self, reason: str, statusLine: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        """
        @param reason: The rule that the response breaks.
        """

    def malformed(self) -> None:
        """
        Autobahn cannot parse it.
        """
