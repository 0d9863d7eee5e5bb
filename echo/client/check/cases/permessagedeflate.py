"""
Cases of permessage-deflate (RFC 7692). They are skipped if the server declines it.
"""

import re
from dataclasses import replace
from hashlib import shake_128

from echo.client.check.cases.case import Case, Check, echoed, refused
from echo.client.check.conversation import EXTENSIONS, Conversation
from echo.client.check.deflate import DEFLATE, TAIL, Deflater, parseAgreement
from echo.client.check.frames import BINARY, CONTINUATION, PING, RSV1, TEXT, frame
from echo.client.check.verdicts import ConnectionEnded, Failed, Noted, Skipped
from echo.printable import quoted

_BITS = 9

# Parameters that a server may add to an offer without parameters (7.1).
_PARAMETER = re.compile(
    r"(server|client)_no_context_takeover"
    r'|server_max_window_bits=("?)(8|9|1[0-5])\2'
)

# Parameters that a server must not accept (7.1).
_INVALID = (
    ("an unknown parameter", "x_check=1"),
    ("a parameter given twice", "; ".join(["server_no_context_takeover"] * 2)),
    ("a window of 16 bits", "server_max_window_bits=16"),
    ("a value where none belongs", "server_no_context_takeover=1"),
)

_TEXT = "squeeze " * 100

# Random text, twice: only a reference further back than 2^9 bytes compresses it.
_FAR = shake_128(b"echo").hexdigest(500) * 2


async def _agreement(connection: Conversation) -> None:
    response = await connection.open(connection.request(extensions=DEFLATE))
    for extension in response.elements(EXTENSIONS):
        name, *parameters = (part.strip() for part in extension.split(";"))
        if name != DEFLATE:
            raise Failed(f"accepted {quoted(name)}, which was not offered")
        for parameter in parameters:
            if _PARAMETER.fullmatch(parameter) is None:
                raise Failed(f"added {quoted(parameter)}, which the offer excludes")
    if connection.agreement is None:
        raise Skipped(f"{DEFLATE} was declined")


def _declined(parameters: str) -> Check:
    async def check(connection: Conversation) -> None:
        request = connection.request(extensions=f"{DEFLATE}; {parameters}")
        try:
            response = await connection.ask(request)
        except ConnectionEnded:
            raise Noted("hung up without an answer") from None
        if response.status != 101:
            raise Noted(f"answered {response}")
        if parseAgreement(response.elements(EXTENSIONS)) is not None:
            raise Failed("accepted it")

    return check


def _deflating(case: Case, offer: str = DEFLATE) -> Case:
    async def check(connection: Conversation) -> None:
        await connection.open(connection.request(extensions=offer))
        if connection.agreement is None:
            raise Skipped(f"{offer} was declined")
        await case.check(connection)

    return replace(case, name=f"{DEFLATE}: {case.name}", check=check, isOpen=False)


def _deflated(message: str | bytes) -> bytes:
    return Deflater().deflate(message.encode() if isinstance(message, str) else message)


def _inflated(section: str, name: str, message: str | bytes, *fragments: bytes) -> Case:
    first, *rest = fragments
    opcode = TEXT if isinstance(message, str) else BINARY
    frames = [frame(opcode, first, fin=not rest, rsv=RSV1)]
    for number, part in enumerate(rest, 1):
        frames.append(frame(CONTINUATION, part, fin=number == len(rest)))
    return echoed(section, name, message, frames=frames)


async def _twice(connection: Conversation) -> None:
    for _ in range(2):
        connection.send(frame(TEXT, _deflated(_FAR), rsv=RSV1))
        await connection.echo(_FAR)


async def _withoutTakeover(connection: Conversation) -> None:
    if connection.agreement is not None and connection.agreement.serverTakeover:
        raise Failed("accepted the offer, without server_no_context_takeover")
    await _twice(connection)


