"""
Texts of peers, made safe for a log or a terminal.

Every byte from a peer passes through here before it reaches a screen or a log file:
control characters, escape sequences and bidirectional overrides become visible text.
"""

import re

#: Characters of a text at most.
PRINTED_LIMIT = 256

_CUT = "..."

#: Bytes of a binary message that are shown.
_BYTES_SHOWN = 32

_QUOTED = '\\"'

# Texts that need no escape, between quotes or not: the usual case.
_SAFE = re.compile(r"[ !#-\[\]-~]*")


def printable(value: str | bytes, limit: int = PRINTED_LIMIT) -> str:
    r"""
    Escape everything that a terminal or a log reader could interpret.

    @param value: Text, or bytes, which are decoded as UTF-8. Invalid bytes become
        C{\xff}.

    @param limit: Characters of the result at most.

    @return: Printable characters only: a backslash is doubled, and control characters
        become C{\n}, C{\x1b} or C{\u202e}. A longer text is cut, but no escape is,
        and ends with C{...}.
    """
    return _escaped(value, limit, "\\")


def quoted(value: str | bytes, limit: int = PRINTED_LIMIT) -> str:
    """
    @return: As L{printable}, between double quotes, which show where the text starts
        and ends.
    """
    return f'"{_escaped(value, limit - 2, _QUOTED)}"'


def messageText(message: str | bytes) -> str:
    """
    @return: A WebSocket message on one line: text L{quoted}, binary as
        C{0x48656c6c6f (5 bytes)}.
    """
    if isinstance(message, str):
        return quoted(message)
    cut = _CUT if len(message) > _BYTES_SHOWN else ""
    return f"0x{message[:_BYTES_SHOWN].hex()}{cut} ({len(message)} bytes)"


def _escaped(value: str | bytes, limit: int, backslashed: str) -> str:
    if (
        isinstance(value, str)
        and len(value) <= limit
        and _SAFE.fullmatch(value) is not None
    ):
        return value
    # A character has four bytes of UTF-8 at most, and its escape is never shorter than
    # itself. So the rest of a long value cannot be in the result.
    head = value[: 4 * (limit + 1)]
    text = head if isinstance(head, str) else head.decode("utf-8", "surrogateescape")
    pieces = [_escape(character, backslashed) for character in text[: limit + 1]]
    length = sum(map(len, pieces))
    if length <= limit:
        return "".join(pieces)
    while length > limit - len(_CUT):
        length -= len(pieces.pop())
    return "".join(pieces) + _CUT


def _escape(character: str, backslashed: str) -> str:
    if character in backslashed:
        return "\\" + character
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":  # surrogateescape's form of an invalid byte
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
