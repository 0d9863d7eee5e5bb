"""
C{echo-client} as a process: streams, signals and exit statuses.
"""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from websockets.sync.server import ServerConnection

from tests.kit.certificates import (
    AUTHORITY,
    CLIENT,
    GOOD,
    SELF_SIGNED,
    Identity,
    serverContext,
)
from tests.kit.forks import Fork
from tests.kit.handshake import switchingProtocols
from tests.kit.processes import PATIENCE, ROOT, ClientProcessTestCase
from tests.kit.servers import ScriptedServer, WebSocketServer, readHead, readToEnd


class EchoTests(ClientProcessTestCase):
    """
    Runs with an echo of every message.
    """

    def test_outputAndError(self) -> None:
        """
        Standard output has a line per message, and the summary. Standard error has the
        connection and its close.
        """
        server = WebSocketServer(self)
        run = self.run_("-c", "3", "-i", "20ms", server.url)
        self.assertEqual(run.status, 0)
        self.assertEqual(len(run.lines), 10)
        for number, line in enumerate(run.lines[:3], 1):
            pattern = (
                rf'Received: "Hello {number} of [0-9a-f]{{8}}-1" seq={number}'
                r" time=\d+\.\d\d ms"
            )
            self.assertMatches(line, pattern)
        self.assertEqual(run.lines[3], f"--- {server.url} ---")
        self.assertEqual(run.lines[4], "3 sent, 3 received, 0 lost (0.0 %)")
        self.assertMatches(
            run.lines[5],
            r"load: 50\.0/s asked for, \d+\.\d/s reached;"
            r" due, not sent: 0 of 3 \(0\.0 %\); duration \d\.\d\d s",
        )
        for at, name, jitter in [
            (6, "response time", ""),
            (8, "round trip", r", jitter \d+\.\d{3} ms"),
        ]:
            self.assertMatches(
                run.lines[at],
                rf"{name} min/avg/max/stddev = (\d+\.\d{{3}}/){{3}}\d+\.\d{{3}} ms",
            )
            self.assertMatches(
                run.lines[at + 1],
                rf"{name} p50/p90/p95/p99/p99\.9 ="
                rf" (\d+\.\d{{3}}/){{4}}\d+\.\d{{3}} ms{jitter}",
            )
        self.assertMatches(
            run.err,
            rf"echo-client: connected to {re.escape(server.url)}"
            rf" \(127\.0\.0\.1:{server.port}\) in \d+\.\d\d ms"
            r" \(TCP \d+\.\d\d, upgrade \d+\.\d\d\)\n"
            r"echo-client: closed by us, answered with 1000\n",
        )
        self.assertTrue(server.closed.wait(PATIENCE))
        self.assertEqual(server.closes, [1000])

    def test_payloads(self) -> None:
        """
        Text, files, standard input, binary messages and sizes.
        """
        got: list[str | bytes] = []

        def keep(connection: ServerConnection) -> None:
            for message in connection:
                got.append(message)
                connection.send(message)

        server = WebSocketServer(self, keep, max_size=None)
        path = self.mktemp()
        Path(path).write_bytes(b"\xff\x00\n")
        once = ("-c1", "-i0", server.url)
        runs = [
            self.run_("-m", "grüß dich", *once),
            self.run_("-b", "-m", f"@{path}", *once),
            self.run_("-m", "@-", *once, stdin=b"from a pipe\n"),
            self.run_("-b", "-s", "200k", *once),
            self.run_(*once, ECHO_SIZE="9"),
        ]  # in turn, as the server keeps the order
        self.assertEqual([run.status for run in runs], [0] * 5)
        self.assertEqual(got[:3], ["grüß dich", b"\xff\x00\n", "from a pipe\n"])
        self.assertEqual(len(got[3]), 200 * 1024)
        self.assertEqual(got[4], "Hello 1He")
        self.assertMatches(
            runs[0].lines[0], r'Received: "grüß dich" seq=1 time=[\d.]+ ms'
        )
        self.assertMatches(
            runs[1].lines[0], r"Received: 0xff000a \(3 bytes\) seq=1 time=[\d.]+ ms"
        )

    def test_handshakeOptions(self) -> None:
        """
        Header fields, origin and subprotocols reach the server.
        """
        server = WebSocketServer(self, subprotocols=["two"])
        run = self.run_(
            *("-c1", "-i0", "--origin", "https://a.example", "-H", "X-A: 1"),
            *("-H", "X-A: 2", "-H", "Host: other.example", "--subprotocol", "one"),
            *("--subprotocol", "two"),
            f"ws://us%40er:s%3Acret@127.0.0.1:{server.port}/ä b?q=%20+1&flag",
        )
        self.assertEqual(run.status, 0)
        (request,) = server.requests
        self.assertEqual(request.path, "/%C3%A4%20b?q=%20+1&flag")
        self.assertEqual(request.headers["Host"], "other.example")
        self.assertEqual(request.headers["Origin"], "https://a.example")
        self.assertEqual(request.headers.get_all("X-A"), ["1", "2"])
        self.assertEqual(request.headers["Sec-WebSocket-Protocol"], "one, two")
        self.assertMatches(request.headers["User-Agent"], r"echo-client/\d.*")
        self.assertEqual(request.headers["Authorization"], "Basic dXNAZXI6czpjcmV0")
        self.assertNotIn("cret", run.out + run.err)
        self.assertIn("subprotocol two", run.err)

    def test_addressFamilies(self) -> None:
        """
        IPv6, a host with a second address, and Unix sockets. The Host field fits each.
        """
        six = WebSocketServer(self, host="::1")
        four = WebSocketServer(self)
        path = self.mktemp()
        local = WebSocketServer(self, path=path)
        once = ("-c1", "-i0")
        runs = self.runAll(
            [*once, f"ws://[::1]:{six.port}/"],
            [*once, f"ws://localhost:{four.port}"],
            [*once, "--unix-socket", path, "ws://any.example/x"],
        )
        self.assertEqual([run.status for run in runs], [0, 0, 0])
        self.assertIn(f"([::1]:{six.port})", runs[0].err)
        self.assertIn(f"({path})", runs[2].err)
        hosts = [peer.requests[0].headers["Host"] for peer in (six, four, local)]
        self.assertEqual(
            hosts, [f"[::1]:{six.port}", f"localhost:{four.port}", "any.example"]
        )

    def test_sendsBeforeEcho(self) -> None:

        def hold(connection: ServerConnection) -> None:
            messages = [connection.recv() for _ in range(3)]
            for message in messages:
                connection.send(message)

        run = self.run_("-c", "3", "-i", "5ms", WebSocketServer(self, hold).url)
        self.assertEqual(run.status, 0)


