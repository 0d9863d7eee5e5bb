"""
C{/info}: the request as received.
"""

from dataclasses import replace

from echo.server.behaviour.behaviour import Behaviour, Caps
from echo.server.conversation.factory import EchoFactory
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.request import EchoRequest
from echo.server.http.requesthead import RequestHead
from echo.server.http.requestinfo import RequestInfo, decoded
from echo.server.http.responses import BaseResource, FixedResponse
from echo.server.peername import peerName
from echo.server.tlsinfo import tlsInfo


def describe(
    request: EchoRequest, connection: str, factory: EchoFactory, policy: AccessPolicy
) -> RequestInfo:
    """
    @param connection: The daemon's name of the connection.
    """
    address = request.getClientAddress()
    return RequestInfo(
        request=" ".join(
            decoded(part)
            for part in (request.method, request.target, request.clientproto)
        ),
        headers=tuple(
            (decoded(name), decoded(value.strip(b" \t")))
            for name, _, value in (line.partition(b":") for line in request.lines)
        ),
        peer=peerName(address),
        proxiedPeer=policy.clientAddress(address, RequestHead.fromRequest(request)),
        tls=tlsInfo(request.channel.transport),
        host=factory.host,
        connection=connection,
        showSecrets=policy.showSecrets,
    )


class InfoResource(BaseResource):
    """
    The resource C{/info}.
    """

    def __init__(self, factory: EchoFactory, policy: AccessPolicy) -> None:
        super().__init__()
        self._factory = factory
        self._policy = policy

    def render(self, request: EchoRequest) -> int:
        connection = self._factory.nameConnection()
        info = replace(
            describe(request, connection, self._factory, self._policy),
            applied=_applied(request, self._policy.caps),
        )
        return FixedResponse(
            200, info.json() + "\n", {"Cache-Control": "no-store"}, "application/json"
        ).render(request)


def _applied(request: EchoRequest, caps: Caps) -> str | None:
    _, _, query = request.uri.partition(b"?")
    try:
        behaviour = Behaviour.fromQuery(query, caps, newSeed=lambda: None)
    except ValueError:  # /info accepts every query
        return None
    return None if behaviour is None else behaviour.applied
