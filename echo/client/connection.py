"""
An open WebSocket: send, receive, ping and close.

L{echo.client.connecting.connect} returns it. It knows no frames and no sockets:
L{echo.client.protocol} reports events to it, and writes its frames.

Longer than 300 lines: it is the documented interface of the library, and half of it is
documentation.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed

from echo.client.close import ABNORMAL, Close, encodeReason
from echo.client.errors import ConnectionClosed, EchoClientError
from echo.client.interfaces import Message, MessageConsumer
from echo.client.pings import PAYLOAD_LENGTH, PendingPings
from echo.client.protocol import ClientProtocol
from echo.client.receivequeue import ReceiveQueue
from echo.client.transport.phases import Phases
from echo.client.transport.url import hostAndPort

_OPEN = ClientProtocol.STATE_OPEN


class Connection:
    """
    A WebSocket connection. It implements
    L{ConnectionListener<echo.client.protocol.ConnectionListener>}.

    @ivar url: The URL without user name and password.

    @ivar peer: C{127.0.0.1:8080}, C{[::1]:8080} or the path of a Unix socket.

    @ivar subprotocol: The server's choice.

    @ivar compression: Whether both sides use C{permessage-deflate}.

    @ivar headers: The headers of the response, by names in lower case.

    @ivar opening: The time of each phase.

    @ivar protocol: It reads and writes the frames.

    @ivar whenPinged: Called for each ping of the server, if set. The connection answers
        pings in any case.

    @ivar ready: Fires when the connection is open; fails if it cannot be opened.
    """

    peer: str
    subprotocol: str | None
    compression: bool
    requestLine: str
    requestHeaders: Sequence[tuple[str, str]]
    statusLine: str
    headers: Mapping[str, str]
    opening: Phases
    protocol: ClientProtocol
    whenPinged: Callable[[], None] | None = None

    def __init__(self, url: str, unixSocket: str | None = None) -> None:
        self.url = url
        self._unixSocket = unixSocket
        self.ready: Deferred[None] = Deferred()
        self._received = ReceiveQueue(self._setReading)
        self._pings = PendingPings()
        self._consumer: MessageConsumer | None = None
        self._hasRoom = True
        self._end: EchoClientError | None = None
        self._senders: list[Deferred[None]] = []
        self._closers: list[Deferred[Close]] = []

    # Sending.

    def send(self, message: str | bytes) -> Deferred[None]:
        """
        Send a message: C{str} as text, C{bytes} as binary.

        @return: Fires when there is room for the next message, usually at once. The
            message is sent in any case. It fails with L{ConnectionClosed}, or with the
            L{ProtocolError} that ended the connection.

        @raise TypeError: The message is neither C{str} nor C{bytes}.

        @raise ValueError: The text contains half of a surrogate pair.
        """
        payload, isBinary = _encoded(message)
        if not self.isOpen:
            return fail(self._over())
        self.protocol.sendAll((payload,), isBinary)
        return self.whenWritable()

    def sendAll(self, payloads: Sequence[bytes], isBinary: bool) -> bool:
        """
        Send several messages of one type, in one write where possible. It is faster
        than L{send}, which makes a L{Deferred} for each message.

        L{sentAt} is then the time right before this write, for all of them.

        @param payloads: Text messages are encoded as UTF-8.

        @return: Whether there is room for more. If not, L{whenWritable} fires when
            there is. The messages are sent in any case.

        @raise EchoClientError: The errors of L{send}.
        """
        if self._end is not None or self.protocol.state != _OPEN:
            raise self._over()
        self.protocol.sendAll(payloads, isBinary)
        return self._hasRoom

    def whenWritable(self) -> Deferred[None]:
        """
        @return: Fires when there is room for the next message. It fails like L{send}.
        """
        if self._end is not None:
            return fail(self._end)
        if self._hasRoom:
            return succeed(None)
        sender: Deferred[None] = Deferred(self._senders.remove)
        self._senders.append(sender)
        return sender

    def sendJSON(self, value: object) -> Deferred[None]:
        """
        Send a value as JSON text, and return like L{send}.

        @raise TypeError: JSON has no type for the value.

        @raise ValueError: The value contains itself, or NaN or an infinity.
        """
        return self.send(json.dumps(value, ensure_ascii=False, allow_nan=False))

    @property
    def isOpen(self) -> bool:
        """
        Whether the connection is open, and neither side has begun to close it.
        """
        return self._end is None and bool(self.protocol.state == _OPEN)

    @property
    def sentAt(self) -> int:
        """
        When the latest frame was handed to the transport, in nanoseconds of the clock.
        Right after L{send}, this is the time of its message.
        """
        return self.protocol.sentAt

    @property
    def readAt(self) -> int:
        """
        When the latest bytes arrived, in nanoseconds of the clock. The callbacks of
        L{receive} run during this read, so they see the time of their message. A round
        trip from C{sentAt} to C{readAt} contains none of the client's own work.
        """
        return self.protocol.readAt

    def _over(self) -> EchoClientError:
        return self._end or ConnectionClosed(ABNORMAL, "the connection is closing")

    # Receiving.

    def receive(self) -> Deferred[str | bytes]:
        """
        Receive the next message.

        @return: Text as C{str}, binary as C{bytes}. After the last message it fails
            with L{ConnectionClosed}, or with the L{ProtocolError} that ended the
            connection. Cancelling it loses no message.
        """
        return self._received.take()

    def receiveJSON(self) -> Deferred[Any]:
        """
        Receive the next message as JSON.

        @return: The value. It fails with C{ValueError} if the message is not JSON; that
            message is then consumed. Otherwise it fails like L{receive}.
        """
        return self.receive().addCallback(_fromJSON)

    def deliver(self, consumer: MessageConsumer) -> None:
        """
        Hand all messages of each read to a consumer from now on, and those that wait in
        the queue at once. It is faster than L{receive}, which makes a L{Deferred} for
        each message and returns no more messages after this call. Reading never pauses
        by itself.

        @param consumer: Its C{ended} is called once, after the last message.
        """
        waiting, end = self._received.drain(), self._end
        self._consumer = consumer
        if waiting:
            consumer.received([_encoded(message) for message in waiting])
        if end is not None:
            consumer.ended(end)

    # Pings and the close.

    def ping(self) -> Deferred[int]:
        """
        Send a control ping with a random payload.

        @return: The nanoseconds to the pong with the same payload. It fails like
            L{send}, also when the connection ends before the pong arrives. Without a
            pong it waits for the end of the connection, unless it is cancelled. The
            pong queues behind messages: while a full receive queue pauses reading, it
            does not arrive.
        """
        if not self.isOpen:
            return fail(self._over())
        payload = os.urandom(PAYLOAD_LENGTH)
        self.protocol.sendPing(payload)
        return self._pings.add(payload, self.protocol.sentAt)

    def close(self, code: int = 1000, reason: str = "") -> Deferred[Close]:
        """
        Close the connection, and wait C{closeTimeout} for the peer's close frame.

        Only the first call sends a close frame; all calls wait for the same end.
        Messages that arrive before the end can still be received. Those that do not fit
        into the receive queue are dropped, because reading must not pause any more.

        @param code: 1000-1003, 1007-1014 or 3000-4999.

        @param reason: At most 123 bytes of UTF-8.

        @return: The peer's code and reason, when the transport is closed. It does not
            fail.

        @raise ValueError: A close frame cannot carry this code or this reason.
        """
        encoded = encodeReason(code, reason)
        if self._end is not None:
            return succeed(self._end.toClose())
        closer: Deferred[Close] = Deferred(self._closers.remove)
        self._closers.append(closer)
        self.protocol.startClose(code, encoded)
        self._received.readOn()
        return closer

    def abandon(self, reason: str) -> None:
        """
        Reset the connection without a close frame, for a peer that does not react.

        @param reason: That of the resulting L{ConnectionClosed}; its code is 1006.
        """
        self.protocol.fail(ConnectionClosed(ABNORMAL, reason))

    # The listener of the protocol.

    def opened(self, protocol: ClientProtocol) -> None:
        request = protocol.factory.request
        self.protocol = protocol
        self.opening = protocol.factory.recorder.phases()
        self.peer = self._unixSocket or _peerText(protocol.transport.getPeer())
        self.subprotocol = protocol.subprotocol
        self.compression = protocol.isCompressed
        self.requestLine = request.line
        self.requestHeaders = request.fields(protocol.key)
        self.statusLine = protocol.statusLine
        self.headers = protocol.responseHeaders
        self.ready.callback(None)

    def received(self, messages: Sequence[Message]) -> None:
        if self._consumer is not None:
            self._consumer.received(messages)
            return
        for number, (payload, isBinary) in enumerate(messages):
            if self._consumer is not None:
                self._consumer.received(messages[number:])
                return
            self._received.put(payload if isBinary else payload.decode())

    def pinged(self) -> None:
        if self.whenPinged is not None:
            self.whenPinged()

    def ponged(self, payload: bytes) -> None:
        self._pings.answer(payload, self.protocol.readAt)

    def _setReading(self, isReading: bool) -> None:
        transport = self.protocol.transport
        if isReading:
            transport.resumeProducing()
        else:
            transport.pauseProducing()

    def paused(self) -> None:
        self._hasRoom = False

    def resumed(self) -> None:
        self._hasRoom = True
        senders, self._senders = self._senders, []
        for sender in senders:
            sender.callback(None)

    def lost(self, error: EchoClientError) -> None:
        self._end = error
        if not self.ready.called:
            self.ready.errback(error)
        senders, self._senders = self._senders, []
        for sender in senders:
            sender.errback(error)
        self._pings.end(error)
        self._received.end(error)
        if self._consumer is not None:
            self._consumer.ended(error)
        closers, self._closers = self._closers, []
        for closer in closers:
            closer.callback(error.toClose())


def _encoded(message: str | bytes) -> Message:
    if isinstance(message, str):
        return message.encode(), False
    if not isinstance(message, (bytes, bytearray, memoryview)):
        raise TypeError(f"a message is str or bytes, not {type(message).__name__}")
    return bytes(message), True


def _fromJSON(message: str | bytes) -> Any:
    try:
        return json.loads(message)
    except RecursionError:
        raise ValueError("the message is nested too deeply for JSON") from None


def _peerText(address: object) -> str:
    if isinstance(address, (IPv4Address, IPv6Address)):
        return hostAndPort(address.host, address.port)
    return str(address)
