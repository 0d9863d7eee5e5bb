"""
The program C{echo-client}: from a command line to a run.

    main            finds the subcommand, chooses the run and its output
    process         the streams, signals and reactor of the process
    runoptions      the options without a subcommand
    checkoptions    the options of C{check}
    mergeoptions    the options of C{merge}
    dialoptions     the options for connection and output, shared by all of these
    demandoptions   the options with demands on the results, shared by runs and C{merge}
    combinations    options that do not work together

The options make frozen settings, and only those reach a run or a format.
"""
