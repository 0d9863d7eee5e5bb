"""
The run on many connections at the same time: C{--connections}.

    fleet             opens the connections, and ends when all of them are closed
    fleetconnection   one connection of the fleet
    fleetsendloop     sends the messages that are due: C{--rate}, or C{-i} each
    closingqueue      closes the connections at the end, a few at a time
    progressmeter     the progress that is reported each second

Which connection sends next, and when, is decided in L{echo.client.traffic.schedule}.
"""
