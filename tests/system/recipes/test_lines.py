"""
What does it answer to this?
"""

import contextlib
import os
import re
import threading
from pathlib import Path

from tests.kit.processes import (
    ClientProcess,
    until,
)
from tests.kit.servers import (
    WebSocketServer,
)
from tests.system.recipes.recipes import LINES, RecipeTestCase


def _sayForEver(pipe: int) -> None:
    with contextlib.suppress(BrokenPipeError):
        while True:
            os.write(pipe, b"y\n" * 4096)


class LineTests(RecipeTestCase):
    """
    Messages from standard input.
    """

    def lines(self, source: str, url: str) -> ClientProcess:
        """
        @param source: The shell code in front of the command.
        """
        return self.ask(LINES, url, {r"printf 'first\nsecond\n' |": source})

    def test_messagePerLine(self) -> None:
        """
        End of input closes the connection.
        """
        run = self.finish(self.ask(LINES, self.daemon().url()))
        self.assertEqual(run.status, 0)
        for number, line in enumerate(("first", "second"), 1):
            pattern = rf'Received: "{line}" seq={number} time=[\d.]+ ms'
            self.assertMatches(run.lines[number - 1], pattern)
        self.found(r"2 sent, 2 received, 0 lost \(0\.0 %\)", run.out)

    def test_lineIsSentAtOnce(self) -> None:
        """
        The last line needs no newline.
        """
        process = self.lines("", WebSocketServer(self).url)
        assert process.stdin is not None
        for line in (b"one", b"two"):
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            self.assertIn(line, self.untilReceived(process))
        run = self.finish(process, b"three")
        self.assertEqual(run.status, 0)
        self.assertIn('"three" seq=3', run.lines[0])

    def test_file(self) -> None:
        """
        An empty one is an error.
        """
        (self.directory / "lines").write_text("".join(f"{n}\n" for n in range(10_000)))
        url = self.daemon().url()
        many = self.lines("<lines", f"-q {url}")
        none = self.lines("</dev/null", f"-q {url}")
        run = self.finish(many)
        self.assertEqual(run.status, 0)
        self.found(r"10000 sent, 10000 received, 0 lost \(0\.0 %\)", run.out)
        run = self.finish(none)
        self.assertEqual(run.status, 2)
        self.assertIn("standard input: there was nothing to send", run.errorLines)
        self.found(r"0 sent, 0 received, 0 lost \(0\.0 %\)", run.out)

    def test_invalidUTF8EndsRun(self) -> None:
        """
        Lines before it are sent.
        """
        run = self.finish(
            self.lines(r"printf 'fine\n\377\n' |", WebSocketServer(self).url)
        )
        self.assertEqual(run.status, 2)
        self.assertIn(
            "standard input: line 2 is not UTF-8: try --binary", run.errorLines
        )
        self.found(r"1 sent, 1 received, 0 lost \(0\.0 %\)", run.out)

    def test_endlessInputIsNotBuffered(self) -> None:
        """
        The client reads no more than the server takes.
        """
        process = self.lines("", f"-q -w 1s {self.daemon().url()}")
        assert process.stdin is not None
        fileno = process.stdin.fileno()
        producer = threading.Thread(target=_sayForEver, args=(fileno,))
        producer.start()
        status, peaks = Path(f"/proc/{process.pid}/status"), [0]

        def over() -> bool:
            used = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            if used is not None:  # a process has memory until its end
                peaks.append(int(used[1]) * 1024)
            return process.poll() is not None

        until(over, "the end")
        producer.join()
        self.assertTrue(10e6 < max(peaks) < 200e6, max(peaks))
        run = self.finish(process)
        sent = int(self.found(r"(\d+) sent, \1 received, 0 lost .*", run.out)[1])
        self.assertGreater(sent, 1)
