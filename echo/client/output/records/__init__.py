"""
The run as JSON records for programs.

    ndjsonreport    events as records, one a line
    write           records of the summary and its parts
    read            the summary from such a record, which anybody may have changed
    merge           C{echo-client merge}: adds up the summaries of several files
"""
