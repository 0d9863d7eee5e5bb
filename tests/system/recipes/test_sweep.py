"""
How do large messages fare?
"""

import re

from tests.kit.servers import (
    WebSocketServer,
)
from tests.system.recipes.recipes import SWEEP, RecipeTestCase


class SweepTests(RecipeTestCase):
    """
    A sweep over sizes.
    """

    def test_eachSizeHasItsLine(self) -> None:
        """
        Each is twice the one before.
        """
        run = self.finish(self.ask(SWEEP, self.daemon().url(), {"16m": "64k"}))
        self.assertEqual(run.status, 0)
        sizes = re.findall(
            r"^(\w+): 10 of 10, min/avg/p50/max = [\d./]+ ms, [\d.]+ MiB/s$",
            run.out,
            re.MULTILINE,
        )
        self.assertEqual(sizes, ["1k", "2k", "4k", "8k", "16k", "32k", "64k"])
        self.found(r"70 sent, 70 received, 0 lost \(0\.0 %\)", run.out)

    def test_limitOfServerEndsSweep(self) -> None:
        """
        The server closes with 1009. Smaller sizes have their lines.
        """
        url = WebSocketServer(self, max_size=65536).url
        text = self.ask(SWEEP, url, {"1k..16m": "32k..1m"})
        data = self.ask(SWEEP, url, {"1k..16m": "32k..1m --json"})
        run = self.finish(text)
        self.assertEqual(run.status, 6)
        lines = [line.partition(":")[0] for line in run.lines if "MiB/s" in line]
        self.assertEqual(lines, ["32k", "64k"])
        self.found(r"128k: 0 of 1, no round trip", run.out)
        self.found(r"echo-client: closed by the server: 1009.*", run.err)
        run = self.finish(data)
        summary = self.summary(run.out)
        self.assertEqual((run.status, summary["status"]), (6, 6))
        self.assertEqual(summary["connections"]["closes"], {"1009": 1})
        self.assertEqual(
            [
                (each["size"], each["sent"], bool(each["rtt"]))
                for each in summary["steps"]
            ],
            [(2**15, 10, True), (2**16, 10, True), (2**17, 1, False)],
        )
