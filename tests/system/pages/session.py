"""
Runs a page: its commands in one shell, its files in the shell's directory.

Each page has its own ports, in place of those that it shows, and every process of it
ends with the session.
"""

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Self

from tests.kit.processes import freePort
from tests.system.pages.parser import Block, Command
from tests.system.pages.screen import difference, wholeNumbers

#: The ports of the pages: the daemon without and with TLS, metrics, another daemon or
#: service, a proxy, Prometheus.
PORTS = ("8080", "8443", "9464", "8081", "8000", "9090")

#: Seconds that a page may take.
LIMIT = 180.0

_SCRIPTS = ("echo-client", "pytest", "trial", "twist", "twistd", "wsecho")

#: Programs that a machine may lack.
_PROGRAMS = re.compile(
    r"(?:^|[|;&(]|\bexec) *(caddy|chromedriver|chromium|curl|haproxy|java|jq|nginx|node"
    r"|npm|openssl|prometheus|promtool|systemd-analyze|systemd-socket-activate)\b",
    re.MULTILINE,
)

# Default ports are in the code. A process of the page imports it with other ones.
_CUSTOMIZE = """
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location


class Loader(SourceFileLoader):
    def get_code(self, name):
        source = self.get_data(self.path).decode()
        return compile(source.replace("8080", "{port}"), self.path, "exec")


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ("echo.server.daemonoptions", "echo.client.program.dialoptions"):
            file = PathFinder.find_spec(name, path).origin
            return spec_from_file_location(name, file, loader=Loader(name, file))


sys.meta_path.insert(0, Finder)
"""


def missing(blocks: list[Block]) -> list[str]:
    """
    @return: The programs of the commands that this machine lacks.
    """
    texts = [
        command.text
        for block in blocks
        if not block.file and not block.isElsewhere
        for command in block.commands()
    ]
    names = {name for text in texts for name in _PROGRAMS.findall(text)}
    return sorted(name for name in names if shutil.which(name, path=_path()) is None)


def _path(*first: Path) -> str:
    # Debian has nginx and haproxy where users' shells do not look.
    return ":".join((*map(str, first), os.environ["PATH"], "/usr/sbin"))


