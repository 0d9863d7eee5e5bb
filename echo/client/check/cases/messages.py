"""
Cases of whole messages (RFC 6455, 5.2, 5.3 and 5.6).
"""

from contextlib import suppress
from hashlib import shake_128

from echo.client.check.cases.case import Case, Converse
from echo.client.check.conversation import Conversation
from echo.client.check.frames import (
    BINARY,
    CLOSE,
    OPCODES,
    PING,
    PONG,
    TEXT,
    Frame,
    closing,
    frame,
)
from echo.client.check.verdicts import (
    ClosedByServer,
    ConnectionEnded,
    Failed,
    Noted,
    TimedOut,
)

#: One of each length in UTF-8, and the first and the last character of Unicode.
_EVERYTHING = "\0 a ü € 𝄞 \U0010ffff"

#: Text that servers change when they take it for more than characters.
_EXACT = (
    ("U+FEFF in front of text comes back", "\ufeffHello"),
    ("CR LF in text comes back", "\r\none\r\ntwo\n\r\n"),
    ("a decomposed character comes back decomposed", "Cafe\u0301"),
    ("blanks at both ends of text come back", " \t Hello \t "),
    ("NUL in text comes back", "one\0two\0"),
    ("noncharacters in text come back", "\ufdd0 \ufffe \uffff \U0001fffe"),
)

_LENGTHS = (125, 126, 65535, 65536)
_LONG = ((2**16, "64 KiB"), (2**20, "1 MiB"))

#: Some servers do not take messages as long as that.
_MUCH = 65535

_TOO_BIG = 1009
_MANY, _AT_ONCE = 2000, 100

# The longest head of a frame: two bytes, a length of 64 bits, a mask.
_HEAD = 14


def encoded(message: str | bytes) -> bytes:
    """
    @return: A message in one frame.
    """
    if isinstance(message, str):
        return frame(TEXT, message.encode())
    return frame(BINARY, message)


def _echoing(*messages: str | bytes) -> Converse:
    """
    @return: A test of whether messages, sent at once, come back.
    """

    async def converse(server: Conversation) -> None:
        server.send(*map(encoded, messages))
        await server.echo(*messages)

    return converse


def _echoingLong(kind: type[str] | type[bytes], size: int) -> Converse:
    """
    @return: A test of whether a long message comes back, each byte in its place.
    """

    async def converse(server: Conversation) -> None:
        message = _text(size) if kind is str else shake_128(b"echo").digest(size)
        server.send(encoded(message))
        await _echo(server, message)

    return converse


async def _echo(server: Conversation, message: str | bytes) -> None:
    """
    Wait for a message that may be longer than a server wants.
    """
    try:
        await server.echo(message)
    except ClosedByServer as closed:
        if closed.code == _TOO_BIG:
            raise Noted(str(closed)) from None
        raise


def _text(size: int) -> str:
    """
    @return: Text of so many bytes in UTF-8, no two lines of which are the same.
    """
    lines = (f"{number} {'für € 𝄞 ' * 7}\n" for number in range(size // 64))
    text = "".join(lines).encode()[:size].decode(errors="ignore")
    return text + "." * (size - len(text.encode()))


def _bytewise(size: int) -> Converse:
    """
    @return: A test of whether a frame is understood whose head arrives byte by
        byte.
    """

    async def converse(server: Conversation) -> None:
        message = "bit by bit".ljust(size, "*")
        data = frame(TEXT, message.encode())
        await server.sendApart(
            *(data[at : at + 1] for at in range(_HEAD)), data[_HEAD:]
        )
        await _echo(server, message)

    return converse


async def _zeroMask(server: Conversation) -> None:
    server.send(frame(TEXT, b"Hello", key=bytes(4)))
    await server.echo("Hello")


async def _many(server: Conversation) -> None:
    came, latest = 0, server.reactor.seconds()
    try:
        while came < _MANY:
            messages = [f"message {came + each + 1}" for each in range(_AT_ONCE)]
            server.send(*map(encoded, messages))
            for message in messages:
                await server.echo(message)
                came, latest = came + 1, server.reactor.seconds()
    except TimedOut:
        if not came:
            raise
        quiet = round(server.reactor.seconds() - latest, 1)
        raise TimedOut(
            f"{came} of {_MANY} came back, then nothing for {quiet:g} s"
        ) from None


async def _provoked(server: Conversation) -> list[Frame]:
    """
    @return: Frames of all kinds from the server, to the last.
    """
    messages = [frame(BINARY, bytes(length)) for length in _LENGTHS]
    server.send(frame(TEXT, b"Hello"), *messages, frame(PING), closing(1000))
    came: list[Frame] = []
    with suppress(ConnectionEnded):
        while not came or came[-1].opcode != CLOSE:
            came.append(await server.frame())
    return came


async def _masked(server: Conversation) -> None:
    if any(came.masked for came in await _provoked(server)):
        raise Failed("masked a frame")


async def _reserved(server: Conversation) -> None:
    for came in await _provoked(server):
        if came.rsv and server.agreement is None:
            raise Failed(f"sent reserved bits: {came.rsv:03b}")
        if came.opcode not in OPCODES:
            raise Failed(f"sent a frame of the reserved opcode {came.opcode}")


async def _shortest(server: Conversation) -> None:
    """
    A client understands all lengths: nothing is lost but bytes.
    """
    if not all(came.shortest for came in await _provoked(server)):
        raise Noted("took more bytes for a length than it needs")


async def _whole(server: Conversation) -> None:
    for came in await _provoked(server):
        if came.opcode in (CLOSE, PONG) and (not came.fin or len(came.payload) > 125):
            raise Failed(f"sent in fragments or too long: {came}")


CASES = (
    Case("5.6", "a text comes back", _echoing("Hello")),
    Case("5.6", "a binary message comes back", _echoing(bytes(range(256)))),
    Case("5.6", "an empty text comes back", _echoing("")),
    Case("5.6", "an empty binary message comes back", _echoing(b"")),
    Case("5.6", "text from all of Unicode comes back", _echoing(_EVERYTHING)),
    *(Case("5.6", name, _echoing(text)) for name, text in _EXACT),
    *(
        Case(
            "5.2",
            f"{length} bytes come back",
            _echoingLong(bytes, length) if length >= _MUCH else _echoing(b"*" * length),
        )
        for length in _LENGTHS
    ),
    *(
        Case(
            "5.6", f"{what} of {name} comes back bit for bit", _echoingLong(kind, size)
        )
        for size, name in _LONG
        for what, kind in (("a text", str), ("a binary message", bytes))
    ),
    Case("5.6", "messages sent at once come back in order", _echoing("1", b"2", "3")),
    Case("5.6", f"{_MANY} messages come back on one connection", _many),
    Case("5.2", "a frame is understood byte by byte", _bytewise(10)),
    Case("5.2", "a length of 16 bits is understood byte by byte", _bytewise(300)),
    Case("5.2", "a length of 64 bits is understood byte by byte", _bytewise(2**16)),
    Case("5.3", "a mask of zeros is understood", _zeroMask),
    Case("5.1", "the server masks no frame", _masked),
    Case("5.2", "the server sets no reserved bit and no reserved opcode", _reserved),
    Case("5.2", "the server's lengths are as short as they can be", _shortest),
    Case("5.5", "the server's control frames are whole, and short", _whole),
)
