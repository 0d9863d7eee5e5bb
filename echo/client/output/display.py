"""
How much a run shows, and in which colours: plain data that all formats read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from echo.client.errors import EchoClientError
from echo.redact import redactHeader, redactURL


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


@dataclass(frozen=True)
class Display:
    """
    How to show a run.

    @ivar json: Whether to write NDJSON.

    @ivar color: C{auto}, C{always} or C{never}.

    @ivar isFast: Whether messages are too frequent for a line each on a terminal.

    @ivar style: The colours on standard output; C{errorStyle}: on standard error.

    @ivar quiet: Whether to show only the summary, and why a run ends early.

    @ivar each: Whether each received message has a line.

    @ivar verbose: Whether to show the headers of the handshake.

    @ivar secrets: Whether C{url}, C{headers} and C{error} show credentials.

    @ivar blocks: Whether the terminal can show block characters.
    """

    json: bool = False
    color: str = "auto"
    isFast: bool = False
    style: Style = field(default_factory=lambda: Style(False))
    errorStyle: Style = field(default_factory=lambda: Style(False))
    quiet: bool = False
    each: bool = True
    verbose: bool = False
    secrets: bool = False
    histogram: bool = False
    blocks: bool = True

    def url(self, url: str) -> str:
        return url if self.secrets else redactURL(url)

    def headers(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        if self.secrets:
            return list(headers)
        return [(name, redactHeader(name, value)) for name, value in headers]

    def error(self, error: EchoClientError) -> str:
        return error.text(self.url)
