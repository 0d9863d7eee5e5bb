"""
The settings of the daemon, as plain data. L{echo.server.daemonoptions} makes them of a
command line, and L{echo.tap} makes the daemon of them.
"""

from dataclasses import dataclass, field

from echo.server.conversation.limits import Limits
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.tls import TLSFiles


@dataclass(frozen=True)
class DaemonSettings:
    """
    Everything that an operator decides.

    @ivar listen: Endpoints without TLS, for L{echo.server.endpoints.parseEndpoint}.

    @ivar listenTLS: Endpoints with TLS, which need C{tls}.

    @ivar metrics: The endpoint of the metrics. Messages are counted only with it.

    @ivar subprotocols: The accepted subprotocols. Empty accepts the first offered.

    @ivar drain: Seconds from a stop to the abort of the remaining conversations.

    @ivar logConnections: Log when a conversation opens and closes.

    @ivar logMessages: Log each message.
    """

    listen: tuple[str, ...] = ()
    listenTLS: tuple[str, ...] = ()
    tls: TLSFiles | None = None
    metrics: str | None = None
    subprotocols: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    policy: AccessPolicy = field(default_factory=AccessPolicy)
    drain: float = 10.0
    logConnections: bool = True
    logMessages: bool = False
