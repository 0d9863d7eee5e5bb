"""
The conversation: what comes in goes out again (RFC 6455).

It begins when an upgrade request was accepted (L{echo.server.http.upgrade}) and knows
nothing of HTTP, of listeners or of the command line.
"""

import re
from collections.abc import Awaitable
from dataclasses import replace
from inspect import iscoroutine
from itertools import count
from secrets import token_hex
from socket import gethostname
from typing import Any

import txaio
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.compress import PerMessageDeflateOffer
from autobahn.websocket.protocol import PreparedMessage
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.engine.adapter import Adapter
from echo.printable import PRINTED_LIMIT, messageText, printable
from echo.server.behaviour.behaviour import Behaviour
from echo.server.behaviour.performer import Performer
from echo.server.conversation.fairness import FairScheduler, TakesTurns
from echo.server.conversation.handshake import Handshake
from echo.server.conversation.hookfailures import Failing
from echo.server.conversation.hooks import called, checkAssigned
from echo.server.conversation.keepalive import Liveness
from echo.server.conversation.limits import Limits
from echo.server.conversation.onconnect import Agreement
from echo.server.fastpath.fastpath import PlainPath
from echo.server.fastpath.pumping import makePumping
from echo.server.http.requestinfo import RequestInfo
from echo.server.logevents import closed, opened, plain, publish, refused, verbatim
from echo.server.metrics.counters import Counters
from echo.server.peername import peerName
from echo.server.sockets import unread, untaken
from echo.server.tlsinfo import tlsName
from echo.wire import choose

_log = Logger()


