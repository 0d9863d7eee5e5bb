"""
Cases of the closing handshake (RFC 6455, 5.5.1, 7.1 and 7.4).
"""

from contextlib import suppress

from echo.client.check.cases.case import Case, Converse, sending
from echo.client.check.cases.fragmentation import fragmented
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
    closing,
    frame,
)
from echo.client.check.verdicts import (
    ConnectionEnded,
    Failed,
    Noted,
    StayedOpen,
    TimedOut,
)
from echo.client.close import Close

#: Codes that an endpoint may send: of the RFC itself, of frameworks, of anybody.
_RIGHT = (1000, 1001, 1002, 1003, *range(1007, 1012), 3000, 4999)

#: Codes that none may send: unused, reserved, or not for the wire.
_WRONG = (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)


async def _answer(server: Conversation, *data: bytes) -> Close:
    """
    @return: What the server answers to a close frame.
    """
    server.send(*data)
    try:
        return await server.close()
    except ConnectionEnded:
        raise Failed("hung up without a close frame") from None


def _answering(code: int, reason: str = "") -> Converse:
    async def converse(server: Conversation) -> None:
        close = await _answer(server, closing(code, reason.encode()))
        if close.code != code:
            raise Noted(f"closed with {close}")

    return converse


async def _empty(server: Conversation) -> None:
    await _answer(server, frame(CLOSE))


async def _betweenFragments(server: Conversation) -> None:
    await _answer(server, fragmented("half a message", 4)[0], closing(1000))


async def _ending(server: Conversation) -> None:
    server.send(closing(1000))
    await server.ended()


async def _endingAfterFailure(server: Conversation) -> None:
    server.send(frame(PING, rsv=RSV1))
    with suppress(Noted, StayedOpen):  # how it fails is another case's concern
        await server.failure(1002)
    server.send(closing(1002))
    await server.ended()


async def _dataAfterFailure(server: Conversation) -> None:
    came = await _rest(server, frame(3), frame(TEXT, b"too late"))
    if any(each.opcode == CLOSE for each in came):  # or it failed nothing
        _judgeData(came)


async def _dataAfterClose(server: Conversation) -> None:
    _judgeData(await _rest(server, closing(1000), frame(TEXT, b"too late")))


def _judgeData(came: list[Frame]) -> None:
    for each in came:
        if each.opcode in (CONTINUATION, TEXT, BINARY):
            raise Failed(f"answered with {each}")


async def _pingAfterClose(server: Conversation) -> None:
    came = await _rest(server, closing(1000), frame(PING, b"too late"))
    if any(each.opcode == PONG and each.payload == b"too late" for each in came):
        raise Noted("answered that, too")


async def _secondClose(server: Conversation) -> None:
    came = await _rest(server, closing(1000), closing(1001))
    if [each.opcode for each in came].count(CLOSE) > 1:
        raise Noted("answered that, too")


async def _rest(server: Conversation, *data: bytes) -> list[Frame]:
    """
    @return: What comes in answer to frames that end the conversation, until nothing
        more does.
    """
    server.send(*data)
    came = []
    with suppress(ConnectionEnded):
        came.append(await server.frame())
        with suppress(TimedOut):
            while True:
                with server.within(QUIET):
                    came.append(await server.frame())
    return came


CASES = (
    Case("5.5.1", "a close with code and reason is answered", _answering(1000, "bye")),
    Case(
        "5.5.1",
        "a close with a reason of 123 bytes is answered",
        _answering(1000, "x" * 123),
    ),
    Case(
        "5.5.1",
        "a close with a reason that is not ASCII is answered",
        _answering(1000, "für € 𝄞"),
    ),
    Case("5.5.1", "a close without a code is answered", _empty),
    Case("5.5.1", "a close between fragments is answered", _betweenFragments),
    *(
        Case("7.4", f"a close with {code} is answered in kind", _answering(code))
        for code in _RIGHT
    ),
    *(
        Case("7.4", f"a close with {code} is refused with 1002", sending(closing(code)))
        for code in _WRONG
    ),
    Case(
        "5.5.1",
        "a close with half a code is refused with 1002",
        sending(frame(CLOSE, b"\3")),
    ),
    Case(
        "5.2",
        "a close with RSV2 is refused with 1002",
        sending(frame(CLOSE, b"\x03\xe9", rsv=RSV2)),
    ),
    Case(
        "5.1",
        "a close without a mask is refused with 1002",
        sending(frame(CLOSE, b"\x03\xe9", masked=False)),
    ),
    *(
        Case(
            "8.1",
            f"a reason {what} is refused with 1007",
            sending(closing(1000, reason), codes=(1007, 1002)),
        )
        for what, reason in (
            ("that is not UTF-8", b"\xc3\x28"),
            ("that ends within a character", b"f\xc3\xbcr \xe2\x82"),
        )
    ),
    Case("5.5.1", "what follows a close is not answered", _dataAfterClose),
    Case("5.5.1", "a ping after a close is not answered", _pingAfterClose),
    Case("5.5.1", "a second close is ignored", _secondClose),
    Case("7.1.1", "after a close, the server ends the TCP connection", _ending),
    Case(
        "7.1.7",
        "after a failure, the server ends the TCP connection",
        _endingAfterFailure,
    ),
    Case("7.1.7", "what follows a failure is not answered", _dataAfterFailure),
)
