"""
README.rst: its claims about commands, options and behaviours.
"""

import re
import shlex
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import echo.tap
from echo import usage
from echo.client.check.cases.table import CASES
from echo.client.program.runoptions import RunOptions
from echo.server.behaviour.behaviour import Behaviour
from echo.server.behaviour.parameters import PARAMETERS
from tests.kit.processes import (
    ClientProcessTestCase,
    DaemonProcess,
)
from tests.system.readme import README, blocks


class CommandTests(SynchronousTestCase):
    """
    The first two commands.
    """

    def test_commands(self) -> None:
        """
        They need nothing but Python with venv. C{.ci/run} runs both.
        """
        run, test = blocks("shell")[:2]
        self.assertEqual(
            run,
            "python3 -m venv .venv && .venv/bin/pip install ."
            " && .venv/bin/twistd -n echo\n",
        )
        self.assertEqual(
            test,
            "python3 -m venv .venv && .venv/bin/pip install -e '.[test]'"
            " && .venv/bin/trial -j4 tests\n",
        )


class CheckTests(SynchronousTestCase):
    """
    Conformance.
    """

    def test_numberOfCases(self) -> None:
        self.assertIn(f"each of {len(CASES)} demands", README)


class OptionTests(SynchronousTestCase):
    """
    The tables of options.
    """

    def documented(self, title: str) -> set[str]:
        """
        @return: The long options in the table of a section.
        """
        section = re.split(rf"^{title}\n-+\n", README, flags=re.MULTILINE)[1]
        table = section.split("\n=====")[2]
        return set(re.findall(r"^``(?:-\w``, ``)?--([\w-]+)", table, re.MULTILINE))

    def existing(self, options: usage.CommonOptions) -> set[str]:
        """
        @return: The long options, without those of every program.
        """
        return {name.rstrip("=") for name in options.longOpt} - {"help", "version"}

    def test_daemon(self) -> None:
        options = echo.tap.Options({})
        self.assertEqual(self.documented("The daemon"), self.existing(options))

    def test_client(self) -> None:
        options = RunOptions({})
        self.assertEqual(self.documented("The client"), self.existing(options))


class BehaviourTests(ClientProcessTestCase):
    """
    Behaviours.
    """

    def test_tableHasEveryParameter(self) -> None:
        section = README.split("\nMisbehaviour\n====")[1]
        rows = re.findall(
            r"^``(\w+)=(\S+)``", section.split("\n=====")[2], re.MULTILINE
        )
        self.assertEqual(sorted(name for name, _ in rows), sorted(PARAMETERS))
        together = "&".join(f"{name}={value}" for name, value in rows)
        self.assertIsNotNone(Behaviour.fromQuery(together.encode()))

    def test_commands(self) -> None:
        (block,) = (each for each in blocks("shell") if "?delay=" in each)
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        daemon = DaemonProcess(directory, "--listen", "tcp:0:interface=127.0.0.1")
        self.addCleanup(daemon.end)
        local = f"127.0.0.1:{daemon.port()}"
        commands = [
            shlex.split(line.replace("localhost:8080", local))[1:]
            for line in block.splitlines()
        ]
        more = [
            *(("-c2", "--timeout=1m"), ("-i20ms",), ("-i20ms",)),
            *(("-c1", "--timeout=3s"), ("-c1",)),
        ]
        late, closed, reset, deaf, refused = self.runAll(
            *([*each, *command] for each, command in zip(more, commands, strict=True))
        )
        self.assertEqual(late.status, 0, late.err)
        least = min(float(each) for each in re.findall(r"time=([\d.]+) ms", late.out))
        self.assertGreaterEqual(least, 2000)
        self.assertEqual(closed.status, 6, closed.err)
        self.assertIn("4001", closed.err)
        self.assertIn("enough", closed.err)
        self.assertIn("3 received", closed.out)
        self.assertEqual(reset.status, 6, reset.err)
        self.assertIn("1006", reset.err)
        self.assertIn("3 received", reset.out)
        self.assertEqual(deaf.status, 1, deaf.err)
        self.assertIn("1 received", deaf.out)
        self.assertEqual(refused.status, 4, refused.err)
        self.assertIn("503", refused.err)
