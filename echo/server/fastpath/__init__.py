"""
The fast path: whole messages are echoed without Autobahn.

    fastpath          one conversation's codec (L{echo.wire}); starts and stops pumping
    pumping           the sockets in the pump, an epoll loop in C: the reactor watches
                      one descriptor for all of them
    tlspumping        the same for TLS, in Python

L{echo.server.conversation.reading} gives received bytes to C{fastpath}. C{fastpath}
gives the bytes of unusual frames back, for Autobahn. Conversations with behaviours,
compression or logged messages, and services that see messages, have no fast path.
"""
