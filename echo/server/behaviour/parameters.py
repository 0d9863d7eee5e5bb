"""
The parameters in the query of a conversation's URL, and their valid values.

L{echo.server.behaviour.behaviour} checks them together.
"""

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import unquote_to_bytes

from echo.closecodes import CLOSE_CODES, LONGEST_REASON
from echo.httptokens import isToken
from echo.printable import PRINTED_LIMIT, printable, quoted
from echo.redact import redactQuery
from echo.units import (
    durationText,
    fractionText,
    parseCount,
    parseDuration,
    parseFraction,
    parseSize,
    parseSpeed,
    sizeText,
    speedText,
)

_SHOWN = 60
_LONGEST = 1024
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Parameter(Generic[_Value]):
    """
    One parameter.

    @ivar parse: text -> value. Raises C{ValueError}.

    @ivar right: A description of valid values, with examples.

    @ivar example: One valid value.

    @ivar meaning: What the daemon does, for the manual. Names of parameters are in
        backquotes.

    @ivar text: value -> text.

    @ivar fits: value -> whether it is valid.
    """

    parse: Callable[[str], _Value]
    right: str
    example: str
    meaning: str
    text: Callable[[_Value], str] = "{:d}".format
    fits: Callable[[_Value], object] = lambda value: True

    def read(self, text: str) -> _Value:
        if len(text) <= _LONGEST and self.fits(value := self.parse(text)):
            return value
        raise ValueError(text)


def readQuery(
    query: bytes, allowed: bool, mayHaveOthers: bool = False
) -> dict[str, Any]:
    """
    @param query: The bytes after the question mark.

    @param allowed: Whether parameters other than C{info} are allowed.

    @param mayHaveOthers: Whether to skip names that are not in L{PARAMETERS}.

    @return: Values by name.

    @raise ValueError: The query is invalid. The message is for the client: one short
        line of printable text with the parameter and a valid value.
    """
    values: dict[str, Any] = {}
    for name, text in _pairs(query):
        if mayHaveOthers and name not in PARAMETERS:
            continue
        if not allowed and name != "info":
            raise ValueError(
                f"{printable(name, _SHOWN)}: behaviours are switched off here"
            )
        if name not in PARAMETERS:
            raise ValueError(_unknown(name))
        if name in values:
            raise ValueError(f"{name}: is there twice, once is right")
        try:
            values[name] = PARAMETERS[name].read(text)
        except ValueError:
            # The parser's message can contain the whole text.
            field = redactQuery(f"{name}={text}", PRINTED_LIMIT)
            shown = quoted(field.partition("=")[2], _SHOWN)
            why = f"not {PARAMETERS[name].right}"
            if len(text) > _LONGEST:
                why = f"too long: {_LONGEST} bytes will do"
            raise ValueError(f"{name}: {shown} is {why}") from None
    return values


def _pairs(query: bytes) -> Iterator[tuple[str, str]]:
    """
    Parse application/x-www-form-urlencoded (URL Standard section 5.1), and refuse
    invalid escapes.
    """
    for piece in filter(None, query.split(b"&")):
        name, _, value = piece.partition(b"=")
        try:
            yield _decode(name), _decode(value)
        except ValueError:
            text = redactQuery(piece.decode("utf-8", "surrogateescape"), PRINTED_LIMIT)
            raise ValueError(
                f"{printable(name, _SHOWN)}: {quoted(text, _SHOWN)} is not"
                " percent-encoded UTF-8: try %25 for a percent sign"
            ) from None


def _decode(text: bytes) -> str:
    if _BROKEN_ESCAPE.search(text):
        raise ValueError(text)
    if len(text) > _LONGEST:  # no parameter is as long
        return text.decode("iso-8859-1")
    return unquote_to_bytes(text.replace(b"+", b" ")).decode()


def _unknown(name: str) -> str:
    # difflib's time grows with the length.
    near = difflib.get_close_matches(name[:_SHOWN].lower(), PARAMETERS, 1)
    hint = f"did you mean {near[0]}? There are" if near else "there are"
    shown = quoted(redactQuery(name, PRINTED_LIMIT), _SHOWN)
    return f"{shown} is no parameter: {hint} {', '.join(PARAMETERS)}"


