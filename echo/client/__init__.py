"""
The client: a library that opens WebSocket connections, and the program C{echo-client}.

A program imports the library's names from here; each is loaded at its first use::

    from twisted.internet.defer import Deferred
    from twisted.internet.task import react

    from echo.client import connect

    async def main(reactor):
        connection = await connect(reactor, "ws://localhost:8080/socket")
        await connection.send("Hello")
        print(await connection.receive())
        await connection.close()

    react(lambda reactor: Deferred.fromCoroutine(main(reactor)))

Errors of the peer and of the network are L{EchoClientError
<echo.client.errors.EchoClientError>}s, of four kinds. An invalid argument is a
C{ValueError} or a C{TypeError}.

The library:

    connecting      connect(): from a URL to an open connection
    connection      Connection: send, receive, ping and close
    errors          CannotConnect, HandshakeRefused, ProtocolError, ConnectionClosed
    close           close codes and reasons
    interfaces      MessageConsumer: takes all messages of a connection
    protocol        the protocol of one connection: pings, back-pressure, its end
    receivequeue    messages that wait for receive(); a full queue pauses reading
    pings           pings that wait for their pongs
    transport       from a URL to an upgraded transport: DNS, proxy, TLS, HTTP

The program:

    program         the command line and its options; the process
    run             what a run does: one connection, many connections, reconnects, check
    traffic         the messages that a run sends, and when it sends them
    measure         statistics, thresholds and exit statuses
    output          what a run reports: text, records and plots
    check           the conformance cases of echo-client check

C{program} calls C{run}. A run calls C{connect()}; the run of C{check} calls C{check},
which has a connection of its own. The library imports nothing of the program. The
internal names of Autobahn are in L{echo.engine.client}.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echo.client.close import Close
    from echo.client.connecting import connect
    from echo.client.connection import Connection
    from echo.client.errors import (
        CannotConnect,
        ConnectionClosed,
        EchoClientError,
        HandshakeRefused,
        ProtocolError,
    )
    from echo.client.transport.tls import TLS

__all__ = [
    "TLS",
    "CannotConnect",
    "Close",
    "Connection",
    "ConnectionClosed",
    "EchoClientError",
    "HandshakeRefused",
    "ProtocolError",
    "connect",
]

_MODULES = {
    "TLS": "transport.tls",
    "Close": "close",
    "Connection": "connection",
    "connect": "connecting",
}


def __getattr__(name: str) -> object:
    # Imports a name at its first use (PEP 562): the program must not wait for it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_MODULES.get(name, 'errors')}")
    return getattr(module, name)
