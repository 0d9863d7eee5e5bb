"""
The errors of connections: one class for each kind of failure.

The attributes hold a peer's texts unchanged. C{str()} escapes them for a terminal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twisted.python.failure import Failure

from echo.client.close import ABNORMAL, Close
from echo.printable import printable


class EchoClientError(Exception):
    """
    The peer or the network failed.
    """

    def text(self, redact: Callable[[str], str]) -> str:
        """
        @param redact: Hides the credentials in a text of the server.

        @return: One line for a terminal.
        """
        return str(self)

    def toClose(self) -> Close:
        return Close(ABNORMAL, str(self))


@dataclass(eq=False, repr=False)
class CannotConnect(EchoClientError):
    """
    The transport could not be opened.

    @ivar phase: The phase that failed: C{"DNS"}, C{"TCP"}, C{"proxy"}, C{"TLS"} or
        C{"unix socket"}.

    @ivar reason: What happened.
    """

    phase: str
    reason: str

    def __str__(self) -> str:
        return f"cannot connect ({self.phase}): {printable(self.reason)}"


@dataclass(eq=False, repr=False)
class HandshakeRefused(EchoClientError):
    """
    The server refused the upgrade.

    @ivar status: The HTTP status; C{None} without a complete response.

    @ivar phrase: The reason phrase; without a complete response, what happened.

    @ivar location: The target of a redirect.

    @ivar headers: The headers of the response, by names in lower case.

    @ivar body: The first line of the response's body.

    @ivar hint: The likely cause and its remedy; empty if it is unknown.
    """

    status: int | None
    phrase: str
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    hint: str = ""

    def __str__(self) -> str:
        return self.text(str)

    def text(self, redact: Callable[[str], str]) -> str:
        words = [] if self.status is None else ["HTTP", str(self.status)]
        if self.phrase:
            words.append(printable(redact(self.phrase)))
        if self.location is not None:
            words.append(f"(to {printable(redact(self.location))})")
        line = "handshake refused: " + " ".join(words)
        if self.hint:
            line += f" ({printable(redact(self.hint))})"
        # At the end, so that the server's text cannot pass for ours.
        if self.body and self.body not in (self.phrase, f"{self.status} {self.phrase}"):
            line += f": {printable(redact(self.body))}"
        return line


class HandshakeUnfinished(HandshakeRefused):
    """
    The run ended before the handshake did.
    """

    def __init__(self, deadline: str) -> None:
        super().__init__(
            None, f"the time of the run (-w {deadline}) ended before the handshake did"
        )

    def text(self, redact: Callable[[str], str]) -> str:
        return self.phrase


@dataclass(eq=False, repr=False)
class ProtocolError(EchoClientError):
    """
    The peer broke a rule of RFC 6455.

    @ivar reason: The rule, or what the peer did.

    @ivar code: The code of the close frame that we sent; C{None} if none was sent.
    """

    reason: str
    code: int | None = None

    def __str__(self) -> str:
        text = f"protocol error: {printable(self.reason)}"
        return text if self.code is None else f"{text} (closed with {self.code})"


@dataclass(eq=False, repr=False)
class ConnectionClosed(EchoClientError):
    """
    The connection is closed, and all its messages were received.

    Its code and reason are those of L{Close}.
    """

    code: int
    reason: str = ""

    def __str__(self) -> str:
        return f"connection closed: {self.toClose()}"

    def toClose(self) -> Close:
        return Close(self.code, self.reason)


def ignoreEnd(failure: Failure) -> None:
    """
    Ignore the end of a connection in an errback: its receiver gets the same error.
    """
    failure.trap(ConnectionClosed, ProtocolError)
