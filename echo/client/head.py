"""
The head of an HTTP answer, cut out of what a stranger sends.
"""

import re

#: Most bytes of the head of an answer.
HEAD_LIMIT = 2**16

#: A status line: the status, and its phrase if it has one.
STATUS = re.compile(r"HTTP/[0-9](?:\.[0-9])? ([0-9]{3})(?: (.*))?")

_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9][0-9][ \r]")


def splitHead(data: bytes) -> tuple[bytes | None, bytes]:
    """
    Cut off the head of an answer; interim answers before it are dropped.

    @param data: All that has come so far.

    @return: The head with its empty line, or C{None} as long as it is not complete;
        and what is left.

    @raise ValueError: This will never be an answer.
    """
    while _INTERIM.match(data) and b"\r\n\r\n" in data:
        data = data.partition(b"\r\n\r\n")[2]
    end = data.find(b"\r\n\r\n")
    if not data.startswith(b"HTTP/"[: len(data)]):
        raise ValueError("the answer is not HTTP")
    if (len(data) if end < 0 else end) > HEAD_LIMIT:
        raise ValueError("the head of the answer is too long")
    if end < 0:
        return None, data
    return data[: end + 4], data[end + 4 :]
