"""
Autobahn's client protocol, made to measure: the handshake in our own words, our
own timers, and one error for whatever can go wrong.

It knows frames and transports. What is to be done about a message or an end, it
tells its L{Listener}; it decides nothing.
"""

import base64
import os
import re
from collections.abc import Mapping
from typing import Any, Protocol

import txaio
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateResponse,
    PerMessageDeflateResponseAccept,
)
from OpenSSL import SSL
from twisted.internet.interfaces import IHandshakeListener, IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.client.address import Request
from echo.client.errors import (
    ABNORMAL,
    NO_CODE,
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.tls import Creator, errorText
from echo.closing import NO_AUTOBAHN_TIMERS, PromptClose
from echo.messagelimit import MessageLimit

#: Most bytes of the head of an answer to the handshake.
HEAD_LIMIT = 2**16

_STATUS = re.compile(r"HTTP/[0-9](?:\.[0-9])? ([0-9]{3})(?: (.*))?")
_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9][0-9][ \r]")

# Autobahn decodes the head as UTF-8 and ends lines at whatever Unicode ends them:
# a server's harmless latin-1 would be an exception, and its 0x85 a new header.
_PLAIN = bytes(
    byte if byte in b"\t\r\n" or 0x20 <= byte < 0x7F else ord("?")
    for byte in range(256)
)


class Listener(Protocol):
    """
    Who is told what becomes of a connection.
    """

    def opened(self) -> None:
        """
        The handshake is done.
        """

    def received(self, payload: bytes, isBinary: bool) -> None:
        """
        A message came.
        """

    def paused(self) -> None:
        """
        The transport has enough to send for now.
        """

    def resumed(self) -> None:
        """
        The transport takes more.
        """

    def lost(self, error: EchoClientError) -> None:
        """
        The transport is gone; if L{opened} has not been called, it never will be.

        @param error: Why.
        """


