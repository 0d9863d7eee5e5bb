"""
A service's C{onConnect}: how it is called, and how long the daemon waits for it.

L{echo.server.http.upgrade} has checked the request by then, and the conversation has
its transport. L{echo.server.conversation.protocol} uses this module and writes the
response; nothing here writes to a transport.
"""

import re
from collections.abc import Iterable, Mapping
from http.client import responses
from typing import TYPE_CHECKING

from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from echo.httptokens import isToken

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

# Statuses that refuse.
_DENIALS = range(300, 600)

# The value of a header field: no control characters but the tab.
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

# Fields of the 101 that follow from the request.
_OWN = {
    *("connection", "content-length", "sec-websocket-accept", "transfer-encoding"),
    *("sec-websocket-extensions", "sec-websocket-protocol", "upgrade"),
}

#: What C{onConnect} may return: a subprotocol, or that and header fields.
Agreement = str | None | tuple[str | None, Mapping[str, str | Iterable[str]]]


class Decision:
    """
    One call of C{onConnect}, and its result.
    """

    def __init__(self, conversation: "EchoProtocol") -> None:
        self._conversation = conversation
        self._factory = conversation.factory
        self._answer: Deferred[None] | None = None
        self._deadline: IDelayedCall | None = None
        self._isOver = False

    def ask(self, request: ConnectionRequest) -> None:
        """
        Call C{onConnect}, and wait for its result until the handshake time-out.
        """
        answer = maybeDeferred(self._conversation.onConnect, request)
        self._answer = answer.addCallback(self._accept).addErrback(self._refuse)
        if self._isOver:
            return
        self._factory.undecided.add(self._conversation)
        timeout = self._factory.limits.handshakeTimeout
        if timeout:
            self._deadline = self._factory.reactor.callLater(
                timeout,
                self._conversation.refuse,
                *(503, "The server took too long to decide.", "timeout"),
            )

    def end(self) -> None:
        """
        Stop waiting. A C{Deferred} or coroutine without a result is cancelled.
        """
        self._isOver = True
        self._factory.undecided.discard(self._conversation)
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        if self._answer is not None:
            self._answer.cancel()

    def _accept(self, returned: object) -> None:
        if not self._isOver:
            agreed = checked(returned, self._conversation.receivedRequest.subprotocols)
            self._answer = None
            self.end()
            self._conversation.accept(agreed)

    def _refuse(self, failure: Failure) -> None:
        error = failure.value
        if self._isOver:
            if not isinstance(error, (CancelledError, ConnectionDeny)):
                self._conversation.logFailure("the handshake", failure)
            if not self._conversation.isStateClosed:
                self._conversation.transport.abortConnection()
        elif isinstance(error, ConnectionDeny) and error.code in _DENIALS:
            reason = error.reason or responses.get(error.code, "Refused")
            self._conversation.refuse(error.code, reason, "denied")
        else:
            if isinstance(error, ConnectionDeny):
                mistake = ValueError(
                    f"onConnect() raised ConnectionDeny with status {error.code!r}:"
                    " it must be from 300 to 599"
                )
                mistake.__cause__ = error
                failure = Failure(mistake)
            self._conversation.logFailure("onConnect()", failure)
            self._conversation.refuse(500, "onConnect() failed", "handshake")


def checked(
    returned: object, offered: list[str]
) -> tuple[str | None, dict[str, list[str]]]:
    """
    @return: The subprotocol, and header fields for the 101.

    @raise ValueError: It is of another form, the subprotocol is not offered, or a
        header field is invalid or one that the daemon sets.
    """
    pair = returned if isinstance(returned, tuple) else (returned, {})
    if len(pair) != 2 or not isinstance(pair[1], Mapping):
        raise ValueError(
            f"onConnect() returned {returned!r}: return a subprotocol or None, or a"
            " tuple of that and a dict of header fields"
        )
    subprotocol, headers = pair
    if subprotocol is not None and subprotocol not in offered:
        raise ValueError(f"onConnect() returned {subprotocol!r}, which is not offered")
    return subprotocol, {name: _values(name, headers[name]) for name in headers}


def _values(name: object, value: object) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if (
        not isinstance(name, str)
        or not isToken(name)
        or not isinstance(values, Iterable)
        or not all(isinstance(each, str) and _VALUE.fullmatch(each) for each in values)
    ):
        raise ValueError(
            f"onConnect() returned the header field {name!r}: {value!r}: the name must"
            " be a token, the value a str without control characters, or a list of such"
        )
    if name.lower() in _OWN:
        raise ValueError(
            f"onConnect() returned the header field {name!r}, which the daemon sets"
        )
    return list(values)