class EndTests(ClientProcessTestCase):
    """
    Runs that a signal or a closed pipe ends.
    """

    def _interrupted(self, number: signal.Signals) -> None:
        server = WebSocketServer(self)
        process = self.start("-i", "10s", server.url)
        first = self.untilReceived(process)
        self.assertTrue(first.startswith(b'Received: "Hello 1 of '))
        process.send_signal(number)
        run = self.finish(process)
        self.assertEqual(run.status, 0)
        self.assertEqual(run.lines[0], f"--- {server.url} ---")
        self.assertEqual(run.lines[1], "1 sent, 1 received, 0 lost (0.0 %)")
        self.assertTrue(server.closed.wait(PATIENCE))
        self.assertEqual(server.closes, [1000])

    def test_sigintClosesWith1000(self) -> None:
        self._interrupted(signal.SIGINT)

    def test_sigtermClosesWith1000(self) -> None:
        self._interrupted(signal.SIGTERM)

    def _stubborn(self, *arguments: str) -> Fork:
        def act(connection: socket.socket) -> None:
            connection.sendall(switchingProtocols(readHead(connection)))
            connection.recv(1024)
            connection.sendall(b"\x81\x07Hello 1")
            readToEnd(connection)

        process = self.start(
            "-m", "Hello 1", "-i", "10s", *arguments, ScriptedServer(self, act).url
        )
        self.untilReceived(process)
        return process

    def test_unansweredCloseTimesOut(self) -> None:
        process = self._stubborn("--close-timeout", "50ms")
        process.send_signal(signal.SIGINT)
        run = self.finish(process)
        self.assertEqual(run.status, 0)
        self.assertEqual(run.lines[1], "1 sent, 1 received, 0 lost (0.0 %)")
        self.assertIn("closed by us: no close frame in answer to ours", run.err)

    def test_secondSignalExits130(self) -> None:
        process = self._stubborn("--close-timeout", "1h")
        process.send_signal(signal.SIGINT)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(process).status, 130)

    def test_signalWhileConnectingExits130(self) -> None:
        process: list[Fork] = []

        def act(connection: socket.socket) -> None:
            readHead(connection)
            process[0].send_signal(signal.SIGINT)
            readToEnd(connection)

        server = ScriptedServer(self, act)
        process.append(self.start(server.url))
        run = self.finish(process[0])
        self.assertEqual((run.status, run.out, run.err), (130, "", ""))

    def test_closedPipeEndsRun(self) -> None:
        """
        The client closes the connection, and writes no error.
        """
        server = WebSocketServer(self)
        process = self.start("-i", "1ms", server.url)
        self.untilReceived(process)
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        self.assertEqual(self.finish(process).status, 0)
        self.assertTrue(server.closed.wait(PATIENCE))
        self.assertEqual(server.closes, [1000])


