"""
The choice of a format: text, text with a live line, or NDJSON.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TextIO

from echo.client.measure.events import Tell
from echo.client.output.display import Display
from echo.client.output.records.ndjsonreport import NDJSONReport
from echo.client.output.streams import Streams
from echo.client.output.text.histogram import drawsBlocks
from echo.client.output.text.livereport import LiveReport
from echo.client.output.text.terminal import StatusLine, Style, wantsColor
from echo.client.output.text.textreport import TextReport


@dataclass(frozen=True, kw_only=True)
class OutputSettings:
    """
    How the user wants to see a run.

    @ivar json: Whether to write NDJSON.

    @ivar color: C{auto}, C{always} or C{never}.

    @ivar isFast: Whether messages are too frequent for a line each on a terminal.

    @ivar display: What to show. Its colours depend on the streams, not on this.
    """

    json: bool = False
    color: str = "auto"
    isFast: bool = False
    display: Display = field(default_factory=Display)


def makeReport(
    settings: OutputSettings,
    stdout: TextIO,
    stderr: TextIO,
    environment: Mapping[str, str],
    onBroken: Callable[[OSError], None],
    reactor: Any = None,
) -> Tell:
    """
    @param onBroken: Called when standard output fails.

    @param reactor: Redraws the live line. A report of a summary needs none.

    @return: The C{tell} of a report in the chosen format.
    """

    def style(stream: TextIO) -> Style:
        return Style(wantsColor(settings.color, stream, environment))

    display = replace(
        settings.display,
        style=style(stdout),
        errorStyle=style(stderr),
        blocks=drawsBlocks(stdout),
    )
    if settings.json:
        return NDJSONReport(Streams(stdout, stderr, onBroken), display).tell
    if settings.isFast and stdout.isatty() and not display.quiet:
        line = StatusLine(stdout)
        streams = Streams(stdout, stderr, onBroken, line.clear)
        return LiveReport(streams, display, reactor, line).tell
    return TextReport(Streams(stdout, stderr, onBroken), display).tell
