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
    r"auth|bearer|cookie|credential|jwt|key|pass|pw|secret|session|\bsid\b|sig"
    r"|ticket|token"
)
_SECRET = re.compile(_NAMES, re.IGNORECASE)
# Names of the handshake that only look like it.
_PLAIN = {"sec-websocket-key", "sec-websocket-accept", "www-authenticate"}
_SCHEME = re.compile(r"(?:basic|bearer|digest|negotiate|ntlm) ", re.IGNORECASE)
# Browsers can send no such header: "some.token." and the token is offered instead.
_OFFERED = re.compile(rf"((?:{_NAMES})[^.,]*\.)[^,]*", re.IGNORECASE)
# Signed ones have three parts; encrypted ones five, of which one can be empty.
_JWT = re.compile(r"eyJ[\w-]+(?:(?:\.|%2[eE])[\w-]*){2,}")
_USER = re.compile(r"(?<=//)[^/]*@")
_PIECE = re.compile(r"[?&;#]?[^?&;#]*")
_VERSION = " HTTP/1.1"


def redactHeader(name: str, value: str) -> str:
    """
    @return: The value of a header field, without credentials. Of an authorization
        its scheme is left.
    """
    if name.lower() == "sec-websocket-protocol":
        value = _OFFERED.sub(rf"\1{HIDDEN}", _JWT.sub(HIDDEN, value))
    elif name.lower() in _PLAIN:
        return _JWT.sub(HIDDEN, value)
    elif _SECRET.search(name):
        scheme = _SCHEME.match(value)
        return (scheme[0] if scheme else "") + HIDDEN
    return redactURL(value)  # as in Location or Referer


def redactURL(url: str) -> str:
    """
    @return: A URL, or a text or a request line that has one, without user name,
        password and the values of parameters that are called like credentials.
    """
    rest = _JWT.sub(HIDDEN, _USER.sub(f"{HIDDEN}@", url.removesuffix(_VERSION)))
    shown = []
    hiding = False
    for piece in _PIECE.findall(rest):
        if hiding and not piece.startswith("&"):
            continue  # some take all up to there for the value
        name, equals, _ = piece.partition("=")
        hiding = bool(equals and _SECRET.search(unquote(name)))
        shown.append(f"{name}={HIDDEN}" if hiding else piece)
    return "".join(shown) + (_VERSION if url.endswith(_VERSION) else "")