@implementer(IHalfCloseableProtocol)
class EchoProtocol(
    TakesTurns,
    PlainPath,
    Liveness,
    Failing,
    Adapter,
    Handshake,
    WebSocketServerProtocol,
):
    """
    One conversation.

    A service is a subclass. It overrides L{reply}, or Autobahn's hooks: C{onConnect},
    C{onOpen}, C{onMessage}, C{onClose} and so on. The daemon calls them as Autobahn
    documents them, or raises a C{TypeError} when it is assembled with the class: see
    L{echo.server.conversation.hooks}. C{onConnect} may be a coroutine function, the
    other hooks may not. A service may also assign a hook to its instances, at any time.

    @ivar origin: The C{Origin} of the page behind the peer, if there is one.

    @ivar name: What this daemon calls the conversation.

    @ivar proxiedPeer: Who is behind the proxy that is the peer, if one who is
        believed says so.

    @ivar behaviour: What the peer asked for, unless it is the plain echo.

    @ivar info: What it wants to be told about itself, if it does.
    """

    closeTimeout = 5.0
    # What Autobahn has to say of a connection is ours to say, in one escaped line.
    log = txaio.make_logger("critical")
    origin: str | None = None
    name = ""
    proxiedPeer: str | None = None
    behaviour: Behaviour | None = None
    info: RequestInfo | None = None

    _performer: Performer | None = None
    _openedAt: float | None = None
    _answerUntil = 0
    _takeUntil = 0

    def reply(self, payload: bytes, isBinary: bool) -> bytes | None:
        """
        Decide what goes back.

        @param payload: A whole message as it came; UTF-8 if it is text.

        @param isBinary: Whether it came as binary; the answer goes the same way.

        @return: The answer, or None for none.
        """
        return payload

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """
        A message is complete: answer it.
        """
        if self.state != self.STATE_OPEN:
            return  # it crossed our goodbye; answering now would raise
        try:
            answer = self.reply(payload, isBinary)
            if answer is not None:
                self.sendMessage(answer, isBinary)
        except Exception:  # noqa: BLE001  a service's mistake ends one conversation
            self.fail("reply()")

    # The beginning.

    def onConnect(self, request: ConnectionRequest) -> Agreement | Awaitable[Agreement]:
        """
        Admit or refuse a client. Origin, limits and behaviours have been checked. A
        service may override this; it has
        L{handshakeTimeout<echo.server.conversation.limits.Limits>} seconds for the
        result.

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
        @param offered: Subprotocols.

        @return: The subprotocol that is spoken, the first one offered that the
            daemon speaks too, unless another was asked for; and what the 101 says
            beside.
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

    def succeedHandshake(self, agreed: Any) -> None:
        """
        Answer 101. Invalid offers of permessage-deflate are declined (RFC 7692 section
        7); Autobahn would fail the handshake.
        """
        self.websocket_extensions = [
            (name, parameters)
            for name, parameters in self.websocket_extensions
            if name == PerMessageDeflateOffer.EXTENSION_NAME and _isOffer(parameters)
        ]
        super().succeedHandshake(agreed)

    def _onOpen(self) -> None:
        """
        The 101 is on its way: the conversation is open.
        """
        self.watch()
        self.peer = peerName(self.transport.getPeer())
        self.factory.conversations.add(self)
        self.factory.counters.opened(self.behaviour)
        self._openedAt = self.factory.reactor.seconds()
        applied = self.behaviour.applied if self.behaviour else None
        if self.factory.logConnections:
            origin = self.origin
            if origin and not origin.isascii():  # as in the header, of Latin-1
                origin = origin.encode("latin-1").decode("utf-8", "surrogateescape")
            event = opened(
                self.peer,
                self.name,
                self.proxiedPeer,
                origin,
                self.websocket_protocol_in_use,
                tlsName(self.transport),
                applied,
            )
            publish(_log, event)
        if self.info is not None:
            self.sendMessage(self._describe(self.info, applied))
        if self.behaviour is not None:
            self._performer = Performer(self, self.behaviour, self.factory.reactor)
        try:
            super()._onOpen()
            if self.isService:
                checkAssigned(self, self.factory.stock)
        except Exception:  # noqa: BLE001  as in onMessage
            self.fail("onOpen()")
        if (
            self.mayBePlain
            and self.behaviour is None
            and not self.factory.logMessages
            and self._perMessageCompress is None
        ):
            self.takePlainPath()

    def _describe(self, info: RequestInfo, applied: str | None) -> bytes:
        """
        @return: What is known of the conversation, now that it is agreed on.
        """
        extensions = re.findall(
            r"^Sec-WebSocket-Extensions: (.*)$", self.http_response_data, re.MULTILINE
        )
        agreed = replace(
            info,
            subprotocol=self.websocket_protocol_in_use,
            extensions=tuple(each.strip() for each in extensions),
            applied=applied,
        )
        return agreed.json().encode("ascii")

    def _onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.factory.countMessages:
            self.factory.counters.received(len(payload), isBinary)
        if self.factory.logMessages:
            self._logMessage(payload, isBinary)
        onMessage: Any = self.onMessage
        if iscoroutine(onMessage(payload, isBinary)):
            raise TypeError("onMessage() returned a coroutine, which nothing awaits")

    def _logMessage(self, payload: bytes, isBinary: bool) -> None:
        message = payload if isBinary else payload.decode()
        _log.info(
            verbatim(f"Received: {messageText(message)} from {self.peer}"),
            event="received",
            peer=self.peer,
            connection=self.name,
            payload=plain(payload[:PRINTED_LIMIT].hex() if isBinary else message),
            size=len(payload),
            binary=isBinary,
        )

    def sendMessage(
        self, payload: bytes, isBinary: bool = False, **options: Any
    ) -> None:
        """
        Send a message, and count it.
        """
        super().sendMessage(payload, isBinary, **options)
        if self.factory.countMessages:
            self.factory.counters.sent(len(payload), isBinary)

    def sendPreparedMessage(self, preparedMsg: PreparedMessage) -> None:
        """
        Send a message that was prepared. Autobahn does not count those.
        """
        octets = preparedMsg.payloadHybi
        start = {126: 4, 127: 10}.get(octets[1], 2)
        self.sendMessage(
            octets[start:],
            octets[0] & 0x0F == 2,
            doNotCompress=preparedMsg.doNotCompress,
        )

    def onMessageFrame(self, payload: list[bytes]) -> None:
        """
        Collect a fragment.

        Autobahn keeps an object for each, so that a message of one-byte
        fragments took fifty times its size; from the second on they are merged.
        """
        pieces = self.message_data
        if not pieces or self.failedByMe:
            super().onMessageFrame(payload)
            return
        if not isinstance(pieces[-1], bytearray):
            pieces.append(bytearray())
        for piece in payload:
            pieces[-1] += piece

    # The end.

    def prepareGoodbye(self) -> None:
        """
        Note what has arrived by now: it is still to be answered.
        """
        if self._performer is not None:
            self._performer.hurry()
        self.stopPumping()
        self._answerUntil = self.heard() + unread(self.transport)

    def sayGoodbye(self, patient: bool) -> bool:
        """
        Close with 1001, unless a message that has arrived is still unanswered, or its
        echo has not reached the peer.

        @param patient: Whether that goes for all messages until now; if not, for
            those that had arrived by L{prepareGoodbye}, and for the echoes that were
            sent by the last patient look.

        @return: Whether that was the last word.
        """
        if self.state == self.STATE_OPEN:
            sent = self.trafficStats.outgoingOctetsWireLevel
            if patient:
                self._takeUntil = sent
            if self.pending or self.waiting:
                return False
            if unread(self.transport) and (patient or self.heard() < self._answerUntil):
                return False
            # A slow peer needs time for its echoes, and the clock of the close would
            # not give it. A busy peer always has an echo on its way, but a new one.
            if self.paused or sent - untaken(self.transport) < self._takeUntil:
                return False
            self.sendCloseFrame(
                self.CLOSE_STATUS_CODE_GOING_AWAY, b"server shutting down"
            )
        return True

    @property
    def pending(self) -> int:
        """
        How many bytes, about, are held back by what the peer asked for.
        """
        return 0 if self._performer is None else self._performer.pending

    def readConnectionLost(self) -> None:
        """
        The peer has closed its half without a word: it may still read its echoes.
        """
        self._noteNoClose()
        self.dropConnection()

    def _noteNoClose(self) -> None:
        self.wasNotCleanReason = (
            "the client left during the handshake"
            if self._openedAt is None
            else "no close frame before the end"
        )

    def writeConnectionLost(self) -> None:
        """
        We never close one half only.
        """

    def abandon(self) -> None:
        """
        Reset the connection: there was time enough to leave it.
        """
        self.hangUp("still there at the end of the drain")
        self.transport.abortConnection()

    def _onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        try:
            self.onClose(wasClean, code, reason)
        except Exception:  # noqa: BLE001  the connection is gone for all that
            self.logFailure("onClose()")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport is gone, and with it all that the conversation had.
        """
        if (
            self.wasNotCleanReason is None
            and not (self.wasClean or self.droppedByMe)
            and reason.check(ConnectionDone, ConnectionLost)
        ):
            self._noteNoClose()
        super().connectionLost(reason)
        if self._performer is not None:
            self._performer.stop()
        self.factory.conversations.discard(self)
        if self._openedAt is None:
            self.factory.counters.refused(self.refusal)
            why = self.wasNotCleanReason or ""
            peer = peerName(self.transport.getPeer())
            asked = (*(self.refusedWith or (None, None)), why, self.origin)
            publish(_log, refused(peer, self.name, *asked))
        else:
            code, why, by = self._outcome()
            self.factory.counters.closed(code)
            if self.factory.logConnections:
                seconds = self.factory.reactor.seconds() - self._openedAt
                end = (code, why, by, seconds, *self._traffic())
                publish(_log, closed(self.peer, self.name, *end))

    def _traffic(self) -> tuple[dict[str, int], dict[str, int]]:
        """
        @return: The messages that were received and sent, and their bytes.
        """
        messages, octets = self.answeredPlain()
        stats = self.trafficStats
        return (
            {
                "received": stats.incomingWebSocketMessages + messages,
                "sent": stats.outgoingWebSocketMessages + messages,
            },
            {
                "received": stats.incomingOctetsAppLevel + octets,
                "sent": stats.outgoingOctetsAppLevel + octets,
            },
        )

    def _outcome(self) -> tuple[int, str, str | None]:
        """
        @return: The code that ended the conversation, why, and by whom: C{"us"} or
            C{"peer"}. The code is 1005 for a close without a code, 1006 for no close
            at all (RFC 6455 7.1.5).
        """
        if self.closedByMe:
            reason = self.localCloseReason or b""
            return self.localCloseCode or 1005, reason.decode(), "us"
        if self.wasClean:
            code = 1005 if self.remoteCloseCode is None else self.remoteCloseCode
            return code, self.remoteCloseReason or "", "peer"
        return 1006, self.wasNotCleanReason or "", None


