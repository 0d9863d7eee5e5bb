"""
The runs of C{echo-client} and the whole program, in memory.
"""

import io
import json
from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred

from echo.client.program.checkoptions import CheckOptions
from echo.client.program.main import main, makeRun
from echo.client.program.process import Process
from echo.client.program.runoptions import RunOptions
from echo.client.run.modes import base
from tests.kit.client import ClientTestCase, Server
from tests.kit.frames import CLOSE, TEXT, serverClose, serverFrame
from tests.kit.reactor import Reactor


class RunTestCase(ClientTestCase):
    """
    Runs the run that the program makes of a command line, with its output.

    @ivar run_: The run.

    @ivar over: Fires when it is over.
    """

    options: type[RunOptions | CheckOptions] = RunOptions

    def setUp(self) -> None:
        """
        Messages do not name their run here, unless a test patches that again.
        """
        super().setUp()
        self.patch(base, "token_hex", lambda _: None)
        self.out, self.err = io.StringIO(), io.StringIO()
        self.servers: list[Server] = []

    def begin(self, *arguments: str, stdin: Any = None, stdout: Any = None) -> None:
        """
        Start the run that the program makes of a command line.
        """
        options = self.options({}, stdin)
        options.parseOptions(arguments)
        process = Process({}, stdin, stdout or self.out, self.err)
        self.run_ = makeRun(options.settings, options.display, process, self.reactor)
        self.over: Deferred[None] = self.run_.start()

    def meet(self) -> Server:
        """
        @return: The server's side of the latest connection.
        """
        factory = self.reactor.tcpClients[-1][2]
        server = Server(factory, IPv4Address("TCP", "127.0.0.1", 8080))
        self.servers.append(server)
        self.addCleanup(server.hangUp)
        return server

    def connect(self, *extra: str) -> Server:
        """
        @return: The server's side of the latest connection, after the handshake.
        """
        server = self.meet()
        server.accept(*extra)
        return server

    def say(self, *payloads: str) -> None:
        """
        Send text messages from the latest server.
        """
        self.servers[-1].say(*(serverFrame(TEXT, each.encode()) for each in payloads))

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """
        Close the latest connection from the server's side, or reply to a close.
        """
        self.servers[-1].say(serverClose(code, reason))
        self.servers[-1].hangUp()

    def assertStatus(self, status: int, *written: str) -> None:
        """
        Assert that the run is over, with an exit status and some lines of output.
        """
        self.assertIsNone(self.successResultOf(self.over))
        self.assertEqual(self.run_.status, status)
        self.assertEqual(self.run_.summary.status, status)
        for line in written:
            self.assertIn(line, self.out.getvalue())

    def assertClosing(self) -> None:
        """
        Assert that the client has sent its close frame and waits for the reply.
        """
        self.assertNoResult(self.over)
        self.assertEqual(self.servers[-1].frames()[-1], (CLOSE, b"\x03\xe8"))

    @property
    def failed(self) -> list[str]:
        """
        The failed demands, as the summary shows them.
        """
        return [*map(str, self.run_.summary.failed)]

    def records(self) -> list[dict[str, Any]]:
        """
        @return: The records on standard output.
        """
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


class Running(Reactor):
    """
    A reactor that acts for the test while it runs.

    @ivar threaded: Calls from signal handlers.

    @ivar stops: Calls of L{stop}. The reactor makes one before the test acts.
    """

    threaded = 0
    stops = 0

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act

    def run(self, **options: Any) -> None:
        assert options == {"installSignalHandlers": False}
        super().run(**options)
        self.act()

    def stop(self) -> None:
        self.stops += 1
        super().stop()

    def callFromThread(self, f: Any, *args: Any) -> None:
        self.threaded += 1
        f(*args)


class ScriptTestCase(ClientTestCase):
    """
    Runs the program on a reactor in memory.
    """

    def setUp(self) -> None:
        """
        Messages do not name their run.
        """
        super().setUp()
        self.patch(base, "token_hex", lambda _: None)
        self.out, self.err = io.StringIO(), io.StringIO()
        self.handlers: dict[int, Callable[[int, object], None]] = {}
        self.left: list[int] = []

    def main(
        self, *arguments: str, act: Callable[[], None] = lambda: None, **options: Any
    ) -> int:
        """
        @return: The exit status.
        """
        self.reactor = Running(act)
        parts = {
            "environment": {},
            "stdout": self.out,
            "stderr": self.err,
            "reactor": self.reactor,
            "setSignal": self.handlers.__setitem__,
            "leave": self.left.append,
            **options,
        }
        return main(arguments, Process(**parts))

    def connect(self) -> Server:
        """
        @return: The server's side of the latest connection.
        """
        factory = self.reactor.tcpClients[-1][2]
        server = Server(factory, IPv4Address("TCP", "127.0.0.1", 8080))
        server.accept()
        return server

    def end(self, server: Server) -> None:
        """
        Close by the server, or its close reply.
        """
        server.say(serverClose(1000))
        server.hangUp()

    def echo(self) -> None:
        """
        Echo the first message, and close.
        """
        server = self.connect()
        server.say(serverFrame(TEXT, b"Hello 1"))
        self.end(server)


class Terminal(io.StringIO):
    """
    A stream that is a terminal.
    """

    def isatty(self) -> bool:
        return True
