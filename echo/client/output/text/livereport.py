"""
A fast run on a terminal: one status line that changes, and a line for each anomaly.
"""

from typing import Any

from twisted.internet.task import LoopingCall

from echo.client.measure import events
from echo.client.measure.statistics import Statistics
from echo.client.output.display import Display
from echo.client.output.streams import Streams
from echo.client.output.text.terminal import StatusLine, statusText
from echo.client.output.text.textreport import TextReport

#: Seconds between messages. A run that sends more often has no line for each message.
FAST = 0.1

_REDRAW = 0.2


class LiveReport:
    """
    Redraws the status line, and leaves all other events to a L{TextReport}.
    """

    def __init__(
        self, streams: Streams, display: Display, reactor: Any, line: StatusLine
    ) -> None:
        self._text = TextReport(streams, display)
        self._statistics = Statistics()
        self._reactor = reactor
        self._line = line
        self._loop = LoopingCall(self._redraw)
        self._loop.clock = reactor

    def tell(self, event: events.Event) -> None:
        match event:
            case events.Received():
                self._text.diagnostics.tell(event)
                return
            case events.PingEnded(_, int()):
                return
            case events.Started(statistics):
                self._statistics = statistics
            case events.Finished() if self._loop.running:
                self._loop.stop()
        self._text.tell(event)
        if isinstance(event, events.Connected) and not self._loop.running:
            self._received = self._statistics.received
            self._drawn = self._reactor.seconds()
            self._loop.start(_REDRAW, now=False)

    def _redraw(self) -> None:
        now, statistics = self._reactor.seconds(), self._statistics
        rate = (statistics.received - self._received) / (now - self._drawn)
        self._received, self._drawn = statistics.received, now
        self._line.show(statusText(statistics, rate))
