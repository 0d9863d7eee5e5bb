"""
Tests of L{echo.client.program.main} in memory. C{tests.system.client.test_program} runs
the process.
"""

import io
import json
import resource
import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.address import IPv4Address

from echo.client.check.cases.table import CASES, select
from echo.client.program import main as script
from echo.client.program.main import main
from echo.client.run.modes import base
from tests.client.program.test_process import Running
from tests.kit.client import BrokenStream, ClientTestCase, Server
from tests.kit.frames import TEXT, serverClose, serverFrame


class Terminal(io.StringIO):
    """
    A stream that somebody looks at.
    """

    def isatty(self) -> bool:
        """
        It is one.
        """
        return True


class ScriptTestCase(ClientTestCase):
    """
    Runs the program.
    """

    def setUp(self) -> None:
        """
        Make streams, and a place for signal handlers. Messages do not name their run.
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
        return main(
            arguments,
            **{
                "environment": {},
                "stdout": self.out,
                "stderr": self.err,
                "reactor": self.reactor,
                "setSignal": self.handlers.__setitem__,
                "leave": self.left.append,
                **options,
            },
        )

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
        The server closes, or answers our close.
        """
        server.say(serverClose(1000))
        server.hangUp()

    def echo(self) -> None:
        """
        A server that answers the first message, and no more.
        """
        server = self.connect()
        server.say(serverFrame(TEXT, b"Hello 1"))
        self.end(server)


