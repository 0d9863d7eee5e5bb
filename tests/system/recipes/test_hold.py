"""
Does a proxy cut idle connections, after how long, and do pings help?
"""

import shutil

from tests.kit.processes import (
    ClientProcess,
)
from tests.kit.servers import (
    ScriptedServer,
    Step,
    halfClose,
    reset,
)
from tests.system.recipes.proxies import cutting, nginx
from tests.system.recipes.recipes import HOLD, HOLD_PING, RecipeTestCase

# Seconds of silence until a proxy cuts: more than a busy machine needs between pings.
_CUT = 3


class HoldTests(RecipeTestCase):
    """
    A proxy that cuts after some seconds of silence.
    """

    def proxy(self, cut: Step) -> str:
        """
        @return: The URL of the proxy.
        """
        return ScriptedServer(self, cutting(self.daemon().port(), _CUT, cut)).url

    def assertCut(self, process: ClientProcess) -> None:
        """
        Assert that the connection is cut and that the client reports after how long.
        """
        run = self.finish(process)
        self.assertEqual(run.status, 6)
        self.assertEqual(
            len([t for t in run.errorLines if "connection lost: " in t]), 1
        )
        seconds = self.found(
            r"held open for ([\d.]+) s, silent for the last ([\d.]+) s: cut", run.out
        )
        self.assertPlausible(float(seconds[1]), float(seconds[2]))

    def assertPlausible(self, held: float, idle: float) -> None:
        """
        Assert the proxy's time, or more: a busy machine takes longer.
        """
        self.assertGreaterEqual(held, idle)
        self.assertGreater(idle, 0.9 * _CUT)

    def test_resetIsReported(self) -> None:
        self.assertCut(self.ask(HOLD, self.proxy(reset), {"1h": "1m"}))

    def test_closeWithoutCloseFrameIsReported(self) -> None:
        """
        In text and in JSON.
        """
        data = self.ask(HOLD, self.proxy(halfClose), {"1h": "1m --json"})
        self.assertCut(self.ask(HOLD, self.proxy(halfClose), {"1h": "1m"}))
        run = self.finish(data)
        self.assertEqual(run.status, 6)
        summary = self.summary(run.out)
        self.assertEqual((summary["status"], summary["hold"]["cut"]), (6, True))
        self.assertEqual(summary["connections"]["closes"], {"1006": 1})
        self.assertPlausible(summary["hold"]["seconds"], summary["hold"]["idle"])

    def test_pingsKeepConnectionOpen(self) -> None:
        url = self.proxy(reset)
        run = self.finish(
            self.ask(HOLD_PING, url, {"30s": "500ms", "1h": f"{2 * _CUT}s"})
        )
        self.assertEqual(run.status, 0)
        self.found(r"held open for [\d.]+ s, silent for .* s: not cut", run.out)
        self.assertIn("closed by us, answered with 1000", run.errorLines)
        answered = self.found(r"pings: (\d+) sent, \1 answered, 0 lost", run.out)
        self.assertGreater(int(answered[1]), 1)

    def test_nginx(self) -> None:
        """
        It cuts idle connections, and pings prevent it.
        """
        program = shutil.which("nginx")
        if program is None:
            self.skipTest("there is no nginx")
        port = nginx(self, program, self.daemon().port(), f"{_CUT}s")
        url = f"ws://127.0.0.1:{port}/socket"
        pings = self.ask(HOLD_PING, url, {"30s": "500ms", "1h": f"{2 * _CUT}s"})
        self.assertCut(self.ask(HOLD, url, {"1h": "1m"}))
        run = self.finish(pings)
        self.assertEqual(run.status, 0)
        self.found(r"held open for .*: not cut", run.out)
