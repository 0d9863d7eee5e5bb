"""
The run as JSON records for programs.

    ndjsonreport    events as records, one a line
    write           records of the summary and its parts
    read            parses and checks the summary in a record, which can be forged
    merge           C{echo-client merge}: adds up the summaries of several files
"""
