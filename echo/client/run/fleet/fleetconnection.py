"""
One connection of a fleet.
"""

from collections.abc import Sequence
from typing import Protocol

from twisted.python.failure import Failure

from echo.client.connection import Connection
from echo.client.errors import EchoClientError, ignoreEnd
from echo.client.interfaces import Message
from echo.client.run.sender import Measurement, Sender


class FleetConnectionOwner(Protocol):
    """
    The fleet of a connection. C{cutOff} messages were cut off by the close of the
    connection. C{broken} reports a bug.
    """

    def resumed(self, connection: "FleetConnection") -> None: ...

    def ended(
        self, connection: "FleetConnection", error: EchoClientError, cutOff: int
    ) -> None: ...

    def broken(self, failure: Failure) -> None: ...


class FleetConnection:
    """
    Sends when it is told to, and closes when all its messages are answered or lost.

    A fleet may have tens of thousands of them. So it has slots, and no timer, task or
    closure of its own.

    @ivar sending: Whether the schedule includes the connection.

    @ivar closing: Whether we close it, or have closed it. C{over}: it is closed.
    """

    __slots__ = (
        "_connection",
        "_number",
        "_owner",
        "_plan",
        "_sender",
        "closing",
        "over",
        "sending",
    )

    def __init__(
        self,
        owner: FleetConnectionOwner,
        measurement: Measurement,
        connection: Connection,
        number: int,
    ) -> None:
        self.sending = True
        self.closing = False
        self.over = False
        self._owner = owner
        self._plan = measurement.plan
        self._connection = connection
        self._number = number
        self._sender = Sender(measurement, number)
        self._sender.use(connection)

    @property
    def allSent(self) -> bool:
        return self._sender.sent == self._plan.count

    @property
    def canSend(self) -> bool:
        """
        Whether it is open and has messages left to send.
        """
        if self.closing or self._sender.sent == self._plan.count:
            return False
        return self._connection.isOpen

    @property
    def left(self) -> int | None:
        return self._sender.left

    @property
    def waits(self) -> bool:
        return bool(self._sender.matcher)

    def listen(self) -> None:
        self._connection.deliver(self)

    def send(self, due: int | None, now: int) -> bool:
        """
        Send the next message.

        @return: Whether the transport takes more messages. If not, the owner is told
            when it does.
        """
        sender = self._sender
        payload = self._plan.payloads.payload(sender.sent + 1, self._number)
        isWritable = sender.send((payload,), (due,), now)
        if not isWritable:
            self._connection.whenWritable().addCallbacks(self._resumed, ignoreEnd)
        return isWritable

    def lose(self, before: int) -> None:
        if self._sender.matcher:
            self._sender.lose(before)
            self._closeIfDone()

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            self._connection.close()

    def _closeIfDone(self) -> None:
        if self._sender.sent == self._plan.count and not self._sender.matcher:
            self.close()

    def _resumed(self, _: None) -> None:
        self._owner.resumed(self)

    # What the connection calls

    def received(self, messages: Sequence[Message]) -> None:
        sender, now = self._sender, self._connection.protocol.readAt
        try:
            if sender.greeting is not None:
                messages = sender.greeting.strip(messages, sender.matcher)
            # The fleet looks for lost messages at intervals. An echo that arrives
            # between its time-out and that is late all the same.
            before = now - int(self._plan.timeout * 1e9)
            oldest = sender.matcher.oldest()
            if oldest is not None and oldest <= before:
                self.lose(before)
            sender.received(messages, now)
            self._closeIfDone()
        except Exception:  # noqa: BLE001  (it fails the run)
            self._owner.broken(Failure())

    def ended(self, error: EchoClientError) -> None:
        self.over = True
        _, cutOff = self._sender.ended(byPeer=not self.closing)
        self._owner.ended(self, error, cutOff)
