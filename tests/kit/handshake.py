"""
HTTP requests, and the opening handshake of both sides, as bytes (RFC 6455 section 4).
"""

import base64
import hashlib
import re
from collections.abc import Iterable

#: The example of RFC 6455 section 1.3: a key, and the accept value for it.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def get(
    target: str = "/", method: str = "GET", version: str = "1.1", rest: str = ""
) -> bytes:
    """
    @return: An HTTP request.
    """
    return f"{method} {target} HTTP/{version}\r\nHost: a.example\r\n{rest}\r\n".encode()


def upgradeRequest(target: str = "/socket", **fields: str | None) -> bytes:
    """
    @param fields: Header fields to add or to replace, with C{_} for C{-} in their
        names. None leaves out a field.

    @return: A request for a WebSocket.
    """
    lines = {
        "Host": "echo.example",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
    }
    names = {name.lower(): name for name in lines}
    for name, value in fields.items():
        dashed = name.replace("_", "-")
        key = names.get(dashed.lower(), dashed)
        if value is None:
            del lines[key]
        else:
            lines[key] = value
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1")


def switchingProtocols(head: bytes, fields: Iterable[str] = ()) -> bytes:
    """
    @param head: A request for a WebSocket.

    @param fields: Further header fields.

    @return: The response that opens the WebSocket.
    """
    key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)
    assert key is not None
    magic = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    digest = hashlib.sha1(key[1] + magic, usedforsecurity=False).digest()
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
        *fields,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
