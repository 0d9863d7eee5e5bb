"""
The response of a server that refuses the upgrade: redirect, first line of the body, and
a hint on the likely cause.

Plain data: L{echo.client.transport.upgrade} feeds it bytes, and limits the time.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from echo.client.errors import HandshakeRefused
from echo.client.transport.url import Address

#: Seconds to wait for the body of a refusal.
BODY_TIME = 0.5

#: Bytes to read of a body, chunk sizes included.
BODY_LIMIT = 8192

# Characters to keep of the body's first line: several times the length that is shown.
_LINE_LIMIT = 1024

# Statuses of responses without a body (RFC 9110, 6.4.1).
_BODILESS = (204, 304)

_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_UNSEEN = re.compile(r"(?is)<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)")
_TAG = re.compile(r"<[^<>]*(?:>|\Z)")
_WORD = re.compile(r"\w")

#: The hint for a server that seems to expect TLS.
TRY_WSS = "is it wss://?"

# In the responses of nginx, Apache and Go to plain HTTP on a TLS port.
_HTTPS = re.compile(r"\b(?:https|ssl|tls)\b", re.IGNORECASE)


@dataclass
class Refusal:
    """
    A response that refuses the upgrade, and the part of its body that has arrived.

    @ivar headers: By names in lower case.
    """

    status: int
    phrase: str
    headers: Mapping[str, str]
    address: Address
    _raw: bytes = b""

    def add(self, data: bytes) -> bool:
        """
        @return: Whether the body is read far enough.
        """
        self._raw = (self._raw + data)[:BODY_LIMIT]
        body, isWhole = self._body()
        return isWhole or len(self._raw) == BODY_LIMIT or bool(self._line(body, False))

    def error(self) -> HandshakeRefused:
        body = self._body()[0]
        return HandshakeRefused(
            self.status,
            self.phrase,
            self.headers.get("location") if self.status // 100 == 3 else None,
            headers=self.headers,
            body=self._line(body, True),
            hint=self._hint(body),
        )

    def _body(self) -> tuple[bytes, bool]:
        """
        @return: The part of the body that has arrived, and whether it is complete.
        """
        headers, length = self.headers, self.headers.get("content-length", "")
        if self.status in _BODILESS:
            return b"", True
        if headers.get("content-encoding", "identity").lower() != "identity":
            return b"", True  # compressed, although we did not ask for it
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return _dechunked(self._raw)
        if length.isdecimal():
            size = int(length[:9])
            return self._raw[:size], len(self._raw) >= size
        return self._raw, False

    def _line(self, body: bytes, isWhole: bool) -> str:
        """
        @return: The first line with a word; of HTML, the first that a browser shows.
            Empty if there is none, or if more of it can arrive.
        """
        text = body.decode("utf-8", "replace")
        if "html" in self.headers.get("content-type", "").lower():
            text = html.unescape(_TAG.sub("\n", _UNSEEN.sub("\n", text)))
        lines = re.split(r"[\r\n]+", text)
        whole = lines if isWhole else lines[:-1]
        line = next(filter(_WORD.search, whole), "")
        return " ".join(line.split())[:_LINE_LIMIT]

    def _hint(self, body: bytes) -> str:
        path = self.address.resource.partition("?")[0]
        if not self.address.secure and self._wantsTLS(body):
            return TRY_WSS
        if self.status // 100 == 2:
            other = "/ws" if path == "/socket" else "/socket"
            return (
                f"the server speaks HTTP at {path}, not WebSocket:"
                f" try another path, such as {other}"
            )
        if self.status in (404, 405):
            return f"the server speaks HTTP and has no WebSocket at {path}"
        if self.status == 426:
            return "does a proxy on the way remove the Upgrade header?"
        return ""

    def _wantsTLS(self, body: bytes) -> bool:
        if self.status // 100 == 3:
            location = self.headers.get("location", "").lower()
            return location.startswith(("https:", "wss:"))
        text = body.decode("utf-8", "replace")
        return self.status == 400 and _HTTPS.search(text) is not None


def _dechunked(raw: bytes) -> tuple[bytes, bool]:
    # Like Refusal._body, for a chunked body (RFC 9112, 7.1).
    body = b""
    while True:
        line, end, rest = raw.partition(b"\r\n")
        match = _CHUNK.fullmatch(line)
        size = int(match[1], 16) if match else 0
        if not end or not size:
            return body, bool(end)
        body += rest[:size]
        raw = rest[size + 2 :]
