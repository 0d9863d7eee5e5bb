"""
The head of an HTTP response, cut from the bytes that a server or a proxy sends.
"""

import re

#: Bytes of the longest accepted head.
HEAD_LIMIT = 2**16

#: A status line: groups are the status and the reason phrase, which may be missing.
STATUS_LINE = re.compile(r"HTTP/[0-9](?:\.[0-9])? ([0-9]{3})(?: (.*))?")

_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9][0-9][ \r]")

# The first bytes of a TLS record that holds an alert or a handshake message.
_TLS = re.compile(rb"[\x15\x16](?:\x03|\Z)")


def splitHead(data: bytes, secure: str = "wss") -> tuple[bytes | None, bytes]:
    """
    Cut off the head of a response, and drop the interim responses before it.

    @param data: All bytes that have arrived.

    @param secure: The URL scheme to suggest if the bytes are TLS.

    @return: The head with its empty line, or C{None} if it is incomplete; and the rest.

    @raise ValueError: The bytes are not the beginning of a response.
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
