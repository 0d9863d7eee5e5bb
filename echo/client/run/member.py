"""
One connection of many: what it sent, and what it waits for.

There may be tens of thousands, so each costs as little as it can: it has no timer,
no task and no closure of its own, and accounts of its messages only once there are
some.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twisted.python.failure import Failure

from echo.client.connection import Connection
from echo.client.errors import EchoClientError, ignoreEnd
from echo.client.interfaces import Message
from echo.client.measure.greeting import Greeting
from echo.client.measure.matching import EchoMatcher
from echo.client.measure.roundtrips import Stream
from echo.client.measure.statistics import Statistics
from echo.client.traffic.plan import Plan


@dataclass(frozen=True)
class Common:
    """
    What all the members of a fleet have in common.

    @ivar plan: What each sends.

    @ivar memory: How many payloads that are no longer waited for each remembers.

    @ivar statistics: How it goes with all of them.

    @ivar resumed: Told that a member, which was kept waiting, can send again.

    @ivar ended: Told that a member is over, why, and how many messages that cut off.

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

    @ivar sending: Whether it has its turns.
    """

    __slots__ = (
        "_common",
        "_connection",
        "_greeting",
        "_matcher",
        "_number",
        "_over",
        "_sent",
        "_stream",
        "closing",
        "sending",
    )

    def __init__(self, common: Common, connection: Connection, number: int) -> None:
        """
        @param number: Of the connection; the first one is 1.
        """
        self.closing = False
        self.sending = True
        self._common = common
        self._connection = connection
        self._number = number
        self._greeting: Greeting | None = None
        if common.plan.greeting:
            self._greeting = Greeting(common.plan.greeting, common.statistics)
        self._over = False
        self._sent = 0
        self._matcher: EchoMatcher | None = None
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
    def left(self) -> int | None:
        """
        How many messages are left to send; C{None} for no end.
        """
        count = self._common.plan.count
        return None if count is None else count - self._sent

    @property
    def waits(self) -> bool:
        """
        Whether something that it sent is still to come back.
        """
        return bool(self._matcher)

    def listen(self) -> None:
        """
        Take what is there, and then whatever comes.
        """
        self._connection.deliver(self)

    def send(self, late: int | None) -> bool:
        """
        Send the next message.

        @param late: For how long it has been due, in nanoseconds; C{None} if it had no
            due time.

        @return: Whether there is room for another one; if not, C{resumed} is told
            when there is.
        """
        payloads, connection = self._common.plan.payloads, self._connection
        self._sent += 1
        self._common.statistics.sent += 1
        payload = payloads.payload(self._sent, self._number)
        matcher, _ = self._account()
        seq = matcher.sent(payload, payloads.isBinary, connection.sentAt)
        room = connection.sendAll((payload,), payloads.isBinary)
        matcher.stamp(seq, connection.sentAt, late)
        if not room:
            connection.whenWritable().addCallbacks(self._resumed, ignoreEnd)
        return room

    def lose(self, before: int | None = None) -> None:
        """
        Give up waiting for what was sent then or earlier; for all, if C{None}.
        """
        if self._matcher:
            self._common.statistics.gaveUp(self._matcher.lose(before))
            self._closeIfDone()

    def close(self) -> None:
        """
        Say goodbye, unless that is done.
        """
        if not self.closing:
            self.closing = True
            self._connection.close()

    def _account(self) -> tuple[EchoMatcher, Stream]:
        if self._matcher is None or self._stream is None:
            self._matcher = EchoMatcher(self._common.memory, self._isForeign)
            self._stream = self._common.statistics.roundTrips.stream()
        return self._matcher, self._stream

    def _isForeign(self, payload: bytes) -> bool:
        return self._common.plan.payloads.isForeign(payload, self._number)

    def _closeIfDone(self) -> None:
        done = self._sent == self._common.plan.count and not self._matcher
        if done and not self._over:  # a peer that closed first did not wait for this
            self.close()

    def _resumed(self, _: None) -> None:
        self._common.resumed(self)

    # What the connection tells

    def received(self, messages: Sequence[Message]) -> None:
        """
        Match messages with those that were sent.
        """
        try:
            self._match(messages)
        except Exception:  # noqa: BLE001  (it ends the run, and is raised there)
            self._common.broken(Failure())

    def _match(self, messages: Sequence[Message]) -> None:
        matcher, stream = self._account()
        if self._greeting is not None:
            messages = self._greeting.strip(messages, matcher)
        now = self._connection.readAt
        # Time is up when it is, and not when somebody looks.
        before, oldest = now - int(self._common.plan.timeout * 1e9), matcher.oldest()
        if oldest is not None and oldest <= before:
            self.lose(before)
        statistics = self._common.statistics
        for payload, isBinary in messages:
            statistics.arrived(matcher.arrived(payload, isBinary, now), stream)
        self._closeIfDone()

    def ended(self, error: EchoClientError) -> None:
        """
        The connection is gone.
        """
        self._over = True
        if self._greeting is not None and self.closing:
            self._greeting.end()
        cutOff = self._matcher.cutOff if self._matcher else 0
        self.lose()
        self._common.ended(self, error, cutOff)
