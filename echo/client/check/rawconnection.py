"""
One connection to the server, and the time that a case has for it: bytes to and fro.
"""

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from echo.client.check.frames import LIMIT
from echo.client.check.verdicts import ConnectionEnded, TimedOut
from echo.client.protocol import ClientProtocol

_Thing = TypeVar("_Thing")

# Seconds between pieces, so that the network does not put them together again.
_APART = 0.005


class RawProtocol(ClientProtocol):
    """
    The bare bytes of a connection: it is open as soon as something can be sent.

    @ivar key: What goes into C{Sec-WebSocket-Key}.

    @ivar received: What came and was not taken yet.

    @ivar ended: Whether it is over.

    @ivar over: Fires then.
    """

    # Nothing has been agreed on yet when L{connect} looks.
    websocket_protocol_in_use = None
    websocket_extensions_in_use = ()

    ended = False
    _arrival: Deferred[bool] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.websocket_key = base64.b64encode(os.urandom(16))
        self.key = self.websocket_key.decode("ascii")
        self.received = bytearray()
        self.over: Deferred[None] = Deferred()

    def _ask(self) -> None:
        """
        Ask for nothing yet: what is asked for is up to the case.
        """
        self.factory.recorder.enter("HTTP")
        self.factory.recorder.enter("open")
        self.factory.listener.opened()

    def arrival(self) -> Deferred[bool]:
        """
        @return: Fires with C{True} when more has come, or when it is over.
        """
        self._arrival = Deferred()
        return self._arrival

    def dataReceived(self, data: bytes) -> None:
        """
        Keep what came.
        """
        self.received += data
        if len(self.received) > 2 * LIMIT:
            self.transport.pauseProducing()  # nobody takes that; time will run out
        self._tell()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport is gone.
        """
        super().connectionLost(reason)
        self.ended = True
        self._tell()
        self.over.callback(None)

    def _tell(self) -> None:
        if self._arrival is not None:
            arrival, self._arrival = self._arrival, None
            arrival.callback(True)


class RawConnection:
    """
    What comes and goes, until the time is over.

    @ivar timeout: Seconds that the case has.

    @ivar latest: What came last since we sent something, if anything did.
    """

    latest: object = None

    def __init__(
        self, reactor: Any, wire: RawProtocol, began: float, timeout: float
    ) -> None:
        """
        @param began: When the case began.
        """
        self.reactor = reactor
        self.wire = wire
        self.timeout = timeout
        self._until = began + timeout

    def send(self, *data: bytes) -> None:
        """
        Send bytes, all at once.
        """
        self.latest = None
        self.reply(*data)

    def reply(self, *data: bytes) -> None:
        """
        Send bytes that the server need not answer.
        """
        self.wire.sendData(b"".join(data))

    async def sendApart(self, *pieces: bytes) -> None:
        """
        Send pieces one after another, so that each arrives by itself.
        """
        for piece in pieces[:-1]:
            self.send(piece)
            await self.pause(_APART)
        self.send(pieces[-1])

    def pause(self, seconds: float) -> Deferred[None]:
        """
        @return: Fires after a while.
        """
        return deferLater(self.reactor, seconds)

    async def next(
        self, parse: Callable[[bytearray], tuple[_Thing, int] | None]
    ) -> _Thing:
        """
        @param parse: Makes something of the beginning of what came, and says how
            long that is; C{None} if it takes more.

        @return: The next such thing.

        @raise TimedOut: The time is over before.

        @raise ConnectionEnded: The connection is.
        """
        received = self.wire.received
        while (found := parse(received)) is None:
            await self._more()
        thing, size = found
        del received[:size]
        return thing

    async def _more(self) -> None:
        if self.wire.ended:
            raise ConnectionEnded
        left = max(self._until - self.reactor.seconds(), 0)
        arrival = self.wire.arrival()
        arrival.addTimeout(left, self.reactor, lambda *_: False)
        if not await arrival:
            raise TimedOut(f"{self._missing()} within {self.timeout:g} s")

    def _missing(self) -> str:
        if self.latest is not None:
            return f"sent {self.latest}, and nothing more"
        return "no complete answer" if self.wire.received else "no answer"

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """
        Have less patience for a while.
        """
        whole = self._until
        self._until = min(whole, self.reactor.seconds() + seconds)
        try:
            yield
        finally:
            self._until = whole

    async def end(self) -> None:
        """
        Hang up.
        """
        if not self.wire.ended:
            self.wire.dropConnection()
            await self.wire.over
