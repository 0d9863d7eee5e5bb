"""
C{abort=1}: reset a connection when the peer has read everything, or stopped reading.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IDelayedCall

from echo.server.sockets import deliveryState, hasUndelivered

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

# Seconds between two checks, and the checks without progress after which the connection
# is reset anyway: 5 s, like a close.
_CHECK, _CHECKS = 0.01, 500


@dataclass
class Reset:
    """
    The reset of one conversation.

    @ivar hasEchoes: Whether there are pending echoes.

    @ivar isDelaying: Whether the next one is not due yet.
    """

    conversation: "EchoProtocol"
    hasEchoes: Callable[[], bool]
    isDelaying: Callable[[], bool]
    _timer: IDelayedCall | None = None

    def start(self) -> None:
        # Not now: TLS passes short writes on in the next turn.
        self._checkLater(None, _CHECKS)

    def stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _checkLater(self, left: object, checks: int) -> None:
        clock = self.conversation.factory.reactor
        self._timer = clock.callLater(_CHECK, self._check, left, checks)

    def _check(self, before: object, checks: int) -> None:
        """
        @param before: The unread bytes at the earlier check.

        @param checks: The checks without progress that are left.
        """
        transport = self.conversation.transport
        left = deliveryState(transport)
        if left != before or self.isDelaying():
            checks = _CHECKS
        if checks and (self.hasEchoes() or hasUndelivered(transport)):
            self._checkLater(left, checks - 1)
        else:
            self.conversation.hangUp("reset, as asked")
