"""
What the operator permits, as plain data.
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
    Which requests become conversations, and which behaviours they may request.

    @ivar showSecrets: Show clients their own credentials in C{/info}.
    """

    origins: Origins = field(default_factory=Origins)
    caps: Caps = field(default_factory=Caps)
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    showSecrets: bool = False

    def clientAddress(self, peer: IAddress, head: RequestHead) -> str | None:
        """
        @return: The client's address as a trusted proxy reports it, or None.
        """
        return self.proxies.clientAddress(
            peer, head.values("x-forwarded-for"), head.values("forwarded")
        )
