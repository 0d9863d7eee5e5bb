"""
The front door: HTTP, until a WebSocket request becomes a conversation.

    site              which resource is at which address
    responses         the fixed responses: 404, 405, 426 and so on
    channel           one HTTP connection: the only user of twisted.web's internal names
    request           one parsed request
    requesthead       the header fields of a request, and the parts that checks keep
    requestinfo       the description of a request, for C{/info} and C{?info=1}
    inforesource      C{/info}
    upgrade           C{/socket}, and how a conversation replaces the channel
    upgradechecks     the checks of a WebSocket request
    refusals          the reasons and responses of refused WebSocket requests
    accesspolicy      what the operator permits, as plain data
    origins           C{--allow-origin}
    trustedproxies    C{--trust-proxy}

L{echo.tap} makes the site. A listener's connections become channels, the channel parses
requests, and the site finds their resources. C{upgrade} passes a checked request to
L{echo.server.conversation}, which sends the 101 and negotiates the subprotocol and
permessage-deflate.
"""
