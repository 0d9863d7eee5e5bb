"""
What the front door goes by, as plain data: who is let in, and what they may ask for.
"""

from dataclasses import dataclass, field

from twisted.internet.interfaces import IAddress

from echo.server.behaviour.behaviour import Caps
from echo.server.http.origins import Origins
from echo.server.http.requesthead import RequestHead
from echo.server.http.trustedproxies import TrustedProxies


@dataclass(frozen=True)
class AccessPolicy:
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

    def clientAddress(self, peer: IAddress, head: RequestHead) -> str | None:
        """
        @param peer: The address of the request's connection.

        @return: The client's address as a trusted proxy reports it, or None.
        """
        return self.proxies.client(
            peer, head.values("x-forwarded-for"), head.values("forwarded")
        )