def _parseFlag(text: str) -> bool:
    return bool(("0", "1").index(text))


def _isReason(text: str) -> bool:
    return text.isprintable() and 0 < len(text.encode()) <= LONGEST_REASON


def _parseAfter(text: str) -> int | float:
    hasUnit = text.rstrip()[-1:].isalpha()
    return parseDuration(text) if hasUnit else parseCount(text)


def _afterText(after: int | float) -> str:
    return durationText(after) if isinstance(after, float) else str(after)


def _time(example: str, meaning: str) -> Parameter[float]:
    right = "a time span: try 250ms, 5s or 1m"
    return Parameter(parseDuration, right, example, meaning, durationText)


def _interval(meaning: str) -> Parameter[float]:
    right = "a time span above 0: try 250ms, 5s or 1m"
    return Parameter(parseDuration, right, "1s", meaning, durationText, bool)


def _fraction(meaning: str) -> Parameter[float]:
    right = "a fraction from 0 to 1: try 0.1"
    return Parameter(parseFraction, right, "0.1", meaning, fractionText)


def _flag(meaning: str) -> Parameter[bool]:
    return Parameter(_parseFlag, "1 or 0", "1", meaning)


#: All parameters, in the order of L{Behaviour.applied
#: <echo.server.behaviour.behaviour.Behaviour.applied>} and of error messages.
PARAMETERS: dict[str, Parameter[Any]] = {
    "delay": _time(
        "250ms", "Delays each echo by this time. No echo overtakes another."
    ),
    "jitter": _time("50ms", "Delays each echo by up to this time more, at random."),
    "close": Parameter(
        parseCount,
        "a code that is ever sent: try 1000 or 4001"
        " (1005, 1006 and 1015 never are; for 1006, abort=1)",
        "4001",
        "Closes with this code when the connection opens, or later with `after`.",
        fits=CLOSE_CODES.__contains__,
    ),
    "reason": Parameter(
        str,
        "1 to 123 bytes of printable UTF-8: try bye",
        "enough",
        "Puts this reason into the close frame of `close`.",
        str,
        _isReason,
    ),
    "after": Parameter(
        _parseAfter,
        "a number of messages or a time span, above 0: try 3 or 2s",
        "3",
        "Closes or resets after this number of messages and the echo of the last one,"
        " or after a time, such as 2s.",
        _afterText,
        bool,
    ),
    "abort": _flag(
        "Resets the connection without a close frame: the client reports 1006. With"
        " `close`, resets right after the close frame."
    ),
    "drop": _fraction("Does not echo this fraction of the messages, at random."),
    "dup": _fraction("Echoes this fraction of the messages once more, at random."),
    "repeat": Parameter(
        parseCount,
        "a whole number above 0: try 3",
        "3",
        "Sends each echo this number of times.",
        fits=bool,
    ),
    "fragment": Parameter(
        parseSize,
        "a size above 0: try 512, 64k or 1m",
        "1k",
        "Sends each echo in frames of this size, not compressed.",
        sizeText,
        bool,
    ),
    "tick": _interval(
        "Sends a message of its own at this interval, with a counter and the time."
    ),
    "ping": _interval("Sends a ping at this interval, beside those of the keep-alive."),
    "nopong": _flag("Does not answer pings."),
    "mute": _flag("Reads messages, and does not echo them."),
    "slow": Parameter(
        parseSpeed,
        "a speed above 0: try 512/s, 64k/s or 1m/s",
        "1k/s",
        "Reads the client's bytes no faster than this.",
        speedText,
    ),
    "status": Parameter(
        parseCount,
        "an HTTP status from 200 to 599: try 503",
        "503",
        "Refuses the upgrade with this status.",
        fits=range(200, 600).__contains__,
    ),
    "subprotocol": Parameter(
        str,
        "a token (RFC 9110 section 5.6.2): try chat",
        "chat",
        "Selects this subprotocol, even if the client does not offer it.",
        str,
        isToken,
    ),
    "seed": Parameter(
        parseCount,
        "a whole number of up to 18 digits: try 42",
        "42",
        "Repeats the random decisions of `jitter`, `drop` and `dup`.",
    ),
    "info": _flag("Sends a first message that describes the request, in JSON."),
}
