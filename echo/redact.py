"""
Credentials, kept out of what is shown: plain text in, plain text out.

What counts as a credential goes by the name beside it, and by the look of the
value. It is meant for logs and terminals that others see, not as a proof that
nothing is secret in what is left.

Peers are hostile, and each character that they send takes time. So texts are searched
by regular expressions that look at a character a few times only, and Python sees
nothing but the words that were found: at most L{MOST} in a text. What is behind the
last of these is hidden.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from echo.credentials import IN_NAME, INNOCENT, NOTABLE, WORD, findWord, lowered

#: What stands in for a credential.
HIDDEN = "***"

_CUT = "..."

#: How much of a text is looked at where the log shows the beginning of it.
BEGINNING = 1024

#: Words in a text, or in the header of a request, that are judged.
MOST = 64

# Names of the handshake, and of others that any server has.
_PLAIN = {
    "access-control-allow-credentials",
    "proxy-authenticate",
    "sec-websocket-accept",
    "sec-websocket-key",
    "www-authenticate",
}
_SCHEME = re.compile(r"(?:basic|bearer|digest|dpop|negotiate|ntlm) ", re.IGNORECASE)
# Signed ones have three parts; encrypted ones five, of which one can be empty.
# What is before one is matched along with it.
_JWT = re.compile(
    r"(?<![\w-])(?:[^\We]++|-|e(?!yJ))*+(eyJ[\w-]++(?:(?:\.|%2[eE])[\w-]*+){2,})"
)
_MARK = re.compile(r"[.-](?=.)", re.DOTALL)
# What a value quotes counts too, one level down.
_TO_AT = r"(?:(?:[^/?#&=%@]++|%(?!2[fF3]|3[fF]|40))*+(?:@|%40))*"
_AT = r"(?:[^/?#&=%@]++|%(?!2[fF3]|3[fF]|40))*+(?=@|%40)"
_USER = re.compile(rf"//((?=[^/]*@)[^/]*(?=@)|{_TO_AT}{_AT})")
_QUOTED_USER = re.compile(rf"%2[fF]%2[fF]({_TO_AT}{_AT})")
# Where a name ends that has begun, quoted or not; and where one that is not quoted.
_END = re.compile(r"(?:[^?;#=&%]++|%(?!2[36]|3[BDFbdf]))*+")
_EQUALS = re.compile("=|%3[Dd]")
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
# A user name or a token, cut before what shows that it is one.
_OPEN = re.compile(
    r"(?:(?<=//)[^/]*+|(?<=%2[fF]%2[fF])(?:[^/?#&=%]++|%(?!2[fF3]|3[fF]))*+"
    r"|eyJ[\w.%-]*+)\Z"
)
_VERSION = " HTTP/1.1"


def redactHeader(name: str, value: str) -> str:
    """
    @return: The value of a header field, without credentials. Of an authorization
        its scheme is left.
    """
    return _Redaction().header(name, value)


def redactHeaders(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """
    @return: The names and values of the header fields of a request, without
        credentials.
    """
    redaction = _Redaction()
    return ((name, redaction.header(name, value)) for name, value in headers)


def redactURL(url: str, most: int | None = None) -> str:
    """
    @param most: How much of it is looked at. What is behind that is left out, and
        C{...} says so; what it cuts in two counts as a credential if it can be one.

    @return: A URL, or a text or a request line that has one, without user name,
        password and the values of parameters that are called like credentials; nor
        are there any in what a value quotes. Of a C{subprotocol} that is asked for,
        what is left is what L{redactSubprotocol} leaves.
    """
    return _beginning(url, most, _Redaction().url)


def redactQuery(query: str, most: int | None = None) -> str:
    """
    @return: The same of a query alone, without its question mark.
    """
    return redactURL(f"?{query}", most)[1:]


def redactSubprotocol(name: str, most: int | None = None) -> str:
    """
    @param most: As for L{redactURL}.

    @return: One subprotocol's name, without the credential in it.
    """
    return _beginning(name, most, _Redaction().subprotocol)


def _beginning(text: str, most: int | None, redact: Callable[[str], str]) -> str:
    if most is None or len(text) <= most:
        return redact(text)
    return redact(_OPEN.sub(HIDDEN, text[:most])) + _CUT


class _Redaction:
    """
    Hides what credentials there are in a text, or in the header of a request.
    """

    def __init__(self) -> None:
        self._left = MOST

    def _isSpent(self) -> bool:
        """
        Judge one more word.

        @return: Whether it is one too many.
        """
        self._left -= 1
        return self._left < 0

    def header(self, name: str, value: str) -> str:
        """
        See L{redactHeader}.
        """
        if not NOTABLE.search(lowered(f"{name}\n{value}")):
            return value
        if self._isSpent():
            return HIDDEN
        kind = name.lower()
        if kind in _PLAIN:
            return self._tokens(value)
        if kind != "sec-websocket-protocol":
            if findWord(lowered(name), MOST):
                scheme = _SCHEME.match(value)
                return (scheme[0] if scheme else "") + HIDDEN
        else:
            value = self._offers(self._tokens(value))
        return self.url(value)  # as in Location or Referer

    def url(self, url: str) -> str:
        """
        See L{redactURL}.
        """
        if not NOTABLE.search(lowered(url)):
            return url
        rest = url.removesuffix(_VERSION)
        if "@" in rest or "%40" in rest:
            rest = self._hide(_QUOTED_USER, self._hide(_USER, rest))
        rest = self._tokens(rest)
        return self._parameters(rest) + (_VERSION if url.endswith(_VERSION) else "")

    def subprotocol(self, name: str) -> str:
        """
        See L{redactSubprotocol}.
        """
        return self._offer(self._tokens(name))

    def _tokens(self, text: str) -> str:
        """
        @return: A text without JSON Web Tokens.
        """
        return self._hide(_JWT, text) if "eyJ" in text else text

    def _hide(self, pattern: re.Pattern[str], text: str) -> str:
        """
        @param pattern: Its group is a credential.

        @return: A text without them.
        """
        shown: list[str] = []
        shownTo = 0
        for found in pattern.finditer(text):
            shown += text[shownTo : found.start(1)], HIDDEN
            shownTo = found.end(1)
            if self._isSpent():
                return "".join(shown)
        return "".join(shown) + text[shownTo:]

    def _parameters(self, text: str, isValue: bool = False) -> str:
        """
        @param isValue: Whether it is the value of C{subprotocol}.

        @return: A text without the values of parameters that are called like
            credentials. Some take all up to the second ampersand for the value, so
            nothing behind such a name is shown.
        """
        lower = lowered(text)
        shown: list[str] = []
        # A name reaches to the next stop, or from one that is not quoted to the next,
        # over those that are quoted; the value of such a name is pending.
        shownTo = at = outer = pending = 0
        while True:
            found = IN_NAME.search(lower, at)
            value = 0
            if pending and (found is None or pending <= found.start()):
                value = pending
            elif found is None:
                return "".join(shown) + text[shownTo:]
            elif self._isSpent():
                return "".join(shown) + text[shownTo : found.start()] + HIDDEN
            elif INNOCENT.match(lower, found.start()):
                at = found.end()
            else:
                at = _reach(_END, text, found.end())
                equals = _EQUALS.match(text, at)
                isAsked = found[0][:1] in b"%s" and _isSubprotocol(text, found, at)
                if isAsked and not pending:
                    if equals and not isValue:
                        shown += text[shownTo : equals.end()], self._asked(text, equals)
                        shownTo = at = _reach(_VALUE, text, equals.end())
                elif equals and (isAsked or found[0] != b"subprotocol"):
                    value = equals.end()
                elif text[at : at + 1] == "%" and not pending:
                    outer = outer if outer > at else _reach(_OUTER, text, at)
                    pending = outer + 1 if text[outer : outer + 1] == "=" else 0
            if value:
                shown += text[shownTo:value], HIDDEN
                shownTo = at = _reach(_VALUE, text, value)
                pending = 0

    def _asked(self, text: str, equals: re.Match[str]) -> str:
        """
        @return: The value of C{subprotocol}: offers, which may be quoted.
        """
        value = text[equals.end() : _reach(_VALUE, text, equals.end())]
        if "%" not in value:
            return self._parameters(self._offers(value), True)
        return HIDDEN if findWord(lowered(value), MOST, IN_NAME) else value

    def _offers(self, value: str) -> str:
        """
        @return: Subprotocols without the credentials among them. Browsers can send no
            header of their own: C{some.token.} and the token are offered instead, or
            C{bearer-} and the token, or C{bearer}, and the token next.
        """
        if not WORD.search(lowered(value)):
            return value
        shown: list[str] = []
        hiding = False
        for offer in value.split(","):
            if self._isSpent():
                shown.append(f" {HIDDEN}")
                break
            shown.append(f" {HIDDEN}" if hiding else self._offer(offer))
            hiding = (
                not hiding
                and shown[-1] == offer
                and findWord(lowered(offer), MOST) is not None
            )
        return ",".join(shown)

    def _offer(self, offer: str) -> str:
        found = findWord(lowered(offer), MOST)
        mark = found and _MARK.search(offer, found.end())
        return offer[: mark.end()] + HIDDEN if mark else offer


def _reach(pattern: re.Pattern[str], text: str, at: int) -> int:
    """
    @return: Where something ends that begins there.
    """
    match = pattern.match(text, at)
    return match.end() if match else at


def _isSubprotocol(text: str, found: re.Match[bytes], end: int) -> bool:
    """
    @return: Whether the name that ends there is C{subprotocol}, however it is spelt.
    """
    start = max(0, found.start() - _LONGEST)
    return any(each.end() == end for each in _SUBPROTOCOL.finditer(text, start, end))
