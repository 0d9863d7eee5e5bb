"""
Cases of data frames that a server must refuse (RFC 6455, 5.1, 5.2, 8.1 and 10.4).
"""

from echo.client.check.cases.case import Case, refused
from echo.client.check.conversation import Conversation
from echo.client.check.frames import BINARY, CONTINUATION, RSV1, RSV2, RSV3, TEXT, frame
from echo.client.check.verdicts import Noted, StayedOpen, TimedOut

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


async def _invalidFragment(connection: Conversation) -> None:
    connection.send(frame(TEXT, b"*" * 1024 + b"\xff", fin=False))
    try:
        await connection.failure(1007)
    except StayedOpen:
        # A server may decode a message when it is complete (8.1).
        raise Noted("waits for the end of the message") from None


async def _hugeFrame(connection: Conversation) -> None:
    connection.send(frame(BINARY, b"begin", size=8, length=2**62))
    try:
        await connection.failure(1009, 1002)
    except TimedOut:
        # Limits are a recommendation (10.4).
        raise Noted("waits for the whole frame") from None


CASES = (
    *(
        refused("5.2", f"a frame with RSV{number}", frame(TEXT, b"Hello", rsv=rsv))
        for number, rsv in ((1, RSV1), (2, RSV2), (3, RSV3))
    ),
    *(
        refused("5.2", f"a frame of opcode {opcode}", frame(opcode, b"Hello"))
        for opcode in (3, 7, 11, 15)
    ),
    refused("5.1", "a frame without a mask", frame(TEXT, b"Hello", masked=False)),
    refused(
        "5.2",
        "a length in more bytes than it needs",
        frame(TEXT, b"Hello", size=2),
        optional=True,
    ),
    refused(
        "5.2",
        "a length of 64 bits where 16 are enough",
        frame(BINARY, bytes(300), size=8),
        optional=True,
    ),
    refused(
        "5.2",
        "a length of 64 bits with the highest one set",
        frame(BINARY, b"begin", size=8, length=2**63),
        codes=(1002, 1009),
    ),
    Case("10.4", "a frame of 2^62 bytes is refused with 1009", _hugeFrame),
    *(
        refused("8.1", f"text with {what}", frame(TEXT, text), codes=(1007,))
        for what, text in _NOT_UTF8
    ),
    refused(
        "8.1",
        "fragments that are no UTF-8 together",
        frame(TEXT, b"Hello \xe2", fin=False),
        frame(CONTINUATION, b"\x28\xa1"),
        codes=(1007,),
        verb="are",
    ),
    refused(
        "8.1",
        "fragments that end within a character",
        frame(TEXT, b"Hello \xe2\x82", fin=False),
        frame(CONTINUATION),
        codes=(1007,),
        verb="are",
    ),
    Case(
        "8.1",
        "a fragment that is not UTF-8 is refused with 1007 at once",
        _invalidFragment,
    ),
)
