"""
What a peer said, made safe for a log or a terminal.

Nobody else's bytes reach a screen or a log file but through here: control
characters, escape sequences and bidirectional overrides come out as text.
"""

import re

LIMIT = 256
_CUT = "..."
_BYTES = 32

# Nothing to escape, between quotes or not: most of what there is.
_PLAIN = re.compile(r"[ !#-\[\]-~]*")


def printable(value: str | bytes, limit: int = LIMIT) -> str:
    r"""
    Escape whatever a terminal or a log reader could take for more than text.

    @param value: Text, or bytes that are read as UTF-8 where they are that.

    @param limit: Most characters of the result.

    @return: Printable characters only: backslashes doubled and all else as
        C{\n}, C{\x1b} or C{\u202e}. What does not fit is cut, never in
        mid-escape, and C{...} says so.
    """
    return _escaped(value, limit, "\\")


def quoted(value: str | bytes, limit: int = LIMIT) -> str:
    """
    Like L{printable}, between double quotes: where it starts and ends shows.
    """
    return f'"{_escaped(value, limit - 2, _QUOTED)}"'


_QUOTED = '\\"'


def _escaped(value: str | bytes, limit: int, marked: str) -> str:
    """
    @param marked: Printable characters that get a backslash in front.
    """
    if (
        isinstance(value, str)
        and len(value) <= limit
        and _PLAIN.fullmatch(value) is not None
    ):
        return value
    # One character is four bytes of UTF-8 at most, and its escape is never
    # shorter than itself: this is all that can be needed, however long value is.
    head = value[: 4 * (limit + 1)]
    text = head if isinstance(head, str) else head.decode("utf-8", "surrogateescape")
    pieces = [_escape(character, marked) for character in text[: limit + 1]]
    length = sum(map(len, pieces))
    if length <= limit:
        return "".join(pieces)
    while length > limit - len(_CUT):
        length -= len(pieces.pop())
    return "".join(pieces) + _CUT


def _escape(character: str, marked: str) -> str:
    if character in marked:
        return "\\" + character
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":  # a byte that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def shown(message: str | bytes) -> str:
    """
    Show a WebSocket message on one line.

    @return: Text L{quoted}; binary as C{0x48656c6c6f (5 bytes)}.
    """
    if isinstance(message, str):
        return quoted(message)
    cut = _CUT if len(message) > _BYTES else ""
    return f"0x{message[:_BYTES].hex()}{cut} ({len(message)} bytes)"
