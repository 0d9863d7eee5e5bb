"""
Autobahn, mended, for both sides: the only room that uses its undocumented names.

C{adapter}
    The base of both sides: a prompt close and an exact message limit.
C{client}
    Autobahn's client protocol: our upgrade request, prompt writes, the fast path.
C{overrides}
    Which of Autobahn's methods a protocol class overrides.
C{responsereader}
    What C{client} needs of the reader of an HTTP response.

L{echo.client.protocol} and L{echo.server} inherit from the adapters. The engine imports
neither of them: they hand it what it needs.
"""
