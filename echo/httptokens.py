"""
Tokens of HTTP: names of header fields and subprotocols (RFC 9110 sections
5.6.1 and 5.6.2).
"""

import re

_CHARACTER = r"[!#$%&'*+.^_`|~0-9A-Za-z-]"
_TOKEN = re.compile(rf"{_CHARACTER}+")
_TOKENS = re.compile(rf"(?>(?:[ \t]*+{_CHARACTER}*+[ \t]*+(?:,|\Z))*)")


def isToken(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def isTokenList(text: str) -> bool:
    return _TOKENS.fullmatch(text) is not None
