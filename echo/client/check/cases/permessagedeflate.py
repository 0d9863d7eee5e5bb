"""
Cases of permessage-deflate (RFC 7692). They are not checked if the server declines it.
"""

import re
import zlib
from hashlib import shake_128

from echo.client.check.cases.case import Case, Converse, sending
from echo.client.check.conversation import EXTENSIONS, Conversation
from echo.client.check.deflate import parseAgreement
from echo.client.check.frames import BINARY, CONTINUATION, PING, RSV1, TEXT, frame
from echo.client.check.verdicts import ConnectionEnded, Failed, Noted, Skipped
from echo.printable import quoted

_OFFER = "permessage-deflate"
_NO_TAKEOVER = f"{_OFFER}; server_no_context_takeover"
_BITS = 9
_WINDOW = f"{_OFFER}; server_max_window_bits={_BITS}"

#: What may be agreed on where nothing but the name was offered (7.1).
_PARAMETER = re.compile(
    r"(server|client)_no_context_takeover"
    r'|server_max_window_bits=("?)(8|9|1[0-5])\2'
)

#: Parameters that a server must not accept (7.1).
_WRONG = (
    ("an unknown parameter", "x_check=1"),
    ("a parameter given twice", "server_no_context_takeover; " * 2),
    ("a window of 16 bits", "server_max_window_bits=16"),
    ("a value where none belongs", "server_no_context_takeover=1"),
)

_TAIL = b"\0\0\xff\xff"
_TEXT = "squeeze " * 100


async def _agreement(server: Conversation) -> None:
    answer = await server.open(server.request(extensions=_OFFER))
    for extension in answer.elements(EXTENSIONS):
        name, *parameters = (part.strip() for part in extension.split(";"))
        if name != _OFFER:
            raise Failed(f"accepted {quoted(name)}, which was not offered")
        for parameter in parameters:
            if _PARAMETER.fullmatch(parameter) is None:
                raise Failed(f"added {quoted(parameter)}")
    if server.agreement is None:
        raise Skipped(f"{_OFFER} was declined")


def _declining(parameters: str) -> Converse:
    """
    @return: A test of whether an offer that no server may accept is declined.
    """
    offer = f"{_OFFER}; {parameters}".rstrip("; ")

    async def converse(server: Conversation) -> None:
        try:
            answer = await server.ask(server.request(extensions=offer))
        except ConnectionEnded:
            raise Noted("hung up without an answer") from None
        if answer.status != 101:
            raise Noted(f"answered {answer}")
        if parseAgreement(answer.elements(EXTENSIONS)) is not None:
            raise Failed("accepted it")

    return converse


def _deflated(converse: Converse, offer: str = _OFFER) -> Converse:
    """
    @return: The same test, which is not checked if the server declines the offer.
    """

    async def converseIfDeflated(server: Conversation) -> None:
        await server.open(server.request(extensions=offer))
        if server.agreement is None:
            raise Skipped(f"{offer} was declined")
        await converse(server)

    return converseIfDeflated


