"""
Autobahn's server protocol under documented names.

Reading: Autobahn processes all frames of a read at once. Here it processes one step a
call, L{ServerAdapter.processFrame}. Autobahn keeps one object a fragment: here
fragments are merged.

Mistakes: an exception in one of Autobahn's methods or hooks ends one connection, with a
close frame. Autobahn drops the TCP connection.
"""

from collections.abc import Callable
from typing import Any

from autobahn.websocket.protocol import PreparedMessage, WebSocketProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from echo.engine.handshake import HandshakeAdapter

_CONTINUATION, _TEXT, _BINARY, _CLOSE = 0, 1, 2, 8


class ServerAdapter(HandshakeAdapter):
    """
    One connection of a server.

    The methods whose names begin with an underscore, and that Autobahn does not have,
    are for the subclass to override:
    L{EchoProtocol<echo.server.conversation.protocol.EchoProtocol>}.
    """

    data: bytes
    current_frame: Any
    inside_message: bool

    # Bytes and frames that arrive.

    @property
    def codecLimit(self) -> int:
        """
        Bytes of the longest whole message in one frame; 0 for no limit.
        """
        limits = self.maxMessagePayloadSize, self.maxFramePayloadSize
        return min(filter(None, limits), default=0)

    @property
    def isStateOpen(self) -> bool:
        return bool(self.state == self.STATE_OPEN)

    @property
    def isStateClosed(self) -> bool:
        return bool(self.state == self.STATE_CLOSED)

    @property
    def isInMessage(self) -> bool:
        return bool(self.inside_message or self.current_frame is not None)

    @property
    def isBetweenMessages(self) -> bool:
        """
        Whether the next byte begins a frame, and the connection is open.
        """
        return not (
            self.data
            or self.inside_message
            or self.current_frame is not None
            or self.state != self.STATE_OPEN
        )

    def parseBytes(self, data: bytes) -> None:
        self._dataReceived(data)

    def takeUnparsed(self) -> bytes:
        data, self.data = self.data, b""
        return data

    def putBack(self, data: bytes) -> None:
        """
        Put bytes in front of those that Autobahn has not parsed yet.
        """
        self.data = data + self.data

    def processUnparsed(self) -> None:
        self.consumeData()

    def consumeData(self) -> None:
        if self.state in (self.STATE_OPEN, self.STATE_CLOSING):
            self._processFrames()
        else:
            super().consumeData()

    def processFrame(self) -> bool:
        """
        Let Autobahn process a frame or a part of one.

        @return: Whether there can be more to process.
        """
        return bool(self.processData()) and not self.isStateClosed

    def onMessageFrame(self, payload: list[bytes]) -> None:
        # Autobahn keeps an object for each: a message of one-byte fragments would take
        # fifty times its size.
        pieces = self.message_data
        if not pieces or self.failedByMe:
            super().onMessageFrame(payload)
            return
        if not isinstance(pieces[-1], bytearray):
            pieces.append(bytearray())
        for piece in payload:
            pieces[-1] += piece

    def _onMessage(self, payload: bytes, isBinary: bool) -> None:
        self._messageReceived(payload, isBinary)

    def on(self, event: str, handler: Callable[..., object]) -> None:
        if self._results is None:
            self.set_valid_events(["message"])  # Autobahn's constructor does
        super().on(event, handler)
        self.leaveFastPath()

    # Bytes and messages that are sent.

    def sendData(
        self, data: bytes, sync: bool = False, chopsize: int | None = None
    ) -> None:
        self._writeNow(data)
        if self.logOctets:
            self.logTxOctets(data, sync)
        if self.state == self.STATE_OPEN:
            self.trafficStats.outgoingOctetsWireLevel += len(data)

    # An override of sendData ends the fast path, the only caller.
    sendBytes = sendData

    def transmit(self, payload: bytes, isBinary: bool, **options: int) -> None:
        """
        Send a message now, with the options of Autobahn's C{sendMessage}.
        """
        super().sendMessage(payload, isBinary, **options)

    def transmitFragment(
        self, payload: bytes, isBinary: bool, isFirst: bool, isLast: bool
    ) -> None:
        kind = _BINARY if isBinary else _TEXT
        opcode = kind if isFirst else _CONTINUATION
        self.sendFrame(opcode=opcode, payload=payload, fin=isLast)

    def countSent(self, octets: int) -> None:
        self.trafficStats.outgoingWebSocketMessages += 1
        self.trafficStats.outgoingOctetsAppLevel += octets

    def sendPreparedMessage(self, preparedMsg: PreparedMessage) -> None:
        # Autobahn's does not count the message.
        octets = preparedMsg.payloadHybi
        start = {126: 4, 127: 10}.get(octets[1], 2)
        self.sendMessage(
            octets[start:],
            octets[0] & 0x0F == _BINARY,
            doNotCompress=preparedMsg.doNotCompress,
        )

    # What passed.

    @property
    def wireBytesReceived(self) -> int:
        # Not made for an idle connection: it takes 200 bytes.
        stats = vars(self).get("trafficStats")
        return stats.incomingOctetsWireLevel if stats else 0

    @property
    def wireBytesSent(self) -> int:
        return int(self.trafficStats.outgoingOctetsWireLevel)

    def addTraffic(self, received: int, sent: int = 0) -> None:
        """
        Count bytes that passed Autobahn by.
        """
        self.trafficStats.incomingOctetsWireLevel += received
        self.trafficStats.outgoingOctetsWireLevel += sent

    # The end.

    def dropConnection(self, abort: bool = False) -> None:
        self._dropping()
        super().dropConnection(abort)
        self._dropped()

    def failWith(self, code: int, reason: bytes) -> None:
        """
        Close an open connection, and ignore its further messages.
        """
        if self.state == self.STATE_OPEN:
            self.failedByMe = True
            self.sendCloseFrame(code, reason)

    def failReading(self) -> None:
        """
        Close the connection because of the current exception in C{dataReceived}. The
        rest of the frame and all further ones are read, for the peer's close frame.
        """
        if self.failedByMe:  # the same mistake again
            self.dropConnection()
            return
        self.fail("dataReceived()")
        frame = self.current_frame
        if frame is not None and self.current_frame_masker.pointer() == frame.length:
            self.current_frame = None
            if frame.opcode < _CLOSE:
                self.inside_message = self.inside_message and not frame.fin
            elif frame.opcode == _CLOSE and self.state != self.STATE_CLOSED:
                self.dropConnection()

    def hangUp(self, why: str) -> None:
        """
        Reset the connection.
        """
        self.wasNotCleanReason = why
        self.dropConnection(abort=True)

    def abortTransport(self, why: str) -> None:
        """
        Reset the connection, even if its transport is closing already.
        """
        self.hangUp(why)
        self.transport.abortConnection()

    def closeTransport(self, why: str) -> None:
        self.wasNotCleanReason = why
        self.dropConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._cancelCloseDeadline()
        # Autobahn's other methods format the reason four times, for a log that is off.
        WebSocketProtocol._connectionLost(self, reason)  # noqa: SLF001
        self.factory.countConnections -= 1
        del self.is_closed  # breaks the cycle is_closed -> self

    def _onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        try:
            self.onClose(wasClean, code, reason)
        except Exception:  # noqa: BLE001  (the connection is gone anyway)
            self.logFailure("onClose()")

    @property
    def uncleanReason(self) -> str | None:
        reason: str | None = self.wasNotCleanReason
        return reason

    @uncleanReason.setter
    def uncleanReason(self, reason: str) -> None:
        self.wasNotCleanReason = reason

    @property
    def isEndExplained(self) -> bool:
        """
        Whether a closing handshake, this side or L{uncleanReason} explains the end.
        """
        return self.wasClean or self.droppedByMe or self.wasNotCleanReason is not None
