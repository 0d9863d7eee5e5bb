"""
The fast path: whole messages that are only echoed pass Autobahn by.

    fastpath          one conversation's codec (L{echo.wire}), and its place in a pump
    pumping           sockets that a C pump reads and writes without the reactor
    tlspumping        the same for TLS, with one descriptor for the reactor to watch

L{echo.server.conversation.reading} gives a conversation's bytes to C{fastpath}, and
gets those of all unusual frames back, for Autobahn. Conversations with behaviours,
compression or logged messages, and services that see messages, have no fast path.
"""
