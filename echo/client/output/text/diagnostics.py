"""
Diagnostics for people: connections, anomalies and failures, on standard error. All
formats write them.
"""

from collections.abc import Iterable

from echo.client.connection import Connection
from echo.client.errors import ConnectionClosed, HandshakeRefused
from echo.client.measure import events
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.summary import Outage
from echo.client.output.display import Display
from echo.client.output.streams import Streams
from echo.client.output.text.eventlines import endText, phasesText, seqsText
from echo.printable import messageText, printable

# Characters of a header field that are shown.
_LONGEST_FIELD = 2048

# Messages of the longest greeting. A server that sends more is not greeting.
_LONGEST_GREETING = 8

_HOW = {
    Anomaly.TYPE_CHANGED: "with its type changed",
    Anomaly.TWICE: "twice",
    Anomaly.OUT_OF_ORDER: "out of order",
    Anomaly.LATE: "late: it counts as lost",
}


class Diagnostics:
    """
    Writes the diagnostics of a run.
    """

    def __init__(
        self, streams: Streams, display: Display, highlight: bool = True
    ) -> None:
        self._streams = streams
        self._display = display
        self._bad = display.errorStyle.bad if highlight else str
        self._greeting = GreetingHint()
        self._lastRefusal = ""

    def tell(self, event: events.Event) -> None:
        match event:
            case events.Received():
                self._received(event.echo, event.message)
            case events.Lost(seqs):
                self._fault(f"lost: seq {seqsText(seqs, len(seqs))}")
            case events.PingEnded(number, None):
                self._fault(f"lost: ping {number}")
            case events.Connected(connection):
                self._connected(connection)
            case events.NotConnected():
                self._notConnected(event)
            case events.ReconnectFailed():
                self._reconnectFailed(event)
            case Outage():
                self._lastRefusal = ""
            case events.Outcome():
                self._ended(event)
            case events.GreetingSuspected(count):
                self._fault(
                    f"messages that were not sent came on each connection: {count}:"
                    f" is it a greeting? Try --greeting {count}"
                )
            case events.Problem(text):
                self.problem(text)

    def problem(self, text: str) -> None:
        self._streams.diagnostic(self._bad(text))

    def _fault(self, text: str) -> None:
        if not self._display.quiet:
            self.problem(text)

    def _remark(self, text: str) -> None:
        if not self._display.quiet:
            self._streams.diagnostic(text)

    def _received(self, echo: Echo, message: str | bytes) -> None:
        hint = self._greeting.hint(echo)
        if echo.corrects:
            self._fault(
                f"seq={echo.seq} came back after all:"
                f" what came before it was not sent{hint}"
            )
        for anomaly in echo.anomalies:
            if anomaly is Anomaly.CROSSED:
                text = f"a message of another connection came: {messageText(message)}"
            elif echo.seq is None:
                text = f"a message came that was not sent: {messageText(message)}{hint}"
            elif anomaly is Anomaly.ALTERED:
                text = f"seq={echo.seq} came back altered{hint}"
            else:
                text = f"seq={echo.seq} came back {_HOW[anomaly]}"
            self._fault(text)

    def _connected(self, connection: Connection) -> None:
        url = printable(self._display.url(connection.url))
        text = (
            f"connected to {url} ({printable(connection.peer)})"
            f" in {phasesText(connection.opening)}"
        )
        if connection.subprotocol is not None:
            text += f", subprotocol {printable(connection.subprotocol)}"
        if connection.compression:
            text += ", permessage-deflate"
        self._remark(text)
        if self._display.verbose and not self._display.quiet:
            self._head(
                ">",
                self._display.url(connection.requestLine),
                connection.requestHeaders,
            )
            self._head("<", connection.statusLine, connection.headers.items())

    def _head(
        self, mark: str, line: str | None, headers: Iterable[tuple[str, str]]
    ) -> None:
        fields = [f"{name}: {value}" for name, value in self._display.headers(headers)]
        for each in fields if line is None else [line, *fields]:
            text = printable(f"{mark} {each}", _LONGEST_FIELD)
            self._streams.diagnostic(self._display.errorStyle.faint(text))

    def _notConnected(self, event: events.NotConnected) -> None:
        self.problem(self._display.error(event.error))
        if self._display.verbose and isinstance(event.error, HandshakeRefused):
            self._head("<", None, event.error.headers.items())

    def _reconnectFailed(self, event: events.ReconnectFailed) -> None:
        """
        Write each reason once, not once an attempt.
        """
        text = self._display.error(event.error)
        if text != self._lastRefusal:
            self._lastRefusal = text
            self._remark(f"not yet: {text}")

    def _ended(self, outcome: events.Outcome) -> None:
        end = outcome.end
        if not isinstance(end, ConnectionClosed):
            self.problem(str(end))
        elif outcome.byPeer:
            self.problem(endText(end.code, end.reason, byPeer=True))
        else:
            self._remark(endText(end.code, end.reason, byPeer=False))


class GreetingHint:
    """
    Counts the messages that a server sends before its first echo, and suggests the
    option that discards them.
    """

    def __init__(self) -> None:
        self._strangers = 0
        self._echoed = False

    def hint(self, echo: Echo) -> str:
        if self._echoed:
            return ""
        isAltered = Anomaly.ALTERED in echo.anomalies
        if isAltered or echo.seq is None:
            self._strangers += 1
        else:
            self._echoed = True
        # A server that alters all messages gets the hint once.
        most = 1 if isAltered else _LONGEST_GREETING
        isLikely = 0 < self._strangers <= most
        if not isLikely:
            return ""
        return f": is it a greeting? Try --greeting {self._strangers}"
