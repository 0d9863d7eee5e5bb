"""
The conversation: the protocol of one WebSocket connection (RFC 6455), from the accepted
request to the end of the transport.

It is the base of every service, and owns its parts. It does not know listeners or the
command line.

Longer than 300 lines: it has all methods that a service may override or call, and what
they promise, and a short method for each event of Autobahn.
"""

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING

from autobahn.websocket.types import ConnectionRequest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol, ITransport
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.engine.attributes import Late
from echo.engine.handshake import Offer
from echo.engine.outcome import closeOutcome
from echo.engine.server import ServerAdapter
from echo.server.behaviour.behaviour import Behaviour
from echo.server.behaviour.performer import Performer
from echo.server.conversation.answering import Answering
from echo.server.conversation.backpressure import Backpressure
from echo.server.conversation.compression import validOffers
from echo.server.conversation.connectionlog import logClosed, logRefused
from echo.server.conversation.keepalive import KeepAlive
from echo.server.conversation.opening import connect, refusalResponse, register
from echo.server.conversation.readgate import HoldReason, ReadGate
from echo.server.conversation.reading import Reader
from echo.server.hooks.hookfailures import hookOf, logFailure
from echo.server.hooks.hookrules import checkAssigned
from echo.server.hooks.onconnect import Agreement, Decision
from echo.server.http.requesthead import CheckedUpgrade
from echo.server.http.requestinfo import RequestInfo
from echo.server.sockets import sendNow

if TYPE_CHECKING:
    from echo.server.conversation.factory import EchoFactory

_Fields = Iterable[tuple[str, str]] | None

# Bytes after a request above which the transport is paused until the 101.
_MOST_EARLY = 2**16


