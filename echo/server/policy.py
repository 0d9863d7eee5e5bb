"""
What the front door goes by, as plain data: who is let in, and what they may ask for.
"""

from dataclasses import dataclass, field

from twisted.web.server import Request

from echo.server.behaviour import Caps
from echo.server.forwarded import TrustedProxies
from echo.server.origin import Origins


@dataclass(frozen=True)
class Policy:
    """
    The operator's word on requests.

    @ivar origins: Whose pages may open a conversation.

    @ivar caps: How far a peer may go in asking for a behaviour.

    @ivar proxies: Who is believed about who is behind it.

    @ivar showSecrets: Whether peers are told their own credentials, too.
    """

    origins: Origins = field(default_factory=Origins)
    caps: Caps = field(default_factory=Caps)
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    showSecrets: bool = False

    def client(self, request: Request) -> str | None:
        """
        @return: Who is behind the proxy that a request came from, if one says so
            who is believed.
        """
        return self.proxies.client(
            request.getClientAddress(),
            fields(request, "X-Forwarded-For"),
            fields(request, "Forwarded"),
        )


def fields(request: Request, *names: str) -> list[str]:
    """
    @return: The values of the header fields of these names. Each byte is a
        character, so that nothing but ASCII passes for ASCII.
    """
    return [
        value.decode("iso-8859-1")
        for name in names
        for value in request.requestHeaders.getRawHeaders(name.encode("ascii"), [])
    ]
