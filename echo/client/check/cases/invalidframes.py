"""
Cases of data frames that no client may send: the server must fail the connection.
"""

from echo.client.check.cases.case import Case, sending, tolerating
from echo.client.check.conversation import Conversation
from echo.client.check.frames import (
    BINARY,
    CONTINUATION,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    frame,
)
from echo.client.check.verdicts import Noted, StayedOpen, TimedOut

#: What is not UTF-8, and why.
_NOT_UTF8 = (
    ("a byte that never occurs", b"Hello \xff"),
    ("an overlong form", b"Hello \xc0\xaf"),
    ("an overlong form of three bytes", b"Hello \xe0\x80\xaf"),
    ("an overlong form of four bytes", b"Hello \xf0\x80\x80\xaf"),
    ("a continuation byte alone", b"Hello \x80"),
    ("a surrogate", b"Hello \xed\xa0\x80"),
    ("a character cut off at the end", b"Hello \xe2\x82"),
    ("a character above U+10FFFF", b"Hello \xf4\x90\x80\x80"),
)


async def _early(server: Conversation) -> None:
    """
    A server may look at a message only when it has all of it.
    """
    server.send(frame(TEXT, b"*" * 1024 + b"\xff", fin=False))
    try:
        await server.failure(1007)
    except StayedOpen:
        raise Noted("waits for the end of the message") from None


async def _huge(server: Conversation) -> None:
    """
    A server without limits can take a frame as long as that, in theory.
    """
    server.send(frame(BINARY, b"begin", size=8, length=2**62))
    try:
        await server.failure(1009, 1002)
    except TimedOut:
        raise Noted("waits for all of it") from None


CASES = (
    *(
        Case(
            "5.2",
            f"a frame with RSV{number} is refused with 1002",
            sending(frame(TEXT, b"Hello", rsv=rsv)),
        )
        for number, rsv in ((1, RSV1), (2, RSV2), (3, RSV3))
    ),
    *(
        Case(
            "5.2",
            f"a frame of opcode {opcode} is refused with 1002",
            sending(frame(opcode, b"Hello")),
        )
        for opcode in (3, 7, 11, 15)
    ),
    Case(
        "5.1",
        "a frame without a mask is refused with 1002",
        sending(frame(TEXT, b"Hello", masked=False)),
    ),
    Case(
        "5.2",
        "a length in more bytes than it needs is refused with 1002",
        tolerating(frame(TEXT, b"Hello", size=2)),
    ),
    Case(
        "5.2",
        "a length of 64 bits where 16 are enough is refused with 1002",
        tolerating(frame(BINARY, bytes(300), size=8)),
    ),
    Case(
        "5.2",
        "a length of 64 bits with the highest one set is refused with 1002",
        sending(frame(BINARY, b"begin", size=8, length=2**63), codes=(1002, 1009)),
    ),
    Case("10.4", "a frame of 2^62 bytes is refused with 1009", _huge),
    *(
        Case(
            "8.1",
            f"text with {what} is refused with 1007",
            sending(frame(TEXT, text), codes=(1007,)),
        )
        for what, text in _NOT_UTF8
    ),
    Case(
        "8.1",
        "fragments that are no UTF-8 together are refused with 1007",
        sending(
            frame(TEXT, b"Hello \xe2", fin=False),
            frame(CONTINUATION, b"\x28\xa1"),
            codes=(1007,),
        ),
    ),
    Case(
        "8.1",
        "fragments that end within a character are refused with 1007",
        sending(
            frame(TEXT, b"Hello \xe2\x82", fin=False),
            frame(CONTINUATION),
            codes=(1007,),
        ),
    ),
    Case("8.1", "a fragment that is not UTF-8 is refused with 1007 at once", _early),
)
