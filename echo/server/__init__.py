"""
The daemon: what C{twistd echo} runs.

    >>> from echo.server import EchoProtocol

Your own service is a subclass of C{EchoProtocol}. The name is imported when it is first
used.

Packages, along the way of a connection:

    http              the front door, from a listener's connection to the upgrade
    conversation      the WebSocket connection, from the 101 to the close
    hooks             what a service overrides, and what its exceptions cause
    fastpath          plain echoes without Autobahn
    behaviour         misbehaviour on request, by parameters of the URL
    metrics           counters, and C{/metrics}
    console           the page at C{/}

Modules:

    daemonoptions     the command line
    daemonsettings    its values, as plain data
    service           the service tree; the drain: open conversations end on shutdown
    signals           signals during the drain
    endpoints         where the daemon listens
    proxyprotocol     PROXY headers
    tls               certificates, ciphers, and when renewed files are loaded
    tlsinfo           the TLS version and client certificate of one connection
    tlstransport      faster TLS than Twisted's
    logevents         the fields of all log events; the texts of HTTP responses
    peername          addresses of peers, as the log shows them
    sockets           what the kernel knows of a connection

L{echo.tap} makes the daemon of these parts. They do not import it, nor L{echo.client}.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

__all__ = ["EchoProtocol"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("echo.server.conversation.protocol"), name)
