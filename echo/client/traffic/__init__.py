"""
The messages that a run sends, and when it sends them: plain data.

    plan        what a run sends on a connection, when, and how long it waits
    payloads    the payloads of a run: numbered, fixed, of a given size, or a sweep
    pace        due times of the messages of one connection: C{-i}
    schedule    due times of the messages of many connections: C{-i} and C{--rate}

The options make a plan, and the runs (L{echo.client.run}) follow it. Nothing here knows
a reactor, a connection or an echo.
"""
