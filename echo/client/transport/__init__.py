"""
From a URL to an upgraded transport.

    url               WebSocket URLs
    route             the way to a server: C{--resolve}, Unix socket, proxy or direct
    proxy             HTTP proxies, from an option or the environment
    dial              the endpoint of a route, and one attempt with its time-out
    phases            the time of each phase: DNS, TCP, proxy, TLS, HTTP
    httpconnect       HTTP CONNECT: a tunnel through a proxy
    tls               trusted authorities, client certificates, verification
    tlserrors         why TLS failed, in words: certificate errors, plain-text servers
    upgraderequest    the upgrade request and its headers
    deflateoffer      the offer of permessage-deflate
    upgrade           the response to the upgrade request
    responsehead      the status line and headers of a response, cut from the stream
    refusal           a refusal's body, redirect and hints

L{echo.client.connecting} makes a C{Route} and a C{Dial}; the endpoint connects
L{echo.client.protocol}, which reads the response with C{upgrade}. C{url}, C{route},
C{proxy}, C{phases}, C{upgraderequest}, C{responsehead} and C{refusal} are plain data:
they know no reactor and no socket. Nothing here knows messages or runs.
"""
