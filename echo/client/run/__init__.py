"""
The runs of C{echo-client}: when they send, and how long they wait for echoes.

    modes          one class for each mode of the program: settings in, summary out
    probe          a run on one connection, and its reconnects: C{-i}, C{--lines}
    fleet          a run on many connections: C{--connections}, C{--rate}
    hold           a connection without messages: C{--hold}
    sender         sends on one connection and matches the echoes, for probe and fleet
    pinging        control pings: C{--ping}
    failures       counts why connections fail, and how they end
    descriptors    checks that the process may open that many sockets
    precisetimers  timers that keep microseconds

The modes call the other modules. These read a plan (L{echo.client.traffic}), count in
L{echo.client.measure}, and pass events to one callable. They know neither the command
line nor the output.
"""