class MainTests(ScriptTestCase):
    """
    Tests for L{main}.
    """

    def test_probe(self) -> None:
        """
        It sends; data and diagnostics each go to their stream, and the status is
        that of the run.
        """
        self.assertEqual(self.main("-c1", act=self.echo), 0)
        first, *summary = self.out.getvalue().splitlines()
        self.assertTrue(first.startswith('Received: "Hello 1" seq=1 time='), first)
        self.assertEqual(summary[0], "--- ws://localhost:8080/socket ---")
        self.assertEqual(summary[1], "1 sent, 1 received, 0 lost (0.0 %)")
        connected, closed = self.err.getvalue().splitlines()
        self.assertTrue(connected.startswith("echo-client: connected to ws://local"))
        self.assertEqual(closed, "echo-client: closed by us, answered with 1000")
        self.assertEqual(self.left, [])
        self.assertEqual(self.main("-c2", act=self.echo), 6)

    def test_quiet(self) -> None:
        """
        With C{-q} there is the summary only, and nothing on standard error.
        """
        self.main("-c1", "-q", act=self.echo)
        self.assertTrue(self.out.getvalue().startswith("--- ws://"))
        self.assertEqual(self.err.getvalue(), "")

    def test_hold(self) -> None:
        """
        It holds.
        """

        def act() -> None:
            server = self.connect()
            self.reactor.advance(5)
            self.assertEqual(server.frames(), [])
            self.end(server)

        self.assertEqual(self.main("--hold", act=act), 6)
        self.assertIn("held open for 5.00 s", self.out.getvalue())

    def test_connections(self) -> None:
        """
        It opens many connections.
        """

        def act() -> None:
            server = self.connect()
            self.reactor.advance(0.1)
            server.say(serverFrame(TEXT, b"Hello 1"))
            self.end(server)

        arguments = ("--connections", "1", "-c", "1")
        self.assertEqual(self.main(*arguments, act=act), 0)
        self.assertIn("1 sent, 1 received", self.out.getvalue())

    def test_descriptors(self) -> None:
        """
        More of them than there can be descriptors: status 2 before anything
        begins, and the limit is named.
        """
        self.assertEqual(self.main("--connections", "3000000000"), 2)
        said = self.err.getvalue()
        self.assertTrue(said.startswith("echo-client: 3000000000 connections need"))
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.assertIn(f"and the limit is {hard}: raise it", said)
        self.assertEqual(said.count("\n"), 1)
        self.assertFalse(self.reactor.hasRun)

    def test_list(self) -> None:
        """
        It lists demands, and connects to no server; also with a URL, and also with
        nothing but the summary.
        """
        for more in ((), ("ws://x/",), ("-q",)):
            self.out = io.StringIO()
            self.assertEqual(self.main("check", "--list", *more), 0)
            self.assertEqual(self.reactor.tcpClients, [])
            lines = self.out.getvalue().splitlines()
            self.assertEqual(
                [line.split(maxsplit=1)[1] for line in lines if line[:4] != "7692"],
                [case.name for case in CASES if case.section[:4] != "7692"],
            )
            self.assertEqual(len(lines), len(CASES))
        self.out = io.StringIO()
        self.main("check", "--list", "--section", "10", "--json")
        names = [json.loads(line)["name"] for line in self.out.getvalue().splitlines()]
        self.assertEqual(names, [case.name for case in select(["10"])])

    def test_listUnread(self) -> None:
        """
        A list that nobody reads to its end is no failure. One that cannot be
        written is.
        """
        for number, status in ((32, 0), (28, 1)):
            out = BrokenStream(number)
            self.assertEqual(self.main("check", "--list", stdout=out), status)
            self.assertEqual(out.tries, 1)

    def test_check(self) -> None:
        """
        It checks.
        """

        def act() -> None:
            self.connect()
            self.reactor.advance(2)

        self.assertEqual(self.main("check", "-w", "2s", act=act), 1)
        self.assertIn("--deadline: not all was checked", self.err.getvalue())
        self.assertIn("ws://localhost:8080/socket: 0 ok", self.out.getvalue())

    def test_order(self) -> None:
        """
        A subcommand may stand before, between or behind options and the URL; what is
        the value of an option is none.
        """

        def act() -> None:
            self.connect()
            self.reactor.advance(2)

        for arguments in [
            ("check", "-w", "2s", "ws://x/"),
            ("-w", "2s", "check", "ws://x/"),
            ("ws://x/", "check", "-w2s"),
            ("--no-insecure", "-w", "2s", "ws://x/", "check"),
        ]:
            self.assertEqual(self.main(*arguments, act=act), 1, arguments)
            self.assertIn("ws://x/: 0 ok", self.out.getvalue())
            self.out.truncate(0)
        self.assertEqual(self.main("--histogram", "nowhere", "merge"), 2)
        self.assertIn("cannot read 'nowhere'", self.err.getvalue())
        self.main("-c1", "-m", "check", act=self.echo)
        self.assertIn("1 sent", self.out.getvalue())
        self.assertEqual(self.main("--bogus", "check"), 2)
        self.assertIn("option --bogus not recognized", self.err.getvalue())

    def test_variables(self) -> None:
        """
        A variable that is none of ours gets a warning, with every command.
        """
        for command in ((), ("check",), ("merge",)):
            self.err.truncate(self.err.seek(0))
            environment = {"ECHO_COUMT": "1", "ECHO_LISTEN": "tcp:1", "ECHO_RATE": "x"}
            self.main(*command, "--color", "x", environment=environment)
            self.assertEqual(
                self.err.getvalue().splitlines()[0],
                "echo-client: ECHO_COUMT in the environment is unknown:"
                " did you mean ECHO_COUNT?",
            )
            self.assertEqual(self.err.getvalue().count("\n"), 2)

    def test_usage(self) -> None:
        """
        What makes no sense: status 2, and one line; with every command.
        """
        for arguments, start in [
            (("--count", "x"), "--count: "),
            (("check", "--timeout", "0"), "--timeout: "),
            (("merge",), "expected the files"),
        ]:
            self.err.seek(self.err.truncate(0))
            self.assertEqual(self.main(*arguments), 2)
            said = self.err.getvalue()
            self.assertEqual(said.count("\n"), 1)
            self.assertTrue(said.startswith(f"echo-client: {start}"), said)
        self.assertEqual(self.out.getvalue(), "")

    def test_ownArguments(self) -> None:
        """
        Without others they are those of the process; without any, it sends.
        """
        self.patch(sys, "argv", ["echo-client", "--count", "x"])
        self.assertEqual(main(environment={}, stdout=self.out, stderr=self.err), 2)
        self.assertIn("--count: 'x'", self.err.getvalue())
        self.assertEqual(self.main(act=self.echo), 6)

    def test_environment(self) -> None:
        """
        Options come from the environment, too.
        """
        status = self.main(environment={"ECHO_COUNT": "1"}, act=self.echo)
        self.assertEqual(status, 0)

    def test_wire(self) -> None:
        """
        A wrong choice of the codec is a usage error.
        """
        status = self.main("-c", "1", environment={"ECHO_USE_WIRE": "maybe"})
        self.assertEqual(status, 2)
        self.assertEqual(
            self.err.getvalue(),
            "echo-client: ECHO_USE_WIRE must be 0 or 1, not 'maybe'\n",
        )

    def test_interrupted(self) -> None:
        """
        A signal ends it in good order.
        """

        def act() -> None:
            server = self.connect()
            server.say(serverFrame(TEXT, b"Hello 1"))
            self.handlers[signal.SIGTERM](signal.SIGTERM, None)
            self.end(server)

        self.assertEqual(self.main(act=act), 0)

    def test_interim(self) -> None:
        """
        SIGQUIT tells how it goes, and nothing else happens.
        """

        def act() -> None:
            self.handlers[signal.SIGQUIT](signal.SIGQUIT, None)
            server = self.connect()
            server.say(serverFrame(TEXT, b"Hello 1"))
            self.handlers[signal.SIGQUIT](signal.SIGQUIT, None)
            self.end(server)

        self.assertEqual(self.main(act=act), 6)
        said = self.err.getvalue().splitlines()
        self.assertIn("echo-client: 0 sent, 0 received, 0 lost (0.0 %)", said)
        self.assertIn("echo-client: 1 sent, 1 received, 0 lost (0.0 %)", said)
        self.assertEqual(self.out.getvalue().count(" sent, "), 1)

    def test_interruptedReading(self) -> None:
        """
        A signal while standard input is read is an end at once.
        """

        class Hanging(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                raise KeyboardInterrupt

        self.assertEqual(self.main("-m", "@-", stdin=Hanging()), 130)

    def test_hangingLookup(self) -> None:
        """
        A name that is still being looked up is not waited for.
        """

        def act() -> None:
            self.reactor.working = ("a thread",)
            self.handlers[signal.SIGINT](signal.SIGINT, None)

        self.main(act=act)
        self.assertEqual(self.left, [130])

    def test_fullDisk(self) -> None:
        """
        Data that could not be written are a failure, and the end.
        """

        def act() -> None:
            server = self.connect()
            server.say(serverFrame(TEXT, b"Hello 1"))
            self.end(server)

        status = self.main(act=act, stdout=BrokenStream(28))
        self.assertEqual(status, 1)
        self.assertIn("cannot write: No go", self.err.getvalue())
        self.assertIn("closed by us", self.err.getvalue())

    def test_closedStreams(self) -> None:
        """
        A process that was started without streams runs all the same.
        """
        self.patch(sys, "stdout", None)
        self.patch(sys, "stderr", None)
        self.assertEqual(self.main("-c0", stdout=None, stderr=None), 2)

    def test_asModule(self) -> None:
        """
        The module can be run, as C{python -m} does.
        """
        self.patch(sys, "argv", ["echo-client", "--count", "x"])
        self.patch(sys, "stderr", self.err)
        assert script.__file__ is not None
        ended = self.assertRaises(
            SystemExit, runpy.run_path, script.__file__, run_name="__main__"
        )
        self.assertEqual(ended.code, 2)


class ReportTests(ScriptTestCase):
    """
    In which form it tells.
    """

    def test_json(self) -> None:
        """
        Who wants records gets nothing else as data, on a terminal either.
        """
        for out in (io.StringIO(), Terminal()):
            arguments = ("--json", "-c1", "-i", "10ms", "--color", "always")
            self.assertEqual(self.main(*arguments, act=self.echo, stdout=out), 0)
            records = [json.loads(line) for line in out.getvalue().splitlines()]
            self.assertEqual(
                [each["type"] for each in records],
                ["connected", "echo", "closed", "summary"],
            )

    def test_color(self) -> None:
        """
        Colours are for terminals, for who wants no colour, not at all, and for who
        wants them, everywhere. It is decided for each stream.
        """

        def act() -> None:
            server = self.connect()
            server.say(serverFrame(TEXT, b"x"))
            self.end(server)

        for arguments, environment, out, err, colours in [
            ((), {}, Terminal(), Terminal(), (True, True)),
            ((), {}, Terminal(), io.StringIO(), (True, False)),
            ((), {}, io.StringIO(), Terminal(), (False, True)),
            ((), {"NO_COLOR": "1"}, Terminal(), Terminal(), (False, False)),
            ((), {"ECHO_COLOR": "never"}, Terminal(), Terminal(), (False, False)),
            (("--color", "never"), {}, Terminal(), Terminal(), (False, False)),
            (
                ("--color", "always"),
                {"NO_COLOR": "1"},
                io.StringIO(),
                io.StringIO(),
                (True, True),
            ),
        ]:
            streams = {"stdout": out, "stderr": err}
            self.main("-c1", *arguments, act=act, environment=environment, **streams)
            found = tuple("\x1b[31m" in each.getvalue() for each in (out, err))
            self.assertEqual(found, colours)

    def test_live(self) -> None:
        """
        A fast run on a terminal has one line that changes; a slow one, one that is
        not seen, and one of which only the summary is wanted, have none.
        """

        def act() -> None:
            server = self.connect()
            server.say(serverFrame(TEXT, b"Hello 1"))
            self.reactor.advance(0.25)
            self.end(server)

        for arguments, out, live in [
            (("-i", "99ms"), Terminal(), True),
            (("-i", "100ms"), Terminal(), False),
            ((), Terminal(), False),
            (("-i", "1ms", "-q"), Terminal(), False),
            (("-i", "1ms"), io.StringIO(), False),
        ]:
            self.main(*arguments, act=act, stdout=out)
            written = out.getvalue()
            self.assertEqual("\r" in written, live)
            quiet = "-q" in arguments
            self.assertEqual("Received: " in written, not live and not quiet)
            self.assertIn("--- ws://localhost:8080/socket ---\n", written)

    def test_sweep(self) -> None:
        """
        A sweep has a line for each size, and none for each message.
        """

        def act() -> None:
            server = self.connect()
            server.say(serverFrame(TEXT, b"1"))
            self.end(server)

        self.assertEqual(self.main("--sweep", "1", "-c1", act=act), 0)
        self.assertTrue(self.out.getvalue().startswith("1: 1 of 1, min/avg"))

    def test_taste(self) -> None:
        """
        What else is to be shown is shown.
        """
        arguments = ("-c1", "-v", "--histogram")
        url = "ws://localhost/?token=abc"
        self.main(*arguments, url, act=self.echo)
        self.assertIn("> GET /?token=*** HTTP/1.1", self.err.getvalue())
        self.assertIn("up to", self.out.getvalue())
        self.main(*arguments, "--show-secrets", url, act=self.echo)
        self.assertIn("> GET /?token=abc HTTP/1.1", self.err.getvalue())

    def test_blocks(self) -> None:
        """
        What a terminal cannot show is not drawn with.
        """
        for encoding, block in [("utf-8", "█"), ("ascii", "#")]:
            raw = io.BytesIO()
            out = io.TextIOWrapper(raw, encoding)
            self.main("-c1", "--histogram", act=self.echo, stdout=out)
            self.assertIn(block, raw.getvalue().decode(encoding))


class MergeTests(ScriptTestCase):
    """
    Several runs, added up.
    """

    def _file(self, *arguments: str, status: int = 0) -> str:
        """
        @return: The file that a run was written to.
        """
        out = io.StringIO()
        self.assertEqual(
            self.main("--json", *arguments, act=self.echo, stdout=out), status
        )
        path = Path(self.mktemp())
        path.write_text(out.getvalue())
        return str(path)

    def test_text(self) -> None:
        """
        Two runs come to what they come to together.
        """
        files = [self._file("-c1") for _ in range(2)]
        self.assertEqual(self.main("merge", *files), 0)
        self.assertIn("2 sent, 2 received, 0 lost (0.0 %)", self.out.getvalue())
        self.assertNotIn("up to", self.out.getvalue())
        self.main("merge", "--histogram", *files)
        self.assertIn("up to", self.out.getvalue())

    def test_json(self) -> None:
        """
        What they come to can be added up again, and standard input be one of them.
        """
        first = self._file("-c1")
        self.assertEqual(self.main("merge", "--json", first, first), 0)
        (line,) = self.out.getvalue().splitlines()
        record = json.loads(line)
        self.assertEqual((record["type"], record["sent"]), ("summary", 2))
        stdin = io.BytesIO(self.out.getvalue().encode())
        self.out = io.StringIO()
        self.assertEqual(self.main("merge", "--json", "-", first, stdin=stdin), 0)
        record = json.loads(self.out.getvalue())
        self.assertEqual((record["sent"], record["received"]), (3, 3))
        self.assertEqual(record["rtt"]["count"], 3)

    def test_twice(self) -> None:
        """
        A file that is named again counts again, and standard error says so once.
        """
        first, second = self._file("-c1"), self._file("-c1")
        self.err = io.StringIO()
        self.assertEqual(self.main("merge", first, second), 0)
        self.assertEqual(self.err.getvalue(), "")
        other = f"./{first}"
        self.assertEqual(self.main("merge", first, second, other, other), 0)
        self.assertEqual(
            self.err.getvalue(),
            f"echo-client: {other!r} is named more than once: its runs count each"
            " time\n",
        )

    def test_gates(self) -> None:
        """
        What is demanded is demanded of all together.
        """
        file = self._file("-c1")
        arguments = ("merge", "--max-rtt", "0s", "--max-loss", "0%", file)
        self.assertEqual(self.main(*arguments), 1)
        self.assertIn("FAILED: --max-rtt 0s: ", self.out.getvalue())
        self.assertEqual(self.out.getvalue().count("FAILED"), 1)

    def test_unfaithful(self) -> None:
        """
        One that failed makes all of it fail; what was lost may be as much as is
        demanded.
        """

        def lose() -> None:
            server = self.connect()
            self.reactor.pump([3, 1])
            self.end(server)

        good, out = self._file("-c1"), io.StringIO()
        self.main("--json", "-c1", "-w", "3s", act=lose, stdout=out)
        bad = Path(self.mktemp())
        bad.write_text(out.getvalue())
        self.assertEqual(self.main("merge", good, str(bad)), 1)
        self.assertIn("2 sent, 1 received, 1 lost (50.0 %)", self.out.getvalue())
        self.assertEqual(self.main("merge", "--max-loss", "50%", good, str(bad)), 0)

    def test_cutShort(self) -> None:
        """
        A run that the server ended before its time gives the sum status 6, unless
        its close code is expected.
        """
        good, bad = self._file("-c1"), self._file("-c2", status=6)
        self.assertEqual(self.main("merge", good, bad), 6)
        self.assertEqual(self.main("merge", "--expect-close", "1000", good, bad), 0)

    def test_unreached(self) -> None:
        """
        One that never began is none that succeeded, and is summed up all the same.
        """
        out = io.StringIO()
        self.main("--json", act=lambda: self.reactor.advance(10), stdout=out)
        path = Path(self.mktemp())
        path.write_text(out.getvalue())
        self.assertEqual(self.main("merge", self._file("-c1"), str(path)), 1)
        self.assertIn("1 sent, 1 received", self.out.getvalue())

    def test_noRun(self) -> None:
        """
        A file that is none: status 2, and it is named.
        """
        path = Path(self.mktemp())
        self.assertEqual(self.main("merge", str(path)), 2)
        path.write_text("{}\n")
        self.assertEqual(self.main("merge", str(path)), 2)
        missing, other = self.err.getvalue().splitlines()
        self.assertIn(f"cannot read {str(path)!r}: No such file", missing)
        self.assertIn(f"{path}: there is no summary in it", other)
