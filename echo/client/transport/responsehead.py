"""
The head of an HTTP answer, cut out of what a stranger sends.
"""

import re

#: Most bytes of the head of an answer.
HEAD_LIMIT = 2**16

#: A status line: the status, and its phrase if it has one.
STATUS = re.compile(r"HTTP/[0-9](?:\.[0-9])? ([0-9]{3})(?: (.*))?")

_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9][0-9][ \r]")


# The beginning of an alert or a handshake.
_TLS = re.compile(rb"[\x15\x16](?:\x03|\Z)")


def splitHead(data: bytes, secure: str = "wss") -> tuple[bytes | None, bytes]:
    """
    Cut off the head of an answer; interim answers before it are dropped.

    @param data: All that has come so far.

    @param secure: The scheme of the same with TLS, to hint at.

    @return: The head with its empty line, or C{None} as long as it is not complete;
        and what is left.

    @raise ValueError: This will never be an answer.
    """
    while _INTERIM.match(data) and b"\r\n\r\n" in data:
        data = data.partition(b"\r\n\r\n")[2]
    end = data.find(b"\r\n\r\n")
    if _TLS.match(data):
        raise ValueError(f"the answer is TLS, not HTTP: is it {secure}://?")
    if not data.startswith(b"HTTP/"[: len(data)]):
        raise ValueError("the answer is not HTTP")
    if (len(data) if end < 0 else end) > HEAD_LIMIT:
        raise ValueError("the head of the answer is too long")
    if end < 0:
        return None, data
    return data[: end + 4], data[end + 4 :]
