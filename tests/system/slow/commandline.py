"""
Man pages, and completion in real shells.
"""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.kit.processes import PATIENCE, ROOT, runnerCode

_BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")

#: A shell's switches, and how it is told to complete: fish completes from the start.
_SHELLS = {
    "bash": (("--norc", "--noprofile", "-i"), f"source {_BASH_COMPLETION}"),
    "zsh": (
        ("--no-rcs", "-i"),
        "fpath=($SITE_FUNCTIONS $fpath); autoload -U compinit; compinit -u -D",
    ),
    "fish": (("--private",), ""),
}

_PAGES = ("man1/echo-client.1", "man8/twistd-echo.8", "man8/wsecho.8")

# Any program that is completed prints its arguments. No terminal shows the quotes.
_PROGRAM = """#!/bin/sh
printf '<%s>' "$@"; echo '<e''nd>'
"""


_ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(ROOT / "docs/extensions"), str(ROOT)]),
    "SOURCE_DATE_EPOCH": "0",
}


def write(directory: Path) -> Path:
    """
    Write the files as C{setup.py} does.

    @return: The directory C{share}.
    """
    command = [sys.executable, "-m", "commandline", str(directory)]
    subprocess.run(command, env=_ENVIRONMENT, check=True)
    return directory / "share"


def found(program: str, package: str = "") -> str:
    """
    @return: The path of a program.

    @raise SkipTest: It is not installed.
    """
    path = shutil.which(program)
    if path is None:
        raise SkipTest(f"there is no {program}: apt-get install {package or program}")
    return path


class Terminal:
    """
    A shell on a terminal, in which C{echo-client} and C{wsecho} print their arguments.
    """

    def __init__(self, shell: str, share: Path) -> None:
        switches, start = _SHELLS[shell]
        path = found(shell)
        directory = share.parent
        for name in ("echo-client", "wsecho"):
            program = directory / name
            program.write_text(_PROGRAM)
            program.chmod(0o755)
        self._terminal, slave = os.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", path, *switches],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=directory,
            env={
                "HOME": str(directory),
                "PATH": f"{directory}:/usr/bin:/bin",
                "SITE_FUNCTIONS": str(share / "zsh/site-functions"),
                "TERM": "dumb",
                "XDG_DATA_DIRS": f"{share}:/usr/share",
            },
        )
        os.close(slave)
        self._type(start)

    def _type(self, text: str) -> None:
        os.write(self._terminal, f"{text}\n".encode())

    def completed(self, typed: str) -> str:
        """
        @param typed: A command with tabulators, without the end of the line.

        @return: The arguments, each in C{<>}.
        """
        self._type(typed)
        seen = ""
        deadline = time.monotonic() + PATIENCE
        while "<end>" not in seen:
            patience = max(0.0, deadline - time.monotonic())
            if not select.select([self._terminal], [], [], patience)[0]:
                raise AssertionError(f"no command ran:\n{seen}")
            seen += os.read(self._terminal, 65536).decode(errors="replace")
        *_, line = seen.partition("<end>")[0].splitlines()
        return line[line.index("<") :]

    def end(self) -> None:
        os.close(self._terminal)  # which hangs up
        self._process.wait(PATIENCE)


class ManPageTests(SynchronousTestCase):
    """
    C{echo-client(1)}, C{twistd-echo(8)} and C{wsecho(8)}.
    """

    def setUp(self) -> None:
        self.pages = write(Path(self.mktemp()).absolute()) / "man"

    def run_(self, *command: str) -> str:
        """
        @return: The output.
        """
        result = subprocess.run(
            [*command, *_PAGES],
            cwd=self.pages,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        return result.stdout

    def test_groffWarnsOfNothing(self) -> None:
        self.run_(found("groff"), "-man", "-ww", "-z")

    def test_mandocWarnsOfNothing(self) -> None:
        # Its remarks on style are about lines of the source longer than 80 characters.
        output = self.run_(found("mandoc"), "-T", "lint", "-W", "warning")
        self.assertEqual(output, "")

    def test_manShowsThem(self) -> None:
        """
        Pages name the options, their values and variables, the exit statuses and the
        other page. No option is broken at its dashes.
        """
        found("man", "man-db")
        environment = {**os.environ, "MANWIDTH": "80"}
        client, daemon, foreground = (
            subprocess.run(
                ["man", "--local-file", str(self.pages / page)],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for page in _PAGES
        )
        for text in (
            "-c N, --count N",
            "ECHO_EXPECT_SUBPROTOCOL",
            "echo-client check [options] [URL]",
            "--junit FILE",
            "echo-client merge [options] FILE...",
            "the server ended the run early.",
            "twistd-echo(8)",
        ):
            self.assertIn(text, client)
        for text in ("--stall-timeout TIME", "Default: 16m.", "python -m echo [option"):
            self.assertIn(text, daemon)
            self.assertIn(text, foreground)
        self.assertRegex(daemon, r"NAME\n +twistd-echo, wsecho - Answer every")
        self.assertRegex(foreground, r"NAME\n +wsecho, twistd-echo - Answer every")


class CompletionTests(SynchronousTestCase):
    """
    The tabulator completes long options, subcommands with their own options, and files.
    """

    def assertCompletes(self, shell: str) -> None:
        share = write(Path(self.mktemp()).absolute())
        (share.parent / "authorities.pem").touch()
        terminal = Terminal(shell, share)
        self.addCleanup(terminal.end)
        for typed, arguments in (
            ("echo-client --max-l\t", "<--max-loss>"),
            ("echo-client --cacert auth\t", "<--cacert><authorities.pem>"),
            ("echo-client che\t", "<check>"),
            ("echo-client check --juni\tx", "<check><--junit><x>"),
            ("echo-client merge auth\t", "<merge><authorities.pem>"),
            ("wsecho --listen-t\tx", "<--listen-tls><x>"),
            ("wsecho --tls-k\tauth\t", "<--tls-key><authorities.pem>"),
        ):
            self.assertEqual(terminal.completed(typed), arguments, (shell, typed))

    def test_bash(self) -> None:
        if not _BASH_COMPLETION.exists():
            raise SkipTest(
                f"there is no {_BASH_COMPLETION}: apt-get install bash-completion"
            )
        self.assertCompletes("bash")

    def test_zsh(self) -> None:
        self.assertCompletes("zsh")

    def test_fish(self) -> None:
        self.assertCompletes("fish")

    def test_twistdInZsh(self) -> None:
        """
        Twisted's own completion of C{twistd}, which zsh ships, has the options of
        C{twistd echo}.
        """
        arguments = ("-n", "echo", "--", "--_shell-completion", "zsh:4")
        output = subprocess.run(
            [sys.executable, "-c", runnerCode("twistd"), *arguments],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        self.assertIn("--listen-tls=", output)
        self.assertIn("--max-message=", output)


class StubTests(SynchronousTestCase):
    """
    The files are made without the libraries of the programs.
    """

    def test_sameFiles(self) -> None:
        """
        The real options make the same files.
        """
        directory = write(Path(self.mktemp()).absolute()).parent
        code = (
            "import json; from commandline.files import files;"
            "print(json.dumps(files()))"
        )
        real = subprocess.run(
            [sys.executable, "-c", code],
            env=_ENVIRONMENT,
            capture_output=True,
            check=True,
        ).stdout
        for name, text in json.loads(real).items():
            self.assertEqual((directory / name).read_text(), text, name)
