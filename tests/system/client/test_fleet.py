"""
C{echo-client --connections} as a process.
"""

import signal
import socket
import threading
from typing import Any

from websockets.sync.server import ServerConnection

from tests.kit.processes import ClientProcessTestCase, freePort, until
from tests.kit.servers import ScriptedServer, WebSocketServer, readHead


class FleetTests(ClientProcessTestCase):
    """
    C{--connections}, C{--ramp} and C{--rate}.
    """

    def _summary(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        self.assertEqual(records[-1]["type"], "summary")
        return records[-1]

    def test_nMessagesOnEachConnection(self) -> None:
        server = WebSocketServer(self)
        run = self.run_(
            *("--json", "--connections", "20", "--ramp", "200/s", "--rate", "400"),
            *("-c", "5", server.url),
        )
        self.assertEqual(run.status, 0)
        summary = self._summary(run.records)
        self.assertEqual((summary["sent"], summary["received"]), (100, 100))
        self.assertEqual(
            (summary["rtt"]["count"], summary["rtt"]["streams"]), (100, 20)
        )
        connections = summary["connections"]
        self.assertEqual((connections["wanted"], connections["opened"]), (20, 20))
        self.assertEqual((connections["failures"], connections["closes"]), ({}, {}))
        self.assertEqual(connections["handshake"]["count"], 20)
        until(lambda: len(server.closes) == 20, "the closes")
        self.assertEqual(set(server.closes), {1000})

    def test_interruptClosesAll(self) -> None:
        """
        A report appears every second before it. Every connection is closed with 1000.
        """
        server = WebSocketServer(self)
        process = self.start("--json", "--connections", "5", "-i", "50ms", server.url)
        self.assertIn(b'"progress"', self.untilReceived(process))
        process.send_signal(signal.SIGINT)
        run = self.finish(process)
        self.assertEqual(run.status, 0)
        summary = self._summary(run.records)
        self.assertGreater(summary["sent"], 5)
        self.assertEqual((summary["sent"], summary["lost"]), (summary["received"], 0))
        until(lambda: len(server.closes) == 5, "the closes")
        self.assertEqual(set(server.closes), {1000})

    def test_failuresAreCountedByReason(self) -> None:

        def busy(connection: socket.socket) -> None:
            readHead(connection)
            connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

        many = ("--json", "--connections", "4", "--ramp", "1000")
        refused, unreachable = self.runAll(
            (*many, ScriptedServer(self, busy).url),
            (*many, f"ws://127.0.0.1:{freePort()}/"),
        )
        for run, failures in [
            (refused, {"HTTP 503": 4}),
            (unreachable, {"TCP: connection refused": 4}),
        ]:
            self.assertNotEqual(run.status, 0)
            connections = self._summary(run.records)["connections"]
            self.assertEqual((connections["opened"], connections["closes"]), (0, {}))
            self.assertEqual(connections["failures"], failures)

    def test_closesAreCountedByCode(self) -> None:
        """
        Outstanding messages are lost.
        """
        served = threading.Lock()

        def close(connection: ServerConnection) -> None:
            connection.recv()
            if served.acquire(blocking=False):
                connection.close(1011, "one of them")
            else:
                connection.close(1001)

        server = WebSocketServer(self, close)
        run = self.run_("--json", "--connections", "3", server.url)
        self.assertEqual(run.status, 6)
        summary = self._summary(run.records)
        self.assertEqual(summary["lost"], 3)
        self.assertEqual(summary["connections"]["closes"], {"1011": 1, "1001": 2})

    def test_tooFewDescriptors(self) -> None:
        """
        The error names the number that is needed.
        """
        run = self.run_("--connections", "3000000000", "ws://127.0.0.1:1/")
        self.assertEqual((run.status, run.out), (2, ""))
        self.assertMatches(
            run.err,
            r"echo-client: (.*: )?3000000000 connections need 3\d+ file descriptors,"
            r" and the limit is \d+: raise it .*\n",
        )
