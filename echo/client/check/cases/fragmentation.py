"""
Cases of messages in fragments (RFC 6455, 5.4).
"""

from echo.client.check.cases.case import Case, echoed, refused
from echo.client.check.conversation import Conversation
from echo.client.check.frames import (
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    fragments,
    frame,
    messageFrame,
)
from echo.client.check.verdicts import Noted

_FIRST, _SECOND = fragments("one message", 4)


def _assembled(name: str, message: str | bytes, *lengths: int) -> Case:
    return echoed("5.4", name, message, frames=fragments(message, *lengths))


async def _pingBetween(connection: Conversation) -> None:
    connection.send(_FIRST, frame(PING, b"between"))
    await connection.pong(b"between")
    connection.send(_SECOND)
    await connection.echo("one message")


async def _pongFirst(connection: Conversation) -> None:
    # A server should answer a ping "as soon as is practical" (5.5.2), so before it
    # echoes a message that ends after the ping.
    connection.send(_FIRST, frame(PING, b"between"), _SECOND)
    echoed = False
    while True:
        came = await connection.openFrame()
        if came.opcode == PONG and came.payload == b"between":
            break
        echoed = echoed or (came.opcode != PONG and came.fin)
    if echoed:
        raise Noted("answered the ping after the message")


CASES = (
    _assembled("fragments cut within a character are put together", "für €", 2, 5),
    _assembled("fragments of a binary message are put together", b"\0\xff", 1),
    _assembled("empty fragments are put together", "one", 0, 3, 0),
    _assembled("empty fragments alone are an empty message", "", 0),
    _assembled(
        "five fragments are put together", "one two three four five", 4, 4, 6, 5
    ),
    echoed(
        "5.4",
        "messages in fragments and whole ones come back in order",
        *("in fragments", b"whole", b"in fragments, too", "whole, too"),
        frames=[
            *fragments("in fragments", 3),
            messageFrame(b"whole"),
            *fragments(b"in fragments, too", 3),
            messageFrame("whole, too"),
        ],
    ),
    Case("5.4", "a ping between fragments is answered at once", _pingBetween),
    Case(
        "5.5.2", "a ping between fragments is answered before the message", _pongFirst
    ),
    echoed(
        "5.5.3",
        "a pong between fragments is ignored",
        "one message",
        frames=[_FIRST, frame(PONG, b"nobody asked"), _SECOND],
    ),
    refused("5.4", "a continuation of nothing", frame(CONTINUATION, b"of nothing")),
    refused(
        "5.4",
        "a first fragment that continues nothing",
        frame(CONTINUATION, b"of nothing", fin=False),
    ),
    refused(
        "5.4",
        "a continuation after the last fragment",
        *(_FIRST, _SECOND, frame(CONTINUATION, b" more")),
    ),
    refused(
        "5.4",
        "a message within the fragments of another",
        frame(TEXT, b"one ", fin=False),
        frame(TEXT, b"another"),
    ),
)
