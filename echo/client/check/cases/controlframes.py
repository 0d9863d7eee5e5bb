"""
Cases of pings and pongs (RFC 6455, 5.5.2 and 5.5.3), and of what all control frames
have in common (5.5).
"""

from echo.client.check.cases.case import Case, Converse, sending, tolerating
from echo.client.check.conversation import Conversation
from echo.client.check.frames import CLOSE, PING, PONG, RSV2, RSV3, TEXT, closing, frame
from echo.client.check.verdicts import Failed, Noted

_PINGS = [b"1", b"2", b"3"]
_LAST = b"the last one"


def _ponging(payload: bytes) -> Converse:
    async def converse(server: Conversation) -> None:
        server.send(frame(PING, payload))
        await server.pong(payload)

    return converse


async def _pongs(server: Conversation) -> list[bytes]:
    """
    @return: The payloads of the pongs to several pings, as they come.
    """
    came: list[bytes] = []
    for pings in (_PINGS, [_LAST]):
        server.send(*(frame(PING, payload) for payload in pings))
        while pings[-1] not in came:
            pong = await server.openFrame()
            if pong.opcode != PONG or pong.payload not in (*_PINGS, _LAST):
                raise Failed(f"sent {pong}")
            came.append(pong.payload)
    return came[:-1]


async def _answered(server: Conversation) -> None:
    """
    All but the latest may be passed over (5.5.3).
    """
    came = set(await _pongs(server))
    if len(came) < len(_PINGS):
        raise Noted(f"answered {len(came)} of {len(_PINGS)}")


async def _inOrder(server: Conversation) -> None:
    came = await _pongs(server)
    order = ", ".join(each.decode() for each in came)
    if came != sorted(came):
        raise Failed(f"answered in another order: {order}")
    if len(came) > len(set(came)):
        # A pong may come unasked (5.5.3).
        raise Noted(f"answered more than once: {order}")


async def _unsolicited(server: Conversation) -> None:
    server.send(frame(PONG, b"nobody asked"), frame(TEXT, b"Hello"))
    await server.echo("Hello")


CASES = (
    Case("5.5.2", "a ping is answered with its own payload", _ponging(b"Hello")),
    Case("5.5.2", "an empty ping is answered", _ponging(b"")),
    Case("5.5.2", "a ping of 125 bytes is answered", _ponging(bytes(range(125)))),
    Case("5.5.2", "a ping that is not UTF-8 is answered", _ponging(b"\xff\0\xfe\r\n")),
    Case("5.5.3", "of several pings, all are answered", _answered),
    Case("5.5.3", "of several pings, the pongs come in order", _inOrder),
    Case("5.5.3", "a pong that nobody asked for is ignored", _unsolicited),
    *(
        Case("5.5", f"{name} is refused with 1002", sending(data))
        for name, data in (
            ("a ping of 126 bytes", frame(PING, bytes(126))),
            ("a pong of 126 bytes", frame(PONG, bytes(126))),
            ("a close of 126 bytes", closing(1000, b"x" * 124)),
            # The first fragment alone: a continuation is wrong by itself.
            ("a ping in fragments", frame(PING, b"half", fin=False)),
            ("a pong in fragments", frame(PONG, b"half", fin=False)),
            ("a close in fragments", frame(CLOSE, b"\x03\xe8", fin=False)),
        )
    ),
    Case(
        "5.2", "a ping with RSV3 is refused with 1002", sending(frame(PING, rsv=RSV3))
    ),
    Case(
        "5.2", "a pong with RSV2 is refused with 1002", sending(frame(PONG, rsv=RSV2))
    ),
    Case(
        "5.1",
        "a ping without a mask is refused with 1002",
        sending(frame(PING, b"Hello", masked=False)),
    ),
    Case(
        "5.2",
        "a ping with a length of 16 bits is refused with 1002",
        tolerating(frame(PING, b"Hello", size=2)),
    ),
)