@implementer(IHalfCloseableProtocol)
class EchoProtocol(ServerAdapter):
    """
    One conversation.

    A service is a subclass. It overrides L{reply}, or Autobahn's hooks: C{onConnect},
    C{onOpen}, C{onMessage}, C{onClose} and so on. The daemon calls them as Autobahn
    documents them, or raises a C{TypeError} when it is assembled with the class: see
    L{echo.server.hooks.hookrules}. C{onConnect} may be a coroutine function, the
    other hooks may not. A service may also assign a hook to its instances, at any time.

    @ivar origin: The C{Origin} of the web page that connects, or None.

    @ivar name: The connection's name, C{X-Echo-Connection}.

    @ivar proxiedPeer: The client's address as a trusted proxy reports it, or None.

    @ivar behaviour: The behaviours that the client asks for, or None.

    @ivar info: The request, if the client asks for its description.
    """

    factory: "EchoFactory"
    closeTimeout = 5.0
    origin: str | None = None
    name = ""
    proxiedPeer: str | None = None
    behaviour: Behaviour | None = None
    info: RequestInfo | None = None

    # The class (L{echo.server.hooks.serviceclass}): whether it is a service's, whether
    # that overrides onConnect, and whether none of its hooks sees messages.
    isService = False
    asksService = False
    mayUseFastPath = False
    calls: tuple[object, ...] = ()

    # Parts.
    readGate = Late(lambda one: ReadGate(one.transport))
    frameReader = Late(Reader)
    answering: Late[Answering] = Late(lambda one: one.factory.answering)
    _keepAlive: KeepAlive | None = None
    _backpressure: Backpressure | None = None
    _decision: Decision | None = None
    _openedAt: float | None = None

    # A refusal: the reason for the metrics, and the request's target and the HTTP
    # status, if it is the daemon's.
    refusal = "handshake"
    refusedWith: tuple[bytes, int] | None = None

    def reply(self, payload: bytes, isBinary: bool) -> bytes | None:
        """
        Make the answer to a message.

        @param payload: The whole message; UTF-8 if it is text.

        @param isBinary: Whether the message is binary. The answer has the same type.

        @return: The answer, or None for none.
        """
        return payload

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if not self.isStateOpen:
            return  # an answer after our close frame would raise
        try:
            answer = self.reply(payload, isBinary)
            if answer is not None:
                self.sendMessage(answer, isBinary)
        except Exception:  # noqa: BLE001  (a service's mistake ends one conversation)
            self.fail("reply()")

    # The handshake.

    def onConnect(self, request: ConnectionRequest) -> Agreement | Awaitable[Agreement]:
        """
        Accept or refuse a client. Origin, limits and behaviours are checked before. A
        service may override this. The result must come within
        L{handshakeTimeout<echo.server.conversation.limits.Limits>} seconds.

        @param request: Autobahn's: C{path}, C{params}, C{headers}, C{peer} and so on.
            L{proxiedPeer} and L{behaviour} are set.

        @return: An offered subprotocol or None; or a tuple of that and a dict of header
            fields for the 101; or a C{Deferred} or coroutine of either.
            C{ConnectionDeny} refuses the client with its status and reason, any other
            exception with 500.
        """
        return self.agree(request.protocols)

    def agree(self, offered: list[str]) -> tuple[str | None, dict[str, str]]:
        """
        @return: The first offered subprotocol that is accepted, and the header fields
            for the 101.
        """
        subprotocol = self.behaviour.subprotocol if self.behaviour else None
        return subprotocol or self.factory.selectSubprotocol(offered), self.signature()

    def signature(self) -> dict[str, str]:
        """
        @return: The header fields of every 101.
        """
        headers = {"X-Echo-Host": self.factory.host, "X-Echo-Connection": self.name}
        if self.behaviour is not None:
            headers["X-Echo-Applied"] = self.behaviour.applied
        return headers

    def begin(self, transport: ITransport, upgrade: CheckedUpgrade) -> None:
        """
        Answer a request with 101, or ask the service first.
        """
        if not connect(self, transport, upgrade):
            return
        # The constructor or connectionMade may have assigned the hook.
        if self.asksService or "onConnect" in vars(self):
            self._decision = Decision(self)
            self._decision.ask(self.handshakeRequest)
        else:
            self.completeHandshake(self.agree(upgrade.subprotocols))

    def accept(self, agreed: tuple[str | None, dict[str, list[str]]]) -> None:
        """
        Answer 101: the service has accepted the request.
        """
        subprotocol, headers = agreed
        self._decision = None
        self.completeHandshake((subprotocol, {**self.signature(), **headers}))
        if self.readGate.isHeldBy(HoldReason.HANDSHAKE):
            self.frameReader.release(HoldReason.HANDSHAKE)

    def refuse(self, status: int, reason: str, refusal: str) -> None:
        """
        Answer the request with another HTTP status, and close the connection.

        @param reason: A text for the client and the log.

        @param refusal: One of L{echo.server.http.refusals.REASONS}.
        """
        self.refusal = refusal
        self.refusedWith = self.receivedRequest.head.target, status
        self.denyHandshake(status, reason)

    def _refusalResponse(self, status: int, reason: str, headers: _Fields) -> bytes:
        return refusalResponse(status, reason, headers, self.refusal == "denied")

    def _validOffers(self, extensions: list[Offer]) -> list[Offer]:
        return validOffers(extensions)

    def _earlyBytes(self, count: int) -> None:
        if count > _MOST_EARLY and not self.readGate.isHeldBy(HoldReason.HANDSHAKE):
            self.readGate.hold(HoldReason.HANDSHAKE)

    # The open conversation begins.

    def _beforeOnOpen(self) -> None:
        self._openedAt = self.frameReader.heardAt = self.factory.reactor.seconds()
        self._backpressure = Backpressure(self)
        self.transport.registerProducer(self._backpressure, True)
        if self.factory.limits.pingInterval:
            self._keepAlive = KeepAlive(self)
        register(self)
        if self.behaviour is not None:
            self.answering = Performer(self, self.behaviour)
            self.answering.start()

    def _afterOnOpen(self) -> None:
        if self.isService:
            checkAssigned(self, self.factory.stock)

    def _startReading(self) -> None:
        if (
            self.mayUseFastPath
            and self.behaviour is None
            and not self.factory.logMessages
            and not self.isCompressed
        ):
            self.frameReader.startFastPath()

    # Reading.

    def dataReceived(self, data: bytes) -> None:
        self.frameReader.dataReceived(data)

    def _processFrames(self) -> None:
        self.frameReader.processFrames()

    def leaveFastPath(self) -> None:
        self.mayUseFastPath = False
        self.frameReader.leaveFastPath()

    def onPong(self, payload: bytes) -> None:
        if self._keepAlive is not None:
            roundTrip = self._keepAlive.pongReceived(payload)
            if roundTrip is not None:
                self.factory.counters.pongReceived(roundTrip)

    # Sending.

    @property
    def pending(self) -> int:
        """
        The approximate number of bytes that behaviours hold back.
        """
        return self.answering.pending

    def _messageReceived(self, payload: bytes, isBinary: bool) -> None:
        self.answering.receive(self, payload, isBinary)

    def sendMessage(
        self, payload: bytes, isBinary: bool = False, **options: int
    ) -> None:
        self.answering.send(self, payload, isBinary, **options)

    def sendPong(self, payload: bytes | None = None) -> None:
        if self.answering.answersPings:
            super().sendPong(payload)

    def _writeNow(self, data: bytes) -> None:
        self.frameReader.stopPumping()
        sendNow(self.transport, data)

    # The end.

    def fail(self, hook: str) -> None:
        """
        Log the current exception, and close the connection with 1011.

        @param hook: The hook's name, if the traceback has none.
        """
        failure = Failure()
        self.logFailure(hookOf(self, failure.getTracebackObject()) or hook, failure)
        self.failWith(1011, b"internal error")

    def logFailure(self, hook: str, failure: Failure | None = None) -> None:
        logFailure(self, hook, failure)

    def _closing(self) -> None:
        self.answering.stop()

    def _dropping(self) -> None:
        self.frameReader.stopPumping()

    def _dropped(self) -> None:
        self._endDecision()

    def _endDecision(self) -> None:
        decision, self._decision = self._decision, None
        if decision is not None:
            decision.end()

    def readConnectionLost(self) -> None:
        """
        The peer has closed its half without a close frame. It may still read echoes.
        """
        self.closeTransport(self._whyNoClose())

    def writeConnectionLost(self) -> None:
        """
        The daemon never closes one half only.
        """

    def _whyNoClose(self) -> str:
        if self._openedAt is None:
            return "the client left during the handshake"
        return "no close frame before the end"

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.isEndExplained and reason.check(ConnectionDone, ConnectionLost):
            self.uncleanReason = self._whyNoClose()
        self.frameReader.connectionLost()
        for part in (self._keepAlive, self._backpressure):
            if part is not None:
                part.stop()
        super().connectionLost(reason)
        self._endDecision()
        self.factory.conversations.discard(self)
        if self._openedAt is None:
            self.factory.counters.refused(self.refusal)
            logRefused(self)
        else:
            self.answering.stop()
            code, _, _ = closeOutcome(self)
            self.factory.counters.closed(code)
            if self.factory.logConnections:
                logClosed(self, self.factory.reactor.seconds() - self._openedAt)
        # The parts refer to this object.
        del self.frameReader
        self._keepAlive = self._backpressure = None
