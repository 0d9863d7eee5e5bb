"""
The daemon: what C{twistd echo} runs.

    >>> from echo.server import EchoProtocol

Your own service is a subclass of C{EchoProtocol}. The name is imported when it is first
used.

Packages, along the way of a connection:

  - C{http}: the front door, from a listener's connection to the upgrade.
  - C{conversation}: the WebSocket connection, from the 101 to the close.
  - C{hooks}: what a service overrides, and what becomes of its mistakes.
  - C{fastpath}: plain echoes without Autobahn.
  - C{behaviour}: misbehaviour on request, by parameters of the URL.
  - C{metrics}: counters, and C{/metrics}.
  - C{console}: the page at C{/}.

Modules:

  - C{daemonoptions}: the command line. C{daemonsettings}: its values, as plain data.
  - C{service}: the service tree, and the drain. C{signals}: signals during the drain.
  - C{endpoints}: where the daemon listens. C{proxyprotocol}: PROXY headers.
  - C{tls}: certificates and ciphers. C{tlsinfo}: the TLS of one connection.
    C{tlstransport}: faster TLS than Twisted's.
  - C{logevents}: the events of the log, lines and fields. C{peername}: addresses in it.
  - C{sockets}: what the kernel knows of a connection.

L{echo.tap} makes the daemon of these parts. They do not import it, nor L{echo.client}.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

__all__ = ["EchoProtocol"]


def __getattr__(name: str) -> Any:
    """
    Import a name of L{__all__} (PEP 562).
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("echo.server.conversation.protocol"), name)
