"""
Cases of messages in fragments (RFC 6455, 5.4).
"""

from echo.client.check.cases.case import Case, Converse, sending
from echo.client.check.cases.messages import encoded
from echo.client.check.conversation import Conversation
from echo.client.check.frames import BINARY, CONTINUATION, PING, PONG, TEXT, frame
from echo.client.check.verdicts import Noted


def fragmented(message: str | bytes, *lengths: int) -> list[bytes]:
    """
    @param lengths: How many bytes each fragment has, but for the last.

    @return: The frames of a message in fragments.
    """
    data = message.encode() if isinstance(message, str) else message
    opcode = TEXT if isinstance(message, str) else BINARY
    frames = []
    for length in lengths:
        frames.append(frame(opcode, data[:length], fin=False))
        data, opcode = data[length:], CONTINUATION
    return [*frames, frame(opcode, data)]


def _assembling(message: str | bytes, *lengths: int) -> Converse:
    """
    @return: A test of whether fragments come back as a message.
    """

    async def converse(server: Conversation) -> None:
        server.send(*fragmented(message, *lengths))
        await server.echo(message)

    return converse


async def _following(server: Conversation) -> None:
    server.send(
        *fragmented("in fragments", 3),
        encoded(b"whole"),
        *fragmented(b"in fragments, too", 3),
        encoded("whole, too"),
    )
    await server.echo("in fragments", b"whole", b"in fragments, too", "whole, too")


async def _interrupted(server: Conversation) -> None:
    first, second = fragmented("one message", 4)
    server.send(first, frame(PING, b"between"))
    await server.pong(b"between")
    server.send(second)
    await server.echo("one message")


async def _overtaken(server: Conversation) -> None:
    """
    A pong "as soon as is practical" (5.5.2) leaves before the message that ends
    after the ping.
    """
    first, second = fragmented("one message", 4)
    server.send(first, frame(PING, b"between"), second)
    ended = False
    while True:
        came = await server.openFrame()
        if came.opcode == PONG and came.payload == b"between":
            break
        ended = ended or (came.opcode != PONG and came.fin)
    if ended:
        raise Noted("answered the ping after the message")


async def _ponged(server: Conversation) -> None:
    first, second = fragmented("one message", 4)
    server.send(first, frame(PONG, b"nobody asked"), second)
    await server.echo("one message")


CASES = (
    Case(
        "5.4",
        "fragments cut within a character are put together",
        _assembling("für €", 2, 5),
    ),
    Case(
        "5.4",
        "fragments of a binary message are put together",
        _assembling(b"\0\xff", 1),
    ),
    Case("5.4", "empty fragments are put together", _assembling("one", 0, 3, 0)),
    Case("5.4", "empty fragments alone are an empty message", _assembling("", 0)),
    Case(
        "5.4",
        "five fragments are put together",
        _assembling("one two three four five", 4, 4, 6, 5),
    ),
    Case(
        "5.4",
        "messages in fragments and whole ones come back in order",
        _following,
    ),
    Case("5.4", "a ping between fragments is answered at once", _interrupted),
    Case(
        "5.5.2", "a ping between fragments is answered before the message", _overtaken
    ),
    Case("5.5.3", "a pong between fragments is ignored", _ponged),
    Case(
        "5.4",
        "a continuation of nothing is refused with 1002",
        sending(frame(CONTINUATION, b"of nothing")),
    ),
    Case(
        "5.4",
        "a first fragment that continues nothing is refused with 1002",
        sending(frame(CONTINUATION, b"of nothing", fin=False)),
    ),
    Case(
        "5.4",
        "a continuation after the last fragment is refused with 1002",
        sending(*fragmented("one message", 4), frame(CONTINUATION, b" more")),
    ),
    Case(
        "5.4",
        "a message within the fragments of another is refused with 1002",
        sending(frame(TEXT, b"one ", fin=False), frame(TEXT, b"another")),
    ),
)
