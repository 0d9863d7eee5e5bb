"""
Autobahn, mended, for both sides: the only room that uses its undocumented names.

    adapter           the base of both sides: a prompt close, an exact message limit
    attributes        fewer attributes for each connection of a server
    client            the client's side: our upgrade request, prompt writes, fast path
    handshake         the server's side until the connection is open
    outcome           what an ended server connection leaves: messages, and its close
    overrides         which of Autobahn's methods a protocol class overrides
    responsereader    what client needs of the reader of an HTTP response
    server            the server's side: frames one step at a time, failures, the end

L{echo.client.protocol} and L{echo.server} inherit from the adapters. The engine imports
neither of them: they hand it what it needs.
"""