class Session:
    """
    A shell for the commands of a page. It is a context manager.

    @ivar directory: The directory of the page.
    """

    def __init__(self, directory: Path, name: str, limit: float = LIMIT) -> None:
        """
        @param directory: An empty directory, for the session alone.

        @param name: The page's, for errors.
        """
        self.directory = directory / "page"
        self._tools = directory / "tools"
        self._name = name
        self._deadline = time.monotonic() + limit
        self._limit = limit
        self._ports: dict[str, str] = {}
        while len({*self._ports.values()}) < len(PORTS):
            self._ports = {port: str(freePort()) for port in PORTS}
        self._number = 0
        self._status = 0

    def __enter__(self) -> Self:
        self.directory.mkdir()
        self._writeTools()
        ours, its = os.pipe()
        with os.fdopen(its, "wb"):
            self._shell = subprocess.Popen(
                ["bash", "--noprofile", "--norc"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.directory,
                env=self._environment(),
                pass_fds=[its],
                start_new_session=True,
            )
        self._answers = os.fdopen(ours, "rb", buffering=0)
        self._descriptor = its
        return self

    def __exit__(self, *_: object) -> None:
        while pids := list(self._processes()):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if self._shell.poll() is None:
                self._shell.wait()
            time.sleep(0.01)
        assert self._shell.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._shell.stdin.close()
        self._answers.close()

    def _processes(self) -> Iterator[int]:
        """
        @return: The running processes of the session.
        """
        for each in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, _, _, session = each.read_text().rpartition(")")[2].split()[:4]
                if int(session) == self._shell.pid and state != "Z":
                    yield int(each.parent.name)

    def _writeTools(self) -> None:
        """
        Make the scripts of this Python's environment, for the shell's PATH.
        """
        programs = self._tools / "programs"
        programs.mkdir(parents=True)
        (programs / "sitecustomize.py").write_text(
            _CUSTOMIZE.format(port=self._ports["8080"])
        )
        for name in ("python", "python3"):
            self._writeScript(name, "")
        for point in entry_points(group="console_scripts"):
            if point.name in _SCRIPTS:
                top = point.attr.partition(".")[0]
                program = programs / point.name
                program.write_text(
                    f"import sys\nfrom {point.module} import {top}\n"
                    f"sys.exit({point.attr}())\n"
                )
                self._writeScript(point.name, str(program))

    def _writeScript(self, name: str, program: str) -> None:
        """
        Write a script that runs a Python program. It adds to PYTHONPATH, which commands
        of the page may set.
        """
        script = self._tools / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(
            "#!/bin/sh\n"
            f'export PYTHONPATH="{self._tools}/programs${{PYTHONPATH:+:$PYTHONPATH}}"\n'
            f'exec {sys.executable} {program} "$@"\n'
        )
        script.chmod(0o755)

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name == "ECHO_USE_WIRE"
            or not (
                name.startswith(("ECHO_", "PYTEST_", "PYTHONPATH"))
                or name.lower().endswith("_proxy")
            )
        }
        return {
            **inherited,
            "HOME": str(self.directory),
            "NO_COLOR": "1",
            "PATH": _path(self._tools / "bin"),
            "PYTHONUNBUFFERED": "1",
        }

    def _ported(self, text: str) -> str:
        """
        @return: A text of the page with the ports of the session.
        """
        ports = rf"\b(?:{'|'.join(self._ports)})\b"
        return re.sub(ports, lambda match: self._ports[match[0]], text)

    def _paged(self, text: str) -> str:
        """
        @return: An output with the ports of the page.
        """
        back = {port: name for name, port in self._ports.items()}
        return re.sub(rf"\b(?:{'|'.join(back)})\b", lambda match: back[match[0]], text)

    def run(self, blocks: list[Block]) -> None:
        """
        Run the blocks of a page.

        @raise AssertionError: The output is another, the status is not 0 and the page
            does not ask for it, or the time is over.
        """
        commands: list[tuple[Command, bool]] = []
        for block in blocks:
            if block.isElsewhere:
                continue
            if block.file:
                commands.append((self._copying(block), False))
            elif block.isDoctest:
                commands.append((self._doctest(block), False))
            else:
                some = list(block.commands())
                commands += [(each, False) for each in some[:-1]]
                commands.append((some[-1], block.isBackground))
        for number, (command, isBackground) in enumerate(commands, 1):
            if isBackground:
                self._start(command)
            else:
                following = [each.text for each, _ in commands[number : number + 1]]
                self._foreground(command, following == ["echo $?"])

    def _kept(self, suffix: str, text: str) -> Path:
        """
        @return: A new file beside the page's directory.
        """
        self._number += 1
        path = self._tools / f"{self._number}.{suffix}"
        path.write_text(self._ported(text))
        return path

    def _copying(self, block: Block) -> Command:
        """
        @return: What makes the file of a block.
        """
        path = self._kept("file", block.body)
        return Command(
            block.line, f'mkdir -p "$(dirname {block.file})" && cp {path} {block.file}'
        )

    def _doctest(self, block: Block) -> Command:
        path = self._kept("txt", block.body)
        return Command(
            block.line,
            f"python -m doctest -o ELLIPSIS -o NORMALIZE_WHITESPACE {path}",
        )

    def _foreground(self, command: Command, isStatusShown: bool) -> None:
        output = self._kept("out", "")
        self._status = self._tell(command, output)
        text = self._paged(output.read_text("utf-8", "replace"))
        if self._status != 0 and not isStatusShown:
            self._fail(command, f"exit status {self._status}, not 0; {text}")
        exact = (
            command.screen if command.text == "echo $?" else wholeNumbers(command.text)
        )
        if command.screen and (wrong := difference(command.screen, text, exact)):
            self._fail(command, wrong)

    def _start(self, command: Command) -> None:
        """
        Run a command in the background until the session ends. Wait for its output, or
        until a port of the page is listened on.
        """
        output = self._kept("out", "")
        before = self._listening()
        # Disowned, so that a "wait" of the page does not wait for it.
        pid = self._tell(command, output, "& disown;", "$!")
        while True:
            text = self._paged(output.read_text("utf-8", "replace"))
            if command.screen:
                wrong = difference(command.screen, text, isComplete=False)
            else:
                wrong = "" if self._listening() - before else f"no new port; {text}"
            if not wrong:
                return
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                self._fail(command, f"it ended; {wrong}")
            self._await(command, wrong)

    def _listening(self) -> set[str]:
        """
        @return: The ports of the session that a process listens on.
        """
        tables = [Path("/proc/net") / name for name in ("tcp", "tcp6")]
        lines = [line for each in tables for line in each.read_text().splitlines()[1:]]
        fields = [line.split() for line in lines]
        ports = {str(int(each[1][-4:], 16)) for each in fields if each[3] == "0A"}
        return ports & {*self._ports.values()}

    def _tell(
        self, command: Command, output: Path, end: str = ";", result: str = "$?"
    ) -> int:
        """
        Let the shell run a command.

        @return: The result: the exit status, or the process id.
        """
        path = self._kept("sh", f"{command.text}\n")
        number = self._descriptor
        line = (
            f"(exit {self._status}); . {path} </dev/null >{output} 2>&1 {number}>&-"
            f" {end} echo {result} >&{number}\n"
        )
        assert self._shell.stdin is not None
        self._shell.stdin.write(line.encode())
        self._shell.stdin.flush()
        while not select.select([self._answers], [], [], 0.1)[0]:
            self._await(command, output.read_text("utf-8", "replace"), 0)
        answer = self._answers.readline()
        if not answer:
            self._fail(command, "it ended the shell")
        return int(answer)

    def _await(self, command: Command, wrong: str, pause: float = 0.02) -> None:
        """
        Let time pass.

        @raise AssertionError: The page's time is over.
        """
        if time.monotonic() > self._deadline:
            self._fail(command, f"the page took {self._limit:.0f} s; {wrong}")
        time.sleep(pause)

    def _fail(self, command: Command, what: str) -> None:
        raise AssertionError(f"{self._name}:{command.line}: $ {command.text}\n{what}")
