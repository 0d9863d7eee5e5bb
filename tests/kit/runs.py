"""
The runs of C{echo-client} in memory, made as the program makes them.
"""

import io
import json
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred

from echo.client.program.checkoptions import CheckOptions
from echo.client.program.main import makeRun
from echo.client.program.process import Process
from echo.client.program.runoptions import RunOptions
from echo.client.run.modes import base
from tests.kit.client import ClientTestCase, Server
from tests.kit.frames import CLOSE, TEXT, serverClose, serverFrame


class RunTestCase(ClientTestCase):
    """
    Runs the program's work, without the program.

    @ivar run_: What runs.

    @ivar over: When it is over.
    """

    options: type[RunOptions | CheckOptions] = RunOptions

    def setUp(self) -> None:
        """
        Make streams. As a rule, messages do not name their run here.
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
        self.run_ = makeRun(options.settings, options.output, process, self.reactor)
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
        @return: The same, with the handshake done.
        """
        server = self.meet()
        server.accept(*extra)
        return server

    def say(self, *payloads: str) -> None:
        """
        The latest server says something.
        """
        self.servers[-1].say(*(serverFrame(TEXT, each.encode()) for each in payloads))

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """
        The latest server closes, or answers our close.
        """
        self.servers[-1].say(serverClose(code, reason))
        self.servers[-1].hangUp()

    def assertStatus(self, status: int, *written: str) -> None:
        """
        It is over, with an exit status, and some lines on standard output.
        """
        self.assertIsNone(self.successResultOf(self.over))
        self.assertEqual(self.run_.status, status)
        self.assertEqual(self.run_.summary.status, status)
        for line in written:
            self.assertIn(line, self.out.getvalue())

    def assertClosing(self) -> None:
        """
        We have closed, and wait for the server to do so.
        """
        self.assertNoResult(self.over)
        self.assertEqual(self.servers[-1].frames()[-1], (CLOSE, b"\x03\xe8"))

    @property
    def failed(self) -> list[str]:
        """
        The demands that do not hold.
        """
        return [*map(str, self.run_.summary.failed)]

    def records(self) -> list[dict[str, Any]]:
        """
        @return: What a program reads.
        """
        return [json.loads(line) for line in self.out.getvalue().splitlines()]
