"""
What a terminal can do that a file cannot: colour, and one line that changes in place.

Nothing here escapes: text comes in fit to be shown.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from echo.client.measure.distribution import Distribution


def wantsColor(choice: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """
    Decide whether to write in colour.

    @param choice: C{always}, C{never}, or C{auto}: to a terminal that can, unless
        the environment has C{NO_COLOR} (U{https://no-color.org}).

    @param stream: Where it is to be written.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()


@dataclass(frozen=True)
class Style:
    """
    How text stands out, in colours that can be read on light and on dark.

    @ivar enabled: Whether it does: text stays as it is if not.
    """

    enabled: bool

    def good(self, text: str) -> str:
        """
        As it should be: green.
        """
        return self._within("32", "39", text)

    def bad(self, text: str) -> str:
        """
        Not as it should be: red.
        """
        return self._within("31", "39", text)

    def faint(self, text: str) -> str:
        """
        Of less importance.
        """
        return self._within("2", "22", text)

    def strong(self, text: str) -> str:
        """
        Of more importance.
        """
        return self._within("1", "22", text)

    def _within(self, on: str, off: str, text: str) -> str:
        if not self.enabled:
            return text
        begin, end = f"\x1b[{on}m", f"\x1b[{off}m"
        # The end of a style within is not the end of this one.
        return begin + text.replace(end, end + begin) + end


class StatusLine:
    """
    A line of a terminal that is written again and again, below all others.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = False

    def show(self, text: str) -> None:
        """
        Put text in the place of what is there.

        @param text: Without any escape sequences. What does not fit is cut: a line
            that wraps could not be removed.
        """
        # The last column stays free: a cursor beyond it would erase it, or wrap.
        self._write(f"\r{text[: self._width() - 1]}\x1b[K")
        self._shown = True

    def clear(self) -> None:
        """
        Leave the line to others.
        """
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
            pass  # nobody looks


# Of a terminal that does not say how wide it is.
_WIDTH = 80


def statusText(
    sent: int, received: int, loss: float, rate: float, times: Distribution
) -> str:
    """
    @param loss: How many of a hundred are lost.

    @param rate: Messages a second.

    @return: How it goes, on one line.
    """
    text = f"{sent:,} sent  {received:,} received  {loss:.1f} % lost  {rate:,.1f}/s"
    if times.count:
        for percent in (50, 99):
            text += f"  p{percent} {times.percentile(percent) / 1e6:,.2f} ms"
    return text
