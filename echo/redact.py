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

_NAMES = (
    r"assertion|auth|bearer|cookie|credential|[cx]srf|jwt|key|\botp\b|pass|pw|secret"
    r"|session|\bsid\b|sig|ticket|token"
)
_SECRET = re.compile(_NAMES, re.IGNORECASE)
# Names of the handshake that only look like it.
_PLAIN = {"sec-websocket-key", "sec-websocket-accept", "www-authenticate"}
_SCHEME = re.compile(r"(?:basic|bearer|digest|negotiate|ntlm) ", re.IGNORECASE)
# Signed ones have three parts; encrypted ones five, of which one can be empty.
# What is before one is matched along with it, so that no character is looked at more
# than a few times: peers are hostile.
_JWT = re.compile(r"(?<![\w-])((?:(?!eyJ)[\w-])*)eyJ[\w-]+(?:(?:\.|%2[eE])[\w-]*){2,}")
_NO_JWT = rf"\1{HIDDEN}"
_LABEL = re.compile(r"[^.-]+[.-]?|[.-]")
_USER = re.compile(r"(?<=//)[^/]*@")
_PIECE = re.compile(r"[?&;#]?[^?&;#]*")
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
    elif _SECRET.search(name):
        scheme = _SCHEME.match(value)
        return (scheme[0] if scheme else "") + HIDDEN
    return redactURL(value)  # as in Location or Referer


def redactSubprotocol(name: str) -> str:
    """
    @return: One subprotocol, without the credential in it.
    """
    return redactHeader("Sec-WebSocket-Protocol", name)


def redactURL(url: str) -> str:
    """
    @return: A URL, or a text or a request line that has one, without user name,
        password and the values of parameters that are called like credentials.
    """
    rest = _JWT.sub(_NO_JWT, _USER.sub(f"{HIDDEN}@", url.removesuffix(_VERSION)))
    shown = []
    hiding = False
    for piece in _PIECE.findall(rest):
        if hiding and not piece.startswith("&"):
            continue  # some take all up to there for the value
        name, equals, _ = piece.partition("=")
        hiding = bool(equals and _SECRET.search(unquote(name)))
        shown.append(f"{name}={HIDDEN}" if hiding else piece)
    return "".join(shown) + (_VERSION if url.endswith(_VERSION) else "")


def redactQuery(query: str) -> str:
    """
    @return: The same of a query alone, without its question mark.
    """
    return redactURL(f"?{query}")[1:]


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
        hiding = not hiding and shown[-1] == offer and bool(_SECRET.search(offer))
    return ",".join(shown)


def _redactOffer(offer: str) -> str:
    labels = _LABEL.findall(offer)
    for end, label in enumerate(labels[:-1], 1):
        if _SECRET.search(label):
            return "".join([*labels[:end], HIDDEN])
    return offer
