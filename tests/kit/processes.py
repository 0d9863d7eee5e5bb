"""
The daemon and C{echo-client} as processes of their own.
"""

import contextlib
import json
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from secrets import randbelow
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from websockets.sync.client import ClientConnection

from tests.kit.certificates import AUTHORITY, GOOD, Identity
from tests.kit.forks import Fork
from tests.kit.handshake import upgradeRequest

#: Seconds: enough for the slowest machine. No test waits for it to pass.
PATIENCE = 60.0

#: The checkout.
ROOT = Path(__file__).parent.parent.parent


def until(condition: Callable[[], Any], what: str) -> Any:
    """
    Wait for a condition to hold.

    @param what: Names it in the error.

    @return: The condition's value.
    """
    deadline = time.monotonic() + PATIENCE
    pause = 0.01
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        select.select([], [], [], pause)
        pause = min(1.5 * pause, 0.1)  # the question costs processor time, too
    raise AssertionError(f"waited {PATIENCE:.0f} s for {what}")


def freePort() -> int:
    """
    @return: A free port outside the range that the kernel assigns ports from, so that
        no other process gets it by chance.
    """
    while True:
        port = 10_000 + randbelow(20_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def sockets(pid: int) -> list[str]:
    """
    @return: The sockets of a process, by the names that the kernel gives them.
    """
    names = []
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in the meantime
            names.append(str(each.readlink()))
    return [name for name in names if name.startswith("socket:")]


# The daemon.

#: The programs that run the daemon, as Python code.
RUNNERS = {
    "twistd": "from twisted.scripts.twistd import run; run()",
    "twist": "from twisted.application.twist._twist import Twist; Twist.main()",
}


#: A prelude after which a close waits for 0.5 s, not for 5 s.
SHORT_CLOSE = """
from echo.server.http.channel import EchoChannel
from echo.server.conversation.protocol import EchoProtocol
EchoChannel.abortTimeout = EchoProtocol.closeTimeout = 0.5
"""


def runnerCode(runner: str, prelude: str = "") -> str:
    """
    @param runner: C{twistd} or C{twist}.

    @param prelude: Python code that the process runs first.

    @return: The program for C{python -c}, which needs no installed script.
    """
    return f"import os, sys; sys.argv[0] = {runner!r}; {prelude}\n{RUNNERS[runner]}"


class DaemonProcess:
    """
    A running daemon.

    @ivar pid: Its process id.
    """

    def __init__(
        self,
        directory: Path,
        *arguments: str,
        runner: tuple[str, ...] = ("twistd", "--nodaemon", "--pidfile="),
        prelude: str = "",
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] | None = None,
    ) -> None:
        """
        @param runner: C{twistd} or C{twist}, with switches of its own.

        @param prelude: Python code that the process runs first.

        @param pass_fds: Start a new Python, not a fork, with these descriptors.
        """
        self._log = directory / "log"
        code = runnerCode(runner[0], prelude)
        switches = (*runner[1:], "echo", *arguments)
        self._process: Fork | subprocess.Popen[bytes]
        with self._log.open("wb") as log, Path(os.devnull).open("rb") as nothing:
            if pass_fds is None:
                streams = (nothing.fileno(), log.fileno(), log.fileno())
                self._process = Fork(code, *switches, streams=streams, env=env)
            else:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", code, *switches],
                    stdin=nothing,
                    stdout=log,
                    stderr=log,
                    env=env,
                    pass_fds=pass_fds,
                )
        self.pid = self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text()

    def logged(self, pattern: str) -> "re.Match[str]":
        """
        Wait for a line of the log.
        """

        def look() -> "re.Match[str] | None":
            found = re.search(pattern, self.log)
            if found is None and self._process.poll() is not None:
                raise AssertionError(f"it ended without {pattern!r}:\n{self.log}")
            return found

        match: re.Match[str] = until(look, f"{pattern!r} in the log")
        return match

    def url(self) -> str:
        return self.logged(r"Listening on (wss?://\S+)")[1]

    def port(self) -> int:
        return int(self.logged(r"Listening on wss?://\S+:(\d+)/socket")[1])

    def signal(self, number: int = signal.SIGTERM) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """
        @return: The exit status, once there is one.
        """
        return self._process.wait(PATIENCE)

    def end(self) -> None:
        """
        Kill the process if it runs.
        """
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def memory(self) -> int:
        """
        @return: The peak resident size, in bytes.
        """
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) * 1024

    def sockets(self) -> int:
        return len(sockets(self.pid))


