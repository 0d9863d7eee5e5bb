"""
One connection to the server, for one case: what can be said, and waited for.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from echo.client.check.deflate import Agreement, Inflater, parseAgreement
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
    closing,
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
from echo.client.close import Close
from echo.client.errors import HandshakeRefused
from echo.client.transport.refusal import BODY_TIME, SECURE
from echo.client.transport.url import Address

#: Seconds in which nothing comes where nothing is to come.
QUIET = 0.2

#: The header field, in lower case.
EXTENSIONS = "sec-websocket-extensions"

# More frames than any message can need: a server cannot make us send pongs for ever.
_FRAMES = 10_000

_PROBE = b"are you still there?"


class Conversation(RawConnection):
    """
    What a case sees of a connection.

    A wait raises L{TimedOut} when the time of the case is over, and
    L{ConnectionEnded} when the connection is.

    @ivar agreement: What was agreed on of permessage-deflate; C{None} without it.

    @ivar opened: Whether the server opened the WebSocket.

    @ivar pongs: The payloads of the pongs that came.
    """

    agreement: Agreement | None = None
    opened = False
    pongs: list[bytes]
    _inflater: Inflater
    _frames = 0

    def __init__(
        self,
        reactor: Any,
        wire: RawProtocol,
        began: float,
        timeout: float,
        greeting: int,
    ) -> None:
        """
        @param began: When the case began.

        @param timeout: Seconds that it may take.

        @param greeting: Messages that the server sends before it is spoken to.
        """
        super().__init__(reactor, wire, began, timeout)
        self._greeting = greeting
        self.pongs = []

    # The handshake

    @property
    def subprotocols(self) -> Sequence[str]:
        """
        What the user has us offer.
        """
        offered: Sequence[str] = self.wire.factory.request.subprotocols
        return offered

    def request(self, **changes: Any) -> RawRequest:
        """
        @param changes: What is to be other than the user has it: C{subprotocols} or
            C{extensions}, as in L{echo.client.transport.upgraderequest.UpgradeRequest}.

        @return: A proper request for a WebSocket.
        """
        request = replace(self.wire.factory.request, **changes)
        return RawRequest(request.line, tuple(request.fields(self.wire.key)))

    async def ask(self, request: RawRequest) -> UpgradeResponse:
        """
        Send a request, right or wrong.

        @raise ProtocolError: What comes back is not HTTP.
        """
        self.send(request.encode())
        return await self.next(parseResponse)

    async def open(
        self, request: RawRequest | None = None, size: int = 2**20
    ) -> UpgradeResponse:
        """
        Open the WebSocket, and take the server's greeting.

        @param request: Other than the usual one, if given.

        @param size: The most bytes of the request that arrive together.

        @raise HandshakeRefused: The server refuses.

        @raise ProtocolError: The server does not speak the protocol.
        """
        head = (request or self.request()).encode()
        pieces = [head[at : at + size] for at in range(0, len(head), size)]
        try:
            await self.sendApart(*pieces)
            answer = await self.next(parseResponse)
        except TimedOut:
            why = f"no complete answer within {self.timeout:g} s"
            raise HandshakeRefused(None, why) from None
        except ConnectionEnded:
            isSilent = not self.wire.received
            hint = "" if self._address.secure or not isSilent else SECURE
            why = "the server hung up without an answer"
            raise HandshakeRefused(None, why, hint=hint) from None
        if answer.status != 101:
            raise await self._refused(answer)
        answer.check(self.wire.key)
        self.opened = True
        self.agreement = parseAgreement(answer.elements(EXTENSIONS))
        if self.agreement is not None:
            self._inflater = Inflater(self.agreement)
        for _ in range(self._greeting):
            await self.message()
        return answer

    async def _refused(self, answer: UpgradeResponse) -> HandshakeRefused:
        """
        @return: The refusal, with the first line of its body.
        """
        refusal = answer.refusal(self._address)

        def parse(data: bytearray) -> tuple[None, int] | None:
            nonlocal refusal
            refusal = answer.refusal(self._address)
            return (None, len(data)) if refusal.add(bytes(data)) else None

        with self.within(BODY_TIME), suppress(TimedOut, ConnectionEnded):
            await self.next(parse)
        return refusal.error()

    @property
    def _address(self) -> Address:
        address: Address = self.wire.factory.request.address
        return address

    async def end(self) -> None:
        """
        Hang up, with a goodbye where there is a WebSocket.
        """
        if self.opened and not self.wire.ended:
            self.send(closing(1000))
        await super().end()

    # Frames and messages

    async def frame(self) -> Frame:
        """
        @return: The next frame. Pings are answered, and are none.
        """
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
        @return: The next frame.

        @raise ClosedByServer: It is a close frame.
        """
        came = await self.frame()
        if came.opcode == CLOSE:
            raise ClosedByServer(*came.close())
        return came

    async def message(self) -> str | bytes:
        """
        @return: The next message: text or binary. Pongs may come before it.
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
            content = self._inflater.inflate(content)
        if first.opcode == BINARY:
            return content
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise Failed(notUTF8(content, error.start)) from None

    async def echo(self, *messages: str | bytes) -> None:
        """
        Wait for messages to come back, in their order.
        """
        for message in messages:
            came = await self.message()
            if type(came) is not type(message) or came != message:
                raise Failed(mismatch(came, message))

    async def pong(self, payload: bytes) -> None:
        """
        Wait for the answer to a ping.
        """
        came = await self.openFrame()
        if came.opcode != PONG or came.payload != payload:
            raise Failed(f"sent {came}")

    async def close(self) -> Close:
        """
        @return: What the server's close frame says, whatever comes before it.
        """
        while (came := await self.frame()).opcode != CLOSE:
            pass
        return came.close()

    async def failure(self, *codes: int) -> None:
        """
        Wait for the server to fail the connection (RFC 6455, 7.1.7).

        @param codes: Those that are right for what it was sent.

        @raise Noted: It does so without a close frame, or with another code.
        """
        try:
            close = await self._refusal()
        except ConnectionEnded:
            raise Noted("hung up without a close frame") from None
        if close.code not in codes:
            raise Noted(f"closed with {close}")

    async def _refusal(self) -> Close:
        """
        A server that goes on as if nothing had happened answers a ping. The ping
        leaves only after the server had time to send its close frame.
        """
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
        finally:
            if probing.active():
                probing.cancel()
        return came.close()

    async def ended(self) -> None:
        """
        Wait for the server to end the connection.
        """
        try:
            while True:
                await self.frame()
        except ConnectionEnded:
            pass
        except TimedOut:
            waited = f"within {self.timeout:g} s"
            raise Failed(f"did not end the TCP connection {waited}") from None

    async def _dataFrame(self, *opcodes: int) -> Frame:
        while (came := await self.openFrame()).opcode == PONG:
            pass
        if came.opcode not in opcodes:
            raise Failed(f"sent {came}")
        return came
