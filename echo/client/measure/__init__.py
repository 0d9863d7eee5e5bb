"""
What a run measures, and the demands on it: plain data.

    matching        which sent message an arrived message is the echo of
    greeting        the messages that a server sends before the first echo
    statistics      counts of messages, anomalies, pings and connections
    distribution    times: exact sums, and percentiles
    hdrhistogram    the histogram of these times, and its encoding
    roundtrips      round trips, with their jitter
    throughput      the requested and the reached message rate
    steps           the round trips of each message size of C{--sweep}
    events          what a run reports while it runs
    summary         what a run reports at its end
    gates           demands of the user on a run: C{--max-rtt}, C{--max-loss} and so on
    status          exit statuses of C{echo-client}, and which result has which

The runs (L{echo.client.run}) fill these, and L{echo.client.output} shows them. Nothing
here knows a reactor or a socket; times are whole nanoseconds.
"""
