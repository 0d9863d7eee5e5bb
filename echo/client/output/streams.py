"""
The two streams of the program: data on standard output, diagnostics on standard error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO


@dataclass
class Streams:
    """
    Writes lines to both streams. Once standard output fails, it calls C{onBroken}, and
    writes no more data. C{beforeLine} clears a status line before each line.

    @ivar broken: Why standard output failed; C{None} if it did not.
    """

    stdout: TextIO
    stderr: TextIO
    onBroken: Callable[[OSError], None]
    beforeLine: Callable[[], None] = lambda: None
    broken: OSError | None = None

    def data(self, line: str) -> None:
        if self.broken is not None:
            return
        self.beforeLine()
        try:
            self.stdout.write(f"{line}\n")
            self.stdout.flush()
        except OSError as error:
            self.broken = error
            if isDataLoss(error):
                self.diagnostic(f"cannot write: {error.strerror}")
            self.onBroken(error)

    def diagnostic(self, text: str) -> None:
        """
        Write a line with the name of the program. A failure is ignored: there is no
        third stream for it.
        """
        self.beforeLine()
        try:
            self.stderr.write(f"echo-client: {text}\n")
            self.stderr.flush()
        except OSError:
            pass


def isDataLoss(error: OSError) -> bool:
    """
    @return: Whether a failure of standard output loses data. A closed pipe loses none:
        its reader wants no more.
    """
    return not isinstance(error, BrokenPipeError)
