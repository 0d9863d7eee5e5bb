"""
Names in HTTP: tokens (RFC 9110 section 5.6.2).
"""

import re

_CHARACTER = r"[!#$%&'*+.^_`|~0-9A-Za-z-]"
_TOKEN = re.compile(rf"{_CHARACTER}+")
_TOKENS = re.compile(rf"(?:[ \t]*+{_CHARACTER}*+[ \t]*+(?:,|\Z))*+")


def isToken(text: str) -> bool:
    """
    @return: Whether it can name a header field, or a subprotocol.
    """
    return _TOKEN.fullmatch(text) is not None


def isTokenList(text: str) -> bool:
    """
    @return: Whether it is a list of them (RFC 9110 section 5.6.1).
    """
    return _TOKENS.fullmatch(text) is not None
