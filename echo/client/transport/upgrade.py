"""
The response to an upgrade request, as L{echo.engine.client} receives it.

A response with status 101 goes to Autobahn. Any other is a refusal: its body is read
until its first line is complete, for L{BODY_TIME} at most.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from echo.client.errors import EchoClientError, HandshakeRefused, ProtocolError
from echo.client.transport.refusal import BODY_TIME, Refusal
from echo.client.transport.responsehead import STATUS_LINE, splitHead
from echo.client.transport.url import Address


@dataclass
class Upgrade:
    """
    The response to one upgrade request. It implements
    L{ResponseReader<echo.engine.responsereader.ResponseReader>}.
    """

    address: Address
    reactor: IReactorTime
    fail: Callable[[EchoClientError], None]
    _refusal: Refusal | None = None
    _timer: IDelayedCall | None = None

    def readHead(self, data: bytes) -> tuple[bytes | None, bytes]:
        if self._refusal is not None:
            self._readBody(self._refusal, data)
            return None, b""
        try:
            return splitHead(data)
        except ValueError as error:
            self.fail(ProtocolError(str(error)))
            return None, data

    def malformed(self) -> None:
        self.fail(ProtocolError("the answer to the handshake is malformed"))

    def refused(
        self, reason: str, statusLine: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        match = STATUS_LINE.fullmatch(statusLine)
        if match is None or match[1] == "101":
            self.fail(ProtocolError(reason))
            return
        self._refusal = Refusal(int(match[1]), match[2] or "", headers, self.address)
        self._timer = self.reactor.callLater(BODY_TIME, self._refuse, self._refusal)
        self._readBody(self._refusal, body)

    def _readBody(self, refusal: Refusal, data: bytes) -> None:
        if refusal.add(data):
            self._refuse(refusal)

    def _refuse(self, refusal: Refusal) -> None:
        self.fail(refusal.error())

    def stop(self) -> HandshakeRefused | None:
        """
        Stop reading, and return the refusal if the server refused the upgrade.
        """
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        return None if self._refusal is None else self._refusal.error()
