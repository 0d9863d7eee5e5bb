"""
Cases of messages: whole ones, and in fragments (RFC 6455, 5.2, 5.4 and 5.6).
"""

from contextlib import suppress

from echo.client.check.case import Case, Converse, sending
from echo.client.check.conversation import Conversation
from echo.client.check.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    OPCODES,
    PING,
    PONG,
    TEXT,
    Frame,
    closing,
    frame,
)
from echo.client.check.verdict import Fault, HungUp

#: One of each length in UTF-8, and the first and the last character of Unicode.
_EVERYTHING = "\0 a ü € 𝄞 \U0010ffff"

_LENGTHS = (125, 126, 65535, 65536)

# Apart long enough that the network does not put them together again.
_APART = 0.005


def _encoded(message: str | bytes) -> bytes:
    if isinstance(message, str):
        return frame(TEXT, message.encode())
    return frame(BINARY, message)


def _echoing(*messages: str | bytes) -> Converse:
    """
    @return: What finds out whether messages, sent at once, come back.
    """

    async def converse(server: Conversation) -> None:
        server.send(*map(_encoded, messages))
        await server.echo(*messages)

    return converse


def _assembling(message: str | bytes, *frames: bytes) -> Converse:
    """
    @return: What finds out whether frames come back as a message.
    """

    async def converse(server: Conversation) -> None:
        server.send(*frames)
        await server.echo(message)

    return converse


async def _bytewise(server: Conversation) -> None:
    for byte in frame(TEXT, b"bit by bit"):
        server.send(bytes([byte]))
        await server.pause(_APART)
    await server.echo("bit by bit")


async def _interrupted(server: Conversation) -> None:
    server.send(frame(TEXT, b"one ", fin=False), frame(PING, b"between"))
    await server.pong(b"between")
    server.send(frame(CONTINUATION, b"message"))
    await server.echo("one message")


async def _provoked(server: Conversation) -> list[Frame]:
    """
    @return: Frames of all kinds from the server, to the last.
    """
    messages = [frame(BINARY, bytes(length)) for length in _LENGTHS]
    server.send(frame(TEXT, b"Hello"), *messages, frame(PING), closing(1000))
    came: list[Frame] = []
    with suppress(HungUp):
        while not came or came[-1].opcode != CLOSE:
            came.append(await server.frame())
    return came


async def _masked(server: Conversation) -> None:
    if any(came.masked for came in await _provoked(server)):
        raise Fault("masked a frame")


async def _reserved(server: Conversation) -> None:
    for came in await _provoked(server):
        if came.rsv and not server.deflated:
            raise Fault(f"sent reserved bits: {came.rsv:03b}")
        if came.opcode not in OPCODES:
            raise Fault(f"sent a frame of the reserved opcode {came.opcode}")


async def _shortest(server: Conversation) -> None:
    if not all(came.shortest for came in await _provoked(server)):
        raise Fault("took more bytes for a length than it needs")


async def _whole(server: Conversation) -> None:
    for came in await _provoked(server):
        if came.opcode in (CLOSE, PONG) and (not came.fin or len(came.payload) > 125):
            raise Fault(f"sent in fragments or too long: {came}")


CASES = (
    Case("5.6", "a text comes back", _echoing("Hello")),
    Case("5.6", "a binary message comes back", _echoing(bytes(range(256)))),
    Case("5.6", "an empty text comes back", _echoing("")),
    Case("5.6", "an empty binary message comes back", _echoing(b"")),
    Case("5.6", "text from all of Unicode comes back", _echoing(_EVERYTHING)),
    *(
        Case("5.2", f"{length} bytes come back", _echoing(b"*" * length))
        for length in _LENGTHS
    ),
    Case("5.6", "messages sent at once come back in order", _echoing("1", b"2", "3")),
    Case("5.2", "a frame is understood byte by byte", _bytewise),
    Case("5.1", "the server masks no frame", _masked),
    Case("5.2", "the server sets no reserved bit and no reserved opcode", _reserved),
    Case("5.2", "the server's lengths are as short as they can be", _shortest),
    Case("5.5", "the server's control frames are whole, and short", _whole),
    Case(
        "5.4",
        "fragments cut within a character are put together",
        _assembling(
            "für €",
            frame(TEXT, b"f\xc3", fin=False),
            frame(CONTINUATION, b"\xbcr \xe2\x82", fin=False),
            frame(CONTINUATION, b"\xac"),
        ),
    ),
    Case(
        "5.4",
        "fragments of a binary message are put together",
        _assembling(
            b"\0\xff",
            frame(BINARY, b"\0", fin=False),
            frame(CONTINUATION, b"\xff"),
        ),
    ),
    Case(
        "5.4",
        "empty fragments are put together",
        _assembling(
            "one",
            frame(TEXT, fin=False),
            frame(CONTINUATION, b"one", fin=False),
            frame(CONTINUATION, fin=False),
            frame(CONTINUATION),
        ),
    ),
    Case("5.4", "a ping between fragments is answered at once", _interrupted),
    Case(
        "5.4",
        "a continuation of nothing is refused with 1002",
        sending(frame(CONTINUATION, b"of nothing")),
    ),
    Case(
        "5.4",
        "a message within the fragments of another is refused with 1002",
        sending(frame(TEXT, b"one ", fin=False), frame(TEXT, b"another")),
    ),
)
