"""
C{echo-client} as its users meet it: a process, its streams and its exit status,
with real sockets and servers that are not ours.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase
from websockets.sync.server import ServerConnection

from tests.certificates import (
    AUTHORITY,
    CLIENT,
    ELSEWHERE,
    EXPIRED,
    GOOD,
    SELF_SIGNED,
    Identity,
    serverContext,
)
from tests.client.peers import BarePeer, Peer, accepting, readHead, waitForEnd

_PROGRAM = [sys.executable, "-m", "echo.client.script"]
_ROOT = str(Path(__file__).parent.parent)
_PATIENCE = 20


class Run:
    """
    What a finished process left behind.
    """

    def __init__(self, status: int, out: bytes, err: bytes) -> None:
        self.status = status
        self.out = out.decode()
        self.err = err.decode()
        self.lines = self.out.splitlines()


class ScriptTestCase(SynchronousTestCase):
    """
    Runs the program.
    """

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """
        @return: The running program.
        """
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("ECHO_")}
        process = subprocess.Popen(
            [*_PROGRAM, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**inherited, "PYTHONPATH": _ROOT, **environment},
        )

        def clean() -> None:
            if process.poll() is None:
                process.kill()
                process.communicate()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

        self.addCleanup(clean)
        return process

    def finish(self, process: subprocess.Popen[bytes], stdin: bytes = b"") -> Run:
        """
        @return: What the program left, once it is over: which must be soon.
        """
        out, err = process.communicate(stdin, timeout=_PATIENCE)
        run = Run(process.returncode, out or b"", err)
        self.assertNotIn("Traceback", run.err)
        self.assertNotIn("Unhandled", run.err)
        for line in run.err.splitlines():
            self.assertTrue(line.startswith("echo-client: "), line)
        return run

    def run_(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Run:
        """
        @return: What the program left.
        """
        return self.finish(self.start(*arguments, **environment), stdin)

    def runAll(self, *arguments: Sequence[str]) -> list[Run]:
        """
        @return: What the program left, run side by side with each of the arguments.
        """
        processes = [self.start(*each) for each in arguments]
        return [self.finish(process) for process in processes]

    def untilReceived(self, process: subprocess.Popen[bytes]) -> bytes:
        """
        @return: The first line of data, as soon as it is there.
        """
        assert process.stdout is not None
        return process.stdout.readline()

    def assertMatches(self, text: str, pattern: str) -> None:
        """
        Fail unless all of the text matches.
        """
        self.assertIsNotNone(re.fullmatch(pattern, text), f"{text!r} / {pattern!r}")


class EchoTests(ScriptTestCase):
    """
    All goes well.
    """

    def test_plain(self) -> None:
        """
        Each message gets its line, the summary follows, and nothing else is on
        standard output; who connected and who closed is on standard error.
        """
        peer = Peer(self)
        run = self.run_("-c", "3", "-i", "20ms", peer.url)
        self.assertEqual(run.status, 0)
        self.assertEqual(len(run.lines), 6)
        for number, line in enumerate(run.lines[:3], 1):
            pattern = rf'Received: "Hello {number}" seq={number} time=\d+\.\d\d ms'
            self.assertMatches(line, pattern)
        self.assertEqual(run.lines[3], f"--- {peer.url} ---")
        self.assertEqual(run.lines[4], "3 sent, 3 received, 0 lost (0.0 %)")
        self.assertMatches(
            run.lines[5],
            r"round trip min/avg/max/stddev = (\d+\.\d{3}/){3}\d+\.\d{3} ms",
        )
        self.assertMatches(
            run.err,
            rf"echo-client: connected to {re.escape(peer.url)}"
            rf" \(127\.0\.0\.1:{peer.port}\) in \d+\.\d\d ms\n"
            r"echo-client: closed by us, answered with 1000\n",
        )
        self.assertTrue(peer.closed.wait(_PATIENCE))
        self.assertEqual(peer.closes, [1000])

    def test_payloads(self) -> None:
        """
        Text, files, standard input, binary messages and sizes arrive as asked.
        """
        got: list[str | bytes] = []

        def keep(connection: ServerConnection) -> None:
            for message in connection:
                got.append(message)
                connection.send(message)

        peer = Peer(self, keep, max_size=None)
        path = self.mktemp()
        Path(path).write_bytes(b"\xff\x00\n")
        once = ("-c1", "-i0", peer.url)
        runs = [
            self.run_("-m", "grüß dich", *once),
            self.run_("-b", "-m", f"@{path}", *once),
            self.run_("-m", "@-", *once, stdin=b"from a pipe\n"),
            self.run_("-b", "-s", "200k", *once),
            self.run_(*once, ECHO_SIZE="9"),
        ]  # one after the other: what arrives is kept in that order
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

    def test_request(self) -> None:
        """
        What the handshake is to say reaches the server as it was given.
        """
        peer = Peer(self, subprotocols=["two"])
        run = self.run_(
            *("-c1", "-i0", "--origin", "https://a.example", "-H", "X-A: 1"),
            *("-H", "X-A: 2", "-H", "Host: other.example", "--subprotocol", "one"),
            *("--subprotocol", "two"),
            f"ws://us%40er:s%3Acret@127.0.0.1:{peer.port}/ä b?q=%20+1&flag",
        )
        self.assertEqual(run.status, 0)
        (request,) = peer.requests
        self.assertEqual(request.path, "/%C3%A4%20b?q=%20+1&flag")
        self.assertEqual(request.headers["Host"], "other.example")
        self.assertEqual(request.headers["Origin"], "https://a.example")
        self.assertEqual(request.headers.get_all("X-A"), ["1", "2"])
        self.assertEqual(request.headers["Sec-WebSocket-Protocol"], "one, two")
        self.assertMatches(request.headers["User-Agent"], r"echo-client/\d.*")
        self.assertEqual(request.headers["Authorization"], "Basic dXNAZXI6czpjcmV0")
        self.assertNotIn("cret", run.out + run.err)
        self.assertIn("subprotocol two", run.err)

    def test_families(self) -> None:
        """
        IPv6, a host with two addresses of which one refuses, and Unix sockets are
        reached; the Host header fits.
        """
        six = Peer(self, host="::1")
        four = Peer(self)
        path = self.mktemp()
        local = Peer(self, path=path)
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

    def test_overlapping(self) -> None:
        """
        The next message is sent whether or not the last came back.
        """

        def hold(connection: ServerConnection) -> None:
            messages = [connection.recv() for _ in range(3)]
            for message in messages:
                connection.send(message)

        run = self.run_("-c", "3", "-i", "5ms", Peer(self, hold).url)
        self.assertEqual(run.status, 0)


class EndTests(ScriptTestCase):
    """
    Somebody wants it to end.
    """

    def _interrupted(self, number: signal.Signals) -> None:
        peer = Peer(self)
        process = self.start("-i", "10s", peer.url)
        first = self.untilReceived(process)
        self.assertTrue(first.startswith(b'Received: "Hello 1" seq=1 time='))
        process.send_signal(number)
        run = self.finish(process)
        self.assertEqual(run.status, 0)
        self.assertEqual(run.lines[0], f"--- {peer.url} ---")
        self.assertEqual(run.lines[1], "1 sent, 1 received, 0 lost (0.0 %)")
        self.assertTrue(peer.closed.wait(_PATIENCE))
        self.assertEqual(peer.closes, [1000])

    def test_SIGINT(self) -> None:
        """
        An interrupt closes with 1000, sums up, and is no failure.
        """
        self._interrupted(signal.SIGINT)

    def test_SIGTERM(self) -> None:
        """
        So does the polite signal to terminate.
        """
        self._interrupted(signal.SIGTERM)

    def _stubborn(self, *arguments: str) -> subprocess.Popen[bytes]:
        def act(connection: socket.socket) -> None:
            connection.sendall(accepting(readHead(connection)))
            connection.recv(1024)
            connection.sendall(b"\x81\x07Hello 1")
            waitForEnd(connection)

        process = self.start("-i", "10s", *arguments, BarePeer(self, act).url)
        self.untilReceived(process)
        return process

    def test_noAnswer(self) -> None:
        """
        A server that does not answer our close is waited for only so long.
        """
        process = self._stubborn("--close-timeout", "50ms")
        process.send_signal(signal.SIGINT)
        run = self.finish(process)
        self.assertEqual(run.status, 0)
        self.assertEqual(run.lines[1], "1 sent, 1 received, 0 lost (0.0 %)")
        self.assertIn("closed by us: no close frame in answer to ours", run.err)

    def test_twice(self) -> None:
        """
        The second signal ends the program at once, with status 130.
        """
        process = self._stubborn("--close-timeout", "1h")
        process.send_signal(signal.SIGINT)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(process).status, 130)

    def test_beforeOpen(self) -> None:
        """
        An interrupt while connecting ends the program with status 130.
        """
        process: list[subprocess.Popen[bytes]] = []

        def act(connection: socket.socket) -> None:
            readHead(connection)
            process[0].send_signal(signal.SIGINT)
            waitForEnd(connection)

        peer = BarePeer(self, act)
        process.append(self.start(peer.url))
        run = self.finish(process[0])
        self.assertEqual((run.status, run.out, run.err), (130, "", ""))

    def test_brokenPipe(self) -> None:
        """
        When nobody reads the data any more, the connection is closed as it should
        be, and not a word is said about it.
        """
        peer = Peer(self)
        process = self.start("-i", "1ms", peer.url)
        self.untilReceived(process)
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        self.assertEqual(self.finish(process).status, 0)
        self.assertTrue(peer.closed.wait(_PATIENCE))
        self.assertEqual(peer.closes, [1000])

    def _closing(self, code: int, reason: str) -> list[str]:
        """
        @return: Arguments for a server that closes so after one echo.
        """

        def act(connection: ServerConnection) -> None:
            connection.send(connection.recv())
            connection.close(code, reason)

        return ["-i", "10s", Peer(self, act).url]

    def test_closedByServer(self) -> None:
        """
        A server that closes is quoted; 1000 and 1001 are good ends, others are
        not; an escape sequence in a reason does not reach the terminal.
        """
        other, normal, away = self.runAll(
            self._closing(4001, "go \x1b[31maway"),
            self._closing(1000, ""),
            self._closing(1001, "restart"),
        )
        self.assertEqual((other.status, normal.status, away.status), (6, 0, 0))
        self.assertIn(r'closed by the server: 4001 "go \x1b[31maway"', other.err)
        self.assertEqual(other.lines[2], "1 sent, 1 received, 0 lost (0.0 %)")
        self.assertIn('closed by the server: 1001 "restart"', away.err)

    def test_tooEarly(self) -> None:
        """
        A server that closes before the wanted messages were sent did not echo
        them.
        """
        run = self.run_("-c", "2", *self._closing(1000, ""))
        self.assertEqual(run.status, 1)
        self.assertIn("not all messages were sent", run.err)

    def test_dropped(self) -> None:
        """
        A connection that breaks off is a close with 1006.
        """

        def act(connection: socket.socket) -> None:
            connection.sendall(accepting(readHead(connection)))
            connection.recv(1024)

        run = self.run_(BarePeer(self, act).url)
        self.assertEqual(run.status, 6)
        self.assertIn("connection lost: 1006", run.err)
        self.assertEqual(run.lines[1], "1 sent, 0 received, 1 lost (100.0 %)")
        self.assertEqual(run.lines[2], "lost: 1 (seq 1)")


class FaultTests(ScriptTestCase):
    """
    The server is no faithful echo.
    """

    def _against(
        self, reply: Callable[[int, str], Iterable[str | bytes]], *arguments: str
    ) -> Run:
        def act(connection: ServerConnection) -> None:
            for number, message in enumerate(connection, 1):
                assert isinstance(message, str)
                for each in reply(number, message):
                    connection.send(each)

        peer = Peer(self, act)
        run = self.run_("-c3", "-i", "30ms", "--timeout", "300ms", *arguments, peer.url)
        self.assertEqual(run.status, 1)
        return run

    def test_altered(self) -> None:
        """
        An altered echo is named where it comes, and in the summary.
        """
        run = self._against(lambda n, text: [text if n != 2 else "Hallo 2"])
        self.assertMatches(
            run.lines[1], r'Received: "Hallo 2" seq=2 time=[\d.]+ ms \(altered\)'
        )
        self.assertEqual(run.lines[4], "3 sent, 3 received, 0 lost (0.0 %)")
        self.assertEqual(run.lines[6], "altered: 1 (seq 2)")
        self.assertIn("echo-client: seq=2 came back altered\n", run.err)

    def test_lost(self) -> None:
        """
        An echo that does not come is lost, and not waited for longer than said.
        """
        run = self._against(lambda n, text: [text] if n == 1 else [])
        self.assertEqual(run.lines[2], "3 sent, 1 received, 2 lost (66.7 %)")
        self.assertEqual(run.lines[4], "lost: 2 (seq 2, 3)")
        self.assertIn("echo-client: lost: seq 2\n", run.err)

    def test_twice(self) -> None:
        """
        An echo that comes twice is named.
        """
        run = self._against(lambda n, text: [text] * (2 if n == 1 else 1))
        self.assertTrue(run.lines[1].endswith(" ms (twice)"), run.out)
        self.assertEqual(run.lines[-1], "twice: 1 (seq 1)")

    def test_outOfOrder(self) -> None:
        """
        Echoes in another order are named.
        """
        held: list[str] = []

        def swap(number: int, text: str) -> list[str]:
            held.insert(0, text)
            return held if number == 3 else []

        run = self._against(swap, "-i", "5ms")
        self.assertEqual(run.lines[-1], "out of order: 2 (seq 2, 1)")

    def test_typeChanged(self) -> None:
        """
        Text that comes back binary is named.
        """
        run = self._against(lambda n, text: [text.encode() if n == 3 else text])
        self.assertMatches(
            run.lines[2],
            r"Received: 0x48656c6c6f2033 \(7 bytes\) seq=3 time=[\d.]+ ms"
            r" \(type changed: text came back binary\)",
        )
        self.assertEqual(run.lines[-1], "type changed: 1 (seq 3)")

    def test_greeting(self) -> None:
        """
        A message that nobody sent is not taken for an echo, whatever it was taken
        for at first.
        """
        run = self._against(lambda n, text: ["Welcome!", text] if n == 1 else [text])
        self.assertEqual(run.lines[-1], "unexpected: 1")
        self.assertEqual(run.lines[-3], "3 sent, 3 received, 0 lost (0.0 %)")


class RefusalTests(ScriptTestCase):
    """
    There is no WebSocket.
    """

    def _answered(self, *answers: bytes) -> list[Run]:
        def answering(answer: bytes) -> BarePeer:
            def act(connection: socket.socket) -> None:
                readHead(connection)
                connection.sendall(answer)

            return BarePeer(self, act)

        runs = self.runAll(*([answering(answer).url] for answer in answers))
        self.assertEqual([run.out for run in runs], [""] * len(runs))
        return runs

    def test_statuses(self) -> None:
        """
        A refusal in HTTP is told with its status.
        """
        runs = self._answered(
            b"HTTP/1.1 401 Unauthorized\r\n\r\n",
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\nLater.",
            b"HTTP/1.0 200 OK\r\n\r\n",
            b"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n",
        )
        told = ["401 Unauthorized", "503 Service Unavailable", "200 OK"]
        told.append("301 Moved (to /x)")
        for run, text in zip(runs, told, strict=True):
            self.assertEqual(run.status, 4)
            self.assertEqual(run.err, f"echo-client: handshake refused: HTTP {text}\n")

    def test_noAnswer(self) -> None:
        """
        A server that hangs up, or says nothing in time, refuses too.
        """
        (run,) = self._answered(b"")
        self.assertEqual(run.status, 4)
        self.assertIn("the server hung up without an answer", run.err)
        run = self.run_("--timeout", "100ms", BarePeer(self, waitForEnd).url)
        self.assertEqual(run.status, 4)
        self.assertIn("no complete answer within 0.1 s", run.err)

    def test_garbage(self) -> None:
        """
        What is no answer of a WebSocket server is a protocol error.
        """
        wrong = accepting(b"Sec-WebSocket-Key: other\r\n\r\n")
        garbage = b"\x00\xff\x1b[31m\r\n\r\n"
        for run in self._answered(garbage, b"SSH-2.0-x\r\n", wrong):
            self.assertEqual(run.status, 5)
            self.assertIn("protocol error", run.err)
            self.assertNotIn("\x1b", run.err)

    def test_brokenFrames(self) -> None:
        """
        A server that breaks the rules later is told so, and it is said.
        """
        told: list[bytes] = []

        def act(connection: socket.socket) -> None:
            connection.sendall(accepting(readHead(connection)))
            connection.sendall(b"\xf1\x00")
            while got := connection.recv(1024):
                told.append(got)

        run = self.run_("--close-timeout", "50ms", BarePeer(self, act).url)
        self.assertEqual(run.status, 5)
        self.assertIn("(closed with 1002)", run.err)
        self.assertIn("--- ws://", run.out)

    def test_unreachable(self) -> None:
        """
        Whether it was the name, the port or the socket is said.
        """
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        runs = self.runAll(
            [f"ws://127.0.0.1:{port}/"],
            ["ws://nobody.invalid/"],
            ["--unix-socket", self.mktemp(), "ws://x/"],
        )
        told = ["TCP): connection refused", "DNS): the host name is not known"]
        told.append("unix socket): no such file or directory")
        for run, text in zip(runs, told, strict=True):
            self.assertEqual((run.status, run.out), (3, ""))
            self.assertEqual(run.err, f"echo-client: cannot connect ({text}\n")


class TLSTests(ScriptTestCase):
    """
    Encrypted, and with whom.
    """

    def setUp(self) -> None:
        """
        Make a place for files.
        """
        self.directory = self.mktemp()
        Path(self.directory).mkdir()
        authority = Path(self.directory) / "authority.pem"
        authority.write_bytes(AUTHORITY.pem)
        self.trusting = ("-c1", "-i0", "--cacert", str(authority))

    def _peer(self, identity: Identity, *, clients: bool = False) -> str:
        context = serverContext(identity, self.directory, clients=clients)
        return f"wss://localhost:{Peer(self, context=context).port}/"

    def test_trusted(self) -> None:
        """
        A certificate of a trusted authority, for that very host, is fine.
        """
        self.assertEqual(self.run_(*self.trusting, self._peer(GOOD)).status, 0)

    def test_untrusted(self) -> None:
        """
        Any other certificate is refused, and why is said.
        """
        runs = self.runAll(
            [self._peer(GOOD)],
            [*self.trusting, self._peer(EXPIRED)],
            [*self.trusting, self._peer(ELSEWHERE)],
            [*self.trusting, self._peer(SELF_SIGNED)],
        )
        told = ["its issuer is not trusted", "it has expired"]
        told += ["it is not for localhost", "it is self-signed"]
        for run, text in zip(runs, told, strict=True):
            self.assertEqual((run.status, run.out), (3, ""))
            self.assertIn("cannot connect (TLS): the server's certificate", run.err)
            self.assertIn(text, run.err)

    def test_insecure(self) -> None:
        """
        Who insists can have any certificate.
        """
        self.assertEqual(self.run_("-kc1", self._peer(SELF_SIGNED)).status, 0)

    def test_mutual(self) -> None:
        """
        A server that wants a certificate of the client gets it, or says no.
        """
        url = self._peer(GOOD, clients=True)
        identity = CLIENT.save(self.directory)
        self.assertEqual(self.run_(*self.trusting, "--cert", identity, url).status, 0)
        run = self.run_(*self.trusting, url)
        self.assertEqual(run.status, 3)
        self.assertIn("cannot connect (TLS): ", run.err)

    def test_unixSocket(self) -> None:
        """
        TLS works over a Unix socket, for the host in the URL.
        """
        path = self.mktemp()
        Peer(self, path=path, context=serverContext(GOOD, self.directory))
        where = ("--unix-socket", path)
        self.assertEqual(
            self.run_(*self.trusting, *where, "wss://good.example/").status, 0
        )
        self.assertEqual(
            self.run_(*self.trusting, *where, "wss://bad.example/").status, 3
        )

    def test_notTLS(self) -> None:
        """
        A server without TLS, or one that says nothing, fails at TLS.
        """
        plain = BarePeer(self, lambda c: c.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"))
        silent = BarePeer(self, waitForEnd)
        run = self.run_(f"wss://127.0.0.1:{plain.port}")
        self.assertEqual(run.status, 3)
        self.assertIn("(TLS): the server does not speak TLS here", run.err)
        run = self.run_("--timeout", "100ms", f"wss://127.0.0.1:{silent.port}")
        self.assertEqual(run.status, 3)
        self.assertIn("(TLS): no answer within 0.1 s", run.err)


class UsageTests(ScriptTestCase):
    """
    What was asked for makes no sense.
    """

    def test_usage(self) -> None:
        """
        One line says what is wrong; nothing is tried.
        """
        run = self.run_("--interval", "soon")
        self.assertEqual((run.status, run.out), (2, ""))
        self.assertEqual(
            run.err,
            "echo-client: --interval: 'soon' is not a time span: try 250ms, 5s or 1m\n",
        )

    def test_help(self) -> None:
        """
        Help and version are data.
        """
        run = self.run_("--help")
        self.assertEqual((run.status, run.err), (0, ""))
        self.assertIn("Usage: echo-client [options] [URL]", run.out)
        run = self.run_("--version")
        self.assertEqual((run.status, run.err), (0, ""))
        self.assertMatches(run.out, r"echo \d+\.\d+.*\n")


class ImportTests(ScriptTestCase):
    """
    Nothing happens on import.
    """

    def test_noReactor(self) -> None:
        """
        Importing the program installs no reactor.
        """
        code = "import sys, echo.client.script as _; print(*sys.modules)"
        loaded = subprocess.check_output([sys.executable, "-c", code], cwd=_ROOT)
        self.assertIn(b"echo.client.script", loaded.split())
        self.assertNotIn(b"twisted.internet.reactor", loaded.split())
