"""
Servers for the client to meet, none of them ours: WebSocket ones of the
C{websockets} library, and bare sockets that say what they are told to.
"""

import base64
import hashlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve, unix_serve

Conversation = Callable[[ServerConnection], None]


def echo(connection: ServerConnection) -> None:
    """
    Send back whatever comes.
    """
    for message in connection:
        connection.send(message)


class Peer:
    """
    A WebSocket server in a thread.

    @ivar port: Where it listens, unless it is a Unix socket.

    @ivar requests: The requests that it got.

    @ivar closes: The codes that its clients closed with.
    """

    def __init__(
        self,
        test: SynchronousTestCase,
        conversation: Conversation = echo,
        *,
        host: str = "127.0.0.1",
        path: str | None = None,
        context: ssl.SSLContext | None = None,
        **options: Any,
    ) -> None:
        self.requests: list[Any] = []
        self.closes: list[int | None] = []
        self.closed = threading.Event()

        def converse(connection: ServerConnection) -> None:
            self.requests.append(connection.request)
            try:
                with suppress(ConnectionClosed):
                    conversation(connection)
                with suppress(ConnectionClosed, TimeoutError):
                    connection.recv(timeout=10)
            finally:
                self.closes.append(connection.close_code)
                self.closed.set()

        options.setdefault("compression", None)
        self._server: Server
        if path is None:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listening = socket.create_server((host, 0), family=family)
            self.port = listening.getsockname()[1]
            self._server = serve(converse, sock=listening, ssl=context, **options)
        else:
            self._server = unix_serve(converse, path, ssl=context, **options)
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(self._server.shutdown)

    @property
    def url(self) -> str:
        """
        Where to find it.
        """
        return f"ws://127.0.0.1:{self.port}/socket"


class BarePeer:
    """
    A TCP server in a thread, that does as it is told.

    @ivar port: Where it listens.
    """

    def __init__(
        self,
        test: SynchronousTestCase,
        act: Callable[[socket.socket], None],
        *,
        host: str = "127.0.0.1",
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server((host, 0), family=family)
        self._host = host
        self.port = self._listening.getsockname()[1]
        self._act = act
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(self._stop)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed while the last client was served
                return
            with connection, suppress(OSError):
                if self._stopping:
                    return
                connection.settimeout(20)
                self._act(connection)

    _stopping = False

    def _stop(self) -> None:
        self._stopping = True
        with suppress(OSError):
            socket.create_connection((self._host, self.port)).close()
        self._listening.close()

    @property
    def url(self) -> str:
        """
        Where to find it.
        """
        return f"ws://127.0.0.1:{self.port}/socket"


def readHead(connection: socket.socket) -> bytes:
    """
    @return: The head of a request.
    """
    head = b""
    while b"\r\n\r\n" not in head:
        got = connection.recv(4096)
        if not got:
            break
        head += got
    return head


def accepting(head: bytes, extra: Iterable[str] = ()) -> bytes:
    """
    @return: The answer that accepts the WebSocket that C{head} asks for.
    """
    key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)
    assert key is not None
    magic = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    digest = hashlib.sha1(key[1] + magic, usedforsecurity=False).digest()
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
        *extra,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def waitForEnd(connection: socket.socket) -> None:
    """
    Read until the client hangs up.
    """
    while connection.recv(65536):
        pass
