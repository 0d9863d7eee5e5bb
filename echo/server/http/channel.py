"""
The HTTP connection, on top of twisted.web's parser.

This module alone uses names of twisted.web that it does not document.

Pipelined requests are answered one by one: the next one waits until the client has
read the earlier response, and for a time slice. twisted.web would answer all of them at
once, into memory: C{HTTPChannel.pauseProducing} does not pause a channel that writes
while it handles a request.
"""

from typing import TYPE_CHECKING, Any

from OpenSSL import SSL
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.http_headers import Headers
from twisted.web.server import Request
from zope.interface import implementer

from echo.server.conversation.factory import EchoFactory
from echo.server.conversation.protocol import EchoProtocol
from echo.server.http.requesthead import RequestHead
from echo.server.http.responses import MALFORMED, MALFORMED_FIRST_LINE, malformed
from echo.server.logevents import answered, publish
from echo.server.peername import peerName
from echo.server.sockets import deliveryState, hasUndelivered
from echo.server.tls import tlsReason

if TYPE_CHECKING:
    from echo.server.http.site import EchoSite

_log = Logger()

# Bytes that the parser gets at once.
_PIECE = 2048


@implementer(IHalfCloseableProtocol)
class EchoChannel(HTTPChannel):
    """
    One connection, until it closes or becomes a conversation.

    @ivar hadRequest: Whether a complete request has arrived.

    @ivar conversation: The conversation that has replaced the channel, or None.
    """

    site: "EchoSite"
    transport: Any  # no interface of Twisted has all its methods; None in the end
    hadRequest = False
    conversation: EchoProtocol | None = None
    abortTimeout: Any = EchoFactory.protocol.closeTimeout
    _isNew = True
    _isFirstLine = True
    _isClosing = False
    _hasReadEnd = False
    _answeredRequest: Request | None = None
    _unsent: object = None
    _sliceBegan = 0.0

    def __init__(self) -> None:
        super().__init__()
        self._partialLine = bytearray()

    def dataReceived(self, data: bytes) -> None:
        if self._isClosing:
            # A TLS transport reads on, until the peer's close_notify.
            self.transport.pauseProducing()
            return
        self._sliceBegan = self.site.fairness.seconds()
        if self._isNew:
            self._isNew = False
            head = RequestHead.parseSimple(data)
            if head is not None and self.site.upgrade(self, head):
                return
        # LineReceiver copies its whole buffer for each line, and for each piece of one.
        data = self._joinLine(data)
        for start in range(0, len(data), _PIECE):
            if not self._isClosing:
                super().dataReceived(data[start : start + _PIECE])

    def _joinLine(self, data: bytes) -> bytes:
        """
        @return: The bytes for the parser: none before the end of a line.
        """
        if not self.line_mode or self._busyReceiving:
            return data
        line = self._partialLine
        start = len(line)
        line += data
        isComplete = (
            line.find(b"\r\n", max(start - 1, 0)) >= 0
            or (line[:1] == b"\n" and self._buffer[-1:] == b"\r")
            or len(self._buffer) + len(line) > self.MAX_LENGTH
        )
        if not isComplete:
            return b""
        joined = bytes(line)
        line.clear()
        return joined

    def lineReceived(self, line: bytes) -> None:
        """
        Refuse a continued header field, as RFC 9112 section 5.2 permits: twisted.web
        copies the field for each continuation.
        """
        self._isFirstLine = not self._receivedHeaderSize
        if line[:1] in (b" ", b"\t"):
            self._respondToBadRequestAndDisconnect()
        else:
            super().lineReceived(line)

    def headerReceived(self, line: bytes) -> bool:
        if not super().headerReceived(line):
            return False
        self.requests[-1].lines.append(line)
        return True

    def handOver(self, conversation: EchoProtocol) -> None:
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

    # Pipelined requests.

    def requestDone(self, request: Request) -> None:
        """
        A response is complete: parse the next request in a slice that has time for it.
        """
        if not self.persistent:
            super().requestDone(request)
            return
        fairness = self.site.fairness
        fairness.left -= fairness.seconds() - self._sliceBegan
        self._answeredRequest = request
        if fairness.left > 0:
            self._nextRequest()
        else:
            fairness.enqueue(self._takeTurn)

    def _takeTurn(self) -> None:
        self._nextRequest()
        if self._hasReadEnd:
            self.readConnectionLost()

    def _nextRequest(self) -> None:
        if self._answeredRequest is None:
            return
        if self._waitingForTransport:
            self._unsent = deliveryState(self.transport)
            self.setTimeout(self.site.stallTimeout)
            return
        request, self._answeredRequest = self._answeredRequest, None
        self.setTimeout(None)
        self._sliceBegan = self.site.fairness.seconds()
        super().requestDone(request)

    def pauseProducing(self) -> None:
        super().pauseProducing()
        self._networkProducer.pauseProducing()

    def resumeProducing(self) -> None:
        super().resumeProducing()
        self.site.fairness.enqueue(self._takeTurn)

    # Time limits.

    def resetTimeout(self) -> None:
        """
        Do nothing: the limit is that of a whole request, however slowly its bytes
        arrive.
        """

    def timeoutConnection(self) -> None:
        """
        Close the connection, unless the client has read some of the response since the
        last call.
        """
        before, self._unsent = self._unsent, deliveryState(self.transport)
        if self._unsent != before and hasUndelivered(self.transport):
            self.setTimeout(self.timeOut)
            return
        if not self.hadRequest:
            self.site.countRefusal("timeout")
        _log.info(
            "Hung up on {peer}: {reason}",
            event="hung_up",
            peer=peerName(self.getPeer()),
            reason=self._lateness(f"{self.timeOut:g} s"),
        )
        self.loseConnection()

    def _lateness(self, time: str) -> str:
        if self._answeredRequest is not None:
            return f"the client read nothing of the response for {time}"
        if self.requests or self._partialLine or self._buffer:
            return f"request incomplete after {time}"
        if self.hadRequest:
            return f"idle for {time} after a response"
        return f"no request in {time}"

    # Malformed requests.

    def _respondToBadRequestAndDisconnect(self) -> None:
        isTooLarge = (
            self._receivedHeaderSize > self.totalHeadersSize
            or self._receivedHeaderCount > self.maxHeaders
        )
        self._refuse(431 if isTooLarge else 400)

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        Send a response: LineReceiver would only close the connection.
        """
        self._refuse(431 if self.requests else 414)

    def _refuse(self, status: int) -> None:
        self.site.countRefusal("malformed")
        reason = MALFORMED[status]
        if status == 400 and self._isFirstLine:
            reason = MALFORMED_FIRST_LINE
        self.transport.write(malformed(status, reason))
        publish(_log, answered(peerName(self.getPeer()), None, None, status, reason))
        self.loseConnection()

    # The end.

    def readConnectionLost(self) -> None:
        """
        The client has sent all its requests. It still gets their responses.
        """
        self._hasReadEnd = True
        if self.conversation is not None:
            self.conversation.readConnectionLost()
        elif not self._handlingRequest:
            self.loseConnection()

    def writeConnectionLost(self) -> None:
        """
        Do nothing: the daemon never closes its sending half alone.
        """

    def loseConnection(self) -> None:
        """
        Send the written bytes, read nothing more, and close. A peer that does not close
        its side is aborted after C{abortTimeout} (twisted#7926).
        """
        if self._isClosing:
            return
        self._isClosing = True
        self._answeredRequest = None
        self._dataBuffer = []
        self._partialLine.clear()
        self.clearLineBuffer()
        self.setTimeout(None)
        super().loseConnection()
        self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)

    def forceAbortClient(self) -> None:
        # HTTPChannel's method logs a line, too.
        self._abortingCall = None
        self.transport.abortConnection()

    def writeHeaders(
        self, version: bytes, code: bytes, reason: bytes, headers: Headers
    ) -> None:
        """
        Omit twisted.web's name and version.
        """
        headers.removeHeader(b"server")
        super().writeHeaders(version, code, reason, headers)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        super().connectionLost(reason)
        self._answeredRequest = None
        self._hasReadEnd = False
        if reason.check(SSL.Error) and not self._isClosing:
            self.site.countRefusal("tls")
            _log.info(
                "TLS failed with {peer}: {reason}",
                event="tls_failed",
                peer=peerName(self.getPeer()),
                reason=tlsReason(reason.value),
            )
