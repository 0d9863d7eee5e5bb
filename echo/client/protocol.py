"""
Autobahn's client protocol, made to measure: our own timers and time stamps, what is
sent leaves at once, and there is one error for whatever can go wrong.

It knows frames and transports. What is to be done about a message or an end, it
tells its L{ConnectionListener}; it decides nothing.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from autobahn.twisted.websocket import WebSocketClientFactory
from OpenSSL import SSL
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IHandshakeListener, IPushProducer
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
from echo.client.interfaces import ConnectionListener, Message
from echo.client.transport.deflateoffer import acceptDeflate, refuseDeflate
from echo.client.transport.phases import PhaseRecorder
from echo.client.transport.refusal import SECURE
from echo.client.transport.tls import PLAIN, TLSConnectionCreator, errorText, isPlain
from echo.client.transport.upgrade import Upgrade
from echo.client.transport.upgraderequest import UpgradeRequest
from echo.engine.adapter import NO_AUTOBAHN_TIMERS
from echo.engine.client import ClientAdapter
from echo.wire import choose


@implementer(IHandshakeListener, IPushProducer)
class ClientProtocol(ClientAdapter):
    """
    One connection, from its upgrade request to its end.

    @ivar failure: Why the connection ends, where that is known before its end.
    """

    factory: "ClientFactory"
    failure: EchoClientError | None = None
    _unanswered: bytes | None = None

    # The upgrade.

    def connectionMade(self) -> None:
        factory = self.factory
        address = factory.request.address
        self.response = self._upgrade = Upgrade(address, factory.reactor, self.fail)
        super().connectionMade()
        if address.secure:
            factory.recorder.enter("TLS")
        else:
            self.sendUpgradeRequest()

    def handshakeCompleted(self) -> None:
        """
        TLS is established, and the server's certificate is accepted.
        """
        self.sendUpgradeRequest()

    def sendUpgradeRequest(self) -> None:
        """
        Ask the server for a WebSocket.
        """
        self.factory.recorder.enter("HTTP")
        self.sendBytes(self.factory.request.encode(self.key))

    def onOpen(self) -> None:
        self.factory.recorder.enter("open")
        self.transport.registerProducer(self, True)
        self.startFastPath(ClientProtocol)
        self.factory.listener.opened()

    # Messages.

    def onMessages(self, messages: Sequence[Message]) -> None:
        self.factory.listener.received(messages)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.factory.listener.received([(payload, isBinary)])

    def onPing(self, payload: bytes) -> None:
        self.factory.listener.pinged()
        self._answer(payload)

    def _answer(self, payload: bytes) -> None:
        # Only the latest of the pings that arrive during a pause is answered (RFC 6455,
        # 5.5.3): a peer that sends pings and reads nothing cannot fill memory.
        if self.isPaused:
            self._unanswered = payload
        else:
            super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        self.factory.listener.ponged(payload)

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
        Drop the connection.

        @param error: The reason, unless another one is known already.
        """
        self.failure = self.failure or self._upgrade.stop() or error
        self.hangUp(abort=True)

    def onProtocolError(self, code: int, reason: str) -> None:
        self.failure = self.failure or ProtocolError(reason, code)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.failure = self.failure or self._upgrade.stop()
        super().connectionLost(reason)
        self.factory.listener.lost(self.failure or self._lossReason(reason.value))

    def _lossReason(self, reason: BaseException | None) -> EchoClientError:
        creator = self.factory.creator
        if self.factory.recorder.phase == "open":
            return self._closed(reason)
        if creator is not None and creator.certificateError is not None:
            refusal = f"the server's certificate is refused: {creator.certificateError}"
            return CannotConnect("TLS", refusal)
        if isinstance(reason, SSL.Error):
            text = errorText(reason)
            return CannotConnect("TLS", f"{text}: {PLAIN}" if isPlain(reason) else text)
        if self.factory.recorder.phase == "TLS":
            what = "the server hung up during the TLS handshake"
            return CannotConnect("TLS", f"{what}: {PLAIN}")
        what = "a complete answer" if self.isResponsePartial else "an answer"
        isSilent = not (self.isResponsePartial or self.factory.request.address.secure)
        hint = SECURE if isSilent else ""
        return HandshakeRefused(None, f"the server hung up without {what}", hint=hint)

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
    What one connection needs to know.

    @ivar request: What to ask for.

    @ivar listener: Who is told.

    @ivar creator: The TLS side, if there is one.

    @ivar recorder: How far it has come.

    @ivar maxMessage: Bytes of the longest message that is taken; 0 for no limit.

    @ivar wire: The module that makes and reads frames.

    @ivar clock: Monotonic nanoseconds.

    @ivar connection: The protocol, once there is a transport for it.
    """

    noisy = False

    def __init__(
        self,
        reactor: Any,
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
        self.wire: Any = choose()
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
            perMessageCompressionAccept=acceptDeflate if compression else refuseDeflate,
        )

    def startFactory(self) -> None:
        """
        An address is about to be connected to.
        """
        if self.recorder.phase == "DNS":
            self.recorder.enter("TCP")

    def buildProtocol(self, addr: object) -> ClientProtocol:
        """
        @return: The protocol of the one connection.
        """
        self.connection = self.protocol()
        self.connection.configure(self)
        self.connection.closeTimeout = self.closeTimeout
        return self.connection
