"""
The protocol of one connection: upgrade, messages, pings, back-pressure and the end.

It reports all events to its L{ConnectionListener}, and turns every end into one
L{EchoClientError}. It decides nothing: L{echo.client.connection} does.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from autobahn.twisted.websocket import WebSocketClientFactory
from OpenSSL import SSL
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IHandshakeListener, IPushProducer, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.client.close import ABNORMAL, NO_CODE
from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.interfaces import Message
from echo.client.transport.deflateoffer import acceptDeflate
from echo.client.transport.phases import PhaseRecorder
from echo.client.transport.refusal import TRY_WSS
from echo.client.transport.tls import TLSConnectionCreator
from echo.client.transport.tlserrors import TRY_WS, errorText, isNotTLS
from echo.client.transport.upgrade import Upgrade
from echo.client.transport.upgraderequest import UpgradeRequest
from echo.engine.adapter import NO_AUTOBAHN_TIMERS
from echo.engine.client import ClientAdapter
from echo.wire import choose


class ConnectionListener(Protocol):
    """
    Follows a connection from its opening to its end. L{Connection
    <echo.client.connection.Connection>} is the usual one.

    C{paused} and C{resumed} are about the transport's write buffer. The protocol has
    answered a ping when it calls C{pinged}. C{lost} is the last call, and the only one
    for a connection that was never opened.
    """

    def opened(self, protocol: "ClientProtocol") -> None: ...

    def received(self, messages: Sequence[Message]) -> None: ...

    def pinged(self) -> None: ...

    def ponged(self, payload: bytes) -> None: ...

    def paused(self) -> None: ...

    def resumed(self) -> None: ...

    def lost(self, error: EchoClientError) -> None: ...


@implementer(IHandshakeListener, IPushProducer)
class ClientProtocol(ClientAdapter):
    """
    One connection, from its upgrade request to its end.

    @ivar failure: Why the connection ends, if that is known before its end.
    """

    factory: "ClientFactory"
    response: Upgrade
    failure: EchoClientError | None = None
    _unanswered: bytes | None = None

    # The upgrade.

    def connectionMade(self) -> None:
        factory = self.factory
        address = factory.request.address
        self.response = Upgrade(address, factory.reactor, self.fail)
        super().connectionMade()
        if address.secure:
            factory.recorder.enter("TLS")
        else:
            self.sendUpgradeRequest()

    def handshakeCompleted(self) -> None:
        # TLS is established, and the server's certificate is accepted.
        self.sendUpgradeRequest()

    def sendUpgradeRequest(self) -> None:
        self.factory.recorder.enter("HTTP")
        self.sendBytes(self.factory.request.encode(self.key))

    def onOpen(self) -> None:
        self.factory.recorder.enter("open")
        self.transport.registerProducer(self, True)
        self.startFastPath(ClientProtocol)
        self.factory.listener.opened(self)

    # Messages and pings.

    def onMessages(self, messages: Sequence[Message]) -> None:
        self.factory.listener.received(messages)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.factory.listener.received([(payload, isBinary)])

    def onPing(self, payload: bytes) -> None:
        self.factory.listener.pinged()
        self._answer(payload)

    def _answer(self, payload: bytes) -> None:
        # After a pause, only the latest ping is answered (RFC 6455, 5.5.3): a peer that
        # sends pings and reads nothing cannot fill memory.
        if self.isPaused:
            self._unanswered = payload
        else:
            super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        self.factory.listener.ponged(payload)

    # Back-pressure.

    def pauseProducing(self) -> None:
        self.isPaused = True
        self.factory.listener.paused()

    def resumeProducing(self) -> None:
        self.isPaused = False
        if self._unanswered is not None:
            payload, self._unanswered = self._unanswered, None
            self._answer(payload)
        self.factory.listener.resumed()

    def stopProducing(self) -> None:
        """
        Ignored: L{connectionLost} follows.
        """

    # The end.

    def fail(self, error: EchoClientError) -> None:
        """
        Reset the connection, with this error unless it has failed before.
        """
        self.failure = self.failure or self.response.stop() or error
        self.hangUp(abort=True)

    def onProtocolError(self, code: int, reason: str) -> None:
        self.failure = self.failure or ProtocolError(reason, code)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.failure = self.failure or self.response.stop()
        super().connectionLost(reason)
        self.factory.listener.lost(self.failure or self._error(reason.value))

    def _error(self, reason: BaseException | None) -> EchoClientError:
        creator, phase = self.factory.creator, self.factory.recorder.phase
        if phase == "open":
            return self._closed(reason)
        if creator is not None and creator.certificateError is not None:
            refusal = f"the server's certificate is refused: {creator.certificateError}"
            return CannotConnect("TLS", refusal)
        if isinstance(reason, SSL.Error):
            hint = f": {TRY_WS}" if isNotTLS(reason) else ""
            return CannotConnect("TLS", errorText(reason) + hint)
        if phase == "TLS":
            what = "the server hung up during the TLS handshake"
            return CannotConnect("TLS", f"{what}: {TRY_WS}")
        what = "a complete answer" if self.isResponsePartial else "an answer"
        isSilent = not (self.isResponsePartial or self.factory.request.address.secure)
        phrase = f"the server hung up without {what}"
        return HandshakeRefused(None, phrase, hint=TRY_WSS if isSilent else "")

    def _closed(self, reason: BaseException | None) -> ConnectionClosed:
        if self.peerClose is not None:
            code, text = self.peerClose
            return ConnectionClosed(NO_CODE if code is None else code, text or "")
        if self.hasSentClose:
            return ConnectionClosed(ABNORMAL, "no close frame in answer to ours")
        how = "reset" if isinstance(reason, ConnectionLost) else "hung up"
        return ConnectionClosed(ABNORMAL, f"{how} without a close frame")


class ClientFactory(WebSocketClientFactory):
    """
    Makes the protocol of one connection.

    @ivar creator: Makes the TLS connection; C{None} without TLS.

    @ivar maxMessage: Bytes of the longest accepted message; 0 for no limit.

    @ivar wire: The codec module: the C codec or the Python codec.

    @ivar connection: The protocol, once the transport is connected.
    """

    noisy = False

    def __init__(
        self,
        reactor: IReactorTime,
        request: UpgradeRequest,
        listener: ConnectionListener,
        creator: TLSConnectionCreator | None,
        *,
        closeTimeout: float,
        maxMessage: int,
        compression: bool,
        clock: Callable[[], int] = time.perf_counter_ns,
        protocol: type[ClientProtocol] = ClientProtocol,
    ) -> None:
        super().__init__(protocols=list(request.subprotocols), reactor=reactor)
        self.request = request
        self.listener = listener
        self.creator = creator
        self.closeTimeout = closeTimeout
        self.maxMessage = maxMessage
        self.wire = choose()
        self.clock = clock
        self.recorder = PhaseRecorder(clock)
        self.protocol = protocol
        self.connection: ClientProtocol | None = None
        self.setProtocolOptions(
            **NO_AUTOBAHN_TIMERS,
            serverConnectionDropTimeout=0,
            failByDrop=False,
            echoCloseCodeReason=True,
            maxFramePayloadSize=maxMessage,
            maxMessagePayloadSize=maxMessage,
            # Without it, Autobahn accepts no extension.
            perMessageCompressionAccept=acceptDeflate if compression else None,
        )

    def startFactory(self) -> None:
        # The endpoint has resolved the host name, and connects to an address.
        if self.recorder.phase == "DNS":
            self.recorder.enter("TCP")

    def buildProtocol(self, addr: object) -> ClientProtocol:
        self.connection = self.protocol()
        self.connection.configure(self)
        self.connection.closeTimeout = self.closeTimeout
        return self.connection
