"""
The response of a server that refuses the upgrade: redirect, first line of the body, and
a hint on the likely cause.

Plain data: L{echo.client.transport.upgrade} feeds it bytes, and limits the time.
"""

import html
import re
from collections.abc import Mapping

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


class Refusal:
    """
    A response that refuses the upgrade, and the part of its body that has arrived.
    """

    def __init__(
        self,
        status: int,
        phrase: str,
        headers: Mapping[str, str],
        address: Address,
    ) -> None:
        """
        @param headers: By names in lower case.

        @param address: The address of the upgrade request.
        """
        self._status = status
        self._phrase = phrase
        self._headers = headers
        self._path = address.resource.partition("?")[0]
        self._secure = address.secure
        self._raw = b""

    def add(self, data: bytes) -> bool:
        """
        Add bytes of the body.

        @return: Whether the body is read far enough.
        """
        self._raw = (self._raw + data)[:BODY_LIMIT]
        body, isWhole = self._body()
        return isWhole or len(self._raw) == BODY_LIMIT or bool(self._line(body, False))

    def error(self) -> HandshakeRefused:
        """
        @return: The refusal, with the first line of the body if that has arrived.
        """
        isRedirect = self._status // 100 == 3
        location = self._headers.get("location") if isRedirect else None
        body = self._body()[0]
        line, hint = self._line(body, True), self._hint(body)
        return HandshakeRefused(
            self._status, self._phrase, location, self._headers, line, hint
        )

    def _body(self) -> tuple[bytes, bool]:
        """
        @return: The part of the body that has arrived, and whether it is complete.
        """
        headers, length = self._headers, self._headers.get("content-length", "")
        if self._status in _BODILESS:
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
        @param isWhole: Whether the body is complete.

        @return: The first line with a word; of HTML, the first that a browser shows.
            Empty if there is none, or if more of it can arrive.
        """
        text = body.decode("utf-8", "replace")
        if "html" in self._headers.get("content-type", "").lower():
            text = html.unescape(_TAG.sub("\n", _UNSEEN.sub("\n", text)))
        lines = re.split(r"[\r\n]+", text)
        whole = lines if isWhole else lines[:-1]
        line = next(filter(_WORD.search, whole), "")
        return " ".join(line.split())[:_LINE_LIMIT]

    def _hint(self, body: bytes) -> str:
        if not self._secure and self._wantsTLS(body):
            return TRY_WSS
        if self._status // 100 == 2:
            other = "/ws" if self._path == "/socket" else "/socket"
            return (
                f"the server speaks HTTP at {self._path}, not WebSocket:"
                f" try another path, such as {other}"
            )
        if self._status in (404, 405):
            return f"the server speaks HTTP and has no WebSocket at {self._path}"
        if self._status == 426:
            return "does a proxy on the way remove the Upgrade header?"
        return ""

    def _wantsTLS(self, body: bytes) -> bool:
        if self._status // 100 == 3:
            location = self._headers.get("location", "").lower()
            return location.startswith(("https:", "wss:"))
        text = body.decode("utf-8", "replace")
        return self._status == 400 and _HTTPS.search(text) is not None


def _dechunked(raw: bytes) -> tuple[bytes, bool]:
    """
    @return: The part of a chunked body (RFC 9112, 7.1) that has arrived, and whether it
        is complete.
    """
    body = b""
    while True:
        line, end, rest = raw.partition(b"\r\n")
        match = _CHUNK.fullmatch(line)
        size = int(match[1], 16) if match else 0
        if not end or not size:
            return body, bool(end)
        body += rest[:size]
        raw = rest[size + 2 :]
