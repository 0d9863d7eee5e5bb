"""
The formats in which a run is shown: each turns events into lines.

    formats     chooses the format: text, text with a live line, or NDJSON
    display     the user's choices: what to show, colours, hidden credentials
    streams     standard output for data, standard error for diagnostics
    text        lines for people: of events, of the summary, on standard error
    records     JSON records for programs; reads and merges them, too
    plots       C{--plot}: a picture of the round trips
    junit       C{check --junit}: the verdicts as JUnit XML
    files       checks that such files can be written, before the run starts

A report has one method, C{tell}. It takes the events of L{echo.client.measure.events},
and the runs (L{echo.client.run.modes}) call it. Nothing here knows an option or sends a
message. C{schema.json} describes the records.
"""
