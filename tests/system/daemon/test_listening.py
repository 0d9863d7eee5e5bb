"""
Where the daemon listens, and how it starts.
"""

import os
import re
import signal
import socket
import struct
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect, unix_connect

from tests.kit.certificates import (
    threadedContext,
)
from tests.kit.forks import Fork
from tests.kit.processes import (
    PATIENCE,
    RUNNERS,
    DaemonProcessTestCase,
    runnerCode,
)


class ListenTests(DaemonProcessTestCase):
    """
    Endpoints and runners.
    """

    def test_tcp(self) -> None:
        with connect(self.start().url(), proxy=None) as client:
            self.assertEchoes(client)

    def test_tcp6(self) -> None:
        daemon = self.start("--listen", r"tcp6:0:interface=\:\:1")
        with connect(daemon.url(), proxy=None) as client:
            self.assertEchoes(client)
        daemon.logged(r"Opened \[::1\]:\d+: ")

    def test_unixSocketIsRemovedAtEnd(self) -> None:
        path = os.path.relpath(self.directory / "s")
        daemon = self.start("--listen", f"unix:{path}")
        daemon.logged("Listening on .*s\n")
        with unix_connect(path, "ws://localhost/socket") as client:
            self.assertEchoes(client)
        daemon.logged("Opened unix: ")
        daemon.signal()
        daemon.wait()
        self.assertFalse(Path(path).exists())

    def test_systemdSocket(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            number = listener.fileno()
            daemon = self.start(
                "--listen",
                "systemd:domain=INET:index=0",
                prelude=f"os.dup2({number}, 3); os.environ.update("
                "LISTEN_FDS='1', LISTEN_FDNAMES='echo', LISTEN_PID=str(os.getpid()))",
                pass_fds=(number, 3),
            )
            with connect(daemon.url(), proxy=None) as client:
                self.assertEchoes(client)

    def test_proxyProtocol(self) -> None:
        """
        Versions 1 and 2.
        """
        daemon = self.start("--listen", "haproxy:tcp:0:interface=127.0.0.1")
        second = struct.pack("!4s4s2H", b"\xcb\0\x71\x09", b"\x7f\0\0\x01", 5555, 80)
        for header, name in [
            (b"PROXY TCP4 203.0.113.8 127.0.0.1 5555 80\r\n", "203.0.113.8:5555"),
            (
                b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", 12) + second,
                "203.0.113.9:5555",
            ),
        ]:
            connection = self.dial(daemon.port())
            connection.sendall(header)
            self.open(connection)
            daemon.logged(f"Opened {re.escape(name)}: ")

    def test_severalAtOnce(self) -> None:
        tls = self.identity()
        daemon = self.start(
            *("--listen", "tcp:0:interface=127.0.0.1"),
            *("--listen-tls", "tcp:0:interface=127.0.0.1", *tls),
        )
        with connect(daemon.logged(r"(ws://\S+)")[1], proxy=None) as client:
            self.assertEchoes(client)
        with connect(
            daemon.logged(r"(wss://\S+)")[1],
            ssl=threadedContext(),
            server_hostname="localhost",
            proxy=None,
        ) as client:
            self.assertEchoes(client)
        daemon.logged(
            "Opened [^:]+:[^:]+: origin none, subprotocol none, TLSv1.2 ECDHE"
        )

    def test_twist(self) -> None:
        daemon = self.start(runner=("twist", "--log-format=text"))
        with connect(daemon.url(), proxy=None) as client:
            self.assertEchoes(client)
            daemon.signal(signal.SIGINT)
            with self.assertRaises(ConnectionClosed) as raised:
                client.recv(PATIENCE)
        self.assertEqual(raised.exception.rcvd.code, 1001)
        self.assertEqual(daemon.wait(), -signal.SIGINT)


class StartTests(DaemonProcessTestCase):
    """
    A daemon that cannot start writes one line to standard error.
    """

    def failure(self, runner: str, *arguments: str) -> str:
        """
        @return: The line.
        """
        switches = ["--nodaemon", "--pidfile=pid"] if runner == "twistd" else []
        process = Fork(
            runnerCode(runner), *switches, "echo", *arguments, cwd=self.directory
        )
        out, err = process.communicate(timeout=PATIENCE)
        self.assertNotEqual(process.wait(), 0)
        self.assertNotIn(b"Traceback", out + err)
        self.assertFalse((self.directory / "pid").exists())
        (line,) = err.decode().splitlines()
        return line

    def test_busyPort(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            for runner in RUNNERS:
                line = self.failure(
                    runner,
                    *("--listen", "tcp:0:interface=127.0.0.1"),
                    *("--listen", f"tcp:{port}:interface=127.0.0.1"),
                )
                self.assertIn(f"cannot listen on 127.0.0.1:{port}: ", line)
                self.assertIn("Address already in use", line)

    def test_invalidOptions(self) -> None:
        for runner in RUNNERS:
            for arguments, expected in [
                (["--max-message=x"], "echo: --max-message: 'x' is not a size"),
                (["--nonsense"], "echo: option --nonsense not recognized"),
                (["--listen=tcp:99999"], "cannot listen"),
                (["--listen=unix:/nowhere/s"], "cannot listen on "),
                (
                    ["--listen-tls=tcp:0", "--tls-cert=/no.pem", "--tls-key=/no.pem"],
                    "echo: cannot read '/no.pem': No such file or directory",
                ),
            ]:
                self.assertIn(expected, self.failure(runner, *arguments))

    def test_unixSocketIsRemovedOnFailure(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            busy = f"tcp:{other.getsockname()[1]}:interface=127.0.0.1"
            for runner in RUNNERS:
                self.failure(runner, "--listen", "unix:s", "--listen", busy)
                self.assertEqual(list(self.directory.glob("s*")), [])

    def test_optionsFromEnvironment(self) -> None:
        daemon = self.start(
            env={
                **os.environ,
                "ECHO_LISTEN": "tcp:0:interface=127.0.0.1",
                "ECHO_MAX_MESSAGE": "1k",
                "ECHO_LOG_MESSAGES": "yes",
            }
        )
        with connect(daemon.url(), proxy=None) as client:
            client.send("Hello")
            self.assertEqual(client.recv(PATIENCE), "Hello")
            daemon.logged('Received: "Hello" from 127.0.0.1:')
            client.send("x" * 1025)
            with self.assertRaises(ConnectionClosed) as raised:
                client.recv(PATIENCE)
        self.assertEqual(raised.exception.rcvd.code, 1009)
