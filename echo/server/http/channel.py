"""
HTTP at the front door: one connection, and the requests on it, however they arrive.
"""

from http import HTTPStatus
from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.http_headers import Headers
from twisted.web.server import Request
from zope.interface import implementer

from echo.printable import quoted
from echo.server.conversation.protocol import EchoFactory
from echo.server.http.requesthead import RequestHead
from echo.server.logevents import verbatim
from echo.server.peername import peerName
from echo.server.sockets import isAwaited, unsent
from echo.server.tls import tlsReason

_log = Logger()

#: Bytes that are given to twisted.web at once.
_PIECE = 2048

_FIRST_LINE = (
    "The first line has to be METHOD target HTTP/1.1, as in GET /info HTTP/1.1. The"
    " target has to be visible ASCII: other bytes are written like %C3%A9."
)

_TURNED_AWAY = {
    400: (
        "This is no proper HTTP/1.1 request. Its header fields have to be a name, a"
        " colon and a value, each field in one line."
    ),
    414: "The request target is too long: 16,000 bytes will do.",
    431: "The header is too large: 16,000 bytes and 500 fields will do.",
}


@implementer(IHalfCloseableProtocol)
class EchoChannel(HTTPChannel):
    """
    One connection, for as long as it speaks HTTP.

    Requests that arrive together take turns with everything else, and none is answered
    before the peer has taken the answers to those ahead of it: twisted.web would answer
    all that it can read, at once and into memory (HTTPChannel.pauseProducing pauses
    nobody who writes while a request is handled).

    @ivar asked: Whether there was a request yet.

    @ivar conversation: The conversation that has replaced the channel, or None.
    """

    site: Any
    transport: Any
    asked = False
    conversation: Any = None
    _isNew = True
    _isFirstLine = True
    _isOver = False
    _hasEnded = False
    _answered: Request | None = None
    _left: object = None
    _since = 0.0
    abortTimeout = EchoFactory.protocol.closeTimeout  # type: ignore[assignment]  # any number will do

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def dataReceived(self, data: bytes) -> None:
        """
        Something was read. What nearly every conversation begins with is recognised
        at a glance; all else goes through twisted.web, line by line.
        """
        if self._isOver:
            # A TLS transport goes on to read, for the peer's own end of TLS.
            self.transport.pauseProducing()
            return
        self._since = self.site.fairness.seconds()
        if self._isNew:
            self._isNew = False
            head = RequestHead.parseSimple(data)
            if head is not None and self.site.upgrade(self, head):
                return
        # LineReceiver copies all that it has for each line, and for each piece of one.
        data = self._wholeLine(data)
        for start in range(0, len(data), _PIECE):
            if not self._isOver:
                super().dataReceived(data[start : start + _PIECE])

    def _wholeLine(self, data: bytes) -> bytes:
        """
        Hold the pieces of a line until its end is there.

        @return: What can be read now; empty for a piece of a line.
        """
        if not self.line_mode or self._busyReceiving:
            return data
        start = len(self._held)
        self._held += data
        isWhole = (
            self._held.find(b"\r\n", max(start - 1, 0)) >= 0
            or (self._held[:1] == b"\n" and self._buffer[-1:] == b"\r")
            or len(self._buffer) + len(self._held) > self.MAX_LENGTH
        )
        if not isWhole:
            return b""
        line = bytes(self._held)
        self._held.clear()
        return line

    def handOver(self, conversation: Any) -> None:
        """
        Make way for a conversation. It gets all bytes after the request.
        """
        # A registered channel ignores pauses while it handles a request
        # (HTTPChannel.pauseProducing).
        self.transport.unregisterProducer()
        self.transport = None
        self.conversation = conversation

    def rawDataReceived(self, data: bytes) -> None:
        if self.conversation is None:
            super().rawDataReceived(data)
        else:
            self.conversation.dataReceived(data)

    def requestDone(self, request: Request) -> None:
        """
        An answer is complete. The next one has to wait for it to be taken, and for
        its turn.
        """
        if not self.persistent:
            super().requestDone(request)
            return
        fairness = self.site.fairness
        fairness.left -= fairness.seconds() - self._since
        self._answered = request
        if fairness.left > 0:
            self._goOn()
        else:
            fairness.enqueue(self._takeTurn)

    def _takeTurn(self) -> None:
        self._goOn()
        if self._hasEnded:
            self.readConnectionLost()

    def _goOn(self) -> None:
        if self._answered is None:
            return
        if self._waitingForTransport:
            self._left = unsent(self.transport)
            self.setTimeout(self.site.stallTimeout)
            return
        request, self._answered = self._answered, None
        self.setTimeout(None)
        self._since = self.site.fairness.seconds()
        super().requestDone(request)

    def pauseProducing(self) -> None:
        """
        The peer does not take its answers: read nothing more from it.
        """
        super().pauseProducing()
        self._networkProducer.pauseProducing()

    def resumeProducing(self) -> None:
        """
        It has taken them.
        """
        super().resumeProducing()
        self.site.fairness.enqueue(self._takeTurn)

    def resetTimeout(self) -> None:
        """
        Have no mercy for a trickle: the deadline is that of a whole request, from
        the moment on which it could have begun.
        """

    def timeoutConnection(self) -> None:
        """
        There was no complete request in time, or its answer was not taken: hang up,
        but on nobody who goes on taking what was sent.
        """
        before, self._left = self._left, unsent(self.transport)
        if self._left != before and isAwaited(self.transport):
            self.setTimeout(self.timeOut)
            return
        if not self.asked:
            self.site.countRefusal("timeout")
        _log.info(
            "Hung up on {peer}: {reason}",
            event="hung_up",
            peer=peerName(self.getPeer()),
            reason=self._lateness(f"{self.timeOut:g} s"),
        )
        self.loseConnection()

    def _lateness(self, time: str) -> str:
        if self._answered is not None:
            return f"it took no answer in {time}"
        if self.requests or self._held or self._buffer:
            return f"request incomplete after {time}"
        if self.asked:
            return f"idle for {time} after an answer"
        return f"no request in {time}"

    def lineReceived(self, line: bytes) -> None:
        """
        A line is complete. One that continues a header field is refused, as RFC 9112
        section 5.2 allows: twisted.web copies the field for each.
        """
        self._isFirstLine = not self._receivedHeaderSize
        if line[:1] in (b" ", b"\t"):
            self._respondToBadRequestAndDisconnect()
        else:
            super().lineReceived(line)

    def headerReceived(self, line: bytes) -> bool:
        """
        A header field is complete.

        @return: Whether it is one.
        """
        if not super().headerReceived(line):
            return False
        self.requests[-1].lines.append(line)
        return True

    def readConnectionLost(self) -> None:
        """
        The peer has nothing more to ask: it may still want its answers.
        """
        self._hasEnded = True
        if self.conversation is not None:
            self.conversation.readConnectionLost()
        elif not self._handlingRequest:
            self.loseConnection()

    def writeConnectionLost(self) -> None:
        """
        We never close one half only.
        """

    def _respondToBadRequestAndDisconnect(self) -> None:
        tooLarge = (
            self._receivedHeaderSize > self.totalHeadersSize
            or self._receivedHeaderCount > self.maxHeaders
        )
        self._turnAway(431 if tooLarge else 400)

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        A line is too long to be one of a request. twisted.web would just hang up.
        """
        self._turnAway(431 if self.requests else 414)

    def _turnAway(self, status: int) -> None:
        self.site.countRefusal("malformed")
        answer = f"{status} {HTTPStatus(status).phrase}"
        reason = _TURNED_AWAY[status]
        if status == 400 and self._isFirstLine:
            reason = _FIRST_LINE
        why = reason + "\n"
        head = (
            f"HTTP/1.1 {answer}\r\nConnection: close\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            f"Content-Length: {len(why)}\r\n\r\n"
        )
        self.transport.write((head + why).encode("ascii"))
        peer = peerName(self.getPeer())
        _log.info(
            verbatim(f"Answered {peer}: {answer} {quoted(reason)}"),
            event="answered",
            peer=peer,
            status=status,
            reason=reason,
            method=None,
            uri=None,
            origin=None,
        )
        self.loseConnection()

    def loseConnection(self) -> None:
        """
        Begin the end: send what was written, and read nothing any more. A peer that
        does not hang up is not waited for any longer than a while (twisted#7926).
        """
        if self._isOver:
            return
        self._isOver = True
        self._answered = None
        self._dataBuffer = []
        self._held.clear()
        self.clearLineBuffer()
        self.setTimeout(None)
        super().loseConnection()
        self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)

    def forceAbortClient(self) -> None:
        """
        The peer has not let go in time.
        """
        self._abortingCall = None
        self.transport.abortConnection()

    def writeHeaders(
        self, version: bytes, code: bytes, reason: bytes, headers: Headers
    ) -> None:
        """
        Begin an answer, without the name and version that twisted.web puts in.
        """
        headers.removeHeader(b"server")
        super().writeHeaders(version, code, reason, headers)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The connection is gone before it became a conversation.
        """
        super().connectionLost(reason)
        self._answered = None
        self._hasEnded = False
        if reason.check(SSL.Error) and not self._isOver:
            self.site.countRefusal("tls")
            _log.info(
                "TLS failed with {peer}: {reason}",
                event="tls_failed",
                peer=peerName(self.getPeer()),
                reason=tlsReason(reason.value),
            )