def _compressed(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return _flushed(compressor, data)


def _flushed(compressor: "zlib._Compress", data: bytes) -> bytes:
    whole = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return whole.removesuffix(_TAIL)


def _inflating(message: str | bytes, *compressed: bytes) -> Converse:
    """
    @param compressed: The fragments of the message.

    @return: A test of whether a compressed message comes back.
    """
    opcode = TEXT if isinstance(message, str) else BINARY
    frames = [
        frame(
            CONTINUATION if number else opcode,
            part,
            fin=number == len(compressed) - 1,
            rsv=0 if number else RSV1,
        )
        for number, part in enumerate(compressed)
    ]

    async def converse(server: Conversation) -> None:
        server.send(*frames)
        await server.echo(message)

    return converse


def _text() -> str:
    """
    @return: Text that is compressed only by a look back, further than 2^9 bytes.
    """
    return shake_128(b"echo").hexdigest(500) * 2


async def _plainEcho(server: Conversation) -> None:
    server.send(frame(TEXT, b"Hello"))
    await server.echo("Hello")


async def _twice(server: Conversation) -> None:
    text = _text()
    for _ in range(2):
        server.send(frame(TEXT, _compressed(text.encode()), rsv=RSV1))
        await server.echo(text)


async def _withoutTakeover(server: Conversation) -> None:
    if server.agreement is not None and server.agreement.serverTakeover:
        raise Failed("accepted the offer, without server_no_context_takeover")
    await _twice(server)


async def _smallWindow(server: Conversation) -> None:
    if server.agreement is not None and server.agreement.serverBits > _BITS:
        raise Failed(f"accepted the offer, without server_max_window_bits={_BITS}")
    await _twice(server)


async def _lookingBack(server: Conversation) -> None:
    """
    Our second message refers to the first, unless the server forbids it.
    """
    if server.agreement is not None and not server.agreement.clientTakeover:
        raise Skipped("the server wants client_no_context_takeover")
    text, compressor = _text(), zlib.compressobj(wbits=-15)
    for _ in range(2):
        server.send(frame(TEXT, _flushed(compressor, text.encode()), rsv=RSV1))
        await server.echo(text)


async def _interrupted(server: Conversation) -> None:
    data = _compressed(_TEXT.encode())
    server.send(
        frame(TEXT, data[:5], fin=False, rsv=RSV1),
        frame(PING, b"between"),
        frame(CONTINUATION, data[5:]),
    )
    await server.echo(_TEXT)
    if b"between" not in server.pongs:
        await server.pong(b"between")
        raise Noted("answered the ping after the message")


def _inBlocks(*parts: str) -> bytes:
    """
    @return: Text in a block of its own for each part.
    """
    compressor = zlib.compressobj(wbits=-15)
    return _TAIL.join(_flushed(compressor, part.encode()) for part in parts)


def _stored(text: str) -> bytes:
    """
    @return: Text in a block without compression.
    """
    return _flushed(zlib.compressobj(0, wbits=-15), text.encode())


_SQUEEZED = _compressed(_TEXT.encode())

CASES = (
    Case(
        "7692 7.1", "permessage-deflate: only what fits is agreed on", _agreement, False
    ),
    *(
        Case(
            "7692 7.1",
            f"permessage-deflate: {what} is declined",
            _declining(parameters),
            opened=False,
        )
        for what, parameters in _WRONG
    ),
    *(
        Case(section, f"permessage-deflate: {name}", converse, opened=False)
        for section, name, converse in (
            (
                "7692 7.1.1.1",
                "two messages without the server's context come back",
                _deflated(_withoutTakeover, _NO_TAKEOVER),
            ),
            (
                "7692 7.1.2.1",
                f"two messages in a window of {_BITS} bits come back",
                _deflated(_smallWindow, _WINDOW),
            ),
        )
    ),
    *(
        Case(section, f"permessage-deflate: {name}", _deflated(converse), opened=False)
        for section, name, converse in (
            (
                "7692 7.2",
                "a compressed text comes back",
                _inflating(_TEXT, _SQUEEZED),
            ),
            (
                "7692 7.2",
                "a compressed binary message comes back",
                _inflating(_TEXT.encode(), _SQUEEZED),
            ),
            (
                "7692 7.2.3.6",
                "a compressed empty text comes back",
                _inflating("", b"\0"),
            ),
            (
                "7692 7.2.3.2",
                "a text that refers to the one before comes back",
                _lookingBack,
            ),
            (
                "7692 7.2.3.3",
                "a text in a block without compression comes back",
                _inflating("Hello", _stored("Hello")),
            ),
            (
                "7692 7.2.3.5",
                "a text in two blocks comes back",
                _inflating("Hello, world", _inBlocks("Hello", ", world")),
            ),
            (
                "7692 6.2",
                "a compressed text in fragments comes back",
                _inflating(_TEXT, _SQUEEZED[:1], _SQUEEZED[1:9], b"", _SQUEEZED[9:]),
            ),
            (
                "7692 6.1",
                "a ping between compressed fragments is answered",
                _interrupted,
            ),
            ("7692 6", "a text that is not compressed comes back", _plainEcho),
            (
                "7692 6",
                "a ping with RSV1 is refused with 1002",
                sending(frame(PING, b"Hello", rsv=RSV1)),
            ),
            (
                "7692 6",
                "a continuation with RSV1 is refused with 1002",
                sending(
                    frame(TEXT, _compressed(b"Hello"), fin=False, rsv=RSV1),
                    frame(CONTINUATION, rsv=RSV1),
                ),
            ),
            (
                "7692 7.2.2",
                "a text that does not inflate is refused with 1007",
                sending(frame(TEXT, b"\xff" * 8, rsv=RSV1), codes=(1007, 1002)),
            ),
            (
                "8.1",
                "a compressed text that is not UTF-8 is refused with 1007",
                sending(
                    frame(TEXT, _compressed(b"Hello \xff"), rsv=RSV1), codes=(1007,)
                ),
            ),
        )
    ),
)
