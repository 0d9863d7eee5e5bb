"""
Autobahn's client protocol, made to measure: our own timers and time stamps, what is
sent leaves at once, and there is one error for whatever can go wrong.

It knows frames and transports. What is to be done about a message or an end, it
tells its L{ConnectionListener}; it decides nothing.
"""

import time
from collections.abc import Callable
from typing import Any

import txaio
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from OpenSSL import SSL
from twisted.internet.abstract import FileDescriptor
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IHandshakeListener, IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper
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
from echo.client.fastpath import PlainPath
from echo.client.interfaces import ConnectionListener
from echo.client.transport.compression import acceptDeflate, refuseDeflate
from echo.client.transport.phases import PhaseRecorder
from echo.client.transport.refusal import SECURE
from echo.client.transport.tls import PLAIN, TLSConnectionCreator, errorText, isPlain
from echo.client.transport.upgrade import Handshake
from echo.client.transport.upgraderequest import UpgradeRequest
from echo.engine.adapter import NO_AUTOBAHN_TIMERS, Adapter
from echo.wire import choose


@implementer(IHandshakeListener, IPushProducer)
class ClientProtocol(PlainPath, Handshake, Adapter, WebSocketClientProtocol):
    """
    One connection, from its request to its end.

    @ivar sentAt: When the latest frame was handed to the transport.

    @ivar readAt: When the latest bytes came from it. Both are nanoseconds of the
        factory's clock.
    """

    log = txaio.make_logger("critical")  # a peer's sins are reported, not logged

    # Autobahn would copy them one by one, and format them all for a log that nobody
    # keeps: a quarter of the time that it takes to connect.
    CONFIG_ATTRS = ()

    factory: "ClientFactory"
    transport: Any
    sentAt = 0
    readAt = 0
    _full = False
    _owed: bytes | None = None
    _descriptor: FileDescriptor | None = None

    # Bytes

    def connectionMade(self) -> None:
        """
        The transport is there: find what is below its TLS.
        """
        below = self.transport
        while isinstance(below, ProtocolWrapper):
            below = below.transport
        if isinstance(below, FileDescriptor):
            self._descriptor = below
        super().connectionMade()

    def sendData(
        self, data: bytes, sync: bool = False, chopsize: object = None
    ) -> None:
        """
        Send bytes now, not in the reactor's next turn.

        @param sync: Autobahn's, like C{chopsize}: of no effect, as bytes always
            leave at once and in one piece.
        """
        self.sentAt = self.factory.clock()
        descriptor = self._descriptor
        if descriptor is None or not descriptor.connected or descriptor.disconnecting:
            self.transport.write(data)
        elif descriptor is not self.transport:
            self.transport.write(data)
            if not self._full:
                # What this returns is of no consequence: it goes on being a writer
                # as long as there is something to write or to fail at.
                descriptor.doWrite()
        else:
            # The same, without calling the reactor off again.
            waits = descriptor.dataBuffer or descriptor._tempDataBuffer  # noqa: SLF001  (all that there is to ask)
            taken = 0 if waits else descriptor.writeSomeData(data)
            rest = data[taken:] if isinstance(taken, int) else data
            if rest:
                descriptor.write(rest)

    def dataReceived(self, data: bytes) -> None:
        """
        Take the time, then the bytes.
        """
        self.readAt = self.factory.clock()
        # Autobahn's own method would make words of it, for a log that is off.
        self._dataReceived(data)

    # Messages

    def onOpen(self) -> None:
        """
        The handshake is done.
        """
        self.factory.recorder.enter("open")
        self.transport.registerProducer(self, True)
        self.takePlainPath(ClientProtocol)
        self.factory.listener.opened()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """
        Pass a message on.
        """
        self.factory.listener.received([(payload, isBinary)])

    def onPing(self, payload: bytes) -> None:
        """
        Answer. Of pings that come while there is no room for pongs, the latest is
        answered (RFC 6455, 5.5.3): a peer that does not read cannot fill memory.
        """
        self.factory.listener.pinged()
        self._answer(payload)

    def _answer(self, payload: bytes) -> None:
        if self._full:
            self._owed = payload
        else:
            super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        """
        Pass a pong on.
        """
        self.factory.listener.ponged(payload)

    def pauseProducing(self) -> None:
        """
        The transport has enough to send.
        """
        self._full = True
        self.factory.listener.paused()

    def resumeProducing(self) -> None:
        """
        The transport takes more.
        """
        self._full = False
        if self._owed is not None:
            owed, self._owed = self._owed, None
            self._answer(owed)
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
        if self.factory.recorder.phase == "open":
            return self._end(reason)
        if creator is not None and creator.certificateError is not None:
            objection = (
                f"the server's certificate is refused: {creator.certificateError}"
            )
            return CannotConnect("TLS", objection)
        if isinstance(reason, SSL.Error):
            text = errorText(reason)
            return CannotConnect("TLS", f"{text}: {PLAIN}" if isPlain(reason) else text)
        if self.factory.recorder.phase == "TLS":
            what = "the server hung up during the TLS handshake"
            return CannotConnect("TLS", f"{what}: {PLAIN}")
        what = "a complete answer" if self.data else "an answer"
        isSilent = not self.data and not self.factory.request.address.secure
        hint = SECURE if isSilent else ""
        return HandshakeRefused(None, f"the server hung up without {what}", hint=hint)

    def _end(self, reason: BaseException | None) -> ConnectionClosed:
        if self.wasClean:
            code = NO_CODE if self.remoteCloseCode is None else self.remoteCloseCode
            return ConnectionClosed(code, self.remoteCloseReason or "")
        if self.closedByMe:
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
        for name in WebSocketClientProtocol.CONFIG_ATTRS:
            setattr(self.connection, name, getattr(self, name))
        self.connection.factory = self
        self.connection.closeTimeout = self.closeTimeout
        return self.connection
