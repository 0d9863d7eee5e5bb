"""
Hides credentials in texts for logs and terminals.

The name of a field or parameter and the form of its value show what is a credential.
This protects against accidents: it does not prove that the rest holds no secret.

A hostile peer may send long texts to occupy the processor. So each search is a regular
expression that examines a character a few times only, and Python examines the words
that it finds: at most L{WORDS_LIMIT} in a text. Everything after the last of them is
hidden.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from echo.credentials import HARMLESS, IN_NAME, SUSPECT, WORD, findCredential, lowered

#: The text in place of a credential.
HIDDEN = "***"

_CUT = "..."

#: Characters of a URL, a query or a subprotocol that the log shows at most.
LOGGED_LIMIT = 1024

#: Words for a credential that are examined in a text, or in the header of a request.
WORDS_LIMIT = 64

# Fields with a word for a credential in their name, and without a credential.
_PUBLIC_FIELDS = {
    "access-control-allow-credentials",
    "proxy-authenticate",
    "sec-websocket-accept",
    "sec-websocket-key",
    "www-authenticate",
}
_SCHEME = re.compile(r"(?:basic|bearer|digest|dpop|negotiate|ntlm) ", re.IGNORECASE)
# Atomic groups stand where possessive ones would do, (?>(?:a|b)*) for (?:a|b)*+: before
# CPython 3.11.5 these do not match what they should (cpython#106052).
# A JSON Web Token: three parts if it is signed; five if it is encrypted, one of which
# can be empty. The text before it is matched too.
_JWT = re.compile(
    r"(?<![\w-])(?>(?:[^\We]++|-|e(?!yJ))*)(eyJ[\w-]++(?:(?:\.|%2[eE])[\w-]*+){2,})"
)
_SEPARATOR = re.compile(r"[.-](?=.)", re.DOTALL)
# User and password in a URL, also in a URL that is percent-encoded in a value.
_NOT_AT = r"(?>(?:[^/?#&=%@]++|%(?!2[fF3]|3[fF]|40))*)"
_TO_AT = rf"(?:{_NOT_AT}(?:@|%40))*"
_AT = rf"{_NOT_AT}(?=@|%40)"
_USER = re.compile(rf"//((?=[^/]*@)[^/]*(?=@)|{_TO_AT}{_AT})")
_ENCODED_USER = re.compile(rf"%2[fF]%2[fF]({_TO_AT}{_AT})")
# The rest of a parameter's name, in a percent-encoded query or not.
_END = re.compile(r"(?>(?:[^?;#=&%]++|%(?!2[36]|3[BDFbdf]))*)")
_EQUALS = re.compile("=|%3[Dd]")
# The rest of a name that is not in a percent-encoded query.
_OUTER = re.compile(r"[^?;#=&]*+")
_VALUE = re.compile(r"[^&]*+")
_SUBPROTOCOL = re.compile(
    r"(?:(?<![^?;#=&])|(?<=%2[36])|(?<=%3[BDFbdf]))"
    + "".join(
        f"(?:{letter}|%(?:25)?{ord(letter.upper()):X}|%(?:25)?{ord(letter):X})"
        for letter in "subprotocol"
    ),
    re.IGNORECASE,
)
_LONGEST = len("%2573") * len("subprotocol")
# A possible user name or token at the end of a text that is cut: the character that
# would prove it is missing.
_CUT_CREDENTIAL = re.compile(
    r"(?:(?<=//)[^/]*+|(?<=%2[fF]%2[fF])(?>(?:[^/?#&=%]++|%(?!2[fF3]|3[fF]))*)"
    r"|eyJ[\w.%-]*+)\Z"
)
_VERSION = " HTTP/1.1"


def redactHeader(name: str, value: str) -> str:
    """
    @return: The value of a header field without credentials. The scheme of an
        C{Authorization} stays.
    """
    return _Redaction().header(name, value)


def redactHeaders(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    redaction = _Redaction()
    return ((name, redaction.header(name, value)) for name, value in headers)


def redactURL(url: str, limit: int | None = None) -> str:
    """
    @param url: A URL, or a text or a request line that contains one.

    @param limit: The number of characters to show. A longer text is cut and ends with
        C{...}. A possible credential at the cut is hidden.

    @return: The URL without user name and password, and without the values of
        parameters whose name says that they are credentials, and so for URLs inside
        values. A C{subprotocol} is redacted as by L{redactSubprotocol}.
    """
    return _redactStart(url, limit, _Redaction().url)


def redactQuery(query: str, limit: int | None = None) -> str:
    """
    @return: A query without credentials, as in L{redactURL}. It has no question mark.
    """
    return redactURL(f"?{query}", limit)[1:]


def redactSubprotocol(name: str, limit: int | None = None) -> str:
    """
    @param limit: As for L{redactURL}.

    @return: The name of one subprotocol without the credential in it.
    """
    return _redactStart(name, limit, _Redaction().subprotocol)


def _redactStart(text: str, limit: int | None, redact: Callable[[str], str]) -> str:
    if limit is None or len(text) <= limit:
        return redact(text)
    return redact(_CUT_CREDENTIAL.sub(HIDDEN, text[:limit])) + _CUT


class _Redaction:
    """
    Hides the credentials in one text, or in the header of one request.
    """

    def __init__(self) -> None:
        self._left = WORDS_LIMIT

    def _exceedsLimit(self) -> bool:
        self._left -= 1
        return self._left < 0

    def header(self, name: str, value: str) -> str:
        if not SUSPECT.search(lowered(f"{name}\n{value}")):
            return value
        if self._exceedsLimit():
            return HIDDEN
        kind = name.lower()
        if kind in _PUBLIC_FIELDS:
            return self._redactTokens(value)
        if kind != "sec-websocket-protocol":
            if findCredential(lowered(name), WORDS_LIMIT):
                scheme = _SCHEME.match(value)
                return (scheme[0] if scheme else "") + HIDDEN
        else:
            value = self._redactOffers(self._redactTokens(value))
        return self.url(value)  # as in Location or Referer

    def url(self, url: str) -> str:
        if not SUSPECT.search(lowered(url)):
            return url
        rest = url.removesuffix(_VERSION)
        version = url[len(rest) :]
        if "@" in rest or "%40" in rest:
            rest = self._hide(_ENCODED_USER, self._hide(_USER, rest))
        return self._redactParameters(self._redactTokens(rest)) + version

    def subprotocol(self, name: str) -> str:
        return self._redactOffer(self._redactTokens(name))

    def _redactTokens(self, text: str) -> str:
        return self._hide(_JWT, text) if "eyJ" in text else text

    def _hide(self, pattern: re.Pattern[str], text: str) -> str:
        """
        @return: The text without the group of each match.
        """
        shown: list[str] = []
        shownTo = 0
        for found in pattern.finditer(text):
            shown += text[shownTo : found.start(1)], HIDDEN
            shownTo = found.end(1)
            if self._exceedsLimit():
                return "".join(shown)
        return "".join(shown) + text[shownTo:]

    def _redactParameters(self, text: str, isValue: bool = False) -> str:
        """
        @param isValue: Whether the text is the value of C{subprotocol}.

        @return: The text without the values of parameters whose name says that they are
            credentials. Some programs split a query at ampersands only, so a hidden
            value reaches to the next ampersand.
        """
        lower = lowered(text)
        shown: list[str] = []
        # A name ends at the next delimiter. A program that does not decode it first
        # takes only delimiters that are not percent-encoded: "pending" is where the
        # value starts for such a program.
        shownTo = at = outer = pending = 0
        while True:
            found = IN_NAME.search(lower, at)
            value = 0
            if pending and (found is None or pending <= found.start()):
                value = pending
            elif found is None:
                return "".join(shown) + text[shownTo:]
            elif self._exceedsLimit():
                return "".join(shown) + text[shownTo : found.start()] + HIDDEN
            elif HARMLESS.match(lower, found.start()):
                at = found.end()
            else:
                at = _endOf(_END, text, found.end())
                equals = _EQUALS.match(text, at)
                isSubprotocol = found[0][:1] in b"%s" and _isSubprotocol(
                    text, found, at
                )
                if isSubprotocol and not pending:
                    if equals and not isValue:
                        shown += (
                            text[shownTo : equals.end()],
                            self._redactValue(text, equals),
                        )
                        shownTo = at = _endOf(_VALUE, text, equals.end())
                elif equals and (isSubprotocol or found[0] != b"subprotocol"):
                    value = equals.end()
                elif text[at : at + 1] == "%" and not pending:
                    outer = outer if outer > at else _endOf(_OUTER, text, at)
                    pending = outer + 1 if text[outer : outer + 1] == "=" else 0
            if value:
                shown += text[shownTo:value], HIDDEN
                shownTo = at = _endOf(_VALUE, text, value)
                pending = 0

    def _redactValue(self, text: str, equals: re.Match[str]) -> str:
        value = text[equals.end() : _endOf(_VALUE, text, equals.end())]
        if "%" not in value:
            return self._redactParameters(self._redactOffers(value), True)
        return HIDDEN if findCredential(lowered(value), WORDS_LIMIT, IN_NAME) else value

    def _redactOffers(self, value: str) -> str:
        """
        @return: Offered subprotocols without credentials. A browser cannot add header
            fields, so a page offers C{some.token.VALUE} or C{bearer-VALUE}, or
            C{bearer} followed by C{VALUE}.
        """
        if not WORD.search(lowered(value)):
            return value
        shown: list[str] = []
        hiding = False
        for offer in value.split(","):
            if self._exceedsLimit():
                shown.append(f" {HIDDEN}")
                break
            shown.append(f" {HIDDEN}" if hiding else self._redactOffer(offer))
            hiding = (
                not hiding
                and shown[-1] == offer
                and findCredential(lowered(offer), WORDS_LIMIT) is not None
            )
        return ",".join(shown)

    def _redactOffer(self, offer: str) -> str:
        found = findCredential(lowered(offer), WORDS_LIMIT)
        separator = found and _SEPARATOR.search(offer, found.end())
        return offer[: separator.end()] + HIDDEN if separator else offer


def _endOf(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _isSubprotocol(text: str, found: re.Match[bytes], end: int) -> bool:
    start = max(0, found.start() - _LONGEST)
    return any(each.end() == end for each in _SUBPROTOCOL.finditer(text, start, end))
