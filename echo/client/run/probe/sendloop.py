"""
Sends the messages of a probe when they are due.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
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


class SendLoop:
    """
    Sends over one connection after another.

    @ivar isWritable: Whether the transport takes more messages.
    """

    def __init__(
        self,
        plan: Plan,
        sender: Sender,
        dues: DueTimes,
        timing: Any,
        lines: LineFeed | None,
        pinger: Pinger | None,
        sent: Callable[[], None],
        noLine: Callable[[], None],
    ) -> None:
        """
        @param timing: The timers that messages are sent by: L{IReactorTime
            <twisted.internet.interfaces.IReactorTime>}.

        @param lines: Messages to send instead of the plan's payloads.

        @param sent: Called after each write.

        @param noLine: Called when there is no line to send.
        """
        self.isWritable = True
        self._plan = plan
        self._sender = sender
        self._dues = dues
        self._timing = timing
        self._lines = lines
        self._pinger = pinger
        self._sent = sent
        self._noLine = noLine
        self._loop = LoopingCall(self._sendDue)
        self._turn: Deferred[None] | None = None

    @property
    def allSent(self) -> bool:
        if self._sender.sent == self._plan.count:
            return True
        return self._lines is not None and self._lines.ended

    def run(self, connection: Connection) -> Deferred[Any]:
        """
        Send on a new connection until L{stop}.

        @return: Fails if there is a bug.
        """
        self._connection = connection
        self._turn = None
        self._loop = LoopingCall(self._sendDue)
        self._loop.clock = self._timing
        # Before the loop reads its clock: no message is due later than it is sent.
        self._dues.connected()
        return self._loop.start(self._plan.interval)

    def stop(self) -> None:
        if self._loop.running:
            self._loop.stop()
            self.account()
        if self._lines is not None:
            self._lines.cancel()

    def account(self) -> None:
        """
        Count the messages that are due and were not sent. No line is due before it is
        there.
        """
        isEmpty = self._lines is not None and self._lines.isEmpty
        if not isEmpty and not self.allSent:
            self._dues.account(self._sender.left)

    def answered(self) -> None:
        """
        No message is outstanding: in a closed loop, the next one can be sent.
        """
        if self._turn is not None:
            turn, self._turn = self._turn, None
            turn.callback(None)

    async def _sendDue(self) -> None:
        """
        Send the messages that are due, up to a batch. The loop waits for this, which
        waits for the transport, and in a closed loop for the echo.
        """
        sent = self._sender.sent
        while self._sender.sent < sent + _BATCH:
            if not self._loop.running:
                return
            if not self._connection.isOpen:
                # A message that cannot be sent any more is not lost.
                self.stop()
                return
            due = self._dues.due()
            if due == 0:
                return
            if self._lines is None:
                await self._send(self._batch(due))
            else:
                await self._sendLine(self._lines)
            if due is None and self._plan.interval:
                return

    def _batch(self, due: int | None) -> list[bytes]:
        """
        @return: The next message, and the messages that are due with it: they leave in
            one write, unless each message is waited for or has a ping.
        """
        payload, seq = self._plan.payloads.payload, self._sender.sent + 1
        first = payload(seq)
        isSingle = due is None and (self._plan.interval or self._plan.closedLoop)
        if isSingle or self._pinger is not None:
            return [first]
        most = min(_BATCH, _BATCH_BYTES // (len(first) or 1))
        if self._plan.count is not None:
            most = min(most, self._plan.count - self._sender.sent)
        if due is not None:
            most = min(most, due)
        return [first, *map(payload, range(seq + 1, seq + most))]

    async def _sendLine(self, lines: LineFeed) -> None:
        line, waited = await lines.take()
        if line is None:
            self._noLine()
        elif not self._connection.isOpen:
            lines.putBack(line)
        else:
            if waited and self._dues.restart():
                # The line came later than it was due. The next one is due an interval
                # from now.
                self._loop.starttime = self._timing.seconds()
            await self._send([line])

    async def _send(self, payloads: list[bytes]) -> None:
        """
        Send messages, and wait until the transport takes more: a peer that does not
        read cannot fill our memory.
        """
        connection, now = self._connection, self._dues.now()
        self.isWritable = self._sender.send(payloads, self._dues.take(now), now)
        self._sent()
        if self._pinger is not None:
            self._pinger.ping(connection)
        if self.allSent:
            self._loop.stop()
        if not self.isWritable:
            try:
                await connection.whenWritable()
                self.isWritable = True
            except EchoClientError:
                pass  # the probe is told the end of the connection itself
        if self._plan.closedLoop and self._sender.matcher:
            self._turn = Deferred()
            await self._turn
