"""
The front door: HTTP, until a WebSocket request becomes a conversation.

  - C{site}: which resource is at which address. C{responses}: fixed responses.
  - C{channel}: one HTTP connection; the only module that uses undocumented names of
    twisted.web. C{request}: one parsed request.
  - C{requesthead}: a request's header fields. C{requestinfo}: a request as JSON, for
    C{/info} and C{?info=1}. C{inforesource}: C{/info}.
  - C{upgrade}: C{/socket}, and how a conversation replaces the channel.
    C{upgradechecks}: the checks of a WebSocket request. C{refusals}: the reasons and
    responses of refused ones.
  - C{accesspolicy}: what the operator permits, as plain data. C{origins}:
    C{--allow-origin}. C{trustedproxies}: C{--trust-proxy}.

L{echo.tap} makes the site. A listener's connections become channels, the channel parses
requests, and the site finds their resources. C{upgrade} passes a checked request to
C{echo.server.conversation}, which sends the 101 and negotiates the subprotocol and, in
its C{compression}, permessage-deflate. No other module here knows of WebSocket.
"""
