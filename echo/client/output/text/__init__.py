"""
The run as text for people.

    textreport      events as lines: data on standard output
    livereport      the same for a fast run on a terminal, with one line that changes
    diagnostics     lines on standard error, for text and for NDJSON
    eventlines      the text of single events
    summarylines    the text of the summary
    histogram       C{--histogram}, drawn in characters

Texts of a peer are escaped here, by L{echo.printable}.
"""
