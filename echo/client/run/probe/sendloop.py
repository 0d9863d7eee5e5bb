"""
Sends the messages of a probe when they are due.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from echo.client.connection import Connection
from echo.client.errors import EchoClientError
from echo.client.run.pinging import Pinger
from echo.client.run.probe.duetimes import DueTimes
from echo.client.run.probe.lines import LineFeed
from echo.client.run.sender import Sender
from echo.client.traffic.plan import Plan

# Most messages in one turn of the reactor, so that echoes are read in between; and most
# bytes of messages that are sent together, so that they take little memory.
_BATCH = 32
_BATCH_BYTES = 2**16


@dataclass
class SendLoop:
    """
    Sends over one connection after another.

    @ivar lines: Messages to send instead of the plan's payloads.

    @ivar wrote: Called after each write. C{noLine}: called when there is no line to
        send.

    @ivar isWritable: Whether the transport takes more messages.
    """

    plan: Plan
    sender: Sender
    dues: DueTimes
    timing: IReactorTime
    lines: LineFeed | None
    pinger: Pinger | None
    wrote: Callable[[], None]
    noLine: Callable[[], None]
    isWritable: bool = field(default=True, init=False)
    _turn: Deferred[None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._loop = LoopingCall(self._sendDue)

    @property
    def allSent(self) -> bool:
        if self.sender.sent == self.plan.count:
            return True
        return self.lines is not None and self.lines.ended

    def run(self, connection: Connection) -> Deferred[LoopingCall]:
        """
        Send on a new connection until L{stop}. It fails if there is a bug.
        """
        self._connection = connection
        self._turn = None
        self._loop = LoopingCall(self._sendDue)
        self._loop.clock = self.timing
        # Before the loop reads its clock: no message is due later than it is sent.
        self.dues.connected()
        return self._loop.start(self.plan.interval)

    def stop(self) -> None:
        if self._loop.running:
            self._loop.stop()
            self.account()
        if self.lines is not None:
            self.lines.cancel()

    def account(self) -> None:
        """
        Count the messages that are due and were not sent. No line is due before it is
        there.
        """
        isEmpty = self.lines is not None and self.lines.isEmpty
        if not isEmpty and not self.allSent:
            self.dues.account(self.sender.left)

    def answered(self) -> None:
        """
        No message is outstanding: in a closed loop, the next one can be sent.
        """
        if self._turn is not None:
            turn, self._turn = self._turn, None
            turn.callback(None)

    async def _sendDue(self) -> None:
        # The loop waits for this, which waits for the transport, and in a closed loop
        # for the echo.
        sent = self.sender.sent
        while self.sender.sent < sent + _BATCH:
            if not self._loop.running:
                return
            if not self._connection.isOpen:
                # A message that cannot be sent any more is not lost.
                self.stop()
                return
            due = self.dues.due()
            if due == 0:
                return
            if self.lines is None:
                await self._send(self._batch(due))
            else:
                await self._sendLine(self.lines)
            if due is None and self.plan.interval:
                return

    def _batch(self, due: int | None) -> list[bytes]:
        """
        @return: The next message, and the messages that are due with it: they leave in
            one write, unless each message is waited for or has a ping.
        """
        payload, seq = self.plan.payloads.payload, self.sender.sent + 1
        first = payload(seq)
        isSingle = due is None and (self.plan.interval or self.plan.closedLoop)
        if isSingle or self.pinger is not None:
            return [first]
        most = min(_BATCH, _BATCH_BYTES // (len(first) or 1))
        if self.plan.count is not None:
            most = min(most, self.plan.count - self.sender.sent)
        if due is not None:
            most = min(most, due)
        return [first, *map(payload, range(seq + 1, seq + most))]

    async def _sendLine(self, lines: LineFeed) -> None:
        line, waited = await lines.take()
        if line is None:
            self.noLine()
        elif not self._connection.isOpen:
            lines.putBack(line)
        else:
            if waited and self.dues.restart():
                # The line came later than it was due. The next one is due an interval
                # from now.
                self._loop.starttime = self.timing.seconds()
            await self._send([line])

    async def _send(self, payloads: list[bytes]) -> None:
        connection, now = self._connection, self.dues.now()
        self.isWritable = self.sender.send(payloads, self.dues.take(now), now)
        self.wrote()
        if self.pinger is not None:
            self.pinger.ping(connection)
        if self.allSent:
            self._loop.stop()
        if not self.isWritable:
            try:
                # A peer that does not read cannot fill our memory.
                await connection.whenWritable()
                self.isWritable = True
            except EchoClientError:
                pass  # the probe is told the end of the connection itself
        if self.plan.closedLoop and self.sender.matcher:
            self._turn = Deferred()
            await self._turn
