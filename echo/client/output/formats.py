"""
The choice of a format: text, text with a live line, or NDJSON.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TextIO

from twisted.internet.interfaces import IReactorTime

from echo.client.measure.events import Tell
from echo.client.output.display import Display, Style, wantsColor
from echo.client.output.records.ndjsonreport import NDJSONReport
from echo.client.output.streams import Streams
from echo.client.output.text.histogram import drawsBlocks
from echo.client.output.text.livereport import LiveReport, StatusLine
from echo.client.output.text.textreport import TextReport


def makeReport(
    display: Display,
    stdout: TextIO,
    stderr: TextIO,
    environment: Mapping[str, str],
    onBroken: Callable[[OSError], None],
    reactor: IReactorTime | None = None,
) -> Tell:
    """
    @param onBroken: Called when standard output fails.

    @param reactor: Redraws the live line. A report of a summary needs none.

    @return: The C{tell} of a report in the chosen format.
    """
    style, errorStyle = (
        Style(wantsColor(display.color, stream, environment))
        for stream in (stdout, stderr)
    )
    display = replace(
        display, style=style, errorStyle=errorStyle, blocks=drawsBlocks(stdout)
    )
    if display.json:
        return NDJSONReport(Streams(stdout, stderr, onBroken), display).tell
    isLive = display.isFast and stdout.isatty() and not display.quiet
    if isLive and reactor is not None:
        line = StatusLine(stdout)
        streams = Streams(stdout, stderr, onBroken, line.clear)
        return LiveReport(streams, display, reactor, line).tell
    return TextReport(Streams(stdout, stderr, onBroken), display).tell