@implementer(IHandshakeListener, IPushProducer)
class ClientProtocol(PromptClose, MessageLimit, WebSocketClientProtocol):
    """
    One connection, from its request to its end.

    @ivar failure: What to report as the reason of the end, where it is known
        before the end.

    @ivar phase: How far the opening has come: C{"TLS"}, C{"HTTP"} or C{"open"}.
    """

    log = txaio.make_logger("critical")  # a peer's sins are reported, not logged
    factory: "ClientFactory"
    data: bytes
    failure: EchoClientError | None = None
    phase = "TLS"
    http_status_line = ""
    http_headers: Mapping[str, str] = {}

    # Opening

    def startHandshake(self) -> None:
        """
        The transport is there. With TLS, it is not to be spoken to before
        L{handshakeCompleted}.
        """
        if not self.factory.request.address.secure:
            self._ask()

    def handshakeCompleted(self) -> None:
        """
        TLS is established, and the server is who it should be.
        """
        self._ask()

    def _ask(self) -> None:
        self.phase = "HTTP"
        self.websocket_key = base64.b64encode(os.urandom(16))
        self.sendData(self.factory.request.encode(self.websocket_key.decode("ascii")))

    def processHandshake(self) -> None:
        """
        Read the answer, as far as it is there.
        """
        while _INTERIM.match(self.data) and b"\r\n\r\n" in self.data:
            self.data = self.data.partition(b"\r\n\r\n")[2]
        end = self.data.find(b"\r\n\r\n")
        if not self.data.startswith(b"HTTP/"[: len(self.data)]):
            self.fail(ProtocolError("the answer is not HTTP"))
        elif (len(self.data) if end < 0 else end) > HEAD_LIMIT:
            self.fail(ProtocolError("the head of the answer is too long"))
        elif end >= 0:
            head, rest = self.data[: end + 4], self.data[end + 4 :]
            self.data = head.translate(_PLAIN) + rest
            try:
                super().processHandshake()
            except Exception:  # noqa: BLE001  (Autobahn's parser meets a stranger's text)
                self.fail(ProtocolError("the answer to the handshake is malformed"))

    def failHandshake(self, reason: str) -> None:
        """
        The answer is not the one that opens a WebSocket.

        @param reason: Which rule it breaks.
        """
        match = _STATUS.fullmatch(self.http_status_line)
        if match is None or match[1] == "101":
            self.fail(ProtocolError(reason))
            return
        location = self.http_headers.get("location") if match[1][0] == "3" else None
        self.fail(HandshakeRefused(int(match[1]), match[2] or "", location))

    def fail(self, error: EchoClientError) -> None:
        """
        Give the connection up before it is open.

        @param error: What to report, unless there is something already.
        """
        self.failure = self.failure or error
        self.dropConnection(abort=True)

    def onOpen(self) -> None:
        """
        The handshake is done.
        """
        self.phase = "open"
        self.transport.registerProducer(self, True)
        self.factory.listener.opened()

    # Open

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """
        Pass a message on.
        """
        self.factory.listener.received(payload, isBinary)

    def pauseProducing(self) -> None:
        """
        The transport has enough to send.
        """
        self.factory.listener.paused()

    def resumeProducing(self) -> None:
        """
        The transport takes more.
        """
        self.factory.listener.resumed()

    def stopProducing(self) -> None:
        """
        The transport is about to be gone: L{connectionLost} says the same.
        """

    # End

    def _fail_connection(self, code: int = 1001, reason: str = "going away") -> None:
        """
        Autobahn's one way to fail a connection: keep why.
        """
        self.failure = self.failure or ProtocolError(reason, code)
        super()._fail_connection(code, reason)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport is gone: say why, once and for all.
        """
        super().connectionLost(reason)
        self.factory.listener.lost(self._why(reason.value))

    def _why(self, reason: BaseException | None) -> EchoClientError:
        if self.failure is not None:
            return self.failure
        creator = self.factory.creator
        if self.phase == "open":
            return self._end()
        if creator is not None and creator.objection is not None:
            objection = f"the server's certificate is refused: {creator.objection}"
            return CannotConnect("TLS", objection)
        if isinstance(reason, SSL.Error):
            return CannotConnect("TLS", errorText(reason))
        if self.phase == "TLS":
            return CannotConnect("TLS", "the server hung up during the TLS handshake")
        what = "a complete answer" if self.data else "an answer"
        return HandshakeRefused(None, f"the server hung up without {what}")

    def _end(self) -> ConnectionClosed:
        if self.wasClean:
            code = NO_CODE if self.remoteCloseCode is None else self.remoteCloseCode
            return ConnectionClosed(code, self.remoteCloseReason or "")
        if self.closedByMe:
            return ConnectionClosed(ABNORMAL, "no close frame in answer to ours")
        return ConnectionClosed(ABNORMAL, "connection lost without a close frame")


class ClientFactory(WebSocketClientFactory):
    """
    What one connection needs to know.

    @ivar request: What to ask for.

    @ivar listener: Who is told.

    @ivar creator: The TLS side, if there is one.

    @ivar connection: The protocol, once there is a transport for it.

    @ivar resolved: Whether the host's address is known.
    """

    noisy = False
    protocol = ClientProtocol

    def __init__(
        self,
        reactor: Any,
        request: Request,
        listener: Listener,
        creator: Creator | None,
        *,
        closeTimeout: float,
        maxMessage: int,
        compression: bool,
    ) -> None:
        super().__init__(protocols=list(request.subprotocols), reactor=reactor)
        self.request = request
        self.listener = listener
        self.creator = creator
        self.closeTimeout = closeTimeout
        self.connection: ClientProtocol | None = None
        self.resolved = False
        self.setProtocolOptions(
            **NO_AUTOBAHN_TIMERS,
            serverConnectionDropTimeout=0,
            failByDrop=False,
            echoCloseCodeReason=True,
            maxFramePayloadSize=maxMessage,
            maxMessagePayloadSize=maxMessage,
            perMessageCompressionAccept=_accept if compression else _refuse,
        )

    def startFactory(self) -> None:
        """
        An address is about to be connected to.
        """
        self.resolved = True

    def buildProtocol(self, addr: object) -> ClientProtocol:
        """
        @return: The protocol of the one connection.
        """
        self.connection = ClientProtocol()
        self.connection.factory = self
        self.connection.closeTimeout = self.closeTimeout
        return self.connection


#: What is offered where compression is wanted.
DEFLATE: str = PerMessageDeflateOffer().get_extension_string()


def _accept(response: object) -> PerMessageDeflateResponseAccept | None:
    if isinstance(response, PerMessageDeflateResponse):
        return PerMessageDeflateResponseAccept(response)
    return None


def _refuse(response: object) -> None:
    """
    Nothing was offered, so nothing can be accepted.
    """
