"""
The daemon as a process of its own.
"""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.kit.forks import Fork

#: Long enough for the busiest machine; nothing waits for it in vain.
PATIENCE = 60.0


def until(condition: Callable[[], Any], what: str) -> Any:
    """
    Wait for something to be true.

    @return: It.
    """
    deadline = time.monotonic() + PATIENCE
    pause = 0.01
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        select.select([], [], [], pause)
        pause = min(1.5 * pause, 0.1)  # to ask costs time, too
    raise AssertionError(f"waited in vain for {what}")


RUN = {
    "twistd": "from twisted.scripts.twistd import run; run()",
    "twist": "from twisted.application.twist._twist import Twist; Twist.main()",
}


def program(runner: str, prelude: str = "") -> str:
    """
    @param runner: C{twistd} or C{twist}.

    @param prelude: What the process does first, in Python.

    @return: The program, as C{python -c} takes it, wherever its script may be.
    """
    return f"import os, sys; sys.argv[0] = {runner!r}; {prelude}\n{RUN[runner]}"


class Process:
    """
    A running daemon.

    @ivar pid: Its process.
    """

    def __init__(
        self,
        directory: Path,
        *arguments: str,
        runner: tuple[str, ...] = ("twistd", "--nodaemon", "--pidfile="),
        prelude: str = "",
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] | None = None,
    ) -> None:
        """
        @param runner: C{twistd} or C{twist}, with its own switches.

        @param prelude: What the process does first, in Python.

        @param pass_fds: Make it a Python that has imported nothing yet, and that has
            these descriptors.
        """
        self._log = directory / "log"
        code = program(runner[0], prelude)
        switches = (*runner[1:], "echo", *arguments)
        self._process: Fork | subprocess.Popen[bytes]
        with self._log.open("wb") as log, Path(os.devnull).open("rb") as nothing:
            if pass_fds is None:
                streams = (nothing.fileno(), log.fileno(), log.fileno())
                self._process = Fork(code, *switches, streams=streams, env=env)
            else:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", code, *switches],
                    stdin=nothing,
                    stdout=log,
                    stderr=log,
                    env=env,
                    pass_fds=pass_fds,
                )
        self.pid = self._process.pid

    @property
    def log(self) -> str:
        """
        What it has logged.
        """
        return self._log.read_text()

    def logged(self, pattern: str) -> "re.Match[str]":
        """
        Wait for something to be logged.
        """

        def look() -> "re.Match[str] | None":
            found = re.search(pattern, self.log)
            if found is None and self._process.poll() is not None:
                raise AssertionError(f"it ended without {pattern!r}:\n{self.log}")
            return found

        match: re.Match[str] = until(look, f"{pattern!r} in the log")
        return match

    def url(self) -> str:
        """
        @return: Where it listens.
        """
        return self.logged(r"Listening on (wss?://\S+)")[1]

    def port(self) -> int:
        """
        @return: The port that it listens on.
        """
        return int(self.logged(r"Listening on wss?://\S+:(\d+)/socket")[1])

    def signal(self, number: int = signal.SIGTERM) -> None:
        """
        Send it a signal.
        """
        self._process.send_signal(number)

    def wait(self) -> int:
        """
        @return: Its exit status, as soon as it has one.
        """
        return self._process.wait(PATIENCE)

    def end(self) -> None:
        """
        End it, however it is.
        """
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def memory(self) -> int:
        """
        @return: The most bytes that it ever had resident.
        """
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) * 1024

    def sockets(self) -> int:
        """
        @return: How many sockets it has.
        """
        return len(sockets(self.pid))


def sockets(pid: int) -> list[str]:
    """
    @return: The sockets of a process, by the names that the kernel gives them.
    """
    names = []
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in the meantime
            names.append(str(each.readlink()))
    return [name for name in names if name.startswith("socket:")]
