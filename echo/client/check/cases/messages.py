"""
Cases of whole messages (RFC 6455, 5.6, 5.2 and 5.3), and of the server's own frames
(5.1, 5.2 and 5.5).
"""

from collections.abc import Callable
from contextlib import suppress
from hashlib import shake_128

from echo.client.check.cases.case import Case, Check, echoed
from echo.client.check.conversation import Conversation
from echo.client.check.frames import (
    BINARY,
    CLOSE,
    OPCODES,
    PING,
    PONG,
    TEXT,
    Frame,
    closeFrame,
    frame,
    messageFrame,
)
from echo.client.check.verdicts import (
    ClosedByServer,
    ConnectionEnded,
    Failed,
    Noted,
    TimedOut,
)

# A character of each length in UTF-8, and the first and the last code point.
_UNICODE = "\0 a ü € 𝄞 \U0010ffff"

# The limits of the three encodings of a length.
_LENGTHS = (125, 126, 65535, 65536)
_LONG = ((2**16, "64 KiB"), (2**20, "1 MiB"))

_ZERO_MASK = [frame(TEXT, b"Hello", key=bytes(4))]

_MANY, _AT_ONCE = 2000, 100

# The longest head of a frame: two bytes, a length of 64 bits, a mask.
_HEAD = 14


def _echoedLong(
    section: str, name: str, make: Callable[[int], str | bytes], size: int
) -> Case:
    """
    @param make: Makes the message when the case runs: it is too slow for an import.
    """

    async def check(connection: Conversation) -> None:
        message = make(size)
        connection.send(messageFrame(message))
        await _longEcho(connection, message)

    return Case(section, name, check)


async def _longEcho(connection: Conversation, message: str | bytes) -> None:
    try:
        await connection.echo(message)
    except ClosedByServer as closed:
        if closed.code == 1009:  # too big
            raise Noted(str(closed)) from None
        raise


def _text(size: int) -> str:
    # Each line is different, so that a lost or repeated part shows.
    lines = (f"{number} {'für € 𝄞 ' * 7}\n" for number in range(size // 64))
    text = "".join(lines).encode()[:size].decode(errors="ignore")
    return text + "." * (size - len(text.encode()))


def _binary(size: int) -> bytes:
    return shake_128(b"echo").digest(size)


def _bytewise(size: int) -> Check:
    async def check(connection: Conversation) -> None:
        message = "bit by bit".ljust(size, "*")
        data = messageFrame(message)
        head = (data[at : at + 1] for at in range(_HEAD))
        await connection.sendApart(*head, data[_HEAD:])
        await _longEcho(connection, message)

    return check


async def _many(connection: Conversation) -> None:
    came, latest = 0, connection.reactor.seconds()
    try:
        while came < _MANY:
            messages = [f"message {came + each + 1}" for each in range(_AT_ONCE)]
            connection.send(*map(messageFrame, messages))
            for message in messages:
                await connection.echo(message)
                came, latest = came + 1, connection.reactor.seconds()
    except TimedOut:
        if not came:
            raise
        quiet = round(connection.reactor.seconds() - latest, 1)
        counted = f"{came} of {_MANY} came back"
        raise TimedOut(f"{counted}, then nothing for {quiet:g} s") from None


async def _allKinds(connection: Conversation) -> list[Frame]:
    """
    Make the server send data frames of all lengths, a pong and a close frame.
    """
    messages = [frame(BINARY, bytes(length)) for length in _LENGTHS]
    connection.send(frame(TEXT, b"Hello"), *messages, frame(PING), closeFrame(1000))
    came: list[Frame] = []
    with suppress(ConnectionEnded):
        while not came or came[-1].opcode != CLOSE:
            came.append(await connection.frame())
    return came


async def _unmasked(connection: Conversation) -> None:
    if any(came.masked for came in await _allKinds(connection)):
        raise Failed("masked a frame")


async def _nothingReserved(connection: Conversation) -> None:
    for came in await _allKinds(connection):
        if came.rsv and connection.agreement is None:
            raise Failed(f"sent reserved bits: {came.rsv:03b}")
        if came.opcode not in OPCODES:
            raise Failed(f"sent a frame of the reserved opcode {came.opcode}")


async def _shortLengths(connection: Conversation) -> None:
    # Clients parse longer encodings, too: a waste of bytes, not an error.
    if not all(came.shortest for came in await _allKinds(connection)):
        raise Noted("encoded a length in more bytes than necessary")


async def _wholeControlFrames(connection: Conversation) -> None:
    for came in await _allKinds(connection):
        if came.opcode in (CLOSE, PONG) and (not came.fin or len(came.payload) > 125):
            raise Failed(
                f"sent a control frame in fragments or above 125 bytes: {came}"
            )


CASES = (
    echoed("5.6", "a text comes back", "Hello"),
    echoed("5.6", "a binary message comes back", bytes(range(256))),
    echoed("5.6", "an empty text comes back", ""),
    echoed("5.6", "an empty binary message comes back", b""),
    echoed("5.6", "text from all of Unicode comes back", _UNICODE),
    # Some servers take these for a byte order mark, line ends, padding …
    echoed("5.6", "U+FEFF in front of text comes back", "\ufeffHello"),
    echoed("5.6", "CR LF in text comes back", "\r\none\r\ntwo\n\r\n"),
    echoed("5.6", "a decomposed character comes back decomposed", "Cafe\u0301"),
    echoed("5.6", "blanks at both ends of text come back", " \t Hello \t "),
    echoed("5.6", "NUL in text comes back", "one\0two\0"),
    echoed("5.6", "noncharacters in text come back", "\ufdd0 \ufffe \uffff \U0001fffe"),
    echoed("5.2", "125 bytes come back", b"*" * 125),
    echoed("5.2", "126 bytes come back", b"*" * 126),
    _echoedLong("5.2", "65535 bytes come back", _binary, 65535),
    _echoedLong("5.2", "65536 bytes come back", _binary, 65536),
    *(
        _echoedLong("5.6", f"{what} of {unit} comes back bit for bit", make, size)
        for size, unit in _LONG
        for what, make in (("a text", _text), ("a binary message", _binary))
    ),
    echoed("5.6", "messages sent at once come back in order", "1", b"2", "3"),
    Case("5.6", f"{_MANY} messages come back on one connection", _many),
    Case("5.2", "a frame is understood byte by byte", _bytewise(10)),
    Case("5.2", "a length of 16 bits is understood byte by byte", _bytewise(300)),
    Case("5.2", "a length of 64 bits is understood byte by byte", _bytewise(2**16)),
    echoed("5.3", "a mask of zeros is understood", "Hello", frames=_ZERO_MASK),
    Case("5.1", "the server masks no frame", _unmasked),
    Case(
        "5.2",
        "the server sets no reserved bit and no reserved opcode",
        _nothingReserved,
    ),
    Case("5.2", "the server's lengths are as short as they can be", _shortLengths),
    Case(
        "5.5", "the server's control frames are whole, and short", _wholeControlFrames
    ),
)