class DaemonProcessTestCase(SynchronousTestCase):
    """
    Starts daemons, and ends each of them with the test.
    """

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()

    def start(self, *arguments: str, **options: Any) -> DaemonProcess:
        """
        @return: A daemon, on a port of its own unless the arguments say otherwise.
        """
        if not any(each.startswith("--listen") for each in arguments):
            arguments = ("--listen", "tcp:0:interface=127.0.0.1", *arguments)
        process = DaemonProcess(self.directory, *arguments, **options)
        self.addCleanup(process.end)
        return process

    def dial(self, port: int) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def head(self, connection: socket.socket) -> bytes:
        """
        @return: The head of a response.
        """
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        return head

    def open(self, connection: socket.socket, target: str = "/socket") -> None:
        """
        Upgrade a TCP connection.
        """
        connection.sendall(upgradeRequest(target))
        self.assertIn(b"101 Switching Protocols", self.head(connection))

    def assertEchoes(self, client: ClientConnection) -> None:
        messages: list[str | bytes] = ["Grüße", b"\x00\xff", "", b"", "x" * 70000]
        for message in messages:
            client.send(message)
            self.assertEqual(client.recv(PATIENCE), message)

    def identity(self, identity: Identity = GOOD) -> tuple[str, ...]:
        """
        @return: The switches for a TLS listener with a certificate.
        """
        path = self.directory / "identity.pem"
        path.write_bytes(identity.keyPEM + identity.pem)
        return ("--tls-cert", str(path), "--tls-key", str(path))

    def clientContext(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=AUTHORITY.pem.decode())

    def startTLS(
        self,
        connection: socket.socket,
        context: ssl.SSLContext | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """
        @return: TLS on a TCP connection.

        @raise ssl.SSLError: The TLS handshake failed.
        """
        secured = (context or self.clientContext()).wrap_socket(
            connection, server_hostname="localhost", session=session
        )
        self.addCleanup(secured.close)
        return secured


# The client.

#: The client for C{python -c}, which needs no installed script.
CLIENT_CODE = "import sys; from echo.client.program.main import main; sys.exit(main())"
CLIENT_COMMAND = [sys.executable, "-c", CLIENT_CODE]

#: The client's environment, unless a test says otherwise: no options of the developer's
#: shell, and time for a close reply on a busy machine.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name[:5] != "ECHO_"},
    "PYTHONPATH": str(ROOT),
    "ECHO_CLOSE_TIMEOUT": f"{PATIENCE:.0f}s",
}

# More would compete for the processors, and miss their deadlines.
_SIDE_BY_SIDE = 8

#: The client behind a shell is no fork.
ClientProcess = Fork | subprocess.Popen[bytes]


class ClientRun:
    """
    The result of a finished client.

    @ivar status: Its exit status.

    @ivar out: Its standard output; C{lines} has it by lines.

    @ivar err: Its standard error; C{errorLines} has it by lines, without the program's
        name.
    """

    def __init__(self, status: int, out: bytes, err: bytes) -> None:
        self.status = status
        self.out = out.decode()
        self.err = err.decode()
        self.lines = self.out.splitlines()
        self.errorLines = [
            line.removeprefix("echo-client: ") for line in self.err.splitlines()
        ]

    @property
    def records(self) -> list[dict[str, Any]]:
        """
        Standard output, parsed as one JSON object per line.
        """
        return [json.loads(line) for line in self.lines]


class ClientProcessTestCase(SynchronousTestCase):
    """
    Runs the client.
    """

    def start(self, *arguments: str, **environment: str) -> Fork:
        return self.startWith(arguments, env={**ENVIRONMENT, **environment})

    def startWith(self, arguments: Sequence[str], **options: Any) -> Fork:
        """
        @param options: Those of a L{Fork}.
        """
        process = Fork(CLIENT_CODE, *arguments, **options)

        def clean() -> None:
            if process.poll() is None:
                process.kill()
                process.communicate()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

        self.addCleanup(clean)
        return process

    def finish(self, process: ClientProcess, stdin: bytes = b"") -> ClientRun:
        """
        Wait for the client's end.
        """
        out, err = process.communicate(stdin, timeout=PATIENCE)
        run = ClientRun(process.wait(), out, err)
        self.assertNotIn("Traceback", run.err)
        self.assertNotIn("Unhandled", run.err)
        for line in run.err.splitlines():
            self.assertTrue(line.startswith("echo-client: "), line)
        return run

    def run_(
        self, *arguments: str, stdin: bytes = b"", **environment: str
    ) -> ClientRun:
        return self.finish(self.start(*arguments, **environment), stdin)

    def runAll(self, *arguments: Sequence[str]) -> list[ClientRun]:
        """
        Run the client with each of the arguments, a few side by side.
        """
        runs: list[ClientRun] = []
        for first in range(0, len(arguments), _SIDE_BY_SIDE):
            some = arguments[first : first + _SIDE_BY_SIDE]
            processes = [self.start(*each) for each in some]
            runs += [self.finish(process) for process in processes]
        return runs

    def untilReceived(self, process: ClientProcess) -> bytes:
        """
        @return: The first line of standard output, as soon as it is there.
        """
        assert process.stdout is not None
        return process.stdout.readline()

    def assertMatches(self, text: str, pattern: str) -> None:
        """
        Fail unless all of the text matches.
        """
        self.assertIsNotNone(re.fullmatch(pattern, text), f"{text!r} / {pattern!r}")
