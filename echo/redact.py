"""
Credentials, kept out of what is shown: plain text in, plain text out.

What counts as a credential goes by the name beside it, and by the look of the
value. It is meant for logs and terminals that others see, not as a proof that
nothing is secret in what is left.
"""

import re
from urllib.parse import unquote

#: What stands in for a credential.
HIDDEN = "***"

_SECRET = re.compile(
    r"assertion|auth|bearer|cookie|credential|[cx]srf|dpop|jwt|key|(?<![a-z])t?otp"
    r"|pass|pw|secret|sess(?:ion|id)|(?<![a-z])sid(?![a-z])|sig|ticket|token",
    re.IGNORECASE,
)
# What only looks like it. It counts at the start of a word: "commonkey" is a key.
_INNOCENT = re.compile(
    r"(?<![a-z])(?:(?:as|de)sign(?!atur)|author(?!i[sz])|compass|insight"
    r"|key(?:board|frame|note|word)|(?:don|mon|tur)key|(?:limit|max|remaining)[_-]?tokens"
    r"|pass(?:age|enger|ion|ive)|secretary|sign(?:al|ific)"
    r"|sign[_-]?(?:in(?!fo|g|put)|out|up))",
    re.IGNORECASE,
)
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
# What is before one is matched along with it, so that no character is looked at more
# than a few times: peers are hostile.
_JWT = re.compile(r"(?<![\w-])((?:(?!eyJ)[\w-])*)eyJ[\w-]+(?:(?:\.|%2[eE])[\w-]*){2,}")
_NO_JWT = rf"\1{HIDDEN}"
_MARK = re.compile(r"[.-](?=.)", re.DOTALL)
# What a value quotes counts too, one level down.
_USER = re.compile(
    r"(?<=//)[^/]*(@)|(?:(?<=//)|(?<=%2F%2F))(?:(?!%2F|%3F|%23)[^/?#&=])*(@|%40)",
    re.IGNORECASE,
)
_NO_USER = rf"{HIDDEN}\1\2"
_STOP = re.compile(r"[?;#=]|%(?:2[36]|3[BDF])", re.IGNORECASE)
_EQUALS = ("=", "%3D", "%3d")
_VERSION = " HTTP/1.1"


def redactHeader(name: str, value: str) -> str:
    """
    @return: The value of a header field, without credentials. Of an authorization
        its scheme is left.
    """
    if name.lower() == "sec-websocket-protocol":
        value = _redactOffers(_JWT.sub(_NO_JWT, value))
    elif name.lower() in _PLAIN:
        return _JWT.sub(_NO_JWT, value)
    elif _findSecret(name):
        scheme = _SCHEME.match(value)
        return (scheme[0] if scheme else "") + HIDDEN
    return redactURL(value)  # as in Location or Referer


def redactURL(url: str) -> str:
    """
    @return: A URL, or a text or a request line that has one, without user name,
        password and the values of parameters that are called like credentials; nor
        are there any in what a value quotes. Of a C{subprotocol} that is asked for,
        what is left is what L{redactSubprotocol} leaves.
    """
    rest = _JWT.sub(_NO_JWT, _USER.sub(_NO_USER, url.removesuffix(_VERSION)))
    shown = "&".join(map(_redactField, rest.split("&")))
    return shown + (_VERSION if url.endswith(_VERSION) else "")


def redactQuery(query: str) -> str:
    """
    @return: The same of a query alone, without its question mark.
    """
    return redactURL(f"?{query}")[1:]


def redactSubprotocol(name: str) -> str:
    """
    @return: One subprotocol's name, without the credential in it.
    """
    return _redactOffer(_JWT.sub(_NO_JWT, name))


def _findSecret(name: str) -> re.Match[str] | None:
    """
    @return: Where a name has the first word that credentials are called by.
    """
    # Most names need only the first look.
    return _SECRET.search(name) and _SECRET.search(
        _INNOCENT.sub(lambda word: " " * len(word[0]), name)
    )


def _redactField(field: str) -> str:
    """
    @param field: What is between two ampersands. Some take all up to the second for
        the value, so nothing behind a credential is shown.
    """
    # A quoted name begins behind any stop; others reach back to one that is not quoted.
    offers = outer = inner = 0
    for stop in _STOP.finditer(field):
        text, at = stop[0], stop.start()
        isQuoted = text[0] == "%"
        start = inner if isQuoted else outer
        if text in _EQUALS and start < at:
            name = unquote(unquote(field[start:at]))
            if _findSecret(name):
                field = field[: stop.end()] + HIDDEN
                break
            if name.lower() == "subprotocol":
                offers = offers or stop.end()
        inner = stop.end()
        if not isQuoted:
            outer = inner
    return field[:offers] + _redactQuotedOffers(field[offers:]) if offers else field


def _redactQuotedOffers(value: str) -> str:
    offers = unquote(value)
    shown = _redactOffers(offers)
    if shown == offers:
        return value
    return shown if offers == value else HIDDEN


def _redactOffers(value: str) -> str:
    """
    @return: Subprotocols without the credentials among them. Browsers can send no
        header of their own: C{some.token.} and the token are offered instead, or
        C{bearer-} and the token, or C{bearer}, and the token next.
    """
    shown = []
    hiding = False
    for offer in value.split(","):
        shown.append(f" {HIDDEN}" if hiding else _redactOffer(offer))
        hiding = not hiding and shown[-1] == offer and bool(_findSecret(offer))
    return ",".join(shown)


def _redactOffer(offer: str) -> str:
    found = _findSecret(offer)
    mark = found and _MARK.search(offer, found.end())
    return offer[: mark.end()] + HIDDEN if mark else offer
