"""
The format that the program chooses for a command line.
"""

import io
import json

from tests.kit.frames import TEXT, serverFrame
from tests.kit.runs import ScriptTestCase, Terminal


class ReportTests(ScriptTestCase):
    """
    The choice of the format.
    """

    def test_jsonIsOnlyRecords(self) -> None:
        """
        On a terminal, too.
        """
        for out in (io.StringIO(), Terminal()):
            arguments = ("--json", "-c1", "-i", "10ms", "--color", "always")
            self.assertEqual(self.main(*arguments, act=self.echo, stdout=out), 0)
            records = [json.loads(line) for line in out.getvalue().splitlines()]
            self.assertEqual(
                [each["type"] for each in records],
                ["connected", "echo", "closed", "summary"],
            )

    def test_colourIsChosenForEachStream(self) -> None:
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

    def test_liveLineOfFastRunOnTerminal(self) -> None:
        """
        No other run has one.
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

    def test_sweepHasLineForEachSize(self) -> None:
        """
        And none for each message.
        """

        def act() -> None:
            server = self.connect()
            server.say(serverFrame(TEXT, b"1"))
            self.end(server)

        self.assertEqual(self.main("--sweep", "1", "-c1", act=act), 0)
        self.assertTrue(self.out.getvalue().startswith("1: 1 of 1, min/avg"))

    def test_optionsReachDisplay(self) -> None:
        arguments = ("-c1", "-v", "--histogram")
        url = "ws://localhost/?token=abc"
        self.main(*arguments, url, act=self.echo)
        self.assertIn("> GET /?token=*** HTTP/1.1", self.err.getvalue())
        self.assertIn("up to", self.out.getvalue())
        self.main(*arguments, "--show-secrets", url, act=self.echo)
        self.assertIn("> GET /?token=abc HTTP/1.1", self.err.getvalue())

    def test_asciiHistogramWithoutBlocks(self) -> None:
        for encoding, block in [("utf-8", "█"), ("ascii", "#")]:
            raw = io.BytesIO()
            out = io.TextIOWrapper(raw, encoding)
            self.main("-c1", "--histogram", act=self.echo, stdout=out)
            self.assertIn(block, raw.getvalue().decode(encoding))