async def _smallWindow(connection: Conversation) -> None:
    if connection.agreement is not None and connection.agreement.serverBits > _BITS:
        raise Failed(f"accepted the offer, without server_max_window_bits={_BITS}")
    await _twice(connection)


async def _clientTakeover(connection: Conversation) -> None:
    if connection.agreement is not None and not connection.agreement.clientTakeover:
        raise Skipped("the server demands client_no_context_takeover")
    deflater = Deflater()
    for _ in range(2):
        connection.send(frame(TEXT, deflater.deflate(_FAR.encode()), rsv=RSV1))
        await connection.echo(_FAR)


async def _pingBetween(connection: Conversation) -> None:
    data = _deflated(_TEXT)
    connection.send(
        frame(TEXT, data[:5], fin=False, rsv=RSV1),
        frame(PING, b"between"),
        frame(CONTINUATION, data[5:]),
    )
    await connection.echo(_TEXT)
    if b"between" not in connection.pongs:
        await connection.pong(b"between")
        raise Noted("answered the ping after the message")


def _inBlocks(*parts: str) -> bytes:
    deflater = Deflater()
    return TAIL.join(deflater.deflate(part.encode()) for part in parts)


_DEFLATED = _deflated(_TEXT)

_ON_COMPRESSED_CONNECTION = (
    _inflated("7692 7.2", "a compressed text comes back", _TEXT, _DEFLATED),
    _inflated(
        "7692 7.2", "a compressed binary message comes back", _TEXT.encode(), _DEFLATED
    ),
    _inflated("7692 7.2.3.6", "a compressed empty text comes back", "", b"\0"),
    Case(
        "7692 7.2.3.2",
        "a text that refers to the one before comes back",
        _clientTakeover,
    ),
    _inflated(
        "7692 7.2.3.3",
        "a text in a block without compression comes back",
        "Hello",
        Deflater(level=0).deflate(b"Hello"),
    ),
    _inflated(
        "7692 7.2.3.5",
        "a text in two blocks comes back",
        "Hello, world",
        _inBlocks("Hello", ", world"),
    ),
    _inflated(
        "7692 6.2",
        "a compressed text in fragments comes back",
        _TEXT,
        *(_DEFLATED[:1], _DEFLATED[1:9], b"", _DEFLATED[9:]),
    ),
    Case("7692 6.1", "a ping between compressed fragments is answered", _pingBetween),
    echoed("7692 6", "a text that is not compressed comes back", "Hello"),
    refused("7692 6", "a ping with RSV1", frame(PING, b"Hello", rsv=RSV1)),
    refused(
        "7692 6",
        "a continuation with RSV1",
        frame(TEXT, _deflated("Hello"), fin=False, rsv=RSV1),
        frame(CONTINUATION, rsv=RSV1),
    ),
    refused(
        "7692 7.2.2",
        "a text that does not inflate",
        frame(TEXT, b"\xff" * 8, rsv=RSV1),
        codes=(1007, 1002),
    ),
    refused(
        "8.1",
        "a compressed text that is not UTF-8",
        frame(TEXT, _deflated(b"Hello \xff"), rsv=RSV1),
        codes=(1007,),
    ),
)

CASES = (
    Case("7692 7.1", f"{DEFLATE}: only what fits is agreed on", _agreement, False),
    *(
        Case("7692 7.1", f"{DEFLATE}: {what} is declined", _declined(parameters), False)
        for what, parameters in _INVALID
    ),
    *(
        _deflating(Case(section, f"two messages {how} come back", check), offer)
        for section, how, check, offer in (
            (
                "7692 7.1.1.1",
                "without the server's context",
                _withoutTakeover,
                f"{DEFLATE}; server_no_context_takeover",
            ),
            (
                "7692 7.1.2.1",
                f"in a window of {_BITS} bits",
                _smallWindow,
                f"{DEFLATE}; server_max_window_bits={_BITS}",
            ),
        )
    ),
    *map(_deflating, _ON_COMPRESSED_CONNECTION),
)
