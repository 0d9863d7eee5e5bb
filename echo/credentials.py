"""
Words in the names of header fields and parameters that hold a credential, such as
C{token} and C{password}. L{echo.redact} searches for them in a L{lowered} text.
"""

import re
from itertools import islice


def _atWordStart(text: str) -> str:
    """
    @return: A pattern that matches after C{text}, if that is the start of a word: no
        letter is before it, except the last character of C{%3F}.
    """
    return f"(?:(?<![a-z]{text})|(?<=%[2-7][a-f]{text}))"


# Lower case. No two alternatives start with the same letter, so that the search can
# skip to these letters.
_CREDENTIAL = (
    rf"a(?:ssertion|uth)|bearer|c(?:ookie|redential|srf)|dpop|jwt|key|o{_atWordStart('o')}tp"
    rf"|p(?:ass|w)|s(?:ecret|ess(?:ion|id)|{_atWordStart('s')}id(?![a-z])|ig)"
    rf"|t(?:icket|oken|{_atWordStart('t')}otp)|xsrf"
)
#: A word for a credential, in the name of a header field or a subprotocol.
WORD = re.compile(_CREDENTIAL.encode())
# In a parameter's name, a percent-encoded letter or digit counts as well: a program
# encodes one only to hide the name.
_IN_NAME = rf"{_CREDENTIAL}|subprotocol|%(?:25)?(?:3[0-9]|[46][1-9a-f]|[57][0-9a])"
#: A word for a credential, in the name of a parameter.
IN_NAME = re.compile(_IN_NAME.encode())

#: Every text with a credential matches this. It is a fast test.
SUSPECT = re.compile(rf"{_IN_NAME}|@|%40|eyj".encode())
#: Other words that contain one of these, such as "author" and "monkey". They match only
#: at the start of a word: "commonkey" is a key.
HARMLESS = re.compile(
    "|".join(
        f"(?<={before}){_atWordStart(before)}(?:{words})(?!t?otp|sid(?![a-z]))"
        for before, words in (
            *(("as", "sign(?!atur)"), ("de", "sign(?!atur)"), ("in", "sight")),
            *(("don", "key"), ("mon", "key"), ("tur", "key"), ("com", "pass")),
            *(("limit", "tokens"), ("limit[_-]", "tokens")),
            *(("max", "tokens"), ("max[_-]", "tokens")),
            *(("remaining", "tokens"), ("remaining[_-]", "tokens")),
            ("", "author(?!i[sz])|key(?:board|frame|note|word)|secretary"),
            ("", "pass(?:age|enger|ion|ive)|sign(?:al|ific)"),
            ("", "sign[_-]?(?:in(?!fo|g|put)|out|up)"),
        )
    ).encode()
)


def lowered(text: str) -> bytes:
    """
    @return: The text to search, of the same length.
    """
    return text.encode("ascii", "replace").lower()


def findCredential(
    text: bytes, limit: int, word: re.Pattern[bytes] = WORD
) -> re.Match[bytes] | None:
    """
    @param text: A L{lowered} name.

    @param limit: The number of words to examine. If all are harmless and another word
        follows, the last of them counts as a credential.

    @return: The first word for a credential.
    """
    found = None
    for found in islice(word.finditer(text), limit):
        if not HARMLESS.match(text, found.start()):
            return found
    return found if found and word.search(text, found.end()) else None
