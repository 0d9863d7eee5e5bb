"""
Cases of pings, pongs and the closing handshake (RFC 6455, 5.5, 7.1 and 7.4).
"""

from contextlib import suppress

from echo.client.check.case import Case, Converse, sending
from echo.client.check.conversation import QUIET, Conversation
from echo.client.check.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    RSV1,
    TEXT,
    Close,
    Frame,
    closing,
    frame,
)
from echo.client.check.verdict import Fault, HungUp, Remark, Silence, StayedOpen

#: Codes that an endpoint may send: of the RFC itself, of frameworks, of anybody.
_RIGHT = (1000, 1001, 1002, 1003, *range(1007, 1012), 3000, 4999)

#: Codes that none may send: unused, reserved, or not for the wire.
_WRONG = (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000)


def _ponging(payload: bytes) -> Converse:
    async def converse(server: Conversation) -> None:
        server.send(frame(PING, payload))
        await server.pong(payload)

    return converse


async def _severalPings(server: Conversation) -> None:
    """
    All but the latest may be passed over (5.5.3).
    """
    payloads = [b"1", b"2", b"3"]
    server.send(*(frame(PING, payload) for payload in payloads))
    came = []
    while payloads[-1] not in came:
        pong = await server.openFrame()
        if pong.opcode != PONG or pong.payload not in payloads:
            raise Fault(f"sent {pong}")
        came.append(pong.payload)
    if came != payloads:
        raise Remark(f"answered {len(came)} of {len(payloads)}")


async def _unsolicited(server: Conversation) -> None:
    server.send(frame(PONG, b"nobody asked"), frame(TEXT, b"Hello"))
    await server.echo("Hello")


async def _answer(server: Conversation, data: bytes) -> Close:
    """
    @return: What the server answers to a close frame.
    """
    server.send(data)
    try:
        return await server.close()
    except HungUp:
        raise Fault("hung up without a close frame") from None


def _answering(code: int, reason: bytes = b"") -> Converse:
    async def converse(server: Conversation) -> None:
        close = await _answer(server, closing(code, reason))
        if close.code != code:
            raise Remark(f"closed with {close}")

    return converse


async def _empty(server: Conversation) -> None:
    await _answer(server, frame(CLOSE))


async def _ending(server: Conversation) -> None:
    server.send(closing(1000))
    await server.ended()


async def _endingAfterFailure(server: Conversation) -> None:
    server.send(frame(PING, rsv=RSV1))
    with suppress(Remark, StayedOpen):  # how it fails is another case's concern
        await server.failure(1002)
    server.send(closing(1002))
    await server.ended()


async def _dataAfterClose(server: Conversation) -> None:
    for came in await _afterClose(server, frame(TEXT, b"too late")):
        if came.opcode in (CONTINUATION, TEXT, BINARY):
            raise Fault(f"answered with {came}")


async def _secondClose(server: Conversation) -> None:
    came = await _afterClose(server, closing(1001))
    if [each.opcode for each in came].count(CLOSE) > 1:
        raise Remark("answered that, too")


async def _afterClose(server: Conversation, data: bytes) -> list[Frame]:
    """
    @return: What comes in answer to a close frame with something behind it, until
        nothing more does.
    """
    server.send(closing(1000), data)
    came = []
    with suppress(HungUp):
        came.append(await server.frame())
        with suppress(Silence):
            while True:
                with server.within(QUIET):
                    came.append(await server.frame())
    return came


CASES = (
    Case("5.5.2", "a ping is answered with its own payload", _ponging(b"Hello")),
    Case("5.5.2", "an empty ping is answered", _ponging(b"")),
    Case("5.5.2", "a ping of 125 bytes is answered", _ponging(bytes(range(125)))),
    Case("5.5.3", "of several pings, all are answered in order", _severalPings),
    Case("5.5.3", "a pong that nobody asked for is ignored", _unsolicited),
    Case(
        "5.5",
        "a ping of 126 bytes is refused with 1002",
        sending(frame(PING, bytes(126))),
    ),
    Case(
        "5.5",
        "a ping in fragments is refused with 1002",
        sending(frame(PING, b"half", fin=False), frame(CONTINUATION, b"half")),
    ),
    Case(
        "5.5.1",
        "a close with code and reason is answered",
        _answering(1000, b"goodbye"),
    ),
    Case(
        "5.5.1",
        "a close with a reason of 123 bytes is answered",
        _answering(1000, b"x" * 123),
    ),
    Case("5.5.1", "a close without a code is answered", _empty),
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
        "8.1",
        "a reason that is not UTF-8 is refused with 1007",
        sending(closing(1000, b"\xc3\x28"), codes=(1007, 1002)),
    ),
    Case("5.5.1", "what follows a close is not answered", _dataAfterClose),
    Case("5.5.1", "a second close is ignored", _secondClose),
    Case("7.1.1", "after a close, the server ends the TCP connection", _ending),
    Case(
        "7.1.7",
        "after a failure, the server ends the TCP connection",
        _endingAfterFailure,
    ),
)
