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

from echo.client.check.cases.table import CASES, select
from echo.client.program import main as script
from echo.client.program.main import main
from echo.client.program.process import Process
from tests.kit.client import BrokenStream
from tests.kit.frames import TEXT, serverFrame
from tests.kit.runs import ScriptTestCase


class MainTests(ScriptTestCase):
    """
    Tests for L{main}.
    """

    def test_sendsAndReports(self) -> None:
        """
        Data and diagnostics go to different streams, and the status is that of the run.
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

    def test_quietShowsSummaryOnly(self) -> None:
        self.main("-c1", "-q", act=self.echo)
        self.assertTrue(self.out.getvalue().startswith("--- ws://"))
        self.assertEqual(self.err.getvalue(), "")

    def test_holds(self) -> None:
        def act() -> None:
            server = self.connect()
            self.reactor.advance(5)
            self.assertEqual(server.frames(), [])
            self.end(server)

        self.assertEqual(self.main("--hold", act=act), 6)
        self.assertIn("held open for 5.00 s", self.out.getvalue())

    def test_opensManyConnections(self) -> None:
        def act() -> None:
            server = self.connect()
            self.reactor.advance(0.1)
            server.say(serverFrame(TEXT, b"Hello 1"))
            self.end(server)

        arguments = ("--connections", "1", "-c", "1")
        self.assertEqual(self.main(*arguments, act=act), 0)
        self.assertIn("1 sent, 1 received", self.out.getvalue())

    def test_refusesMoreConnectionsThanDescriptors(self) -> None:
        """
        Before the run starts, with the limit.
        """
        self.assertEqual(self.main("--connections", "3000000000"), 2)
        said = self.err.getvalue()
        self.assertTrue(said.startswith("echo-client: 3000000000 connections need"))
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.assertIn(f"and the limit is {hard}: raise it", said)
        self.assertEqual(said.count("\n"), 1)
        self.assertFalse(self.reactor.hasRun)

    def test_listsDemandsWithoutConnecting(self) -> None:
        """
        Also with a URL, and with C{--quiet}.
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

    def test_listFailsOnFullDiskOnly(self) -> None:
        """
        A closed pipe is no failure.
        """
        for number, status in ((32, 0), (28, 1)):
            out = BrokenStream(number)
            self.assertEqual(self.main("check", "--list", stdout=out), status)
            self.assertEqual(out.tries, 1)

    def test_checks(self) -> None:
        def act() -> None:
            self.connect()
            self.reactor.advance(2)

        self.assertEqual(self.main("check", "-w", "2s", act=act), 1)
        self.assertIn("--deadline: not all was checked", self.err.getvalue())
        self.assertIn("ws://localhost:8080/socket: 0 ok", self.out.getvalue())

    def test_subcommandMayStandAnywhere(self) -> None:
        """
        Unless it is the value of an option.
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

    def test_warnsOfUnknownVariable(self) -> None:
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

    def test_usageErrorIsOneLine(self) -> None:
        """
        Status 2, with every subcommand.
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

    def test_readsArgumentsOfProcess(self) -> None:
        self.patch(sys, "argv", ["echo-client", "--count", "x"])
        self.assertEqual(main(process=Process({}, None, self.out, self.err)), 2)
        self.assertIn("--count: 'x'", self.err.getvalue())
        self.assertEqual(self.main(act=self.echo), 6)

    def test_readsEnvironment(self) -> None:
        status = self.main(environment={"ECHO_COUNT": "1"}, act=self.echo)
        self.assertEqual(status, 0)

    def test_unknownCodecIsUsageError(self) -> None:
        status = self.main("-c", "1", environment={"ECHO_USE_WIRE": "maybe"})
        self.assertEqual(status, 2)
        self.assertEqual(
            self.err.getvalue(),
            "echo-client: ECHO_USE_WIRE must be 0 or 1, not 'maybe'\n",
        )

    def test_signalEndsRunInGoodOrder(self) -> None:
        def act() -> None:
            server = self.connect()
            server.say(serverFrame(TEXT, b"Hello 1"))
            self.handlers[signal.SIGTERM](signal.SIGTERM, None)
            self.end(server)

        self.assertEqual(self.main(act=act), 0)

    def test_sigquitReportsInterim(self) -> None:
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

    def test_interruptWhileReadingInput(self) -> None:
        """
        It ends the program at once.
        """

        class Hanging(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                raise KeyboardInterrupt

        self.assertEqual(self.main("-m", "@-", stdin=Hanging()), 130)

    def test_leavesWithoutWaitingForLookup(self) -> None:
        def act() -> None:
            self.reactor.working = ("a thread",)
            self.handlers[signal.SIGINT](signal.SIGINT, None)

        self.main(act=act)
        self.assertEqual(self.left, [130])

    def test_fullDiskFails(self) -> None:
        def act() -> None:
            server = self.connect()
            server.say(serverFrame(TEXT, b"Hello 1"))
            self.end(server)

        status = self.main(act=act, stdout=BrokenStream(28))
        self.assertEqual(status, 1)
        self.assertIn("cannot write: No go", self.err.getvalue())
        self.assertIn("closed by us", self.err.getvalue())

    def test_runsWithoutStreams(self) -> None:
        self.patch(sys, "stdout", None)
        self.patch(sys, "stderr", None)
        self.assertEqual(main(["-c0"], Process({})), 2)

    def test_runsAsModule(self) -> None:
        self.patch(sys, "argv", ["echo-client", "--count", "x"])
        self.patch(sys, "stderr", self.err)
        assert script.__file__ is not None
        ended = self.assertRaises(
            SystemExit, runpy.run_path, script.__file__, run_name="__main__"
        )
        self.assertEqual(ended.code, 2)
