"""
C{echo-client} as a process of its own.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.kit.forks import Fork

#: It, as C{python -c} takes it.
CODE = "import sys; from echo.client.program.main import main; sys.exit(main())"

#: What starts it with our own Python, wherever its script may be.
PROGRAM = [sys.executable, "-c", CODE]

#: Where the packages are.
ROOT = str(Path(__file__).parent.parent.parent)

#: Seconds: long enough for the busiest machine; nothing waits for it in vain.
PATIENCE = 60

#: What it runs in, unless a test says otherwise: nothing that somebody has set for
#: another one, and time for a busy machine to answer a close in.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name[:5] != "ECHO_"},
    "PYTHONPATH": ROOT,
    "ECHO_CLOSE_TIMEOUT": f"{PATIENCE}s",
}

# More of them would wait for each other, and miss the times that they are given.
_AT_ONCE = 8


#: Popen, where it takes a shell to start it.
Running = Fork | subprocess.Popen[bytes]


class Run:
    """
    What a finished process left behind.

    @ivar status: Its exit status.

    @ivar out: All of standard output; C{lines} has it by lines.

    @ivar err: All of standard error; C{told} has it by lines, without the name of
        the program in front.
    """

    def __init__(self, status: int, out: bytes, err: bytes) -> None:
        self.status = status
        self.out = out.decode()
        self.err = err.decode()
        self.lines = self.out.splitlines()
        self.told = [
            line.removeprefix("echo-client: ") for line in self.err.splitlines()
        ]

    @property
    def records(self) -> list[dict[str, Any]]:
        """
        Standard output, if it is a JSON object a line.
        """
        return [json.loads(line) for line in self.lines]


class ProgramTestCase(SynchronousTestCase):
    """
    Runs the program.
    """

    def start(self, *arguments: str, **environment: str) -> Fork:
        """
        @return: The running program.
        """
        return self.startWith(arguments, env={**ENVIRONMENT, **environment})

    def startWith(self, arguments: Sequence[str], **options: Any) -> Fork:
        """
        @param options: Those of a L{Fork}.

        @return: The running program.
        """
        process = Fork(CODE, *arguments, **options)

        def clean() -> None:
            if process.poll() is None:
                process.kill()
                process.communicate()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

        self.addCleanup(clean)
        return process

    def finish(self, process: Running, stdin: bytes = b"") -> Run:
        """
        @return: What the program left, once it is over: which must be soon.
        """
        out, err = process.communicate(stdin, timeout=PATIENCE)
        run = Run(process.wait(), out, err)
        self.assertNotIn("Traceback", run.err)
        self.assertNotIn("Unhandled", run.err)
        for line in run.err.splitlines():
            self.assertTrue(line.startswith("echo-client: "), line)
        return run

    def run_(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Run:
        """
        @return: What the program left.
        """
        return self.finish(self.start(*arguments, **environment), stdin)

    def runAll(self, *arguments: Sequence[str]) -> list[Run]:
        """
        @return: What the program left, run with each of the arguments; a few at a
            time are run side by side.
        """
        runs: list[Run] = []
        for first in range(0, len(arguments), _AT_ONCE):
            some = arguments[first : first + _AT_ONCE]
            processes = [self.start(*each) for each in some]
            runs += [self.finish(process) for process in processes]
        return runs

    def untilReceived(self, process: Running) -> bytes:
        """
        @return: The first line of data, as soon as it is there.
        """
        assert process.stdout is not None
        return process.stdout.readline()

    def assertMatches(self, text: str, pattern: str) -> None:
        """
        Fail unless all of the text matches.
        """
        self.assertIsNotNone(re.fullmatch(pattern, text), f"{text!r} / {pattern!r}")
