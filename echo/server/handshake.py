"""
The handshake of a conversation, when its request was found good elsewhere.

Autobahn makes an answer of a request that it parses itself, and has each of its
protocols remember some sixty things, most of them the same for all, and much of the
rest never asked for. Here it is told what there is to answer, and its protocols
remember what is theirs.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlparse

from autobahn.twisted.util import create_transport_details, peer2str
from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.protocol import TrafficStats, WebSocketProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from autobahn.websocket.utf8validator import Utf8Validator
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from echo.printable import printable
from echo.server import hooks
from echo.server.answer import DUTIES, Answer
from echo.server.head import Head
from echo.token import isToken

# Statuses that refuse, and the one for a service's mistake.
_DENIALS = range(300, 600)
_MISTAKE = 500

# Bytes behind a request above which nothing more is read until it is accepted.
_EARLY = 2**16

# Of a header field: visible, and blanks.
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


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

    @cvar isReadied: Whether this is a class that L{readied} has made. Of any other,
        Autobahn itself reads the request.

    @cvar asksService: Whether a service has an L{onConnect} of its own.

    @cvar mayBePlain: Whether a service's class leaves messages to the plain path.

    @ivar refusal: Why there is no conversation, for the metrics.
    """

    STATE_CLOSED: int
    STATE_CONNECTING: int
    agree: Callable[[list[str]], Any]
    blame: Callable[[str, Failure], None]
    data: bytes
    dropConnection: Callable[[], None]
    factory: Any
    held: int
    hold: Callable[[], None]
    http_response_data: str
    makeConnection: Callable[[Any], None]
    onConnect: Callable[[ConnectionRequest], Any]
    release: Callable[[], None]
    signature: Callable[[], dict[str, str]]
    state: int
    succeedHandshake: Callable[[Any], None]
    transport: Any
    wasNotCleanReason: str | None
    _parseExtensionsHeader: Callable[..., Any]

    isReadied = False
    asksService = False
    mayBePlain = False
    refusal = "handshake"

    is_open = _Late(lambda _: Deferred())
    is_closed = _Late(lambda _: Deferred())
    peer = _Late(lambda conversation: peer2str(conversation.transport))
    trafficStats = _Late(lambda _: TrafficStats())
    utf8validator = _Late(lambda _: Utf8Validator())
    _transport_details = _Late(
        lambda conversation: create_transport_details(conversation.transport, True)
    )
    _decision: Deferred[None] | None = None
    _deadline: IDelayedCall | None = None
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
        head: Head,
    ) -> None:
        """
        Answer 101 and be open, unless a service decides otherwise.

        @param key: The request's C{Sec-WebSocket-Key}.

        @param subprotocols: Those that it offers.

        @param extensions: Those that it offers, with their parameters.

        @param head: All of it.
        """
        self.websocket_protocols = subprotocols
        self.websocket_extensions = self._parseExtensionsHeader(", ".join(extensions))
        self._wskey = key
        self.makeConnection(transport)
        if self.asksService:
            self._ask(head)
        else:
            self.succeedHandshake(self.agree(subprotocols))
            self._forgetRequest()

    def _forgetRequest(self) -> None:
        del self.websocket_protocols, self.websocket_extensions, self._wskey
        del self.http_response_data, self.is_open

    # A service decides.

    def _ask(self, head: Head) -> None:
        """
        Call L{onConnect}, which may take its time.
        """
        request = connectionRequest(
            head, self.peer, self.websocket_protocols, self.websocket_extensions
        )
        self._decision = maybeDeferred(self.onConnect, request)
        self._decision.addCallback(self._accept).addErrback(self._deny)
        if self.state == self.STATE_CONNECTING:
            self.factory.undecided.add(self)
            timeout = self.factory.limits.handshakeTimeout
            if timeout:
                self._deadline = self.factory.reactor.callLater(
                    timeout, self.turnAway, 503, "The server took too long.", "timeout"
                )

    def _accept(self, agreed: object) -> None:
        if self.state != self.STATE_CONNECTING:
            return  # the peer has left, or was turned away
        subprotocol, headers = checked(agreed)
        self._decided()
        self.succeedHandshake((subprotocol, {**self.signature(), **headers}))
        self._forgetRequest()
        if self._holdsEarly:
            self.release()

    def _deny(self, failure: Failure) -> None:
        if self.state != self.STATE_CONNECTING:
            # Whoever has left needs no answer, and what is open is not refused.
            if failure.check(CancelledError, ConnectionDeny) is None:
                self.blame("the handshake", failure)
            if self.state != self.STATE_CLOSED:
                self.transport.abortConnection()
            return
        error = failure.value
        if isinstance(error, ConnectionDeny) and error.code in _DENIALS:
            reason = error.reason or "The server refuses this connection."
            self.turnAway(error.code, reason, "denied")
        else:
            self.blame("onConnect()", failure)
            self.turnAway(_MISTAKE, "onConnect() failed", "handshake")

    def turnAway(self, status: int, reason: str, refusal: str) -> None:
        """
        Refuse, in HTTP, and hang up.

        @param reason: For the peer and the log.

        @param refusal: For the metrics.
        """
        self.refusal = refusal
        self.wasNotCleanReason = reason
        self.sendHttpErrorResponse(status, reason)
        self.dropConnection()
        self._decided()

    def sendHttpErrorResponse(
        self, code: int, reason: str, responseHeaders: object = None
    ) -> None:
        """
        Refuse, in HTTP. Autobahn has the text of an exception as a reason for 500.
        """
        if code == _MISTAKE:
            reason = "internal error"
        body = f"{printable(reason)}\n"
        answer = Answer(code, body, DUTIES.get(code), phrase=reason)
        self.transport.write(answer.last())

    def _decided(self) -> None:
        """
        Do not wait for L{onConnect} any longer.
        """
        self.factory.undecided.discard(self)
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        decision, self._decision = self._decision, None
        if decision is not None and self.state != self.STATE_CONNECTING:
            decision.cancel()

    def processHandshake(self) -> None:
        """
        Something was read too early. The request has been read, and what follows it
        waits for the conversation to be open, in a buffer of limited size.
        """
        if not self.isReadied:
            super().processHandshake()  # type: ignore[misc]  # Autobahn's, behind this mixin
        elif len(self.data) > _EARLY and not self._holdsEarly:
            self._holdsEarly = True
            self.hold()

    # The beginning and the end of the transport.

    def connectionMade(self) -> None:
        """
        There is a transport. What Autobahn would make of it, the class has.
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
        self._decided()
        # What was told to it is the conversation itself, which would be left to the
        # garbage collector.
        del self.is_closed


def connectionRequest(
    head: Head, peer: str, subprotocols: list[str], extensions: list[Any]
) -> ConnectionRequest:
    """
    @return: What Autobahn hands to C{onConnect}, made of the request in the same way.
    """
    _, _, path, _, query, _ = urlparse(head.target.decode("iso-8859-1"))
    fields = head.fields()
    host = fields["host"].strip()
    if ":" in host and not host.endswith("]"):
        host, _, _ = host.rpartition(":")
    return ConnectionRequest(
        peer,
        fields,
        host,
        path,
        parse_qs(query),
        13,
        fields.get("origin", "").strip(),
        subprotocols,
        extensions,
    )


def checked(agreed: object) -> tuple[str | None, dict[str, list[str]]]:
    """
    @param agreed: What a service's C{onConnect} returned.

    @return: The subprotocol, and what the 101 says beside.

    @raise ValueError: It is nothing that Autobahn documents, or would end the header.
    """
    subprotocol, headers = agreed if isinstance(agreed, tuple) else (agreed, {})
    if subprotocol is not None and not isinstance(subprotocol, str):
        raise ValueError(f"{subprotocol!r} is not a subprotocol: str or None is")
    lines = {
        name: [value] if isinstance(value, str) else [str(each) for each in value]
        for name, value in dict(headers or {}).items()
    }
    for name, values in lines.items():
        if not isToken(name) or not all(map(_VALUE.fullmatch, values)):
            raise ValueError(f"{name!r}: {values!r} is not a header field")
    return subprotocol, lines


def readied(factory: Any) -> Any:
    """
    @return: The class of this factory's conversations, for L{Handshake.begin}. What
        Autobahn would have each of them remember though it is the same for all is
        remembered by the class.

    @raise TypeError: A service's class overrides a hook that is not called
        (L{echo.server.hooks}).
    """
    kind, stock = factory.protocol, factory.stock
    hooks.check(kind, stock)
    own = hooks.overridden(kind, stock)
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
            "__module__": kind.__module__,
            "__doc__": kind.__doc__,
            "factory": factory,
            "send_queue": (),
            "websocket_version": 13,
            "isReadied": True,
            "asksService": "onConnect" in own,
        },
    )
    made.mayBePlain = own <= hooks.BESIDE and all(
        getattr(made, name) == value for name, value in hooks.USUAL.items()
    )
    if made.mayBePlain and kind is not stock:
        made.__setattr__ = _watch(hooks.watched(stock))
    return made


def _watch(watched: frozenset[str]) -> Callable[[Any, str, object], None]:
    """
    @return: What ends the plain path of a conversation when a hook is assigned to it.
    """

    def assign(conversation: Any, name: str, value: object) -> None:
        object.__setattr__(conversation, name, value)
        if name in watched:
            conversation.leavePlainPath()

    return assign
