"""
The conversation: one WebSocket connection, from the accepted request to the end of its
transport.

    protocol          C{EchoProtocol}, one conversation, and the base of every service
    factory           C{EchoFactory}, and the state that all conversations share
    opening           steps from the request to the open conversation, and refusals
    reading           received bytes: to the fast path or to Autobahn, in time slices
    fairness          the time slices: how connections share the reactor
    readgate          pauses and resumes reading: paused while any part has a reason
    answering         from a received message to the sent one: direct, counted, logged
    keepalive         pings, and the end of a silent client (C{--ping-interval})
    backpressure      a client that does not read: pauses it, and C{--stall-timeout}
    compression       the agreement on permessage-deflate and its parameters
    limits            sizes, times and counts that one client may use, as plain data
    connectionlog     what is logged of an opened, refused or closed conversation
    shutdown          one conversation in the drain: last echoes, close with 1001

L{echo.server.http.upgrade} starts a conversation with a checked request.
C{EchoProtocol} owns the other parts, and inherits from L{echo.engine.server}.
L{echo.server.hooks} deals with a service's methods, L{echo.server.fastpath} with plain
echoes, and L{echo.server.behaviour} with misbehaviour on request. No module here knows
HTTP parsing, listeners or options.
"""
