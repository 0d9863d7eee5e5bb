"""
What the kernel still holds of a connection.

Back-pressure and the drain need to know it, and no transport tells.
"""

from fcntl import ioctl
from struct import pack, unpack
from termios import FIONREAD, TIOCOUTQ
from typing import Any

from twisted.protocols.policies import ProtocolWrapper

_NUMBER = "i"


def unread(transport: Any) -> int:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: Bytes that have arrived and were not read yet.
    """
    return _ask(_socket(transport), FIONREAD)


def untaken(transport: Any) -> int:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: Bytes that were sent and have not reached the peer yet.
    """
    return _ask(_socket(transport), TIOCOUTQ)


def unsent(transport: Any) -> tuple[int, int, int]:
    """
    @param transport: A connection's transport, below TLS and PROXY or not.

    @return: What the peer has still to take. It is unchanged for as long as the
        peer takes nothing and nothing is written; no other use is meant.
    """
    bottom = _socket(transport)
    return untaken(bottom), len(bottom.dataBuffer), bottom.offset


def _socket(transport: Any) -> Any:
    while isinstance(transport, ProtocolWrapper):
        transport = transport.transport
    return transport


def _ask(bottom: Any, request: int) -> int:
    (answer,) = unpack(_NUMBER, ioctl(bottom.fileno(), request, pack(_NUMBER, 0)))
    return int(answer)
