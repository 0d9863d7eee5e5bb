"""
Autobahn, mended, for both sides: the only room that uses its undocumented names.

    adapter           the base of both sides: a prompt close, an exact message limit
    client            the client's side: our upgrade request, prompt writes, fast path
    overrides         which of Autobahn's methods a protocol class overrides
    responsereader    what client needs of the reader of an HTTP response

L{echo.client.protocol} and L{echo.server} inherit from the adapters. The engine imports
neither of them: they hand it what it needs.
"""
