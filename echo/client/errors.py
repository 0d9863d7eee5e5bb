"""
What can go wrong with a connection, told apart for those who must act on it.

Texts that a peer had a hand in are kept as they came in the attributes, and are
escaped in C{str()}: that is fit for a terminal.
"""

from collections.abc import Callable, Mapping

from twisted.python.failure import Failure

from echo.client.close import ABNORMAL, Close
from echo.printable import printable


class EchoClientError(Exception):
    """
    A peer or the network failed.
    """

    def text(self, redact: Callable[[str], str]) -> str:
        """
        @param redact: Hides the credentials in a text of the server.

        @return: One line on the error, fit for a terminal.
        """
        return str(self)

    def toClose(self) -> Close:
        """
        @return: The code and the reason that stand for this end of a connection.
        """
        return Close(ABNORMAL, str(self))


class CannotConnect(EchoClientError):
    """
    There is nobody to talk to.

    @ivar phase: How far it came: C{"DNS"}, C{"TCP"}, C{"proxy"}, C{"TLS"} or
        C{"unix socket"}.

    @ivar reason: What happened.
    """

    def __init__(self, phase: str, reason: str) -> None:
        super().__init__(phase, reason)
        self.phase = phase
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot connect ({self.phase}): {printable(self.reason)}"


class HandshakeRefused(EchoClientError):
    """
    The server refused the upgrade.

    @ivar status: The HTTP status; C{None} if no complete answer came.

    @ivar phrase: The phrase beside the status, or what happened.

    @ivar location: Where a redirect points to, if the server says so.

    @ivar headers: The header of the answer, by names in lower case.

    @ivar body: The first line of the answer's body; empty if there is none.

    @ivar hint: What may be wrong, and what to try; empty if that is not known.
    """

    def __init__(
        self,
        status: int | None,
        phrase: str,
        location: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(status, phrase, location)
        self.status = status
        self.phrase = phrase
        self.location = location
        self.headers = headers or {}
        self.body = body
        self.hint = hint

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
        # Last, so that the server's words cannot pass for ours.
        if self.body and self.body not in (self.phrase, f"{self.status} {self.phrase}"):
            line += f": {printable(redact(self.body))}"
        return line


class HandshakeUnfinished(HandshakeRefused):
    """
    Nobody refused the upgrade: the time of the run ended before the handshake did.
    """

    def __init__(self, deadline: str) -> None:
        """
        @param deadline: The time of the run, for a person.
        """
        super().__init__(
            None, f"the time of the run (-w {deadline}) ended before the handshake did"
        )

    def text(self, redact: Callable[[str], str]) -> str:
        return self.phrase


class ProtocolError(EchoClientError):
    """
    The peer does not speak WebSocket as RFC 6455 has it.

    @ivar reason: What it did.

    @ivar code: The code of the close frame that told it so, if one could be sent.
    """

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason, code)
        self.reason = reason
        self.code = code

    def __str__(self) -> str:
        text = f"protocol error: {printable(self.reason)}"
        return text if self.code is None else f"{text} (closed with {self.code})"


class ConnectionClosed(EchoClientError):
    """
    The connection is over: nothing more can be sent, and all was received.

    @ivar code: What the peer's close frame said; L{NO_CODE} if it said nothing,
        L{ABNORMAL} if there was none.

    @ivar reason: The peer's reason; what happened, if there was no close frame.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"connection closed: {self.toClose()}"

    def toClose(self) -> Close:
        return Close(self.code, self.reason)


def ignoreEnd(failure: Failure) -> None:
    """
    Ignore the end of a connection in an errback: its receiver gets the same error.
    """
    failure.trap(ConnectionClosed, ProtocolError)
