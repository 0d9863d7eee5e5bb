"""
A fast run on a terminal: one status line that changes, and a line for each anomaly.
"""

import os
from typing import TextIO

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from echo.client.measure import events
from echo.client.measure.statistics import Statistics
from echo.client.output.display import Display
from echo.client.output.streams import Streams
from echo.client.output.text.textreport import TextReport

#: Seconds between messages. A run that sends more often has no line for each message.
FAST = 0.1

_REDRAW = 0.2

# Columns of a terminal that does not report its width.
_WIDTH = 80


class StatusLine:
    """
    The last line of a terminal, redrawn in place.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = False

    def show(self, text: str) -> None:
        """
        @param text: Text without escape sequences. It is cut to the width of the
            terminal, since a line that wraps cannot be removed.
        """
        # The last column stays free: some terminals wrap once it is written.
        self._write(f"\r{text[: self._width() - 1]}\x1b[K")
        self._shown = True

    def clear(self) -> None:
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = False

    def _width(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or _WIDTH
        except OSError:
            return _WIDTH

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            pass  # the data fail by themselves, and end the run


class LiveReport:
    """
    Redraws the status line, and leaves all other events to a L{TextReport}.
    """

    def __init__(
        self,
        streams: Streams,
        display: Display,
        reactor: IReactorTime,
        line: StatusLine,
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


def statusText(statistics: Statistics, rate: float) -> str:
    """
    @param rate: Echoes a second.
    """
    times = statistics.roundTrips
    text = (
        f"{statistics.sent:,} sent  {statistics.received:,} received"
        f"  {statistics.loss:.1f} % lost  {rate:,.1f}/s"
    )
    if times.count:
        for percent in (50, 99):
            text += f"  p{percent} {times.percentile(percent) / 1e6:,.2f} ms"
    return text
