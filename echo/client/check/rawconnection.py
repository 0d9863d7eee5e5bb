"""
A connection as bytes, with the time-out of a case.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from echo.client.check.frames import LIMIT
from echo.client.check.verdicts import ConnectionEnded, TimedOut
from echo.client.protocol import ClientProtocol

_Parsed = TypeVar("_Parsed")

# Seconds between two pieces: the kernel does not join them into one segment.
_APART = 0.005


class RawProtocol(ClientProtocol):
    """
    Keeps the bytes that arrive. The connection counts as open before the handshake,
    which is up to the case.

    @ivar received: Bytes that arrived and are not parsed yet.

    @ivar end: Fires when the transport is closed.
    """

    _arrival: Deferred[bool] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.received = bytearray()
        self.end: Deferred[None] = Deferred()

    def sendUpgradeRequest(self) -> None:
        # The case sends its own.
        self.factory.recorder.enter("HTTP")
        self.factory.recorder.enter("open")
        self.factory.listener.opened(self)

    def arrival(self) -> Deferred[bool]:
        """
        @return: Fires with C{True} when bytes arrive or the transport is closed.
        """
        self._arrival = Deferred()
        return self._arrival

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        if len(self.received) > 2 * LIMIT:
            # No frame is as long: no case will read on. The case times out.
            self.transport.pauseProducing()
        self._arrive()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        super().connectionLost(reason)
        self.end.callback(None)
        self._arrive()

    def _arrive(self) -> None:
        if self._arrival is not None:
            arrival, self._arrival = self._arrival, None
            arrival.callback(True)


class RawConnection:
    """
    Sends and parses bytes until the time-out of the case, in seconds.

    @ivar latest: The latest frame of the server after our latest L{send}; C{None}
        without one.
    """

    latest: object = None

    def __init__(self, protocol: RawProtocol, began: float, timeout: float) -> None:
        """
        @param began: When the case began, in seconds of the reactor.
        """
        self.reactor: IReactorTime = protocol.factory.reactor
        self.protocol = protocol
        self.timeout = timeout
        self._until = began + timeout

    def send(self, *data: bytes) -> None:
        """
        Send bytes in one write, and expect an answer.
        """
        self.latest = None
        self.reply(*data)

    def reply(self, *data: bytes) -> None:
        """
        Send bytes in one write, and expect no answer.
        """
        self.protocol.sendBytes(b"".join(data))

    async def sendApart(self, *pieces: bytes) -> None:
        """
        Send each piece in a TCP segment of its own.
        """
        for piece in pieces[:-1]:
            self.send(piece)
            await deferLater(self.reactor, _APART)
        self.send(pieces[-1])

    async def next(
        self, parse: Callable[[bytearray], tuple[_Parsed, int] | None]
    ) -> _Parsed:
        """
        @param parse: Parses the first bytes that arrived, and returns the result and
            the number of bytes it took; C{None} if more bytes are needed.

        @raise TimedOut: They do not arrive in time.

        @raise ConnectionEnded: The connection ends first.
        """
        received = self.protocol.received
        while (found := parse(received)) is None:
            await self._awaitBytes()
        parsed, size = found
        del received[:size]
        return parsed

    async def _awaitBytes(self) -> None:
        if self.protocol.end.called:
            raise ConnectionEnded("hung up")
        left = max(self._until - self.reactor.seconds(), 0)
        arrival = self.protocol.arrival()
        arrival.addTimeout(left, self.reactor, lambda *_: False)
        if not await arrival:
            raise TimedOut(f"{self._missing()} within {self.timeout:g} s")

    def _missing(self) -> str:
        if self.latest is not None:
            return f"sent {self.latest}, and nothing more"
        return "no complete answer" if self.protocol.received else "no answer"

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """
        Shorten the time-out to C{seconds} from now.
        """
        until = self._until
        self._until = min(until, self.reactor.seconds() + seconds)
        try:
            yield
        finally:
            self._until = until

    async def end(self) -> None:
        if not self.protocol.end.called:
            self.protocol.hangUp()
            await self.protocol.end
