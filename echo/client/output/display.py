"""
How much a run shows, and in which colours: plain data that all formats read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from echo.client.errors import EchoClientError
from echo.client.output.text.terminal import Style
from echo.redact import redactHeader, redactURL


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
