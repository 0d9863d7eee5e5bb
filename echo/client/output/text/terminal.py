"""
What only a terminal can show: colours, and one line that changes in place.

The callers escape their texts: nothing here does.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from echo.client.measure.statistics import Statistics


def wantsColor(choice: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """
    @param choice: C{always}, C{never}, or C{auto}: on a terminal that shows colours,
        unless the environment has C{NO_COLOR} (U{https://no-color.org}).
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()


@dataclass(frozen=True)
class Style:
    """
    Colours that are legible on a light and on a dark background.
    """

    enabled: bool

    def good(self, text: str) -> str:
        return self._within("32", "39", text)

    def bad(self, text: str) -> str:
        return self._within("31", "39", text)

    def faint(self, text: str) -> str:
        return self._within("2", "22", text)

    def strong(self, text: str) -> str:
        return self._within("1", "22", text)

    def _within(self, on: str, off: str, text: str) -> str:
        if not self.enabled:
            return text
        begin, end = f"\x1b[{on}m", f"\x1b[{off}m"
        # The end code of an inner style ends this style, too: begin it again.
        return begin + text.replace(end, end + begin) + end


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


# Columns of a terminal that does not report its width.
_WIDTH = 80


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
