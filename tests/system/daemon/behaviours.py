"""
Daemons, and clients that request behaviours of them.
"""

import os
import re
import socket
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect, unix_connect

from tests.kit.certificates import threadedContext
from tests.kit.processes import PATIENCE, DaemonProcess, DaemonProcessTestCase, until

HEADS = re.compile(
    rb"HTTP/1\.[01] [2-5][0-9][0-9] [A-Za-z -]+"
    rb"|Cache-Control: no-store"
    rb"|Connection: close"
    rb"|Content-Length: [0-9]+"
    rb"|Content-Type: (?:application/json|text/plain; charset=utf-8)"
    rb"|Date: [A-Za-z0-9:, ]+"
    rb"|X-Content-Type-Options: nosniff"
)


UNIX_URL = "ws://localhost/socket"


class BehavioursTestCase(DaemonProcessTestCase):
    """
    Requests behaviours.
    """

    def serve(self, *arguments: str) -> DaemonProcess:
        """
        @return: A daemon, also in C{self.daemon}.
        """
        self.daemon = self.start(*arguments)
        self.port = self.daemon.port()
        return self.daemon

    def serveAll(self) -> dict[str, Callable[[str], ClientConnection]]:
        """
        Start a daemon with TCP, TLS and a Unix socket.

        @return: By name, what connects to each with a query.
        """
        path = os.path.relpath(self.directory / "s")
        daemon = self.serve(
            *("--listen", "tcp:0:interface=127.0.0.1", "--listen", f"unix:{path}"),
            *("--listen-tls", "tcp:0:interface=127.0.0.1", *self.identity()),
        )
        secure = daemon.logged(r"(wss://\S+)")[1]
        return {
            "tcp": self.ask,
            "tls": lambda query: self.opened(
                connect(
                    f"{secure}?{query}",
                    ssl=threadedContext(),
                    server_hostname="localhost",
                    proxy=None,
                )
            ),
            "unix": lambda query: self.opened(
                unix_connect(path, f"{UNIX_URL}?{query}")
            ),
        }

    def read(self, connection: socket.socket, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += connection.recv(count - len(data))
        return data

    def opened(self, client: ClientConnection) -> ClientConnection:
        """
        Close a client after the test.
        """
        self.addCleanup(client.close)
        return client

    def ask(self, query: str, **options: Any) -> ClientConnection:
        """
        @return: A client over TCP, with a query.
        """
        url = f"ws://127.0.0.1:{self.port}/socket?{query}"
        # A full queue stops reading, and ticks would hide the close frame.
        return self.opened(connect(url, proxy=None, max_queue=None, **options))

    def applied(self, client: ClientConnection) -> str | None:
        """
        @return: The 101's X-Echo-Applied.
        """
        assert client.response is not None
        return client.response.headers.get("X-Echo-Applied")

    def received(self, client: ClientConnection, count: int) -> list[str | bytes]:
        return [client.recv(PATIENCE) for _ in range(count)]

    def assertSilent(self, client: ClientConnection) -> None:
        """
        Assert that no message arrives before a pong.
        """
        self.assertTrue(client.ping().wait(PATIENCE))
        with self.assertRaises(TimeoutError):
            client.recv(0)

    def closed(self, client: ClientConnection) -> Any:
        """
        @return: The close frame that a client receives; None without one.
        """
        with self.assertRaises(ConnectionClosed) as raised:
            client.recv(PATIENCE)
        return raised.exception.rcvd

    def exchange(self, request: bytes) -> bytes:
        """
        @return: The answer to a request, up to the end of the connection.
        """
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def assertSafe(self, answer: bytes) -> tuple[int, bytes]:
        """
        Assert byte by byte that the head of a response is one of the daemon's.

        @return: Status and body.
        """
        head, separator, body = answer.partition(b"\r\n\r\n")
        self.assertEqual(separator, b"\r\n\r\n", answer)
        lines = head.split(b"\r\n")
        for line in lines:
            self.assertTrue(all(0x20 <= byte <= 0x7E for byte in line), answer)
            self.assertIsNotNone(HEADS.fullmatch(line), answer)
        names = [line.partition(b":")[0] for line in lines]
        self.assertEqual(len(set(names)), len(names), answer)
        return int(lines[0].split()[1]), body

    def assertUnharmed(self, sockets: int) -> None:
        """
        Assert that the daemon echoes, has no connection left, and has logged no error.
        """
        with self.ask("") as client:
            self.assertEchoes(client)
        until(lambda: self.daemon.sockets() == sockets, "the sockets to close")
        log = self.daemon.log
        self.assertNotIn("Traceback", log)
        self.assertNotIn("Unhandled", log)
        for line in log.split("\n"):
            self.assertTrue(line.isprintable(), line)
