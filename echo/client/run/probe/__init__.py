"""
The run on one connection, or on one connection after another.

    probe       sends, waits for the echoes, and ends the connection
    sendloop    sends the messages when they are due
    duetimes    when messages are due, and how many were not sent
    lines       standard input as messages: C{--lines}
    reconnect   connects again after an outage: C{--reconnect}
"""
