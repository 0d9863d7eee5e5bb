"""
Two streams: data on one, diagnostics on the other.
"""

from collections.abc import Callable
from typing import TextIO


class Output:
    """
    Where lines go.

    @ivar broken: Why nothing can be written to standard output any more, if so.
    """

    broken: OSError | None = None

    def __init__(
        self, stdout: TextIO, stderr: TextIO, onBroken: Callable[[], None]
    ) -> None:
        """
        @param stdout: Where the data go.

        @param stderr: Where the diagnostics go.

        @param onBroken: Called when nobody reads the data any more.
        """
        self._stdout = stdout
        self._stderr = stderr
        self._onBroken = onBroken

    def data(self, line: str) -> None:
        """
        Write a line of data.
        """
        if self.broken is not None:
            return
        try:
            self._stdout.write(f"{line}\n")
            self._stdout.flush()
        except OSError as error:
            self.broken = error
            if self.failed:
                self.diagnostic(f"cannot write: {error.strerror}")
            self._onBroken()

    @property
    def failed(self) -> bool:
        """
        Whether data are missing that somebody still wanted to read.
        """
        return self.broken is not None and not isinstance(self.broken, BrokenPipeError)

    def diagnostic(self, text: str) -> None:
        """
        Write a line of diagnostics; if that is impossible, so be it.
        """
        try:
            self._stderr.write(f"echo-client: {text}\n")
            self._stderr.flush()
        except OSError:
            pass
