"""
Names in HTTP: tokens (RFC 9110 section 5.6.2).
"""

import re

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def isToken(text: str) -> bool:
    """
    @return: Whether it can name a header field, or a subprotocol.
    """
    return _TOKEN.fullmatch(text) is not None
