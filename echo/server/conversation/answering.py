"""
Answering: the way from a received message to the sent one.

A conversation has one strategy: direct, L{Counted}, L{Logged}, or, for a peer that
asks for behaviours, a L{Performer<echo.server.behaviour.performer.Performer>}, which
wraps one of these. A service's C{reply} or C{onMessage} makes the answer, and the
strategy sends it. Messages of the fast path need no strategy.
"""

from __future__ import annotations

from inspect import iscoroutine
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from echo.printable import PRINTED_LIMIT, messageText
from echo.server.logevents import plain, verbatim
from echo.server.metrics.counters import Counters

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

_log = Logger()


class Answering:
    """
    The direct strategy. It has no state, so that all conversations of a daemon share
    it.

    @ivar pending: The approximate number of bytes that are held back.

    @ivar answersPings: Whether pings get pongs.
    """

    pending = 0
    answersPings = True

    # A service's onMessage can return a value by mistake.
    def receive(self, conversation: Any, payload: bytes, isBinary: bool) -> None:
        if iscoroutine(conversation.onMessage(payload, isBinary)):
            raise TypeError("onMessage() returned a coroutine, which nothing awaits")

    def send(
        self, conversation: EchoProtocol, payload: bytes, isBinary: bool, **options: int
    ) -> None:
        """
        @param options: Autobahn's, of C{sendMessage}.
        """
        conversation.transmit(payload, isBinary, **options)

    def resume(self) -> None:
        """
        The transport takes bytes again.
        """

    def hurry(self) -> None:
        """
        The daemon shuts down: hold nothing back.
        """

    def stop(self) -> None:
        """
        A close begins, or the connection is gone.
        """


class Counted(Answering):
    """
    Counts the messages for the metrics.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def receive(
        self, conversation: EchoProtocol, payload: bytes, isBinary: bool
    ) -> None:
        self._counters.received(len(payload), isBinary)
        super().receive(conversation, payload, isBinary)

    def send(
        self, conversation: EchoProtocol, payload: bytes, isBinary: bool, **options: int
    ) -> None:
        super().send(conversation, payload, isBinary, **options)
        self._counters.sent(len(payload), isBinary)


class Logged(Answering):
    """
    Logs each received message (C{--log-messages}).
    """

    def __init__(self, strategy: Answering) -> None:
        self._strategy = strategy

    def receive(
        self, conversation: EchoProtocol, payload: bytes, isBinary: bool
    ) -> None:
        message = payload if isBinary else payload.decode()
        peer = conversation.peer
        _log.info(
            verbatim(f"Received: {messageText(message)} from {peer}"),
            event="received",
            peer=peer,
            connection=conversation.name,
            payload=plain(payload[:PRINTED_LIMIT].hex() if isBinary else message),
            size=len(payload),
            binary=isBinary,
        )
        self._strategy.receive(conversation, payload, isBinary)

    def send(
        self, conversation: EchoProtocol, payload: bytes, isBinary: bool, **options: int
    ) -> None:
        self._strategy.send(conversation, payload, isBinary, **options)
