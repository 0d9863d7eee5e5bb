"""
The opening of a WebSocket from the client's side, in our own words.
"""

import base64
import os
from collections.abc import Mapping
from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from echo.client.errors import EchoClientError, ProtocolError
from echo.client.transport.refusal import BODY_TIME, Refusal
from echo.client.transport.responsehead import STATUS, splitHead

# Autobahn decodes the head as UTF-8 and ends lines at whatever Unicode ends them:
# a server's harmless latin-1 would be an exception, and its 0x85 a new header.
_PLAIN = bytes(
    byte if byte in b"\t\r\n" or 0x20 <= byte < 0x7F else ord("?")
    for byte in range(256)
)


class Handshake:
    """
    Mixed into an Autobahn client protocol, in front of it.

    The body of a refusal is read until its first line is there, and never for longer
    than L{BODY_TIME}.

    @ivar failure: What to report as the reason of the end, where it is known
        before the end.

    @ivar websocket_key: What was sent as C{Sec-WebSocket-Key}.

    @ivar http_status_line: The status line of the answer, once there is one.

    @ivar http_headers: Its header, by names in lower case.
    """

    factory: Any
    data: bytes
    websocket_key: bytes
    failure: EchoClientError | None = None
    _refusal: Refusal | None = None
    _bodyTimer: IDelayedCall | None = None
    http_status_line = ""
    http_headers: Mapping[str, str] = {}

    def startHandshake(self) -> None:
        """
        The transport is there. With TLS, it is not to be spoken to before
        L{handshakeCompleted}.
        """
        if self.factory.request.address.secure:
            self.factory.recorder.enter("TLS")
        else:
            self._ask()

    def handshakeCompleted(self) -> None:
        """
        TLS is established, and the server is who it should be.
        """
        self._ask()

    def _ask(self) -> None:
        self.factory.recorder.enter("HTTP")
        self.websocket_key = base64.b64encode(os.urandom(16))
        this: Any = self
        this.sendData(self.factory.request.encode(self.websocket_key.decode("ascii")))

    def processHandshake(self) -> None:
        """
        Read the answer, as far as it is there.
        """
        if self._refusal is not None:
            self._readBody(self._refusal)
            return
        try:
            head, self.data = splitHead(self.data)
        except ValueError as error:
            self.fail(ProtocolError(str(error)))
            return
        if head is None:
            return
        self.data = head.translate(_PLAIN) + self.data
        try:
            super().processHandshake()  # type: ignore[misc]  # Autobahn's, behind this mixin
        except Exception:  # noqa: BLE001  (Autobahn's parser meets a stranger's text)
            self.fail(ProtocolError("the answer to the handshake is malformed"))

    def failHandshake(self, reason: str) -> None:
        """
        The answer is not the one that opens a WebSocket.

        @param reason: Which rule it breaks.
        """
        match = STATUS.fullmatch(self.http_status_line)
        if match is None or match[1] == "101":
            self.fail(ProtocolError(reason))
            return
        address = self.factory.request.address
        headers = dict(self.http_headers)
        self._refusal = Refusal(int(match[1]), match[2] or "", headers, address)
        self.data = splitHead(self.data)[1]
        self._bodyTimer = self.factory.reactor.callLater(BODY_TIME, self._hangUp)
        self._readBody(self._refusal)

    def _readBody(self, refusal: Refusal) -> None:
        data, self.data = self.data, b""
        if refusal.add(data):
            self._hangUp()

    def fail(self, error: EchoClientError) -> None:
        """
        Give the connection up before it is open.

        @param error: What to report, unless there is something already.
        """
        self._endBody()
        self.failure = self.failure or error
        self._hangUp()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport is gone, and the body of a refusal ends.
        """
        self._endBody()
        super().connectionLost(reason)  # type: ignore[misc]  # Autobahn's, behind this mixin

    def _hangUp(self) -> None:
        self._endBody()
        this: Any = self
        this.dropConnection(abort=True)

    def _endBody(self) -> None:
        if self._refusal is None or self.failure is not None:
            return
        if self._bodyTimer is not None and self._bodyTimer.active():
            self._bodyTimer.cancel()
        self.failure = self._refusal.error()
