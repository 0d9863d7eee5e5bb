"""
C{echo-client} on a terminal: how it looks, and what keys do.
"""

import os
import pty
import re
import select
import termios
import threading

from tests.kit.forks import Fork
from tests.kit.processes import (
    CLIENT_CODE,
    ENVIRONMENT,
    PATIENCE,
    ClientProcessTestCase,
    until,
)
from tests.kit.servers import (
    ScriptedServer,
    WebSocketServer,
    acceptUpgrade,
    inTurn,
    readNothing,
    receive,
)


class Terminal:
    """
    A client on a terminal of its own.

    @ivar shown: Its output.
    """

    def __init__(
        self, test: ClientProcessTestCase, *arguments: str, **environment: str
    ) -> None:
        inherited = {k: v for k, v in ENVIRONMENT.items() if k != "NO_COLOR"}
        ours, its = pty.openpty()
        termios.tcsetwinsize(its, (24, 100))
        self._terminal = ours
        self._process = Fork(
            CLIENT_CODE,
            *arguments,
            streams=(its, its, its),
            env={**inherited, "TERM": "xterm", **environment},
            start_new_session=True,  # Ctrl-C goes to the terminal's session
        )
        os.close(its)
        self.shown = ""
        test.addCleanup(os.close, ours)
        test.addCleanup(self._process.wait)
        test.addCleanup(self._process.kill)

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def until(self, *patterns: str) -> None:
        """
        Wait for further output that matches the patterns in this order.
        """
        since = len(self.shown)
        pattern = re.compile(".*?".join(patterns), re.DOTALL)
        until(
            lambda: pattern.search(self.shown, since) or self._read(), pattern.pattern
        )

    def end(self) -> int:
        """
        @return: The exit status at the end.
        """
        while self._read() is None:
            pass
        return self._process.wait(PATIENCE)

    def _read(self) -> bool | None:
        """
        @return: C{False} at the end; C{None} before.
        """
        if not select.select([self._terminal], [], [], PATIENCE)[0]:
            raise AssertionError(f"nothing more after {self.shown!r}")
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # the client has closed the terminal
            return False
        self.shown += data.decode()
        return None


class TerminalTests(ClientProcessTestCase):
    """
    A terminal, and a pipe instead.
    """

    LIVE = r"\r\d+ sent  \d+ received  0\.0 % lost  [\d.,]+/s  p50 .* p99 .* ms\x1b\[K"

    def test_liveLineIsReplacedBySummary(self) -> None:
        url = WebSocketServer(self).url
        terminal = Terminal(self, "-i", "10ms", url)
        terminal.until(self.LIVE, self.LIVE)
        terminal.type("\x03")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("Received", terminal.shown)
        *_, last = terminal.shown.partition("\r\x1b[K")
        self.assertNotIn("\x1b", last)
        self.assertEqual(
            last.splitlines()[:2],
            ["echo-client: closed by us, answered with 1000", f"--- {url} ---"],
        )

    def test_noLiveLineInPipe(self) -> None:
        run = self.run_(
            "-i", "10ms", "-c", "30", "--max-rtt", "1us", WebSocketServer(self).url
        )
        self.assertEqual(run.status, 1)
        self.assertNotRegex(run.out + run.err, r"[\x1b\r]")
        self.assertEqual(len([x for x in run.lines if x.startswith("Received")]), 30)

    def test_coloursOnTerminalOnly(self) -> None:
        """
        NO_COLOR, TERM=dumb and C{--color} override that.
        """
        once = ("-c1", "-i1s", "--max-rtt", "1us", WebSocketServer(self).url)
        red = r"\x1b\[31mFAILED: "
        terminals = [
            (Terminal(self, *arguments, *once, **environment), colored)
            for arguments, environment, colored in (
                ((), {}, True),
                ((), {"NO_COLOR": "1"}, False),
                ((), {"TERM": "dumb"}, False),
                (("--color", "never"), {}, False),
                (("--color", "always"), {"NO_COLOR": "1"}, True),
            )
        ]
        for terminal, colored in terminals:
            self.assertEqual(terminal.end(), 1)
            check = self.assertRegex if colored else self.assertNotRegex
            check(terminal.shown, red)
            self.assertIn("FAILED: ", terminal.shown)
        self.assertRegex(self.run_("--color", "always", *once).out, red)

    def test_sigquitSummarisesAndSigintCloses(self) -> None:
        server = WebSocketServer(self)
        terminal = Terminal(self, "-i", "100ms", server.url)
        terminal.until("Received")
        terminal.type("\x1c")
        terminal.until(
            r"echo-client: --- ws://", r"echo-client: \d+ sent, ", "Received"
        )
        terminal.type("\x03")
        terminal.until("closed by us, answered with 1000", "\n--- ws://", r"\d+ sent, ")
        self.assertEqual(terminal.end(), 0)
        self.assertTrue(server.closed.wait(PATIENCE))
        self.assertEqual(server.closes, [1000])

    def test_secondSigintEndsAtOnce(self) -> None:
        """
        The server does not answer the close.
        """
        asked = threading.Event()
        server = ScriptedServer(
            self, inTurn(acceptUpgrade, receive, lambda _: asked.set(), readNothing)
        )
        terminal = Terminal(self, "--hold", "--close-timeout", "1h", server.url)
        terminal.until("connected to ")
        terminal.type("\x03")
        self.assertTrue(asked.wait(PATIENCE))
        terminal.type("\x03")
        self.assertEqual(terminal.end(), 130)
