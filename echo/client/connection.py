"""
An open WebSocket: what can be done with it, until it is closed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed

from echo.client.close import ABNORMAL, Close, encodeReason
from echo.client.errors import ConnectionClosed, EchoClientError
from echo.client.interfaces import Message, MessageConsumer
from echo.client.pings import PendingPings
from echo.client.protocol import ClientFactory, ClientProtocol
from echo.client.receivequeue import ReceiveQueue
from echo.client.transport.phases import Phases
from echo.client.transport.url import hostAndPort

_OPEN = ClientProtocol.STATE_OPEN


class Connection:
    """
    An open WebSocket.

    @ivar url: Where to, without user name and password.

    @ivar peer: The address at the other end: C{127.0.0.1:8080}, C{[::1]:8080} or
        the path of a Unix socket.

    @ivar subprotocol: What the server chose of the subprotocols, if anything.

    @ivar compression: Whether C{permessage-deflate} was agreed on.

    @ivar requestLine: The first line of what was asked.

    @ivar requestHeaders: The header of what was asked: names and values in order.

    @ivar statusLine: The first line of the answer.

    @ivar headers: The header of the answer, by names in lower case.

    @ivar opening: How long it took to open.

    @ivar protocol: What knows the frames.

    @ivar whenPinged: Called for each ping that comes, if it is there. Pings are
        answered in any case.

    @ivar ready: Fires when it is open, fails if it never will be. L{connect}
        waits for it.
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

    def __init__(self, url: str) -> None:
        self.url = url
        self.ready: Deferred[None] = Deferred()
        self._received = ReceiveQueue(self._setReading)
        self._pings = PendingPings()
        self._consumer: MessageConsumer | None = None
        self._writing = True
        self._end: EchoClientError | None = None
        self._senders: list[Deferred[None]] = []
        self._closers: list[Deferred[Close]] = []

    def begin(
        self,
        factory: ClientFactory,
        opened: Deferred[Phases],
        unixSocket: str | None,
    ) -> Deferred["Connection"]:
        """
        L{connect}'s last step.

        @return: This connection, as soon as it is open.
        """

        def described(opening: Phases) -> "Connection":
            assert factory.connection is not None  # noqa: S101  (it has just opened)
            self.protocol = protocol = factory.connection
            self.opening = opening
            self.peer = unixSocket or _peerText(protocol.transport.getPeer())
            self.subprotocol = protocol.subprotocol
            self.compression = protocol.isCompressed
            self.requestLine = factory.request.line
            self.requestHeaders = factory.request.fields(protocol.key)
            self.statusLine = protocol.statusLine
            self.headers = protocol.responseHeaders
            return self

        return opened.addCallback(described)

    def send(self, message: str | bytes) -> Deferred[None]:
        """
        Send a message.

        @param message: Text, or bytes for a binary message.

        @return: Fires when there is room for the next message: at once, as a
            rule. The message is on its way in any case. It fails with
            L{ConnectionClosed}, or with the L{ProtocolError} that ended the
            connection, if that is or comes to its end.

        @raise TypeError: It is neither text nor bytes.

        @raise ValueError: It is text with half of a surrogate pair in it.
        """
        payload, isBinary = _encoded(message)
        if not self.isOpen:
            return fail(self._over())
        self.protocol.sendAll((payload,), isBinary)
        return self.whenWritable()

    def sendAll(self, payloads: Sequence[bytes], isBinary: bool) -> bool:
        """
        Send several messages of one type at once, in one write where possible. This
        is the fast way to send: L{send} makes a L{Deferred} for each message.

        C{sentAt} is then the time right before this write, for all of them.

        @param payloads: Of text messages, UTF-8.

        @return: Whether there is room for more. If not, L{whenWritable} tells when
            there is. The messages are on their way in any case.

        @raise ConnectionClosed: The connection is closing, or closed.

        @raise ProtocolError: This is why it is closed.
        """
        if self._end is not None or self.protocol.state != _OPEN:
            raise self._over()
        self.protocol.sendAll(payloads, isBinary)
        return self._writing

    def whenWritable(self) -> Deferred[None]:
        """
        @return: Fires when there is room for the next message. It fails like L{send}.
        """
        if self._end is not None:
            return fail(self._end)
        if self._writing:
            return succeed(None)
        sender: Deferred[None] = Deferred(self._senders.remove)
        self._senders.append(sender)
        return sender

    @property
    def isOpen(self) -> bool:
        """
        Whether nobody has begun to close it.
        """
        return self._end is None and bool(self.protocol.state == _OPEN)

    def _over(self) -> EchoClientError:
        closing = ConnectionClosed(ABNORMAL, "the connection is closing")
        return closing if self._end is None else self._end

    @property
    def sentAt(self) -> int:
        """
        When the latest frame was handed to the transport, in nanoseconds of the
        clock. After L{send}, this is when its message was.
        """
        return self.protocol.sentAt

    @property
    def readAt(self) -> int:
        """
        When the latest bytes came from the transport, in nanoseconds of the clock.
        Who waits for L{receive} is called while these are read, so this is then
        when the message came. With C{sentAt} it makes a round trip that has none
        of our own work on frames in it.
        """
        return self.protocol.readAt

    def sendJSON(self, value: object) -> Deferred[None]:
        """
        Send a value as JSON text.

        @return: Like that of L{send}.

        @raise TypeError: JSON cannot express it.

        @raise ValueError: It contains itself, or a number that is none.
        """
        return self.send(json.dumps(value, ensure_ascii=False, allow_nan=False))

    def receive(self) -> Deferred[str | bytes]:
        """
        Receive the next message.

        @return: Text as C{str}, binary as C{bytes}. When all is received and no
            more will come, it fails with L{ConnectionClosed}, or with
            L{ProtocolError} if that is why. Cancelling it loses no message.
        """
        return self._received.take()

    def receiveJSON(self) -> Deferred[Any]:
        """
        Receive the next message as JSON.

        @return: The value. It fails with C{ValueError} if the message is not JSON
            (it is taken all the same), otherwise like L{receive}.
        """
        return self.receive().addCallback(_fromJSON)

    def deliver(self, consumer: MessageConsumer) -> None:
        """
        Hand all messages of each read to a consumer, from now on. This is the fast
        way to receive: L{receive}, which then brings no more messages, makes a
        L{Deferred} for each one.

        Messages that nobody has received yet are handed over at once. Reading never
        pauses by itself.

        @param consumer: Its C{ended} is called once, after the last message.
        """
        waiting, end = self._received.drain(), self._end
        self._consumer = consumer
        if waiting:
            consumer.received([_encoded(message) for message in waiting])
        if end is not None:
            consumer.ended(end)

    def ping(self) -> Deferred[int]:
        """
        Send a control ping, with a payload that nobody can guess.

        @return: The nanoseconds to the pong with that very payload. It fails with
            what L{send} fails with when the connection is or comes to its end.
            Cancelling it is to wait no more; without that, one that is never
            answered waits as long as there is a connection. It comes in turn with
            messages: as long as too many of these wait to be received, it does
            not come.
        """
        if not self.isOpen:
            return fail(self._over())
        return self._pings.send(self._ping)

    def _ping(self, payload: bytes) -> int:
        self.protocol.sendPing(payload)
        return self.protocol.sentAt

    def close(self, code: int = 1000, reason: str = "") -> Deferred[Close]:
        """
        Say goodbye, and wait for the peer's, for as long as C{closeTimeout}.

        Only the first goodbye is sent; another call waits for the same end.
        Messages that arrive before it can still be received; they are dropped
        where they would fill memory, since reading cannot pause any more.

        @param code: 1000-1003, 1007-1014 or 3000-4999.

        @param reason: At most 123 bytes of UTF-8.

        @return: What the peer said, as soon as the connection is gone. It does
            not fail.

        @raise ValueError: The code or the reason is not possible.
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
        Hang up without a goodbye, on a peer that would not hear it.

        @param reason: What L{ConnectionClosed} is to say, beside 1006.
        """
        self.protocol.fail(ConnectionClosed(ABNORMAL, reason))

    # What the protocol tells

    def opened(self) -> None:
        """
        The handshake is done.
        """
        self.ready.callback(None)

    def received(self, messages: Sequence[Message]) -> None:
        """
        Messages came, in one read.
        """
        for number, (payload, isBinary) in enumerate(messages):
            if self._consumer is not None:
                self._consumer.received(messages[number:])
                return
            self._received.put(payload if isBinary else payload.decode())

    def pinged(self) -> None:
        """
        A ping came.
        """
        if self.whenPinged is not None:
            self.whenPinged()

    def ponged(self, payload: bytes) -> None:
        """
        A pong came.
        """
        self._pings.answer(payload, self.protocol.readAt)

    def _setReading(self, wanted: bool) -> None:
        transport = self.protocol.transport
        if wanted:
            transport.resumeProducing()
        else:
            transport.pauseProducing()

    def paused(self) -> None:
        """
        The transport has enough to send.
        """
        self._writing = False

    def resumed(self) -> None:
        """
        The transport takes more: let the senders go on.
        """
        self._writing = True
        senders, self._senders = self._senders, []
        for sender in senders:
            sender.callback(None)

    def lost(self, error: EchoClientError) -> None:
        """
        The transport is gone: tell everybody who waits.
        """
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
