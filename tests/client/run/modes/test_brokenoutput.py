"""
Runs whose standard output fails, and runs with a bug.
"""

from typing import Any

from echo.client.run.modes.proberun import ProbeRun
from echo.client.run.modes.settings import ProbeSettings, Target
from tests.kit.client import BrokenStream
from tests.kit.reactor import Reactor
from tests.kit.runs import RunTestCase


class OutputTests(RunTestCase):
    """
    The reader of standard output goes away, or the disk is full.
    """

    def test_closedPipeEndsRunWithoutFault(self) -> None:
        self.begin("-i", "1h", stdout=BrokenStream(32))
        self.connect()
        self.say("Hello 1")
        self.assertClosing()
        self.close()
        self.assertStatus(0)

    def test_fullDiskFails(self) -> None:
        self.begin("-c1", stdout=BrokenStream(28))
        self.connect()
        self.say("Hello 1")
        self.close()
        self.successResultOf(self.over)
        self.assertEqual(self.run_.status, 1)
        self.assertIn("cannot write: No go", self.err.getvalue())

    def test_fullDiskKeepsWorseStatus(self) -> None:
        self.begin("--json", stdout=BrokenStream(28))
        self.reactor.advance(10)
        self.successResultOf(self.over)
        self.assertEqual(self.run_.status, 3)

    def test_failureOfFirstLineSendsNothing(self) -> None:
        for arguments in ((), ("--hold",), ("--reconnect",), ("--connections", "1")):
            for server in self.servers:
                server.hangUp()
            self.reactor = Reactor()
            self.begin("--json", *arguments, stdout=BrokenStream(32))
            server = self.connect()
            self.reactor.advance(1)
            self.reactor.advance(1)
            sent = [payload for _, payload in server.frames()]
            if arguments != ("--connections", "1"):
                self.assertEqual(sent, [b"\x03\xe8"])
            self.close()
            self.successResultOf(self.over)

    def test_bugEndsRun(self) -> None:
        def broken() -> Any:
            raise ZeroDivisionError("a bug")

        settings = ProbeSettings(target=Target(url="ws://x/"), deadline=5.0)
        run = ProbeRun(self.reactor, settings, lambda event: None)
        run.dial = broken  # type: ignore[method-assign]
        self.failureResultOf(run.start(), ZeroDivisionError)
