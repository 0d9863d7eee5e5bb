"""
The client's address in C{X-Forwarded-For} and C{Forwarded} (RFC 7239), for requests of
trusted proxies.

A proxy appends the address of its peer, and a client can send any text. So both fields
are read from the right: no text further left changes the meaning of an element, not
even an open quote.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from itertools import islice
from typing import NamedTuple

from twisted.internet import address
from twisted.internet.interfaces import IAddress

#: Elements of a list that are read, empty ones included, and parameters of an element.
LIMIT = 64

#: Characters of the longest element of C{Forwarded} that is read.
LONGEST = 1024

_UNIX = "unix"
_SPACE = " \t"
_NODE = re.compile(
    r"(?:(?P<ipv4>[0-9.]{7,15})|\[(?P<ipv6>[0-9A-Fa-f:.]{2,45})\])"
    r"(?::(?:(?P<port>[0-9]{1,5})|_[A-Za-z0-9._-]+))?"
    r"|(?P<bare>[0-9A-Fa-f:.]{2,45})"
)
# It matches inside quotes, too: an open quote must not hide an address.
_FOR = re.compile(r"\bfor[ \t]*=", re.IGNORECASE)
# An element of a reversed list, up to its separator. An escaped quote is within quotes.
# Atomic groups, because of cpython#106052.
_PIECES = {
    separator: re.compile(
        rf'(?:\A|{separator})((?>(?:[^"{separator}]++|"(?>(?:[^"]++|"\\)*)(?:"|\Z))*))'
    )
    for separator in (",", ";")
}
_ESCAPE = re.compile(r"\\(.)")

_Network = IPv4Network | IPv6Network


class _Node(NamedTuple):
    host: IPv4Address | IPv6Address
    port: int | None

    def __str__(self) -> str:
        if self.port is None:
            return self.host.compressed
        if self.host.version == 6:
            return f"[{self.host.compressed}]:{self.port}"
        return f"{self.host.compressed}:{self.port}"


@dataclass(frozen=True)
class TrustedProxies:
    """
    The proxies whose forwarding fields count.

    @ivar networks: Their networks. An IPv4-mapped IPv6 address counts as IPv4.

    @ivar unix: Whether peers of UNIX sockets are trusted, too.
    """

    networks: tuple[_Network, ...] = ()
    unix: bool = False

    @classmethod
    def fromTexts(cls, texts: Iterable[str]) -> "TrustedProxies":
        """
        @param texts: Addresses, networks such as C{10.0.0.0/8}, or C{unix}.

        @raise ValueError: A text is none of these.
        """
        listed = [text.strip() for text in texts]
        return cls(
            tuple(_parseNetwork(text) for text in listed if text != _UNIX),
            _UNIX in listed,
        )

    def clientAddress(
        self, peer: IAddress, forwardedFor: Sequence[str], forwarded: Sequence[str]
    ) -> str | None:
        """
        Find the first address from the right that is no trusted proxy's. Text that is
        no address ends the search: the last address before it counts.

        A proxy that writes one of the two fields passes on the other one of any client.
        So where both fields are present, only an address that both have counts, and
        only a port that both have. A C{Forwarded} without C{for}, as in C{proto=https},
        is ignored.

        @param forwardedFor: The values of C{X-Forwarded-For}, one for each line.

        @param forwarded: The values of C{Forwarded}, one for each line.

        @return: C{203.0.113.7}, C{2001:db8::1}, or with a port C{203.0.113.7:4711} or
            C{[2001:db8::1]:4711}. None if the peer is no trusted proxy, or the fields
            have no usable address.
        """
        if not (forwardedFor or forwarded) or not self._trusts(peer):
            return None
        if not any(map(_FOR.search, _elements(forwarded))):
            forwarded = ()
        found = [
            self._furthest(lines, read)
            for lines, read in ((forwardedFor, str), (forwarded, _readFor))
            if lines
        ]
        hosts = {node.host for node in found if node}
        ports = {node.port for node in found if node}
        if None in found or len(hosts) != 1:
            return None
        return str(_Node(hosts.pop(), ports.pop() if len(ports) == 1 else None))

    def _trusts(self, peer: IAddress) -> bool:
        if isinstance(peer, address.UNIXAddress):
            return self.unix
        if not isinstance(peer, address.IPv4Address | address.IPv6Address):
            return False
        try:
            return self._contains(_unmapped(ip_address(peer.host)))
        except ValueError:  # Twisted does not check PROXY's addresses
            return False

    def _contains(self, host: IPv4Address | IPv6Address) -> bool:
        return any(host in network for network in self.networks)

    def _furthest(
        self, lines: Sequence[str], read: Callable[[str], str]
    ) -> _Node | None:
        found = None
        for element in _elements(lines):
            node = _parseNode(read(element))
            if node is None:
                break
            found = node
            if not self._contains(node.host):
                break
        return found


def _elements(lines: Sequence[str]) -> Iterator[str]:
    """
    @return: The elements of a list field, the last first, without empty ones (RFC 9110
        section 5.6.1.2).
    """
    elements = (
        element for line in reversed(lines) for element in _fromTheRight(line, ",")
    )
    return filter(None, islice(elements, LIMIT))


def _fromTheRight(text: str, separator: str) -> Iterator[str]:
    """
    @return: The pieces between separators outside quotes, the last first.
    """
    for piece in _PIECES[separator].finditer(text[::-1]):
        yield piece[1][::-1].strip(_SPACE)


def _readFor(element: str) -> str:
    """
    @param element: An element of C{Forwarded}.

    @return: The value of C{for}. Empty unless it occurs exactly once in an element of
        permitted length.
    """
    if len(element) > LONGEST:
        return ""
    parameters = list(islice(_fromTheRight(element, ";"), LIMIT + 1))
    pairs = [parameter.partition("=") for parameter in parameters]
    values = [value for name, _, value in pairs if name.lower() == "for"]
    if len(values) != 1 or len(parameters) > LIMIT:
        return ""
    (value,) = values
    if value.startswith('"') and value.endswith('"'):
        return _ESCAPE.sub(r"\1", value[1:-1])
    return value


def _parseNode(text: str) -> _Node | None:
    match = _NODE.fullmatch(text)
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else None
    if port is not None and port > 65535:
        return None
    ipv4 = match["ipv4"]
    try:
        host = (
            IPv4Address(ipv4) if ipv4 else IPv6Address(match["ipv6"] or match["bare"])
        )
    except ValueError:
        return None
    return _Node(_unmapped(host), port)


def _unmapped(host: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return (isinstance(host, IPv6Address) and host.ipv4_mapped) or host


def _parseNetwork(text: str) -> _Network:
    try:
        network = ip_interface(text).network
        isKnown = "%" not in text  # ip_interface ignores a zone
    except ValueError:
        isKnown = False
    if not isKnown:
        raise ValueError(
            f"{text!r} is neither an address nor a network:"
            " try 192.0.2.1, 10.0.0.0/8, 2001:db8::/32 or unix"
        )
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is an address within a network: try {network}"
        ) from None
    mapped = _unmapped(network.network_address)
    if mapped.version == network.version:
        return network
    # Peers are compared as IPv4 addresses.
    return ip_network((mapped, network.prefixlen - 96))
