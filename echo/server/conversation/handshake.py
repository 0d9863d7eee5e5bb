"""
The handshake of a conversation, when its request was found good elsewhere.

Autobahn makes an answer of a request that it parses itself, and has each of its
protocols remember some sixty things, most of them the same for all, and much of the
rest never asked for. Here it is told what there is to answer, and its protocols
remember what is theirs.
"""

from collections.abc import Callable, Iterable
from typing import Any

from autobahn.twisted.util import create_transport_details, peer2str
from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.protocol import TrafficStats, WebSocketProtocol
from autobahn.websocket.types import ConnectionDeny
from autobahn.websocket.utf8validator import Utf8Validator
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from echo.printable import printable
from echo.server.conversation import hooks
from echo.server.conversation.hookfailures import guarded, hookOf
from echo.server.conversation.onconnect import Decision, connectionRequest
from echo.server.http.requesthead import RequestHead
from echo.server.http.responses import STATUS_FIELDS, FixedResponse
from echo.server.sockets import sendNow

# Bytes after a request above which the transport is paused until the 101.
_EARLY = 2**16


class _Late:
    """
    An attribute that is made when it is asked for: most conversations never do.
    """

    _name: str

    def __init__(self, make: Callable[[Any], object]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, conversation: Any, owner: type) -> Any:
        if conversation is None:
            return self
        made = self._make(conversation)
        setattr(conversation, self._name, made)
        return made


