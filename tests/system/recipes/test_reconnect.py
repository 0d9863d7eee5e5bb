"""
How many messages does a rolling restart lose, and how long are the outages?
"""

import json
import signal
import time
from typing import Any

from tests.kit.processes import (
    ClientProcess,
    ClientRun,
    DaemonProcess,
    freePort,
)
from tests.system.recipes.recipes import RECONNECT, RecipeTestCase


class ReconnectTests(RecipeTestCase):
    """
    Daemons that are replaced.
    """

    def restart(
        self, daemon: DaemonProcess, number: int
    ) -> tuple[DaemonProcess, float]:
        """
        @return: The new daemon, and the least seconds of the outage.
        """
        port = daemon.port()
        daemon.signal(number)
        daemon.wait()
        gone = time.time()
        time.sleep(0.2)
        absent = time.time() - gone
        return self.daemon(port=port), absent

    def record(self, process: ClientProcess, name: str) -> dict[str, Any]:
        """
        @return: The next record of a type.
        """
        while line := self.untilReceived(process):
            record: dict[str, Any] = json.loads(line)
            if record["type"] == name:
                return record
        raise AssertionError(f"no {name}")

    def assertOutage(self, outage: dict[str, Any], code: int, least: float) -> None:
        """
        Assert that an outage matches the restart.
        """
        self.assertEqual(outage["code"], code)
        self.assertGreaterEqual(outage["attempts"], 1)
        self.assertGreater(outage["seconds"], least - 0.002)  # rounded to milliseconds
        skipped = int(outage["seconds"] / 0.05)
        self.assertIn(outage["skipped"], (skipped - 1, skipped))

    def assertSum(self, summary: dict[str, Any], outages: list[dict[str, Any]]) -> None:
        """
        Assert that a summary matches its outages.
        """
        self.assertEqual(
            [{k: each[k] for k in summary["outages"][0]} for each in outages],
            summary["outages"],
        )
        lost = sum(each["lost"] for each in outages)
        self.assertEqual(summary["lost"], lost)
        self.assertEqual(summary["sent"], summary["received"] + lost)
        self.assertEqual(summary["status"], 1 if lost else 0)

    def test_twoRestartsAreTwoOutages(self) -> None:
        """
        In text and in JSON; each begins with 1001.
        """
        daemon = self.daemon(port=freePort())
        text = self.ask(RECONNECT, daemon.url(), {"100ms": "50ms"})
        data = self.ask(RECONNECT, daemon.url(), {"100ms": "50ms --json"})
        outages = []
        for _ in range(2):
            self.record(data, "echo")
            while b"Received" not in self.untilReceived(text):
                pass
            asked = time.time()
            daemon, absent = self.restart(daemon, signal.SIGTERM)
            outage = self.record(data, "outage")
            self.assertOutage(outage, 1001, absent)
            self.assertLess(outage["seconds"], time.time() - asked)
            outages.append(outage)
            while b"outage" not in (line := self.untilReceived(text)):
                pass
            self.found(
                r"outage at [\d.]+ s \(.*Z\) for [\d.]+ s: 1001 .*,"
                r" \d+ lost, \d+ not sent, \d+ attempts?\n?",
                line.decode().rstrip("\n"),
            )
        for process in (text, data):
            process.send_signal(signal.SIGINT)
        run = self.finish(data)
        summary = self.summary(run.out)
        self.assertSum(summary, outages)
        self.assertEqual(run.status, summary["status"])
        run = self.finish(text)
        sums = self.found(
            r"outages: 2, ([\d.]+) s in all, (\d+) messages? lost, (\d+) not sent",
            run.out,
        )
        self.assertGreater(float(sums[1]), 0.4)
        sent, received, lost = self.counts(run)
        self.assertEqual((sent, lost), (received + lost, int(sums[2])))
        self.assertEqual(run.status, 1 if lost else 0)

    def counts(self, run: ClientRun) -> tuple[int, int, int]:
        """
        @return: The numbers of sent, received and lost messages.
        """
        counts = self.found(r"(\d+) sent, (\d+) received, (\d+) lost .*", run.out)
        return int(counts[1]), int(counts[2]), int(counts[3])

    def test_killedDaemonIs1006(self) -> None:
        daemon = self.daemon(port=freePort())
        process = self.ask(RECONNECT, daemon.url(), {"100ms": "50ms --json"})
        self.record(process, "echo")
        daemon, absent = self.restart(daemon, signal.SIGKILL)
        outage = self.record(process, "outage")
        self.assertOutage(outage, 1006, absent)
        self.record(process, "echo")
        process.send_signal(signal.SIGINT)
        run = self.finish(process)
        self.assertSum(self.summary(run.out), [outage])
