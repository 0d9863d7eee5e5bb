"""
Tests of C{python -m echo}.
"""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, redirect_stdout
from io import StringIO
from pathlib import Path

from twisted.scripts import twistd
from twisted.trial.unittest import SynchronousTestCase
from websockets.sync.client import connect

from echo.__main__ import main
from tests.kit.processes import PATIENCE


class MainTests(SynchronousTestCase):
    """
    L{main}, without a reactor that runs.
    """

    def setUp(self) -> None:
        self.commands: list[list[str]] = []
        self.patch(twistd, "run", lambda: self.commands.append(sys.argv))

    def run_(self, *argv: str) -> None:
        self.patch(sys, "argv", [*argv])
        main()

    def refusal(self, *argv: str) -> str:
        """
        @return: The line that ends the program with status 1.
        """
        error = self.assertRaises(SystemExit, self.run_, *argv)
        self.assertEqual(self.commands, [])
        return str(error.code)

    def test_foregroundWithoutPidFile(self) -> None:
        self.run_("wsecho", "--max-message", "1k")
        self.assertEqual(
            self.commands,
            [
                [
                    *("wsecho", "--nodaemon", "--pidfile=", "echo"),
                    *("--max-message", "1k"),
                ]
            ],
        )

    def test_errorNamesTheProgram(self) -> None:
        self.assertEqual(
            self.refusal("/usr/bin/wsecho", "--lisen"),
            "wsecho: option --lisen not recognized",
        )
        self.assertEqual(
            self.refusal("/site-packages/echo/__main__.py", "here"),
            "python -m echo: unexpected argument 'here'",
        )

    def test_helpNamesTheProgram(self) -> None:
        with redirect_stdout(StringIO()) as out:
            error = self.assertRaises(
                SystemExit, self.run_, "/site-packages/echo/__main__.py", "--help"
            )
        self.assertEqual(error.code, 0)
        self.assertIn("Usage: python -m echo [options]\n", out.getvalue())


class ProcessTests(SynchronousTestCase):
    """
    The program, as a process.
    """

    def test_twoInOneDirectory(self) -> None:
        """
        Both answer, leave no file, and end by their signal.
        """
        directory = Path(self.mktemp())
        directory.mkdir()
        command = ("-m", "echo", "--listen", "tcp:0:interface=127.0.0.1")
        path = os.pathsep.join(filter(None, sys.path))
        with ExitStack() as stack:
            daemons = [
                stack.enter_context(
                    subprocess.Popen(
                        [sys.executable, *command],
                        cwd=directory,
                        env={**os.environ, "PYTHONPATH": path},
                        stdout=subprocess.PIPE,
                        text=True,
                    )
                )
                for _ in range(2)
            ]
            for each in daemons:
                stack.callback(each.kill)
            for each in daemons:
                assert each.stdout is not None
                lines = iter(each.stdout.readline, "")
                url = next(line.split()[-1] for line in lines if "Listening" in line)
                # It listens before it has the handlers of its signals.
                with connect(url, proxy=None) as client:
                    client.send("Hello")
                    self.assertEqual(client.recv(PATIENCE), "Hello")
            self.assertEqual(list(directory.iterdir()), [])
            for each in daemons:
                each.send_signal(signal.SIGINT)
                self.assertEqual(each.wait(PATIENCE), -signal.SIGINT)
