"""
Parts that all benchmarks share: compiles C programs, runs processes on cores of their
own, kills them at the end, and prints tables.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

HERE = Path(__file__).parent

#: The cores of servers and of clients: different ones, if there are two.
SERVER_CORE = min(os.sched_getaffinity(0))
CLIENT_CORE = max(os.sched_getaffinity(0))

#: Seconds after which a process is killed because it hangs.
PATIENCE = 120.0

_FLAGS = ("-std=c11", "-O3", "-Wall", "-Wextra", "-Werror")


class BenchError(Exception):
    """
    A measurement is not possible. The message says why.
    """


@contextmanager
def workshop() -> Iterator[Path]:
    """
    Make a temporary directory, and raise the limit of open files. SIGTERM ends the
    block like Ctrl-C.
    """

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="echo-bench-") as directory:
        yield Path(directory)


@dataclass(frozen=True)
class Child:
    """
    A running process.

    @ivar errors: Its standard error. It is a file: a full pipe would block the process.
    """

    process: subprocess.Popen[str]
    errors: IO[str]

    def lines(self) -> Generator[str, None, None]:
        """
        @return: The lines of its output as they arrive, until it ends or hangs.
        """
        hung = threading.Timer(PATIENCE, self.process.kill)
        hung.start()
        try:
            for line in self.process.stdout or ():  # noqa: UP028  (yield from would close it)
                yield line
        finally:
            hung.cancel()

    def lastWords(self) -> str:
        """
        @return: The last line of its standard error, once it has ended.
        """
        status = self.process.wait()
        self.errors.seek(0)
        said = self.errors.read().strip().splitlines()
        return said[-1] if said else f"it ended with status {status}"


@contextmanager
def started(
    command: Sequence[str],
    core: int,
    environment: Mapping[str, str] | None = None,
    *,
    mute: bool = False,
) -> Iterator[Child]:
    """
    Run a process on one core, and kill it at the end of the block.

    @param environment: Additional environment variables.

    @param mute: Whether its output goes to L{Child.errors}, too.
    """
    mine = os.sched_getaffinity(0)
    with tempfile.TemporaryFile("w+") as errors:
        os.sched_setaffinity(0, {core})  # a child inherits it
        try:
            process = subprocess.Popen(  # noqa: S603  (the commands are our own)
                command,
                stdin=subprocess.PIPE,
                stdout=errors if mute else subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **(environment or {})},
            )
        finally:
            os.sched_setaffinity(0, mine)
        with process:
            try:
                yield Child(process, errors)
            finally:
                process.kill()


def _compiler() -> str:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise BenchError("there is no C compiler: install gcc")
    return compiler


def build(name: str, directory: Path, *parts: str, options: Sequence[str] = ()) -> Path:
    """
    Compile a program.

    @param name: The program; its source is C{NAME.c} beside this file.

    @param parts: The names of more source files.

    @param options: Definitions and libraries for the compiler.

    @return: The path of the program, in the directory.

    @raise BenchError: There is no compiler, or it fails.
    """
    program = directory / name
    sources = [str(HERE / f"{part}.c") for part in (name, *parts)]
    run([_compiler(), *_FLAGS, "-o", str(program), *sources, *options])
    return program


def hasHeader(header: str) -> bool:
    """
    @return: Whether the compiler finds this header.
    """
    look = [_compiler(), "-fsyntax-only", "-include", header, "-x", "c", "/dev/null"]
    try:
        run(look)
    except BenchError:
        return False
    return True


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[str, float]:
    """
    Run a program to its end.

    @param environment: Additional environment variables.

    @return: Its output, and its processor time in seconds.

    @raise BenchError: It fails, or does not end within L{PATIENCE}.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with started(command, CLIENT_CORE, environment) as child:
        try:
            output, _ = child.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise BenchError(f"it did not end within {PATIENCE:g} s") from None
        if child.process.returncode:
            raise BenchError(child.lastWords())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return output, user + system


@contextmanager
def _serving(command: Sequence[str]) -> Iterator[str]:
    with started(command, SERVER_CORE) as child:
        with closing(child.lines()) as said:
            line = next(said, "")
        if not line:
            raise BenchError(f"the server did not start: {child.lastWords()}")
        yield line.strip()


@contextmanager
def floor(directory: Path) -> Iterator[str]:
    """
    Run the server in C (C{floor.c}).

    @return: Its URL.
    """
    with _serving([str(build("floor", directory))]) as port:
        yield f"ws://127.0.0.1:{port}/socket"


@contextmanager
def daemon() -> Iterator[str]:
    """
    Run the daemon, without keep-alive pings.

    @return: Its URL.
    """
    child = [sys.executable, "-m", "echo.child", "--ping-interval", "0"]
    with _serving(child) as url:
        yield url


def script(name: str, *arguments: object) -> list[str]:
    """
    @return: The command line of a Python program beside this file.
    """
    return [sys.executable, str(HERE / name), *map(str, arguments)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """
    @return: A simple table in reStructuredText, as in README.rst. The first column is
        aligned to the left, the others to the right.
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    lines = [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])
