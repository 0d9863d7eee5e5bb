"""
A trusted proxy, and the client's address by its forwarding fields.
"""

from twisted.internet.address import IPv4Address

from echo.server.http.trustedproxies import TrustedProxies

PROXY = IPv4Address("TCP", "10.0.0.1", 40000)
TRUSTED = TrustedProxies.fromTexts(["10.0.0.0/8", "2001:db8:1::/48"])


def forwardedFor(*lines: str) -> str | None:
    """
    @return: The client by C{X-Forwarded-For}.
    """
    return TRUSTED.clientAddress(PROXY, lines, ())


def forwarded(*lines: str) -> str | None:
    """
    @return: The client by C{Forwarded}.
    """
    return TRUSTED.clientAddress(PROXY, (), lines)
