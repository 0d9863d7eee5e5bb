"""
What a fast run tells on a terminal: one line that changes, and whatever goes wrong.
"""

from typing import Any, TextIO

from twisted.internet.task import LoopingCall

from echo.client.connection import Connection
from echo.client.measure.matching import Echo
from echo.client.measure.statistics import Statistics
from echo.client.measure.summary import Summary
from echo.client.output.streams import Output
from echo.client.output.text.report import Display, Report
from echo.client.output.text.terminal import StatusLine, statusText

#: Seconds between messages, below which a line for each is of no use to anybody.
FAST = 0.1

_REDRAW = 0.2


class LiveOutput(Output):
    """
    Lines above the one that changes.
    """

    def __init__(
        self, stdout: TextIO, stderr: TextIO, onBroken: Any, line: StatusLine
    ) -> None:
        super().__init__(stdout, stderr, onBroken)
        self._line = line

    def data(self, line: str) -> None:
        """
        Write a line of data.
        """
        self._line.clear()
        super().data(line)

    def diagnostic(self, text: str) -> None:
        """
        Write a line of diagnostics.
        """
        self._line.clear()
        super().diagnostic(text)


class LiveReport(Report):
    """
    Tells how it goes as a whole, and only what is wrong one by one.
    """

    _statistics = Statistics()

    def __init__(
        self, output: Output, display: Display, reactor: Any, line: StatusLine
    ) -> None:
        super().__init__(output, display)
        self._reactor = reactor
        self._line = line
        self._loop = LoopingCall(self._redraw)
        self._loop.clock = reactor

    def follow(self, statistics: Statistics) -> None:
        """
        Keep an eye on these.
        """
        self._statistics = statistics

    def connected(self, connection: Connection) -> None:
        """
        A connection is open.
        """
        super().connected(connection)
        if not self._loop.running:
            self._received = self._statistics.received
            self._drawn = self._reactor.seconds()
            self._loop.start(_REDRAW, now=False)

    def arrived(self, echo: Echo, message: str | bytes) -> None:
        """
        A message came.
        """
        self._judge(echo, message)

    def ponged(self, number: int, time: int | None) -> None:
        """
        A pong came, or did not.
        """
        if time is None:
            super().ponged(number, time)

    def summary(self, summary: Summary) -> None:
        """
        Write what it comes to.
        """
        if self._loop.running:
            self._loop.stop()
        super().summary(summary)

    def _redraw(self) -> None:
        now, statistics = self._reactor.seconds(), self._statistics
        rate = (statistics.received - self._received) / (now - self._drawn)
        self._received, self._drawn = statistics.received, now
        self._line.show(
            statusText(
                statistics.sent,
                statistics.received,
                statistics.loss,
                rate,
                statistics.roundTrips,
            )
        )
