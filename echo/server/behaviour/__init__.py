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

To add a parameter, add a row to C{PARAMETERS}, a field to C{Behaviour}, and its effect
to C{performer}. L{echo.server.http.upgrade} reads the query. A conversation with
behaviours answers through a C{Performer}. C{parameters} and C{behaviour} know no
reactor and no socket.
"""
