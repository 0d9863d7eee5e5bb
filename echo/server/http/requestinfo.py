"""
A request as JSON: for C{/info}, and the first frame of C{?info=1}.

Peers choose most of its text. The JSON is safe in a terminal, in a page and in a log.
"""

from dataclasses import dataclass, replace
from json import dumps

from echo.redact import redactHeaders, redactQuery, redactSubprotocol, redactURL
from echo.server.tlsinfo import TLSInfo

# JSON has these characters in its strings only.
_ESCAPES = [(each, f"\\u{ord(each):04x}") for each in "<>&'"]


@dataclass(frozen=True)
class RequestInfo:
    """
    One request, and the daemon's decisions about it.

    @ivar request: The request line.

    @ivar headers: Name and value of each header line, as received.

    @ivar proxiedPeer: The client's address as a trusted proxy reports it, or None.

    @ivar host: The name of this server.

    @ivar applied: The behaviour of this conversation. For C{/info}: the behaviour of a
        conversation with this query, without a random seed.
    """

    request: str
    headers: tuple[tuple[str, str], ...]
    peer: str
    proxiedPeer: str | None
    tls: TLSInfo | None
    host: str
    connection: str
    subprotocol: str | None = None
    extensions: tuple[str, ...] = ()
    applied: str | None = None
    showSecrets: bool = False

    def json(self) -> str:
        """
        @return: A JSON object in one line of printable ASCII. Nothing in it ends a
            script, begins a tag, or ends an attribute in single quotes.
        """
        # dataclasses.asdict would copy each header field.
        fields = vars(self if self.showSecrets else redacted(self)).copy()
        del fields["showSecrets"]
        fields["tls"] = self.tls and vars(self.tls)
        text = dumps(fields)
        for character, escape in _ESCAPES:
            text = text.replace(character, escape)
        return text


def decoded(data: bytes) -> str:
    """
    @return: The text of UTF-8 or, if it is invalid, of Latin-1.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def redacted(info: RequestInfo) -> RequestInfo:
    return replace(
        info,
        request=redactURL(info.request),
        headers=tuple(redactHeaders(info.headers)),
        subprotocol=info.subprotocol and redactSubprotocol(info.subprotocol),
        applied=info.applied and redactQuery(info.applied),
    )