class TLSTests(ClientProcessTestCase):
    """
    Certificates.
    """

    def setUp(self) -> None:
        self.directory = self.mktemp()
        Path(self.directory).mkdir()
        authority = Path(self.directory) / "authority.pem"
        authority.write_bytes(AUTHORITY.pem)
        self.trusting = ("-c1", "-i0", "--cacert", str(authority))

    def _peer(self, identity: Identity, *, clients: bool = False) -> str:
        context = serverContext(identity, self.directory, clients=clients)
        return f"wss://localhost:{WebSocketServer(self, context=context).port}/"

    def test_trustedCertificate(self) -> None:
        self.assertEqual(self.run_(*self.trusting, self._peer(GOOD)).status, 0)

    def test_insecure(self) -> None:
        """
        C{--insecure} accepts any.
        """
        self.assertEqual(self.run_("-kc1", self._peer(SELF_SIGNED)).status, 0)

    def test_clientCertificate(self) -> None:
        url = self._peer(GOOD, clients=True)
        identity = CLIENT.save(self.directory)
        self.assertEqual(self.run_(*self.trusting, "--cert", identity, url).status, 0)
        run = self.run_(*self.trusting, url)
        self.assertEqual(run.status, 3)
        self.assertIn("cannot connect (TLS): ", run.err)

    def test_unixSocket(self) -> None:
        """
        The certificate is for the URL's host.
        """
        path = self.mktemp()
        WebSocketServer(self, path=path, context=serverContext(GOOD, self.directory))
        where = ("--unix-socket", path)
        self.assertEqual(
            self.run_(*self.trusting, *where, "wss://good.example/").status, 0
        )
        self.assertEqual(
            self.run_(*self.trusting, *where, "wss://bad.example/").status, 3
        )


class UsageTests(ClientProcessTestCase):
    """
    The command line.
    """

    def test_invalidOptions(self) -> None:
        """
        The error is one line, and nothing is connected to.
        """
        run = self.run_("--interval", "soon")
        self.assertEqual((run.status, run.out), (2, ""))
        self.assertEqual(
            run.err,
            "echo-client: --interval: 'soon' is not a time span: try 250ms, 5s or 1m\n",
        )

    def test_helpAndVersion(self) -> None:
        """
        They are on standard output.
        """
        run = self.run_("--help")
        self.assertEqual((run.status, run.err), (0, ""))
        self.assertIn("Usage: echo-client [options] [URL]", run.out)
        run = self.run_("--version")
        self.assertEqual((run.status, run.err), (0, ""))
        self.assertMatches(run.out, r"echo \d+\.\d+.*\n")


class ImportTests(ClientProcessTestCase):
    """
    The import of the program.
    """

    def test_noReactor(self) -> None:
        code = "import sys, echo.client.program.main as _; print(*sys.modules)"
        loaded = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT)
        self.assertIn(b"echo.client.program.main", loaded.split())
        self.assertNotIn(b"twisted.internet.reactor", loaded.split())
