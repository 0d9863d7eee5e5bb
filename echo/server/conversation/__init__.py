"""
The conversation: one WebSocket connection, from the accepted request to the end of its
transport.

    protocol          C{EchoProtocol}, one conversation, and the base of every service
    factory           C{EchoFactory}, and the state that all conversations share
    opening           steps from the request to the open conversation, and refusals
    reading           received bytes: to the fast path or to Autobahn, in time slices
    fairness          the time slices: how connections share the reactor
    readgate          whether the transport reads: each part holds it for a reason
    answering         from a received message to the sent one: direct, counted, logged
    keepalive         pings, and the end of a silent peer (C{--ping-interval})
    backpressure      a peer that does not read, and its end (C{--stall-timeout})
    compression       the agreement on permessage-deflate and its parameters
    limits            sizes, times and counts that one client may use, as plain data
    connectionlog     the log events of an opened, refused or closed conversation
    shutdown          the last echoes and the close with 1001 when the daemon stops

L{echo.server.http.upgrade} starts a conversation with a checked request. C{protocol}
owns the parts, and they get the conversation. It inherits from L{echo.engine.server},
which alone knows Autobahn's insides. L{echo.server.hooks} deals with a service's
methods, L{echo.server.fastpath} with plain echoes, and L{echo.server.behaviour} with
misbehaviour on request. No module here knows HTTP parsing, listeners or options.
"""
