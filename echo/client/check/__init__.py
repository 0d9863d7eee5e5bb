"""
C{echo-client check}: is a server an echo server that follows RFC 6455 and RFC 7692?

  - C{runner} runs the cases and makes the verdicts. Each case has a connection and
    a time-out of its own, that of C{--timeout}.
  - C{cases} is the package of the cases: a module for each topic of the RFCs.
  - C{conversation} is the connection that a case sees: it opens the WebSocket, sends
    and awaits frames, messages and closes.
  - C{rawconnection} sends and receives bytes, with a time-out.
  - C{frames} encodes and parses frames, C{rawupgrade} requests and responses,
    C{deflate} permessage-deflate. All of them can make invalid ones.
  - C{mismatch} describes how an echo differs from its message.
  - C{verdicts} has the levels, and the exceptions that end a case.

C{runner} calls C{cases}, cases call C{conversation}, and that calls the rest. Frames
are encoded and parsed here, not by Autobahn, which sends no invalid ones. No module
here knows options, settings or output.
"""
