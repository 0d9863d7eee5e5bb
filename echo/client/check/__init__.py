"""
C{echo-client check}: is a server an echo server that follows RFC 6455 and RFC 7692?

    runner           runs the cases and makes the verdicts; C{--timeout} for each case
    cases            the package of the cases: a module for each topic of the RFCs
    conversation     the connection of a case: opens, sends and awaits frames
    rawconnection    sends and receives bytes, with a time-out
    frames           encodes and parses frames, also invalid ones
    rawupgrade       upgrade requests and responses, also invalid ones
    deflate          permessage-deflate, also invalid
    mismatch         how an echo differs from its message
    verdicts         the levels, and the exceptions that end a case

C{runner} calls C{cases}, cases call C{conversation}, and that calls the rest. Frames
are encoded and parsed here, not by Autobahn, which sends no invalid ones. No module
here knows options, settings or output.
"""
