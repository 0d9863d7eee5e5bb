"""
The commands of how-to pages of the manual, and what runs them with real proxies.
"""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.kit.processes import (
    CLIENT_COMMAND,
    ENVIRONMENT,
    ClientProcess,
    ClientProcessTestCase,
    DaemonProcess,
)

URL = "wss://echo.example/socket"
DISTANCE = f"echo-client -w 10s -i 50ms --ping --histogram {URL}"
HOLD = f"echo-client --hold -w 1h {URL}"
HOLD_PING = f"echo-client --hold-ping 30s -w 1h {URL}"
RECONNECT = f"echo-client --reconnect -i 100ms -w 5m {URL}"
LOAD = (
    "echo-client --connections 1000 --ramp 200/s --rate 1000/s -w 30s"
    f" --max-rtt 200ms@p99 --json {URL} > a.ndjson"
)
MERGE = "echo-client merge --max-rtt 200ms@p99 a.ndjson b.ndjson"
SWEEP = f"echo-client --sweep 1k..16m {URL}"
CHECK = f"echo-client check {URL}"
SECTIONS = f"echo-client check --section 5.4 --section 5.5 --junit check.xml {URL}"
LISTING = "echo-client check --list --section 5.5"
LINES = rf"printf 'first\nsecond\n' | echo-client -m @- --lines {URL}"


def changed(command: str, changes: dict[str, str]) -> str:
    """
    @return: The command after these replacements.
    """
    for old, new in changes.items():
        assert old in command, f"{old!r} is not in {command!r}"
        command = command.replace(old, new)
    return command


class RecipeTestCase(ClientProcessTestCase):
    """
    Runs commands of the manual in a directory of the test's own; those with a pipe in a
    shell.
    """

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        script = self.directory / "echo-client"  # for the shell's PATH
        script.write_text(f'#!/bin/sh\nexec {shlex.join(CLIENT_COMMAND)} "$@"\n')
        script.chmod(0o755)

    def daemon(self, *arguments: str, port: int = 0) -> DaemonProcess:
        listen = ("--listen", f"tcp:{port}:interface=127.0.0.1")
        directory = Path(self.mktemp())
        directory.mkdir()
        daemon = DaemonProcess(directory, *listen, *arguments)
        self.addCleanup(daemon.end)
        daemon.port()
        return daemon

    def shell(self, line: str) -> ClientProcess:
        path = f"{self.directory}:{os.environ['PATH']}"
        process = subprocess.Popen(
            ["sh", "-c", line],
            cwd=self.directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**ENVIRONMENT, "PATH": path},
            start_new_session=True,
        )

        def clean() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

        self.addCleanup(clean)
        return process

    def ask(
        self, command: str, url: str, changes: dict[str, str] | None = None
    ) -> ClientProcess:
        """
        Start a command of a page.

        @param changes: Further replacements in it.
        """
        return self.line(changed(command, {URL: url, **(changes or {})}))

    def line(self, line: str) -> ClientProcess:
        """
        Start a command, in a shell only if it has a pipe.
        """
        if "|" in line:
            return self.shell(line)
        lexer = shlex.shlex(line, posix=True, punctuation_chars="<>")
        lexer.whitespace_split = True
        words: list[str] = []
        streams: list[int | None] = [None, None, None]
        with contextlib.ExitStack() as stack:
            for word in lexer:
                if word in ("<", ">"):
                    number, mode = (0, "rb") if word == "<" else (1, "wb")
                    path = self.directory / next(lexer)
                    streams[number] = stack.enter_context(path.open(mode)).fileno()
                else:
                    words.append(word)
            return self.startWith(
                words[1:], streams=streams, env=ENVIRONMENT, cwd=self.directory
            )

    def summary(self, text: str) -> dict[str, Any]:
        """
        @return: The last record, which must be the summary.
        """
        record: dict[str, Any] = json.loads(text.splitlines()[-1])
        self.assertEqual(record["type"], "summary")
        return record

    def found(self, pattern: str, text: str) -> "re.Match[str]":
        """
        @return: The match of a line; one must match.
        """
        match = re.search(f"^{pattern}$", text, re.MULTILINE)
        assert match is not None, f"{pattern!r} / {text!r}"
        return match
