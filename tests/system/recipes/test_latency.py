"""
How far away is it?
"""

import re
import time

from websockets.sync.server import ServerConnection

from tests.kit.servers import (
    WebSocketServer,
)
from tests.system.recipes.recipes import DISTANCE, RecipeTestCase


def late(connection: ServerConnection) -> None:
    """
    Be an echo that takes its time; C{websockets} answers pings at once.
    """
    for message in connection:
        time.sleep(0.1)
        connection.send(message)


class LatencyTests(RecipeTestCase):
    """
    Messages and pings side by side.
    """

    def test_percentilesAndHistogram(self) -> None:
        url = self.daemon().url()
        run = self.finish(self.ask(DISTANCE, url, {"-w 10s": "-w 2s"}))
        self.assertEqual(run.status, 0)
        sent = int(
            self.found(r"(\d+) sent, \1 received, 0 lost \(0\.0 %\)", run.out)[1]
        )
        self.assertGreater(sent, 1)
        self.found(rf"pings: {sent} sent, {sent} answered, 0 lost", run.out)
        for name in ("round trip", "ping"):
            times = self.found(
                rf"{name} p50/p90/p95/p99/p99\.9 = ([\d./]+) ms, jitter [\d.]+ ms",
                run.out,
            )[1].split("/")
            self.assertEqual(times, sorted(times, key=float))
        drawn = re.findall(r" (\d+) +\d+\.\d %", run.out)
        self.assertEqual(sum(map(int, drawn)), sent)

    def test_slowEchoesWithFastPongs(self) -> None:
        """
        The client reports that messages take longer than pings.
        """
        changes = {"-w 10s": "-w 2s", "-i 50ms": "-i 200ms"}
        run = self.finish(self.ask(DISTANCE, WebSocketServer(self, late).url, changes))
        self.assertEqual(run.status, 0)
        gap = self.found(r".*a message takes ([\d.]+) ms longer than a ping", run.out)
        self.assertGreater(float(gap[1]), 50)
