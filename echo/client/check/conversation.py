"""
The connection that a case checks: it opens the WebSocket, sends and awaits frames,
messages and closes.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from echo.client.check.deflate import Agreement, parseAgreement
from echo.client.check.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    LIMIT,
    PING,
    PONG,
    RSV1,
    TEXT,
    Frame,
    closeFrame,
    frame,
    parseFrame,
)
from echo.client.check.mismatch import mismatch, notUTF8
from echo.client.check.rawconnection import RawConnection, RawProtocol
from echo.client.check.rawupgrade import RawRequest, UpgradeResponse, parseResponse
from echo.client.check.verdicts import (
    ClosedByServer,
    ConnectionEnded,
    Failed,
    Noted,
    StayedOpen,
    TimedOut,
)
from echo.client.errors import HandshakeRefused
from echo.client.transport.refusal import BODY_TIME, TRY_WSS

#: Seconds without a frame after which the server is taken to send no more.
QUIET = 0.2

#: The header field of the extensions, in lower case.
EXTENSIONS = "sec-websocket-extensions"

# Frames in one message, or before a close: a server cannot make us answer pings for
# ever.
_FRAMES = 10_000

_PROBE = b"are you still there?"


class Conversation(RawConnection):
    """
    A connection to the server, for one case.

    Each wait raises L{TimedOut} or L{ConnectionEnded}. Pings are answered.

    @ivar subprotocols: The subprotocols that the user offers.

    @ivar agreement: The accepted permessage-deflate; C{None} without it.

    @ivar pongs: The payloads of the pongs that arrived.
    """

    agreement: Agreement | None = None
    opened = False
    _frames = 0

    def __init__(
        self, protocol: RawProtocol, began: float, timeout: float, greeting: int
    ) -> None:
        """
        @param greeting: Messages that the server sends first on each connection.
        """
        super().__init__(protocol, began, timeout)
        self._request = protocol.factory.request
        self._greeting = greeting
        self.subprotocols: Sequence[str] = self._request.subprotocols
        self.pongs: list[bytes] = []

    # The opening handshake

    def request(
        self, *, subprotocols: Sequence[str] | None = None, extensions: str = ""
    ) -> RawRequest:
        """
        @param subprotocols: Subprotocols to offer in place of the user's.

        @return: A valid upgrade request.
        """
        if subprotocols is None:
            subprotocols = self.subprotocols
        request = replace(
            self._request, subprotocols=subprotocols, extensions=extensions
        )
        return RawRequest(request.line, tuple(request.fields(self.protocol.key)))

    async def ask(self, request: RawRequest) -> UpgradeResponse:
        """
        Send a request, valid or not, and await the response.

        @raise ProtocolError: The response is not HTTP.
        """
        self.send(request.encode())
        return await self.next(parseResponse)

    async def open(
        self, request: RawRequest | None = None, size: int = 2**20
    ) -> UpgradeResponse:
        """
        Open the WebSocket, and await the server's greeting.

        @param request: The request; by default a valid one without extensions.

        @param size: Bytes of the request in one TCP segment.

        @raise HandshakeRefused: The server refuses.

        @raise ProtocolError: The response is not HTTP, or has the wrong
            C{Sec-WebSocket-Accept}.
        """
        head = (request or self.request()).encode()
        pieces = [head[at : at + size] for at in range(0, len(head), size)]
        try:
            await self.sendApart(*pieces)
            response = await self.next(parseResponse)
        except TimedOut:
            why = f"no complete answer within {self.timeout:g} s"
            raise HandshakeRefused(None, why) from None
        except ConnectionEnded:
            isSilent = not self.protocol.received
            hint = TRY_WSS if isSilent and not self._request.address.secure else ""
            why = "the server hung up without an answer"
            raise HandshakeRefused(None, why, hint=hint) from None
        if response.status != 101:
            raise await self._refused(response)
        response.check(self.protocol.key)
        self.opened = True
        self.agreement = parseAgreement(response.elements(EXTENSIONS))
        for _ in range(self._greeting):
            await self.message()
        return response

    async def _refused(self, response: UpgradeResponse) -> HandshakeRefused:
        # The first line of the body often has the reason.
        refusal, data = response.refusal(self._request.address), b""
        with self.within(BODY_TIME), suppress(TimedOut, ConnectionEnded):
            while not refusal.add(data):
                data = await self.next(_allBytes)
        return refusal.error()

    async def end(self) -> None:
        """
        Close the TCP connection, an open WebSocket with a close frame.
        """
        if self.opened and not self.protocol.end.called:
            self.send(closeFrame(1000))
        await super().end()

    # Frames and messages

    async def frame(self) -> Frame:
        while self._frames < _FRAMES:
            self._frames += 1
            came = await self.next(parseFrame)
            if came.opcode != PING:
                self.latest = came
                if came.opcode == PONG:
                    self.pongs.append(came.payload)
                return came
            self.reply(frame(PONG, came.payload))
        raise Failed("sent frames without end")

    async def openFrame(self) -> Frame:
        """
        @raise ClosedByServer: The next frame is a close frame.
        """
        came = await self.frame()
        if came.opcode == CLOSE:
            raise ClosedByServer(came.close())
        return came

    async def message(self) -> str | bytes:
        """
        Await the next message, whole or in fragments.
        """
        self._frames = 0
        first = last = await self._dataFrame(TEXT, BINARY)
        payload = bytearray(first.payload)
        while not last.fin:
            last = await self._dataFrame(CONTINUATION)
            payload += last.payload
            if len(payload) > LIMIT:
                raise Failed("sent a message without an end")
        content = bytes(payload)
        if self.agreement is not None and first.rsv & RSV1:
            content = self.agreement.inflate(content)
        if first.opcode == BINARY:
            return content
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise Failed(notUTF8(content, error.start)) from None

    async def echo(self, *messages: str | bytes) -> None:
        for message in messages:
            came = await self.message()
            if type(came) is not type(message) or came != message:
                raise Failed(mismatch(came, message))

    async def pong(self, payload: bytes) -> None:
        came = await self.openFrame()
        if came.opcode != PONG or came.payload != payload:
            raise Failed(f"sent {came}")

    async def failure(self, *codes: int) -> None:
        """
        Wait for the server to fail the connection (RFC 6455, 7.1.7).

        @param codes: The close codes for the violation.

        @raise Noted: The server sends another code, or no close frame.

        @raise StayedOpen: The server sends no close frame, and answers a ping or a
            message.
        """
        # A server that ignores the violation may send nothing, but answers a ping.
        # The ping leaves after QUIET, so that a close frame comes first.
        probing = self.reactor.callLater(QUIET, self.reply, frame(PING, _PROBE))
        sent, answered = "", False
        try:
            while (came := await self.frame()).opcode != CLOSE:
                if came.payload == _PROBE:
                    raise StayedOpen(f"stayed open{sent}")
                sent = f", and sent {came}"
                answered = answered or came.opcode != PONG
        except TimedOut:
            if not answered:
                raise
            raise StayedOpen(f"stayed open{sent}") from None
        except ConnectionEnded:
            raise Noted("hung up without a close frame") from None
        finally:
            if probing.active():
                probing.cancel()
        close = came.close()
        if close.code not in codes:
            raise Noted(f"closed with {close}")

    async def _dataFrame(self, *opcodes: int) -> Frame:
        while (came := await self.openFrame()).opcode == PONG:
            pass
        if came.opcode not in opcodes:
            raise Failed(f"sent {came}")
        return came


def _allBytes(data: bytearray) -> tuple[bytes, int] | None:
    return (bytes(data), len(data)) if data else None
