"""
How the daemon shuts down.
"""

import contextlib
import select
import signal
import socket
import struct

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from echo.server.sockets import undelivered
from tests.kit.frames import BINARY, CLOSE, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.processes import (
    PATIENCE,
    SHORT_CLOSE,
    DaemonProcess,
    DaemonProcessTestCase,
    until,
)

_MEBIBYTE = 2**20


class ShutdownTests(DaemonProcessTestCase):
    """
    SIGTERM and SIGINT.
    """

    def test_clientsGet1001(self) -> None:
        """
        The process ends by the signal.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = self.start()
            with contextlib.ExitStack() as stack:
                clients = [
                    stack.enter_context(connect(daemon.url(), proxy=None))
                    for _ in range(5)
                ]
                daemon.signal(number)
                for client in clients:
                    with self.assertRaises(ConnectionClosed) as raised:
                        client.recv(PATIENCE)
                    close = raised.exception.rcvd
                    self.assertEqual(
                        (close.code, close.reason), (1001, "server shutting down")
                    )
            self.assertEqual(daemon.wait(), -number)
            self.assertNotIn("Traceback", daemon.log)

    def drained(
        self, connection: socket.socket, daemon: DaemonProcess, count: int
    ) -> None:
        """
        Assert that the echoes of all messages before the signal precede the 1001.
        """
        daemon.signal(signal.SIGSTOP)  # keeps the messages in the kernel
        for number in range(count):
            connection.sendall(frame(TEXT, b"%06d" % number))
        until(lambda: undelivered(connection) == 0, "the messages to arrive")
        daemon.signal(signal.SIGTERM)
        daemon.signal(signal.SIGCONT)
        received = b""
        expected = b"".join(b"\x81\x06%06d" % number for number in range(count))
        while len(received) < len(expected) + 4:
            data = connection.recv(_MEBIBYTE)
            self.assertTrue(data, f"only {len(received)} bytes")
            received += data
        self.assertEqual(received[: len(expected)], expected)
        self.assertEqual(received[len(expected) + 2 :][:2], struct.pack("!H", 1001))
        connection.sendall(frame(CLOSE, struct.pack("!H", 1001)))
        connection.close()
        self.assertEqual(daemon.wait(), -signal.SIGTERM)

    def test_unreadMessagesAreEchoed(self) -> None:
        """
        They are in the kernel when the signal arrives.
        """
        daemon = self.start()
        connection = self.dial(daemon.port())
        self.open(connection)
        self.drained(connection, daemon, 1000)

    def test_unreadMessagesInTLSAreEchoed(self) -> None:
        tls = self.identity()
        daemon = self.start("--listen-tls", "tcp:0:interface=127.0.0.1", *tls)
        connection = self.startTLS(self.dial(daemon.port()))
        self.open(connection)
        self.drained(connection, daemon, 500)

    def test_slowReaderGetsAllEchoes(self) -> None:
        """
        It may take longer than a close may.
        """
        daemon = self.start(
            "--drain", "1m", "--ping-interval", "0", prelude=SHORT_CLOSE
        )
        connection = self.dial(daemon.port())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.open(connection)
        connection.sendall(frame(BINARY, bytes(65536)) * 24)
        daemon.signal()
        daemon.logged("Closing 1 conversations")
        # The client reads nothing for longer than a close may take.
        select.select([], [], [], 1.0)
        received = b""
        while len(received) < 24 * 65546 + 4:
            data = connection.recv(_MEBIBYTE)
            self.assertTrue(data, f"only {len(received)} bytes")
            received += data
        self.assertEqual(received[24 * 65546 + 2 :][:2], struct.pack("!H", 1001))

    def test_newUpgradesGet503(self) -> None:
        """
        New TCP connections are refused.
        """
        daemon = self.start()
        mute, late = self.dial(daemon.port()), self.dial(daemon.port())
        self.open(mute)
        daemon.signal()
        daemon.logged("Closing 1 conversations")
        late.sendall(upgradeRequest())
        self.assertIn(b"HTTP/1.1 503 ", late.recv(1000))
        until(lambda: self.refused(daemon.port()), "the port to close")

    def refused(self, port: int) -> bool:
        """
        @return: Whether nothing listens on the port.
        """
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            return True
        return False

    def test_muteClientEndsWithDrainTime(self) -> None:
        daemon = self.start("--drain", "1s")
        connection = self.dial(daemon.port())
        self.open(connection)
        daemon.signal()
        self.assertEqual(daemon.wait(), -signal.SIGTERM)

    def test_secondSignalEndsAtOnce(self) -> None:
        daemon = self.start("--drain", "1h")
        connection = self.dial(daemon.port())
        self.open(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(1.0)
        with contextlib.suppress(OSError):
            connection.sendall(frame(BINARY, bytes(60000)) * 200)
        daemon.signal(signal.SIGTERM)
        daemon.logged("Closing 1 conversations")
        daemon.signal(signal.SIGINT)
        self.assertLess(daemon.wait(), 0)
        self.assertNotIn("Traceback", daemon.log)
