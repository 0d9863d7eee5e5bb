"""
The plain path: messages that are only to be echoed do not go through Autobahn.

L{echo.wire} answers them; everything else Autobahn gets to see, byte for byte, and in
order. It stays the only judge of what is unusual.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from echo.server.sockets import isSocket, sendNow
from echo.wire import Codec


class PlainPath:
    """
    Mixed into an Autobahn server protocol, in front of it and of
    L{Liveness<echo.server.conversation.keepalive.Liveness>}.

    @ivar isPumped: Whether a pump reads and writes, and not the transport.
    """

    STATE_CLOSED: int
    STATE_OPEN: int
    current_frame: Any
    data: bytes
    factory: Any
    held: int
    heardAt: float
    inside_message: bool
    logOctets: bool
    logTxOctets: Callable[[bytes, bool], None]
    maxFramePayloadSize: int
    maxMessagePayloadSize: int
    paused: bool
    send_queue: Any
    set_valid_events: Callable[[list[str]], None]
    state: int
    trafficStats: Any
    transport: Any
    waiting: bool
    consumeData: Callable[[], None]
    dataReceived: Callable[[bytes], None]
    isPumped = False
    mayBePlain: bool
    _results: Any

    _codec: Codec | None = None
    _codecLeft: Codec | None = None
    _pumping: Any = None

    def takePlainPath(self) -> None:
        """
        Whole messages are only to be echoed, from now on.
        """
        limits = self.maxMessagePayloadSize, self.maxFramePayloadSize
        self._codec = self.factory.wire.codec(min(filter(None, limits), default=0))
        if isSocket(self.transport):
            self._pumping = self.factory.pumping
        else:
            self._pumping = getattr(self.transport, "pumping", None)

    def leavePlainPath(self) -> None:
        """
        Hand all further messages to Autobahn.
        """
        self.mayBePlain = False
        codec = self._codec
        if codec is not None:
            self.stopPumping()
            self._codec, self._codecLeft = None, codec
            self.data = codec.take() + self.data

    def on(self, event: str, handler: Callable[..., object]) -> None:
        """
        Call a handler with every message (Autobahn's C{ObservableMixin}).
        """
        if self._results is None:
            self.set_valid_events(["message"])  # Autobahn's constructor does
        super().on(event, handler)  # type: ignore[misc]  # Autobahn's, behind this mixin
        self.leavePlainPath()

    def _dataReceived(self, data: bytes) -> None:
        """
        Something was read. What is plain is answered right here, unless something
        else comes first: going the long way to the same end takes longer than that.
        """
        if self.isPumped:  # it had been read before that
            self.stopPumping()
        fairness = self.factory.fairness
        self.heardAt = began = fairness.seconds()
        codec = self._codec
        if codec is None or fairness.left <= 0 or not self._isBetweenMessages():
            if self.state == self.STATE_CLOSED:
                return  # TLS still reads after a close; Autobahn would buffer it
            super()._dataReceived(data)  # type: ignore[misc]  # Autobahn's, behind this mixin
            return
        self.trafficStats.incomingOctetsWireLevel += len(data)
        self.data = data
        isUnusual = self._answerPlain(codec)
        fairness.left -= fairness.seconds() - began
        if isUnusual:
            self.consumeData()

    def processData(self) -> bool:
        """
        Answer what is plain, and have Autobahn go on with one step of the rest.

        @return: Whether there may be more to do.
        """
        codec = self._codec
        if codec is not None and self.current_frame is None and not self.inside_message:
            if self.state != self.STATE_OPEN:
                self.data = codec.take() + self.data
            elif not self._answerPlain(codec):
                return False
        return bool(super().processData())  # type: ignore[misc]  # Autobahn's, behind this mixin

    def _answerPlain(self, codec: Codec) -> bool:
        """
        @return: Whether there is something that is not plain.
        """
        data, self.data = self.data, b""
        replies, rest = codec.feed(data)
        if replies:
            self.sendData(replies)
        if rest is not None:
            self.data = rest
            return True
        if data:
            self._startPumping()
        return False

    def release(self) -> None:
        """
        Read again: what was waiting is done.
        """
        super().release()  # type: ignore[misc]  # that of Liveness
        if self._codec is not None and self._isBetweenMessages():
            self._startPumping()

    def _isBetweenMessages(self) -> bool:
        return not (
            self.data
            or self.waiting
            or self.inside_message
            or self.current_frame is not None
            or self.state != self.STATE_OPEN
        )

    def sendData(
        self, data: bytes, sync: bool = False, chopsize: int | None = None
    ) -> None:
        """
        Write: at once, and in one piece.
        """
        self.stopPumping()
        sendNow(self.transport, data)
        if self.logOctets:
            self.logTxOctets(data, sync)
        if self.state == self.STATE_OPEN:
            self.trafficStats.outgoingOctetsWireLevel += len(data)

    def answer(self, data: bytes) -> tuple[bytes, bytes | None]:
        """
        Take what was read by somebody else, who is going to send the answer.

        @return: See L{echo.wire.Codec.feed}.
        """
        replies, rest = result = self._codec.feed(data)  # type: ignore[union-attr]  # there is one
        stats = self.trafficStats
        stats.incomingOctetsWireLevel += len(data) - len(rest or b"")
        stats.outgoingOctetsWireLevel += len(replies)
        return result

    def answeredPlain(self) -> tuple[int, int]:
        """
        @return: How many messages went the plain path, and their bytes.
        """
        codec = self._codec or self._codecLeft
        if codec is None:
            return 0, 0
        counts = codec.counts
        return (
            counts.texts + counts.binaries,
            counts.textOctets + counts.binaryOctets,
        )

    # The pump.

    def _startPumping(self) -> None:
        if not (self._pumping is None or self.isPumped or self.paused or self.held):
            self.isPumped = self._pumping.start(self, self._codec)

    def stopPumping(self) -> None:
        """
        Read and write by way of the transport again.
        """
        if self.isPumped:
            self.isPumped = False
            self._pumping.stop(self._codec)
            if not self.paused:
                self.transport.resumeProducing()

    def handBack(self, unsent: bytes, rest: bytes) -> None:
        """
        The pump has ended the lease.

        @param unsent: Replies that are still to be sent.

        @param rest: What has arrived and is still to be gone through.
        """
        self.isPumped = False
        self.transport.resumeProducing()
        if unsent:
            self.transport.write(unsent)
        self.dataReceived(rest)

    def heard(self) -> int:
        """
        @return: How many bytes the peer has sent.
        """
        heard: int = super().heard()  # type: ignore[misc]  # that of Liveness
        codec = self._codec or self._codecLeft
        return heard if codec is None else heard + codec.pumped

    def silence(self) -> float:
        """
        @return: Seconds since the last byte from the peer.
        """
        silence: float = super().silence()  # type: ignore[misc]  # that of Liveness
        codec = self._codec or self._codecLeft
        return silence if codec is None else min(silence, monotonic() - codec.heardAt)

    def dropConnection(self, abort: bool = False) -> None:
        """
        Hang up.
        """
        self.stopPumping()
        super().dropConnection(abort)  # type: ignore[misc]  # Autobahn's, behind this mixin

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport is gone.
        """
        if self.isPumped:
            self.isPumped = False
            self._pumping.stop(self._codec)
        super().connectionLost(reason)  # type: ignore[misc]  # Autobahn's, behind this mixin
