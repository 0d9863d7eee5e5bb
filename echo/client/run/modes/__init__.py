"""
The modes of the program, one class each: C{Run} and its subclasses. A mode assembles a
run from its settings, passes its events to the output, and chooses the exit status.

    settings    frozen dataclasses: what each run needs to know
    base        the start, the deadline, the end and the summary of all runs
    proberun    the default: messages over one connection
    holdrun     C{--hold}
    fleetrun    C{--connections}
    checkrun    C{echo-client check}

L{echo.client.program.main} chooses the run. Nothing here knows a command line.
"""
