"""
Real servers for the client, on threads: WebSocket servers of the C{websockets} library,
and TCP servers that follow a script.

A script is a L{Step} or several L{inTurn}; the server closes the connection after the
last one. A L{Conversation} is what a L{WebSocketServer} does with each connection.
"""

import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve, unix_serve

from tests.kit.handshake import switchingProtocols
from tests.kit.processes import PATIENCE

Conversation = Callable[[ServerConnection], None]
Step = Callable[[socket.socket], None]


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


class WebSocketServer:
    """
    A WebSocket server in a thread.

    @ivar port: The port that it listens on, unless that is a Unix socket.

    @ivar requests: The requests of its clients.

    @ivar closes: The close codes of its clients.

    @ivar closed: Set at the end of a connection.
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
        return f"ws://127.0.0.1:{self.port}/socket"


class ScriptedServer:
    """
    A TCP server in a thread. It runs a script on one connection after the other.

    @ivar port: The port that it listens on.
    """

    def __init__(
        self, test: SynchronousTestCase, script: Step, *, host: str = "127.0.0.1"
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server((host, 0), family=family)
        self._host = host
        self.port = self._listening.getsockname()[1]
        self._script = script
        self._stopping = False
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
                self._script(connection)

    def _stop(self) -> None:
        self._stopping = True
        with suppress(OSError):
            socket.create_connection((self._host, self.port)).close()
        self._listening.close()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/socket"


def readHead(connection: socket.socket) -> bytes:
    """
    @return: A request up to its empty line, or what arrived before the end.
    """
    head = b""
    while b"\r\n\r\n" not in head:
        got = connection.recv(4096)
        if not got:
            break
        head += got
    return head


# Steps of scripts.

#: The echo of the client's first message.
HELLO = b"\x81\x07Hello 1"


def inTurn(*steps: Step) -> Step:
    """
    @return: All of the steps, as one.
    """

    def run(connection: socket.socket) -> None:
        for step in steps:
            step(connection)

    return run


def readRequest(connection: socket.socket) -> None:
    readHead(connection)


def acceptUpgrade(connection: socket.socket) -> None:
    connection.sendall(switchingProtocols(readHead(connection)))


def acceptUpgradeWithout(name: str) -> Step:
    """
    @return: A step that accepts the upgrade, but leaves out a header field.
    """

    def run(connection: socket.socket) -> None:
        answer = switchingProtocols(readHead(connection)).splitlines(keepends=True)
        lines = (line for line in answer if not line.startswith(f"{name}:".encode()))
        connection.sendall(b"".join(lines))

    return run


def send(data: bytes) -> Step:
    return lambda connection: connection.sendall(data)


def sendForever(data: bytes) -> Step:
    """
    @return: A step that sends the data again and again until the connection ends.
    """

    def run(connection: socket.socket) -> None:
        while True:
            connection.sendall(data)

    return run


def receive(connection: socket.socket) -> None:
    connection.recv(1024)


def readToEnd(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def readNothing(connection: socket.socket) -> None:
    """
    Wait for the end of the connection without reading.
    """
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    poll.poll(20_000)


def waitFor(event: threading.Event) -> Step:
    """
    @return: A step that waits for the event without reading.
    """

    def run(connection: socket.socket) -> None:
        event.wait(PATIENCE)

    return run


def halfClose(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)


def reset(connection: socket.socket) -> None:
    """
    End the connection with a TCP RST.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# Conversations that are no correct echo.


def replying(reply: Callable[[int, str], Iterable[str | bytes]]) -> Conversation:
    """
    @param reply: Returns the messages to send for a message, given its number and its
        text.
    """

    def converse(connection: ServerConnection) -> None:
        for number, message in enumerate(connection, 1):
            assert isinstance(message, str)
            for each in reply(number, message):
                connection.send(each)

    return converse


#: Sends no echo. C{websockets} answers pings by itself.
mute = replying(lambda number, text: [])

#: Drops every third message.
dropping = replying(lambda number, text: [text] if number % 3 else [])

#: Changes a byte of the second message.
altering = replying(lambda number, text: [text if number != 2 else "Hallo 2"])

#: Echoes the second message twice.
doubling = replying(lambda number, text: [text] * (2 if number == 2 else 1))

#: Echoes the second message as binary.
retyping = replying(lambda number, text: [text if number != 2 else text.encode()])

#: Echoes in upper case.
upperCasing = replying(lambda number, text: [text.upper()])


def swapping(connection: ServerConnection) -> None:
    """
    Echo every two messages in the wrong order.
    """
    for first in connection:
        second = connection.recv()
        connection.send(second)
        connection.send(first)


def lagging(connection: ServerConnection) -> None:
    """
    Echo each message when the next one arrives.
    """
    last = connection.recv()
    for message in connection:
        connection.send(last)
        last = message


def ticking(connection: ServerConnection) -> None:
    """
    Echo, and send C{tick} between the echoes.
    """
    while True:
        connection.send("tick")
        try:
            connection.send(connection.recv(timeout=0.02))
        except TimeoutError:
            continue


def greeting(*texts: str) -> Conversation:
    """
    @return: A conversation that begins with these texts, and echoes then.
    """

    def converse(connection: ServerConnection) -> None:
        for text in texts:
            connection.send(text)
        echo(connection)

    return converse


def closing(code: int, after: int) -> Conversation:
    """
    @return: A conversation that closes with the code after a number of echoes.
    """

    def converse(connection: ServerConnection) -> None:
        for _ in range(after):
            connection.send(connection.recv())
        connection.close(code)

    return converse
