"""
Cases of permessage-deflate (RFC 7692). A server that declines it passes them.
"""

import re
from zlib import Z_SYNC_FLUSH, compressobj

from echo.client.check.case import Case, Converse, sending
from echo.client.check.conversation import EXTENSIONS, Conversation
from echo.client.check.frames import CONTINUATION, PING, RSV1, TEXT, frame
from echo.client.check.verdict import Fault
from echo.printable import quoted

_OFFER = "permessage-deflate"

#: What may be agreed on where nothing but the name was offered (7.1).
_PARAMETER = re.compile(
    r"(server|client)_no_context_takeover"
    r'|server_max_window_bits=("?)(8|9|1[0-5])\2'
)

_TEXT = "squeeze " * 100


async def _agreement(server: Conversation) -> None:
    answer = await server.open(server.request(extensions=_OFFER))
    for extension in answer.elements(EXTENSIONS):
        name, *parameters = (part.strip() for part in extension.split(";"))
        if name != _OFFER:
            raise Fault(f"accepted {quoted(name)}, which was not offered")
        for parameter in parameters:
            if _PARAMETER.fullmatch(parameter) is None:
                raise Fault(f"added {quoted(parameter)}")


async def _echo(server: Conversation) -> None:
    server.send(frame(TEXT, _compressed(_TEXT.encode()), rsv=RSV1))
    await server.echo(_TEXT)


async def _plainEcho(server: Conversation) -> None:
    server.send(frame(TEXT, b"Hello"))
    await server.echo("Hello")


def _deflated(converse: Converse) -> Converse:
    """
    @return: The same, if permessage-deflate is agreed on; nothing otherwise.
    """

    async def converseIfDeflated(server: Conversation) -> None:
        await server.open(server.request(extensions=_OFFER))
        if server.deflated:
            await converse(server)

    return converseIfDeflated


def _compressed(data: bytes) -> bytes:
    compressor = compressobj(wbits=-15)
    whole = compressor.compress(data) + compressor.flush(Z_SYNC_FLUSH)
    return whole.removesuffix(b"\0\0\xff\xff")


CASES = (
    Case(
        "7692 7.1", "permessage-deflate: only what fits is agreed on", _agreement, False
    ),
    *(
        Case(section, f"permessage-deflate: {name}", _deflated(converse), opened=False)
        for section, name, converse in (
            ("7692 7.2", "a compressed text comes back", _echo),
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
        )
    ),
)
