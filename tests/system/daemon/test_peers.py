"""
Clients that are slow, greedy or gone.
"""

import contextlib
import socket
import struct
import time

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.kit.frames import BINARY, CLOSE, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.processes import (
    PATIENCE,
    SHORT_CLOSE,
    DaemonProcessTestCase,
    until,
)

_MEBIBYTE = 2**20


class PeerTests(DaemonProcessTestCase):
    """
    What such clients cost, and what they receive.
    """

    def test_floodWithoutReadingIsDropped(self) -> None:
        """
        256 MB from a client that reads nothing cost less than 8 MiB.
        """
        for listener in ("--listen", "--listen-tls"):
            tls = self.identity()
            daemon = self.start(
                *(listener, "tcp:0:interface=127.0.0.1", "--stall-timeout", "1s"),
                *(tls if listener == "--listen-tls" else ()),
            )
            connection: socket.socket = self.dial(daemon.port())
            if listener == "--listen-tls":
                connection = self.startTLS(connection)
            self.open(connection)
            before = daemon.memory()
            sent = 0
            block = frame(BINARY, bytes(_MEBIBYTE))
            with contextlib.suppress(OSError):
                while sent < 256:
                    connection.sendall(block)
                    sent += 1
            self.assertLess(sent, 256)
            daemon.logged('1006 "read nothing for 1 s"')
            self.assertLess(daemon.memory() - before, 8 * _MEBIBYTE)

    def test_lateReaderGetsEveryByte(self) -> None:
        connection = self.dial(self.start().port())
        self.open(connection)
        connection.setblocking(False)
        message = bytes(range(256)) * 256
        block = frame(BINARY, message)
        expected = b"\x82\x7f" + struct.pack("!Q", len(message)) + message
        sent, received = bytearray(block * 400), bytearray()
        deadline = time.monotonic() + PATIENCE
        while sent and time.monotonic() < deadline:
            try:
                del sent[: connection.send(sent[:_MEBIBYTE])]
            except BlockingIOError:
                # Both directions are full, so read.
                with contextlib.suppress(BlockingIOError):
                    received += connection.recv(_MEBIBYTE)
        connection.settimeout(PATIENCE)
        while len(received) < 400 * len(expected):
            received += connection.recv(_MEBIBYTE)
        self.assertEqual(bytes(received), expected * 400)

    def test_closeBehindFullBufferTimesOut(self) -> None:
        daemon = self.start(prelude=SHORT_CLOSE)
        port = daemon.port()
        before = daemon.sockets()
        connection = self.dial(port)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.open(connection)
        with contextlib.suppress(OSError):
            connection.settimeout(PATIENCE)
            # The daemon must read the close with the end of a long message.
            data = frame(BINARY, bytes(8 * _MEBIBYTE)) + frame(CLOSE)
            connection.sendall(data[:-100])
            connection.sendall(data[-100:])
        until(lambda: daemon.sockets() <= before, "the end of the connection")

    def test_halfClosedClientGetsAnswer(self) -> None:
        """
        An echo, and a response.
        """
        port = self.start().port()
        connection = self.dial(port)
        self.open(connection)
        connection.sendall(frame(TEXT, b"Hi"))
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(connection.recv(100), b"\x81\x02Hi")
        connection = self.dial(port)
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        self.assertIn(b"200 OK", connection.recv(1000))

    def test_resetsAreNotLoggedAsErrors(self) -> None:
        daemon = self.start()
        for data in [b"", b"GET", upgradeRequest(), upgradeRequest() + b"\x81"]:
            connection = self.dial(daemon.port())
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            connection.sendall(data)
            connection.close()
        with connect(daemon.url(), proxy=None) as client:
            self.assertEchoes(client)
        for word in ["Traceback", "Unhandled", "Error"]:
            self.assertNotIn(word, daemon.log)

    def test_foreignOriginGets403(self) -> None:
        url = self.start().url()
        with self.assertRaises(InvalidStatus) as raised:
            connect(url, origin=Origin("http://evil.example"), proxy=None)
        self.assertEqual(raised.exception.response.status_code, 403)
