"""
Cases of pings and pongs (RFC 6455, 5.5.2 and 5.5.3), and of all control frames (5.5).
"""

from echo.client.check.cases.case import Case, echoed, refused
from echo.client.check.conversation import Conversation
from echo.client.check.frames import (
    CLOSE,
    PING,
    PONG,
    RSV2,
    RSV3,
    TEXT,
    closeFrame,
    frame,
)
from echo.client.check.verdicts import Failed, Noted

_PINGS = [b"1", b"2", b"3"]
_LAST = b"the last one"


def _ponged(name: str, payload: bytes) -> Case:
    async def check(connection: Conversation) -> None:
        connection.send(frame(PING, payload))
        await connection.pong(payload)

    return Case("5.5.2", name, check)


async def _pongs(connection: Conversation) -> list[bytes]:
    """
    @return: The payloads of the pongs for L{_PINGS}, as they arrived. A last ping
        shows that no more pongs follow.
    """
    came: list[bytes] = []
    for pings in (_PINGS, [_LAST]):
        connection.send(*(frame(PING, payload) for payload in pings))
        while pings[-1] not in came:
            pong = await connection.openFrame()
            if pong.opcode != PONG or pong.payload not in (*_PINGS, _LAST):
                raise Failed(f"sent {pong}")
            came.append(pong.payload)
    return came[:-1]


async def _allPings(connection: Conversation) -> None:
    came = set(await _pongs(connection))
    if len(came) < len(_PINGS):
        # A server may answer only the latest ping (5.5.3).
        raise Noted(f"answered {len(came)} of {len(_PINGS)} pings")


async def _inOrder(connection: Conversation) -> None:
    came = await _pongs(connection)
    order = ", ".join(each.decode() for each in came)
    if came != sorted(came):
        raise Failed(f"answered out of order: {order}")
    if len(came) > len(set(came)):
        # A server may send a pong without a ping (5.5.3).
        raise Noted(f"answered more than once: {order}")


CASES = (
    _ponged("a ping is answered with its own payload", b"Hello"),
    _ponged("an empty ping is answered", b""),
    _ponged("a ping of 125 bytes is answered", bytes(range(125))),
    _ponged("a ping that is not UTF-8 is answered", b"\xff\0\xfe\r\n"),
    Case("5.5.3", "of several pings, all are answered", _allPings),
    Case("5.5.3", "of several pings, the pongs come in order", _inOrder),
    echoed(
        "5.5.3",
        "a pong that nobody asked for is ignored",
        "Hello",
        frames=[frame(PONG, b"nobody asked"), frame(TEXT, b"Hello")],
    ),
    refused("5.5", "a ping of 126 bytes", frame(PING, bytes(126))),
    refused("5.5", "a pong of 126 bytes", frame(PONG, bytes(126))),
    refused("5.5", "a close of 126 bytes", closeFrame(1000, b"x" * 124)),
    # The first fragment alone: a continuation would be a violation by itself.
    refused("5.5", "a ping in fragments", frame(PING, b"half", fin=False)),
    refused("5.5", "a pong in fragments", frame(PONG, b"half", fin=False)),
    refused("5.5", "a close in fragments", frame(CLOSE, b"\x03\xe8", fin=False)),
    refused("5.2", "a ping with RSV3", frame(PING, rsv=RSV3)),
    refused("5.2", "a pong with RSV2", frame(PONG, rsv=RSV2)),
    refused("5.1", "a ping without a mask", frame(PING, b"Hello", masked=False)),
    refused(
        "5.2",
        "a ping with a length of 16 bits",
        frame(PING, b"Hello", size=2),
        optional=True,
    ),
)
