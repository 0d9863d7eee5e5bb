"""
One connection of many: what it sent, and what it waits for.

There may be tens of thousands, so each costs as little as it can: it has no timer,
no task and no closure of its own, and accounts of its messages only once there are
some.
"""

from collections.abc import Callable
from dataclasses import dataclass

from twisted.python.failure import Failure

from echo.client.connection import (
    Connection,
    EchoClientError,
)
from echo.client.goodbye import trapEnd
from echo.client.measure.distribution import Stream
from echo.client.measure.matching import Ledger
from echo.client.measure.plan import Plan
from echo.client.measure.statistics import Statistics


@dataclass(frozen=True)
class Common:
    """
    What all the members of a fleet have in common.

    @ivar plan: What each sends.

    @ivar memory: How many payloads that are no longer waited for each remembers.

    @ivar statistics: How it goes with all of them.

    @ivar resumed: Told that a member, which was kept waiting, can send again.

    @ivar ended: Told that a member is over, why, and how many messages it took
        along.

    @ivar broken: Told what should not have happened.
    """

    plan: Plan
    memory: int
    statistics: Statistics
    resumed: Callable[["Member"], None]
    ended: Callable[["Member", EchoClientError, int], None]
    broken: Callable[[Failure], None]


class Member:
    """
    One open connection.

    @ivar closing: Whether we have begun to close it.
    """

    __slots__ = (
        "_common",
        "_connection",
        "_greeting",
        "_ledger",
        "_over",
        "_sent",
        "_stream",
        "closing",
    )

    def __init__(self, common: Common, connection: Connection) -> None:
        self.closing = False
        self._common = common
        self._connection = connection
        self._greeting = common.plan.greeting
        self._over = False
        self._sent = 0
        self._ledger: Ledger | None = None
        self._stream: Stream | None = None

    @property
    def sends(self) -> bool:
        """
        Whether it has more to send.
        """
        if self.closing or not self._connection.isOpen:
            return False
        return self._sent != self._common.plan.count

    @property
    def waits(self) -> bool:
        """
        Whether something that it sent is still to come back.
        """
        return bool(self._ledger)

    def listen(self) -> None:
        """
        Take what is there, and then whatever comes.
        """
        # A loop, not a chain of callbacks: thousands of messages can be there at
        # once, and each would be a level of recursion.
        while not self._over:
            receiving = self._connection.receive()
            arrived = self._arrived if receiving.called else self._woken
            waiting = not receiving.called
            receiving.addCallbacks(arrived, self._ended)
            receiving.addErrback(self._common.broken)
            if waiting:
                return

    def send(self) -> bool:
        """
        Send the next message.

        @return: Whether there is room for another one; if not, C{resumed} is told
            when there is.
        """
        payloads, connection = self._common.plan.payloads, self._connection
        self._sent += 1
        self._common.statistics.sent += 1
        payload = payloads.payload(self._sent)
        message = payload if payloads.isBinary else payload.decode()
        ledger, _ = self._account()
        seq = ledger.sent(payload, payloads.isBinary, connection.sentAt)
        going = connection.send(message)
        ledger.stamp(seq, connection.sentAt)
        room = going.called
        if not room:
            going.addCallback(self._resumed)
        going.addErrback(trapEnd)
        return room

    def lose(self, before: int | None = None) -> int:
        """
        Give up waiting for what was sent then or earlier; for all, if C{None}.

        @return: For how many.
        """
        if not self._ledger:
            return 0
        lost = self._ledger.lose(before)
        self._common.statistics.gaveUp(lost)
        self._closeIfDone()
        return len(lost)

    def close(self) -> None:
        """
        Say goodbye, unless that is done.
        """
        if not self.closing:
            self.closing = True
            self._connection.close()

    def _account(self) -> tuple[Ledger, Stream]:
        if self._ledger is None or self._stream is None:
            self._ledger = Ledger(self._common.memory)
            self._stream = self._common.statistics.roundTrips.stream()
        return self._ledger, self._stream

    def _woken(self, message: str | bytes) -> None:
        self._arrived(message)
        self.listen()

    def _arrived(self, message: str | bytes) -> None:
        if self._greeting:
            self._greeting -= 1
            return
        now = self._connection.readAt
        # Time is up when it is, and not when somebody looks.
        self.lose(now - int(self._common.plan.timeout * 1e9))
        isBinary = isinstance(message, bytes)
        payload = message if isinstance(message, bytes) else message.encode()
        ledger, stream = self._account()
        echo = ledger.arrived(payload, isBinary, now)
        self._common.statistics.arrived(echo, stream)
        self._closeIfDone()

    def _closeIfDone(self) -> None:
        done = self._sent == self._common.plan.count and not self._ledger
        if done and not self._over:  # a peer that closed first did not wait for this
            self.close()

    def _resumed(self, _: None) -> None:
        if self.sends:
            self._common.resumed(self)

    def _ended(self, failure: Failure) -> None:
        error = failure.value
        assert isinstance(error, EchoClientError)  # noqa: S101  (nothing else ends it)
        self._over = True
        self._common.ended(self, error, self.lose())
