"""
Behaviours: the misbehaviour that a client asks for in the query of its URL, such as
C{/socket?delay=1s&drop=0.1}.

    parameters        the parameters of the query, and their valid values
    behaviour         C{Behaviour}, the values as plain data, and the operator's caps
    performer         performs them: delays, copies, fragments, ticks and the close. It
                      holds at most 1 MiB of delayed echoes
    reset             C{abort=}: resets when the client has read everything
    throttle          C{slow=}: reads a client's bytes at a limited rate
    ticker            C{tick=} and C{ping=}: repeats a call at an interval

L{echo.server.http.upgrade} reads the query. L{echo.server.conversation} makes a
performer, its answering strategy, if the client asks for anything. C{parameters} and
C{behaviour} know no reactor and no socket.
"""
