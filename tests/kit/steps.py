"""
Servers that go wrong, made of steps, each a function of the server's socket; and
echo servers that are no faithful echo.

The steps are done one after the other; after the last the server hangs up. The
conversations are for a C{Peer}: WebSocket, but not what was said.
"""

import select
import socket
import struct
import threading
from collections.abc import Callable, Iterable

from websockets.sync.server import ServerConnection

from tests.kit.process import PATIENCE
from tests.kit.realservers import Conversation, accepting, echo, readHead

Step = Callable[[socket.socket], None]

#: A message as the client sends it first, on its way back.
HELLO = b"\x81\x07Hello 1"


def inTurn(*steps: Step) -> Step:
    """
    @return: All of the steps, as one.
    """

    def act(connection: socket.socket) -> None:
        for step in steps:
            step(connection)

    return act


def request(connection: socket.socket) -> None:
    """
    Read the client's request.
    """
    readHead(connection)


def accept(connection: socket.socket) -> None:
    """
    Read the client's request, and open the WebSocket that it asks for.
    """
    connection.sendall(accepting(readHead(connection)))


def acceptWithout(name: str) -> Step:
    """
    @return: The same, but for one field of the answer's header.
    """

    def act(connection: socket.socket) -> None:
        answer = accepting(readHead(connection)).splitlines(keepends=True)
        lines = (line for line in answer if not line.startswith(f"{name}:".encode()))
        connection.sendall(b"".join(lines))

    return act


def say(data: bytes) -> Step:
    """
    @return: A step that sends this.
    """
    return lambda connection: connection.sendall(data)


def sayForEver(data: bytes) -> Step:
    """
    @return: A step that sends this again and again, until nobody is there any more.
    """

    def act(connection: socket.socket) -> None:
        while True:
            connection.sendall(data)

    return act


def hear(connection: socket.socket) -> None:
    """
    Wait for the client to say something.
    """
    connection.recv(1024)


def ignore(connection: socket.socket) -> None:
    """
    Read nothing until the client is gone.
    """
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    poll.poll(20_000)


def waitFor(event: threading.Event) -> Step:
    """
    @return: A step that reads nothing until something has happened.
    """

    def act(connection: socket.socket) -> None:
        event.wait(PATIENCE)

    return act


def finishSending(connection: socket.socket) -> None:
    """
    Hang up for one direction; the client is still listened to.
    """
    connection.shutdown(socket.SHUT_WR)


def reset(connection: socket.socket) -> None:
    """
    Be gone without a goodbye, not even TCP's.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def replying(reply: Callable[[int, str], Iterable[str | bytes]]) -> Conversation:
    """
    @param reply: What to send for a message, given its number and its text.

    @return: A conversation.
    """

    def converse(connection: ServerConnection) -> None:
        for number, message in enumerate(connection, 1):
            assert isinstance(message, str)
            for each in reply(number, message):
                connection.send(each)

    return converse


#: Never an echo; pings are answered, as C{websockets} does by itself.
mute = replying(lambda number, text: [])

#: Every third message does not come back.
dropping = replying(lambda number, text: [text] if number % 3 else [])

#: The second message comes back with a byte changed.
altering = replying(lambda number, text: [text if number != 2 else "Hallo 2"])

#: The second message comes back twice.
doubling = replying(lambda number, text: [text] * (2 if number == 2 else 1))

#: The second message comes back binary.
retyping = replying(lambda number, text: [text if number != 2 else text.encode()])

#: All comes back in capitals.
shouting = replying(lambda number, text: [text.upper()])


def swapping(connection: ServerConnection) -> None:
    """
    Wait for two messages, and send back the second one first.
    """
    for first in connection:
        second = connection.recv()
        connection.send(second)
        connection.send(first)


def lagging(connection: ServerConnection) -> None:
    """
    Send each message back when the next one is there.
    """
    last = connection.recv()
    for message in connection:
        connection.send(last)
        last = message


def ticking(connection: ServerConnection) -> None:
    """
    Be an echo, and have something to say between the messages.
    """
    while True:
        connection.send("tick")
        try:
            connection.send(connection.recv(timeout=0.02))
        except TimeoutError:
            continue


def greeting(*texts: str) -> Conversation:
    """
    @return: Says this first, and is an echo then.
    """

    def converse(connection: ServerConnection) -> None:
        for text in texts:
            connection.send(text)
        echo(connection)

    return converse


def closing(code: int, after: int) -> Conversation:
    """
    @return: Is an echo for so many messages, and closes so then.
    """

    def converse(connection: ServerConnection) -> None:
        for _ in range(after):
            connection.send(connection.recv())
        connection.close(code)

    return converse
