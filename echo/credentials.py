"""
How credentials are called, for L{echo.redact}: words in the names of header fields and
parameters, searched for in a text that L{lowered} has made of them.
"""

import re
from itertools import islice


def _begins(text: str) -> str:
    """
    @return: What matches behind a text that is where a word begins: behind no letter,
        unless that is the end of C{%3F}.
    """
    return f"(?:(?<![a-z]{text})|(?<=%[2-7][a-f]{text}))"


# Words that credentials are called by, in lower case. Each alternative begins with
# another letter: the search skips to these.
_CREDENTIAL = (
    rf"a(?:ssertion|uth)|bearer|c(?:ookie|redential|srf)|dpop|jwt|key|o{_begins('o')}tp"
    rf"|p(?:ass|w)|s(?:ecret|ess(?:ion|id)|{_begins('s')}id(?![a-z])|ig)"
    rf"|t(?:icket|oken|{_begins('t')}otp)|xsrf"
)
#: Such a word.
WORD = re.compile(_CREDENTIAL.encode())
# What the name of a parameter is judged by. No program encodes a letter or a digit in
# one, except to hide it.
_IN_NAME = rf"{_CREDENTIAL}|subprotocol|%(?:25)?(?:3[0-9]|[46][1-9a-f]|[57][0-9a])"
#: The same.
IN_NAME = re.compile(_IN_NAME.encode())

#: What there is in every text that something is hidden of.
NOTABLE = re.compile(rf"{_IN_NAME}|@|%40|eyj".encode())
#: What only looks like such a word, by what is before it. It counts at the start of a
#: word: "commonkey" is a key.
INNOCENT = re.compile(
    "|".join(
        f"(?<={before}){_begins(before)}(?:{words})(?!t?otp|sid(?![a-z]))"
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
    @return: A text to look for words in, of the same length.
    """
    return text.encode("ascii", "replace").lower()


def findWord(
    text: bytes, most: int, word: re.Pattern[bytes] = WORD
) -> re.Match[bytes] | None:
    """
    @param text: A L{lowered} name.

    @param most: Words that are looked at. One that follows them counts.

    @return: Where it has the first word that credentials are called by.
    """
    found = None
    for found in islice(word.finditer(text), most):
        if not INNOCENT.match(text, found.start()):
            return found
    return found if found and word.search(text, found.end()) else None