def _isOffer(parameters: dict[str, list[Any]]) -> bool:
    try:
        PerMessageDeflateOffer.parse(parameters)
    except Exception:  # noqa: BLE001  Autobahn raises nothing more specific
        return False
    return True


class EchoFactory(WebSocketServerFactory):
    """
    Makes the conversations of one daemon.

    @ivar limits: What each peer may take.

    @cvar stock: The daemon's own protocol class, the base of every service's.

    @cvar stockHooks: Its hooks, as they are when nobody has assigned any.

    @ivar conversations: Those that are open.

    @ivar undecided: Conversations that wait for a service's C{onConnect}.

    @ivar closing: Whether the daemon is going away: no new ones then.

    @ivar counters: What has happened to them.

    @ivar turns: How they share the time.

    @ivar host: The name of the machine, for the peers.
    """

    protocol = EchoProtocol
    stock = EchoProtocol
    stockHooks = called(EchoProtocol)
    noisy = False

    def __init__(
        self,
        reactor: IReactorTime,
        limits: Limits,
        subprotocols: tuple[str, ...] = (),
        *,
        logConnections: bool = True,
        logMessages: bool = False,
        countMessages: bool = False,
    ) -> None:
        """
        @param subprotocols: Those that are spoken; all that are offered if empty.

        @param logConnections: Whether the log has a line when a conversation opens,
            and one when it closes.

        @param logMessages: Whether the log has a line for every message.

        @param countMessages: Whether L{counters} counts them.
        """
        super().__init__(server=None, reactor=reactor)
        self.limits = limits
        self.logConnections = logConnections
        self.logMessages = logMessages
        self.countMessages = countMessages
        self.closing = False
        self.wire = choose().Wire()
        self.pumping = makePumping(reactor, self.wire.makePump)
        self.counters = Counters(self.wire.totals)
        self.fairness = FairScheduler(reactor)
        self.host = printable(gethostname())
        self._names = map(f"{token_hex(4)}-{{}}".format, count(1))
        self.conversations: set[EchoProtocol] = set()
        self.undecided: set[EchoProtocol] = set()
        self._subprotocols = subprotocols
        limits.applyTo(self)

    @property
    def full(self) -> bool:
        """
        Whether there are as many conversations as there may be.
        """
        count = len(self.conversations) + len(self.undecided)
        return 0 < self.limits.maxConnections <= count

    def close(self) -> None:
        """
        Refuse new conversations, and those that wait for C{onConnect}.
        """
        self.closing = True
        for conversation in list(self.undecided):
            conversation.refuse(503, "The server is shutting down.", "draining")

    def nameConnection(self) -> str:
        """
        @return: A name that no other connection has, to this daemon or to another.
        """
        return next(self._names)

    def selectSubprotocol(self, offered: list[str]) -> str | None:
        """
        @param offered: In the peer's order of preference.

        @return: The first that is spoken here.
        """
        for name in offered:
            if not self._subprotocols or name in self._subprotocols:
                return name
        return None
