"""
A WebSocket connection for programs of your own: dial, send, receive, close.

All of it is L{Deferred}s, which can be awaited. A complete client::

    from twisted.internet.defer import Deferred
    from twisted.internet.task import react

    from echo.client.connection import connect

    async def talk(reactor):
        connection = await connect(reactor, "ws://localhost:8080/socket")
        await connection.send("Hello")
        print(await connection.receive())
        await connection.close()

    react(lambda reactor: Deferred.fromCoroutine(talk(reactor)))

What a peer or the network does wrong is an L{EchoClientError}, of one of four
kinds; what the caller does wrong is a C{ValueError} or a C{TypeError}.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed

from echo.client.address import Request, parseURL
from echo.client.dial import Dial, Opening, makeEndpoint
from echo.client.errors import (
    ABNORMAL,
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.inbox import Inbox
from echo.client.protocol import DEFLATE, ClientFactory, ClientProtocol
from echo.client.tls import TLS, Creator

__all__ = [
    "TLS",
    "CannotConnect",
    "Connection",
    "ConnectionClosed",
    "EchoClientError",
    "Goodbye",
    "HandshakeRefused",
    "ProtocolError",
    "connect",
]

# Codes that RFC 6455 and its registry let an endpoint send.
_CODES = {1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)}


class Goodbye(NamedTuple):
    """
    The end of a connection.

    @ivar code: What the peer's close frame said; 1005 if it said nothing, 1006 if
        there was none.

    @ivar reason: The peer's reason; what happened, if there was no close frame.
    """

    code: int
    reason: str


def connect(
    reactor: Any,
    url: str,
    *,
    origin: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    subprotocols: Sequence[str] = (),
    tls: TLS | None = None,
    unixSocket: str | None = None,
    compression: bool = False,
    timeout: float = 10.0,
    closeTimeout: float = 1.0,
    maxMessage: int = 16 * 2**20,
) -> Deferred["Connection"]:
    """
    Open a WebSocket.

    @param reactor: What connects, and measures the time.

    @param url: C{ws://} or C{wss://}; a user name and a password in it are sent
        as HTTP Basic authorization.

    @param origin: The C{Origin} header.

    @param headers: More headers for the handshake; one named C{Host} or
        C{User-Agent} stands in for our own.

    @param subprotocols: What to offer, the most wanted first.

    @param tls: Whom to trust, and who we are; by default the system's
        authorities, and nobody.

    @param unixSocket: A socket to connect to, whatever the host in the URL.

    @param compression: Whether to offer C{permessage-deflate}.

    @param timeout: Seconds until the connection must be open.

    @param closeTimeout: Seconds that its close may take.

    @param maxMessage: Bytes of the largest message to accept.

    @return: The open connection. It fails with L{CannotConnect},
        L{HandshakeRefused} or L{ProtocolError}, or with C{ValueError} if what was
        passed here makes no sense. Cancelling it aborts the attempt.
    """
    try:
        address = parseURL(url)
        creator = Creator(address.host, tls or TLS()) if address.secure else None
        extensions = DEFLATE if compression else ""
        request = Request(address, origin, headers, subprotocols, extensions)
    except ValueError:
        return fail()
    connection = Connection(address.url)
    factory = ClientFactory(
        reactor,
        request,
        connection,
        creator,
        closeTimeout=closeTimeout,
        maxMessage=maxMessage,
        compression=compression,
    )
    endpoint = makeEndpoint(reactor, address, unixSocket, creator, timeout)
    start = "DNS" if unixSocket is None else "unix socket"
    dial = Dial(reactor, factory, timeout, start)
    return connection.begin(factory, dial.start(endpoint, connection.ready), unixSocket)


class Connection:
    """
    An open WebSocket.

    @ivar url: Where to, without user name and password.

    @ivar peer: The address at the other end: C{127.0.0.1:8080}, C{[::1]:8080} or
        the path of a Unix socket.

    @ivar subprotocol: What the server chose of the subprotocols, if anything.

    @ivar headers: The header of its answer, by names in lower case.

    @ivar opening: How long it took to open.

    @ivar ready: Fires when it is open, fails if it never will be. L{connect}
        waits for it.
    """

    peer: str
    subprotocol: str | None
    headers: Mapping[str, str]
    opening: Opening
    _protocol: ClientProtocol

    def __init__(self, url: str) -> None:
        self.url = url
        self.ready: Deferred[None] = Deferred()
        self._inbox = Inbox(self._setReading)
        self._writing = True
        self._end: EchoClientError | None = None
        self._senders: list[Deferred[None]] = []
        self._closers: list[Deferred[Goodbye]] = []

    def begin(
        self,
        factory: ClientFactory,
        opened: Deferred[Opening],
        unixSocket: str | None,
    ) -> Deferred["Connection"]:
        """
        L{connect}'s last step.

        @return: This connection, as soon as it is open.
        """

        def described(opening: Opening) -> "Connection":
            assert factory.connection is not None  # noqa: S101  (it has just opened)
            self._protocol = factory.connection
            self.opening = opening
            self.peer = unixSocket or _peerText(self._protocol.transport.getPeer())
            self.subprotocol = self._protocol.websocket_protocol_in_use
            self.headers = dict(self._protocol.http_headers)
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
        isBinary = not isinstance(message, str)
        payload = message.encode() if isinstance(message, str) else _bytes(message)
        if self._end is not None:
            return fail(self._end)
        if self._protocol.state != ClientProtocol.STATE_OPEN:
            return fail(ConnectionClosed(ABNORMAL, "the connection is closing"))
        self._protocol.sendMessage(payload, isBinary)
        if self._writing:
            return succeed(None)
        sender: Deferred[None] = Deferred(self._senders.remove)
        self._senders.append(sender)
        return sender

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
        return self._inbox.take()

    def receiveJSON(self) -> Deferred[Any]:
        """
        Receive the next message as JSON.

        @return: The value. It fails with C{ValueError} if the message is not JSON
            (it is taken all the same), otherwise like L{receive}.
        """
        return self.receive().addCallback(_fromJSON)

    def close(self, code: int = 1000, reason: str = "") -> Deferred[Goodbye]:
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
        if code not in _CODES:
            raise ValueError(f"{code} is not a close code that can be sent")
        if not isinstance(reason, str):
            raise TypeError(f"a close reason is str, not {type(reason).__name__}")
        encoded = reason.encode()
        if len(encoded) > 123:
            raise ValueError("a close reason is at most 123 bytes long")
        if self._end is not None:
            return succeed(_goodbye(self._end))
        closer: Deferred[Goodbye] = Deferred(self._closers.remove)
        self._closers.append(closer)
        # Not sendClose, which refuses most codes. Once closing, this does nothing.
        self._protocol.sendCloseFrame(code, encoded)
        self._inbox.readOn()
        return closer

    # What the protocol tells

    def opened(self) -> None:
        """
        The handshake is done.
        """
        self.ready.callback(None)

    def received(self, payload: bytes, isBinary: bool) -> None:
        """
        A message came.
        """
        self._inbox.put(payload if isBinary else payload.decode())

    def _setReading(self, wanted: bool) -> None:
        transport = self._protocol.transport
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
        self._inbox.end(error)
        closers, self._closers = self._closers, []
        for closer in closers:
            closer.callback(_goodbye(error))


def _bytes(message: bytes) -> bytes:
    if not isinstance(message, (bytes, bytearray, memoryview)):
        raise TypeError(f"a message is str or bytes, not {type(message).__name__}")
    return bytes(message)


def _fromJSON(message: str | bytes) -> Any:
    try:
        return json.loads(message)
    except RecursionError:
        raise ValueError("the message is nested too deeply for JSON") from None


def _goodbye(error: EchoClientError) -> Goodbye:
    if isinstance(error, ConnectionClosed):
        return Goodbye(error.code, error.reason)
    return Goodbye(ABNORMAL, str(error))


def _peerText(address: object) -> str:
    if isinstance(address, IPv6Address):
        return f"[{address.host}]:{address.port}"
    if isinstance(address, IPv4Address):
        return f"{address.host}:{address.port}"
    return str(address)