class Handshake:
    """
    Mixed into an Autobahn server protocol, right in front of it.

    @cvar isReadied: Whether L{readied} has made this class. Otherwise Autobahn reads
        the request.

    @cvar asksService: Whether a service overrides C{onConnect}.

    @cvar isService: Whether this is a service's class, and not the daemon's own.

    @cvar calls: The hooks that this class was made for (L{hooks.called}).

    @cvar mayBePlain: Whether messages may take the plain path
        (L{echo.server.conversation.hooks}).

    @ivar refusal: The reason of a refusal, for the metrics.

    @ivar refusedWith: The HTTP status of the daemon's refusal, and the target of the
        request; None if there is none.
    """

    agree: Callable[[list[str]], Any]
    data: bytes
    factory: Any
    hold: Callable[[], None]
    http_response_data: str
    logFailure: Callable[..., None]
    makeConnection: Callable[[Any], None]
    release: Callable[[], None]
    signature: Callable[[], dict[str, str]]
    succeedHandshake: Callable[[Any], None]
    transport: Any
    wasNotCleanReason: str | None
    _parseExtensionsHeader: Callable[..., Any]

    isReadied = False
    asksService = False
    isService = False
    calls: tuple[Any, ...] = ()
    mayBePlain = False
    refusal = "handshake"
    refusedWith: tuple[bytes, int] | None = None

    is_open = _Late(lambda _: Deferred())
    is_closed = _Late(lambda _: Deferred())
    peer = _Late(lambda conversation: peer2str(conversation.transport))
    trafficStats = _Late(lambda _: TrafficStats())
    utf8validator = _Late(lambda _: Utf8Validator())
    _transport_details = _Late(
        lambda conversation: create_transport_details(conversation.transport, True)
    )
    # Autobahn's attributes for the request; a service's conversations have them.
    handshakeRequest = _Late(lambda one: connectionRequest(*one.handshakeAsked))
    http_headers = _Late(lambda one: one.handshakeRequest.headers)
    http_request_data = _Late(lambda one: one.handshakeAsked[0].data())
    http_request_host = _Late(lambda one: one.handshakeRequest.host)
    http_request_params = _Late(lambda one: one.handshakeRequest.params)
    http_request_path = _Late(lambda one: one.handshakeRequest.path)
    http_request_uri = _Late(lambda one: one.handshakeAsked[0].uri())
    http_status_line = _Late(
        lambda conversation: f"GET {conversation.http_request_uri} HTTP/1.1"
    )
    websocket_extensions = _Late(lambda one: one.handshakeRequest.extensions)
    websocket_origin = _Late(lambda conversation: conversation.handshakeRequest.origin)
    websocket_protocols = _Late(
        lambda conversation: conversation.handshakeRequest.protocols
    )
    handshakeAsked: tuple[RequestHead, str, list[str], list[Any]]
    _decision: Decision | None = None
    _holdsEarly = False

    def __init__(self) -> None:
        """
        Make nothing yet.
        """

    def begin(
        self,
        transport: Any,
        key: str,
        subprotocols: list[str],
        extensions: list[str],
        head: RequestHead,
    ) -> None:
        """
        Answer 101 and open the conversation, or ask the service first.

        @param key: The request's C{Sec-WebSocket-Key}.

        @param subprotocols: Those that it offers.

        @param extensions: Those that it offers, with their parameters.

        @param head: The request's header.
        """
        self.websocket_protocols = subprotocols
        self.websocket_extensions = self._parseExtensionsHeader(", ".join(extensions))
        self._wskey = key
        self.transport = transport
        if self.isService or self.asksService:
            peer = peer2str(transport)
            self.handshakeAsked = (head, peer, subprotocols, self.websocket_extensions)
        try:
            self.makeConnection(transport)
            if self.isService:
                hooks.checkAssigned(self, self.factory.stock)
        except Exception:  # noqa: BLE001  a service's mistake ends one conversation
            failure = Failure()
            hook = hookOf(self, failure.getTracebackObject()) or "connectionMade()"
            self.logFailure(hook, failure)
            self.refuse(500, f"{hook} failed", "handshake")
            return
        # The constructor or connectionMade may have assigned the hook.
        if self.asksService or "onConnect" in vars(self):
            self._decision = Decision(self)
            self._decision.ask(self.handshakeRequest)
        else:
            self.succeedHandshake(self.agree(subprotocols))
            self._forgetRequest()

    def _forgetRequest(self) -> None:
        del self.websocket_protocols, self.websocket_extensions, self._wskey
        del self.http_response_data, self.is_open

    def accept(self, agreed: tuple[str | None, dict[str, list[str]]]) -> None:
        """
        Answer 101: the service has accepted the request.

        @param agreed: The subprotocol, and header fields for the 101.
        """
        subprotocol, headers = agreed
        self._decision = None
        self.succeedHandshake((subprotocol, {**self.signature(), **headers}))
        self._forgetRequest()
        if self._holdsEarly:
            self.release()

    def refuse(self, status: int, reason: str, refusal: str) -> None:
        """
        Answer the request with an HTTP status, and close the connection.

        @param reason: A text for the peer and the log.

        @param refusal: One of L{echo.server.http.refusals.REASONS}.
        """
        self.refusal = refusal
        self.refusedWith = self.handshakeAsked[0].target, status
        self.wasNotCleanReason = reason
        self.sendHttpErrorResponse(status, reason)
        self.dropConnection()

    def dropConnection(self, abort: bool = False) -> None:
        """
        Close the connection; a pending C{onConnect} is cancelled.
        """
        super().dropConnection(abort)  # type: ignore[misc]  # Autobahn's, behind this mixin
        self._endDecision()

    def _endDecision(self) -> None:
        decision, self._decision = self._decision, None
        if decision is not None:
            decision.end()

    def sendHttpErrorResponse(
        self,
        code: int,
        reason: str,
        responseHeaders: Iterable[tuple[str, str]] | None = None,
    ) -> None:
        """
        Write an HTTP answer. For 500, Autobahn's reason has the text of an exception,
        which no peer gets.
        """
        if code == ConnectionDeny.INTERNAL_SERVER_ERROR:
            reason = "internal error"
        phrase = reason if self.refusal == "denied" else ""
        body = f"{printable(reason)}\n"
        headers = dict(responseHeaders or STATUS_FIELDS.get(code, {}))
        answer = FixedResponse(code, body, headers, phrase=phrase)
        sendNow(self.transport, answer.last())

    def processHandshake(self) -> None:
        """
        Bytes have arrived before the 101. They stay in C{data}, up to a limit, until
        the conversation is open.
        """
        if not self.isReadied:
            super().processHandshake()  # type: ignore[misc]  # Autobahn's, behind this mixin
        elif len(self.data) > _EARLY and not self._holdsEarly:
            self._holdsEarly = True
            self.hold()

    # The beginning and the end of the transport.

    def connectionMade(self) -> None:
        """
        Count the connection. The class has the attributes that Autobahn would set.
        """
        if self.isReadied:
            self.factory.countConnections += 1
        else:
            super().connectionMade()  # type: ignore[misc]  # Autobahn's, behind this mixin

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport is gone. Autobahn would put that into words, four times, for a
        log that is off.
        """
        WebSocketProtocol._connectionLost(self, reason)  # noqa: SLF001  all that it does beside
        self.factory.countConnections -= 1
        self._endDecision()
        # What was told to it is the conversation itself, which would be left to the
        # garbage collector.
        del self.is_closed


def readied(factory: Any) -> Any:
    """
    @return: The class of this factory's conversations, for L{Handshake.begin}. What
        Autobahn would have each of them remember though it is the same for all is
        remembered by the class.

    @raise TypeError: A service's class overrides a hook that is not called
        (L{echo.server.conversation.hooks}).
    """
    kind, stock = factory.protocol, factory.stock
    hooks.check(kind, stock)
    own = hooks.overridden(kind, stock, factory.stockHooks)
    guards = guarded(kind, stock)
    model: Any = WebSocketServerProtocol()
    model.factory = factory
    WebSocketProtocol._connectionMade(model)  # noqa: SLF001  it is to be that one's
    common = {
        name: staticmethod(value) if callable(value) else value
        for name, value in vars(model).items()
        if not hasattr(kind, name)
    }
    made: Any = type(
        kind.__name__,
        (kind,),
        {
            **common,
            # A class that is made where there is no __name__ has no module.
            "__module__": getattr(kind, "__module__", None),
            "__doc__": kind.__doc__,
            "factory": factory,
            "send_queue": (),
            "websocket_version": 13,
            "isReadied": True,
            "asksService": "onConnect" in own,
            "isService": kind is not stock,
            **{name: hook for name, hook in guards.items() if name in own},
        },
    )
    made.calls = hooks.called(made)
    made.mayBePlain = own <= hooks.LIFECYCLE and all(
        getattr(made, name) == value for name, value in hooks.OPTIONS.items()
    )
    if made.mayBePlain and kind is not stock:
        made.__setattr__ = _watch(kind, hooks.watched(stock))
    return made


def isCurrent(made: Any) -> bool:
    """
    @param made: A class that L{readied} has made.

    @return: Whether it still has the hooks that it was made for.
    """
    return bool(hooks.called(made) == made.calls)


def _watch(kind: Any, watched: frozenset[str]) -> Callable[[Any, str, object], None]:
    """
    @return: A C{__setattr__} that ends the plain path when a hook is assigned.
    """

    def assign(conversation: Any, name: str, value: object) -> None:
        if name in watched:
            hooks.checkPlain(name, value)
            conversation.leavePlainPath()
        kind.__setattr__(conversation, name, value)

    return assign
