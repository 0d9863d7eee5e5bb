"""
Autobahn, mended, for both sides: the only package that uses its internal names.

    adapter           the base of both sides: the close deadline, the message limit
    attributes        attributes that are made at their first use, to save memory
    client            the client's side: the upgrade, immediate writes, fast path
    handshake         the server's side until the connection is open
    outcome           the close code and the message counts of an ended connection
    overrides         overrides in a client's protocol class that end its fast path
    responsereader    the interface of the reader that parses the upgrade response
    server            the server's side: frames one step at a time, failures, the end

L{echo.client.protocol} and L{echo.server.conversation.protocol} inherit from the
adapters. The engine imports neither client nor server.
"""
