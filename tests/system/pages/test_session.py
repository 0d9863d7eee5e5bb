"""
Tests of L{tests.system.pages.session}: short shells.
"""

import os
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.kit.processes import until
from tests.system.pages.parser import Block
from tests.system.pages.session import Session, missing


def _console(body: str, *classes: str) -> Block:
    return Block(1, "console", body, classes=classes)


class SessionTests(SynchronousTestCase):
    """
    Pages of a few commands.
    """

    def run_(self, *blocks: Block, limit: float = 60.0) -> Path:
        """
        @return: The directory of the page that ran.
        """
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        with Session(directory, "docs/page.rst", limit) as session:
            session.run(list(blocks))
        return session.directory

    def assertFails(self, reason: str, *blocks: Block, limit: float = 60.0) -> None:
        """
        @param reason: The beginning of the error.
        """
        with self.assertRaises(AssertionError) as raised:
            self.run_(*blocks, limit=limit)
        self.assertEqual(str(raised.exception)[: len(reason)], reason)

    def test_oneShell(self) -> None:
        """
        Commands share variables, directory and files.
        """
        self.run_(
            _console("$ mkdir sub && cd sub\n$ name=one\n"),
            Block(1, "text", "the text\n", "there/file"),
            _console("$ echo $name; cat there/file\none\nthe text\n"),
        )

    def test_statusMustBeShown(self) -> None:
        self.run_(_console("$ (exit 6)\n$ echo $?\n6\n"))
        self.assertFails(
            "docs/page.rst:1: $ (exit 6)\nexit status 6, not 0",
            _console("$ (exit 6)\n"),
        )

    def test_statusIsCompared(self) -> None:
        self.assertFails(
            "docs/page.rst:2: $ echo $?\nthe page shows:\n> 5",
            _console("$ (exit 6)\n$ echo $?\n5\n"),
        )

    def test_otherOutput(self) -> None:
        self.assertFails(
            "docs/page.rst:1: $ echo one\nthe page shows:\n> two",
            _console("$ echo one\ntwo\n"),
        )

    def test_bothOutputs(self) -> None:
        self.run_(_console("$ echo one; echo two >&2\none\ntwo\n"))

    def test_endOfShell(self) -> None:
        self.assertFails(
            "docs/page.rst:1: $ exit 0\nit ended the shell", _console("$ exit 0\n")
        )

    def test_timeLimit(self) -> None:
        self.assertFails(
            "docs/page.rst:1: $ sleep 100\nthe page took 0 s",
            _console("$ sleep 100\n"),
            limit=0.1,
        )

    def test_background(self) -> None:
        """
        The next command waits for the output. The process ends with the page.
        """
        directory = self.run_(
            _console(
                "$ sleep 0.1; echo $BASHPID > pid; echo ready; exec sleep 100\nready\n",
                "background",
            ),
            _console("$ test -s pid; wait\n"),
        )
        pid = int((directory / "pid").read_text())
        until(lambda: not Path(f"/proc/{pid}").exists(), "the end of the process")

    def test_endOfBackground(self) -> None:
        self.assertFails(
            "docs/page.rst:1: $ echo one\nit ended; the page shows:\n> two",
            _console("$ echo one\ntwo\n", "background"),
        )

    def test_backgroundListens(self) -> None:
        """
        Without output, a port of the page shows that it is ready.
        """
        code = (
            "import socket, time; time.sleep(0.2);"
            "s = socket.create_server(('127.0.0.1', 8000)); time.sleep(100)"
        )
        self.run_(
            _console(f'$ python -c "{code}"\n', "background"),
            _console("$ (: > /dev/tcp/127.0.0.1/8000)\n"),
        )

    def test_ports(self) -> None:
        """
        The page's are others in commands and files, and the same in the output.
        """
        directory = self.run_(
            Block(1, "ini", "port = 8081\n", "file.ini"),
            _console("$ cat file.ini; echo 9464 > other\nport = 8081\n"),
        )
        self.assertNotIn("8081", (directory / "file.ini").read_text())
        self.assertNotIn("9464", (directory / "other").read_text())

    def test_defaultPort(self) -> None:
        """
        It is replaced in the programs, too, also where the page sets PYTHONPATH.
        """
        self.run_(
            _console(
                "$ PYTHONPATH=. wsecho\n...\n... Listening on ws://127.0.0.1:8080/socket\n",
                "background",
            ),
            _console("$ echo-client -q -c 1\n...\n1 sent, 1 received, ...\n...\n"),
        )

    def test_doctest(self) -> None:
        self.run_(Block(1, "python", ">>> 1 + 1\n2\n"))
        with self.assertRaises(AssertionError):
            self.run_(Block(1, "python", ">>> 1 + 1\n3\n"))

    def test_elsewhereDoesNotRun(self) -> None:
        directory = self.run_(_console("$ touch it\n", "elsewhere"))
        self.assertFalse((directory / "it").exists())

    def test_endsDespiteOwnProcessGroups(self) -> None:
        started = time.monotonic()
        self.run_(_console("$ timeout 100 sleep 100 & echo $!\n1\n"))
        self.assertLess(time.monotonic() - started, 50)

    def test_missingPrograms(self) -> None:
        self.patch(os, "environ", {**os.environ, "PATH": "/nowhere"})
        self.assertEqual(
            missing([_console("$ echo a | jq .\n$ java A.java && echo nginx\n")]),
            ["java", "jq"],
        )
