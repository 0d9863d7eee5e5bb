"""
Addresses as the log shows them.
"""

from ipaddress import ip_address

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress

from echo.printable import printable


def peerName(address: IAddress) -> str:
    """
    @return: C{192.0.2.1:55555}, C{[2001:db8::1]:55555}, or C{unix}.
    """
    if isinstance(address, IPv6Address):
        return f"[{_host(address.host)}]:{address.port}"
    if isinstance(address, IPv4Address):
        return f"{printable(address.host)}:{address.port}"
    return "unix"


def _host(text: str) -> str:
    try:
        # PROXY v2 addresses are not compressed. A zone can be any text.
        return printable(ip_address(text).compressed)
    except ValueError:
        return printable(text)
