"""
Cases of the closing handshake (RFC 6455, 5.5.1, 7.1 and 7.4).
"""

from contextlib import suppress

from echo.client.check.cases.case import Case, Check, refused
from echo.client.check.conversation import QUIET, Conversation
from echo.client.check.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    RSV1,
    RSV2,
    TEXT,
    Frame,
    closeFrame,
    frame,
)
from echo.client.check.verdicts import (
    ConnectionEnded,
    Failed,
    Noted,
    StayedOpen,
    TimedOut,
)

_HALF = frame(TEXT, b"half", fin=False)

# Codes that an endpoint may send: of the RFC, of libraries, of applications.
_VALID = (1000, 1001, 1002, 1003, *range(1007, 1012), 3000, 4999)

# Codes that no endpoint may send: out of range, undefined, or reserved.
_INVALID = (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)


def _answered(*data: bytes, code: int | None = None) -> Check:
    """
    @param code: The code that the server should send, for a note otherwise.
    """

    async def check(connection: Conversation) -> None:
        connection.send(*data)
        try:
            while (came := await connection.frame()).opcode != CLOSE:
                pass
        except ConnectionEnded:
            raise Failed("hung up without a close frame") from None
        close = came.close()
        if code not in (None, close.code):
            raise Noted(f"closed with {close}")

    return check


def _inKind(code: int, reason: str = "") -> Check:
    return _answered(closeFrame(code, reason.encode()), code=code)


async def _endAfterClose(connection: Conversation) -> None:
    connection.send(closeFrame(1000))
    await _end(connection)


async def _endAfterFailure(connection: Conversation) -> None:
    connection.send(frame(PING, rsv=RSV1))
    with suppress(Noted, StayedOpen):  # other cases judge the failure itself
        await connection.failure(1002)
    connection.send(closeFrame(1002))
    await _end(connection)


async def _end(connection: Conversation) -> None:
    try:
        while True:
            await connection.frame()
    except ConnectionEnded:
        pass
    except TimedOut:
        waited = f"within {connection.timeout:g} s"
        raise Failed(f"did not end the TCP connection {waited}") from None


async def _dataAfterFailure(connection: Conversation) -> None:
    came = await _rest(connection, frame(3), frame(TEXT, b"too late"))
    if any(each.opcode == CLOSE for each in came):  # the server did fail it
        _checkNoData(came)


async def _dataAfterClose(connection: Conversation) -> None:
    _checkNoData(await _rest(connection, closeFrame(1000), frame(TEXT, b"too late")))


def _checkNoData(came: list[Frame]) -> None:
    for each in came:
        if each.opcode in (CONTINUATION, TEXT, BINARY):
            raise Failed(f"answered with {each}")


async def _pingAfterClose(connection: Conversation) -> None:
    came = await _rest(connection, closeFrame(1000), frame(PING, b"too late"))
    if any(each.opcode == PONG and each.payload == b"too late" for each in came):
        raise Noted("answered the ping, too")


async def _secondClose(connection: Conversation) -> None:
    came = await _rest(connection, closeFrame(1000), closeFrame(1001))
    if [each.opcode for each in came].count(CLOSE) > 1:
        raise Noted("answered the second close, too")


async def _rest(connection: Conversation, *data: bytes) -> list[Frame]:
    """
    @return: The server's frames until it sends none for L{QUIET}.
    """
    connection.send(*data)
    came = []
    with suppress(ConnectionEnded):
        came.append(await connection.frame())
        with suppress(TimedOut):
            while True:
                with connection.within(QUIET):
                    came.append(await connection.frame())
    return came


CASES = (
    *(
        Case("5.5.1", f"a close {what} is answered", check)
        for what, check in (
            ("with code and reason", _inKind(1000, "bye")),
            ("with a reason of 123 bytes", _inKind(1000, "x" * 123)),
            ("with a reason that is not ASCII", _inKind(1000, "für € 𝄞")),
            ("without a code", _answered(frame(CLOSE))),
            ("between fragments", _answered(_HALF, closeFrame(1000))),
        )
    ),
    *(
        Case("7.4", f"a close with {code} is answered in kind", _inKind(code))
        for code in _VALID
    ),
    *(refused("7.4", f"a close with {code}", closeFrame(code)) for code in _INVALID),
    refused("5.5.1", "a close with half a code", frame(CLOSE, b"\3")),
    refused("5.2", "a close with RSV2", frame(CLOSE, b"\x03\xe9", rsv=RSV2)),
    refused("5.1", "a close without a mask", frame(CLOSE, b"\x03\xe9", masked=False)),
    *(
        refused("8.1", f"a reason {what}", closeFrame(1000, reason), codes=(1007, 1002))
        for what, reason in (
            ("that is not UTF-8", b"\xc3\x28"),
            ("that ends within a character", b"f\xc3\xbcr \xe2\x82"),
        )
    ),
    Case("5.5.1", "what follows a close is not answered", _dataAfterClose),
    Case("5.5.1", "a ping after a close is not answered", _pingAfterClose),
    Case("5.5.1", "a second close is ignored", _secondClose),
    Case("7.1.1", "after a close, the server ends the TCP connection", _endAfterClose),
    Case(
        "7.1.7", "after a failure, the server ends the TCP connection", _endAfterFailure
    ),
    Case("7.1.7", "what follows a failure is not answered", _dataAfterFailure),
)
