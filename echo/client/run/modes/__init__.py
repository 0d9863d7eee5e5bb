"""
The runs of the program, one class a mode. Each makes its parts of its settings, passes
their events on, and judges the result.

    settings    frozen dataclasses: what each run needs to know
    base        the start, the deadline, the end and the summary of all runs
    proberun    the default: messages over one connection
    holdrun     C{--hold}
    fleetrun    C{--connections}
    checkrun    C{echo-client check}

L{echo.client.program.main} chooses the run. Nothing here knows a command line.
"""
