"""
Does p99 stay under 200 ms with a thousand connections?
"""

import json
import signal
from typing import Any

from tests.kit.processes import (
    ClientProcess,
    freePort,
)
from tests.kit.servers import (
    WebSocketServer,
)
from tests.system.recipes.recipes import LOAD, MERGE, URL, RecipeTestCase, changed


class LoadTests(RecipeTestCase):
    """
    Loads, and the merge of their records.
    """

    SMALL = {"1000 --ramp": "20 --ramp", "1000/s": "200/s", "30s": "3s"}

    def written(self, name: str, process: ClientProcess) -> dict[str, Any]:
        """
        @return: The summary in the file of a finished run.
        """
        run = self.finish(process)
        summary = self.summary((self.directory / name).read_text())
        self.assertEqual(run.status, summary["status"])
        self.assertEqual(summary["sent"], summary["received"] + summary["lost"])
        return summary

    def test_exitStatusAndMerge(self) -> None:
        """
        A merge counts as one run over all connections, in any order of its files.
        """
        url = self.daemon().url()
        most = {"1000 --ramp": "100 --ramp", "1000/s": "200/s", "30s": "6s"}
        again = {**self.SMALL, "200ms@p99": "1us@p99"}
        names = ("b.ndjson", "c.ndjson")
        process = self.ask(LOAD, url, {**most, "200ms@p99": "10s@p99"})
        processes = [self.ask(LOAD, url, {**again, "a.ndjson": name}) for name in names]
        first = self.written("a.ndjson", process)
        self.assertEqual(self.failed(first), [])
        connections = first["connections"]
        self.assertEqual((connections["wanted"], connections["opened"]), (100, 100))
        self.assertEqual((connections["failures"], connections["closes"]), ({}, {}))
        self.assertEqual(connections["handshake"]["count"], 100)
        self.assertGreater(connections["handshake"]["p99"], 0)
        self.assertGreater(first["sent"], 100)
        self.assertEqual(first["rtt"]["count"], first["received"])
        second, third = map(self.written, names, processes)
        self.assertEqual(second["status"], 1)
        (failed,) = self.failed(second)
        self.assertMatches(failed, r"--max-rtt 1us@p99: [\d.]+ ms")
        self.assertMerge(first, second, third)

    def failed(self, summary: dict[str, Any]) -> list[str]:
        """
        @return: The failed thresholds, without the applied load: a busy machine may not
        apply it.
        """
        failed: list[str] = summary["failed"]
        self.assertEqual(summary["status"], int(bool(failed)))
        return [line for line in failed if "of the load was applied" not in line]

    def assertMerge(self, *runs: dict[str, Any]) -> None:
        """
        Assert that the merge of three files is the sum of their summaries.
        """
        files = "a.ndjson b.ndjson"
        processes = [
            self.line(changed(MERGE, {"200ms@p99": limit, files: order}))
            for limit, order in (
                ("10s@p99 --json", "a.ndjson b.ndjson c.ndjson"),
                ("10s@p99 --json", "c.ndjson b.ndjson a.ndjson"),
                ("1us@p99", files),
            )
        ]
        good, swapped, bad = [self.finish(each) for each in processes]
        self.assertEqual(self.failed(self.summary(good.out)), [])
        self.assertEqual(good.status, self.summary(good.out)["status"])
        self.assertEqual((swapped.status, bad.status), (good.status, 1))
        self.found(r"FAILED: --max-rtt 1us@p99: [\d.]+ ms", bad.out)
        merged = {**self.summary(good.out), "time": None}
        self.assertEqual(merged, {**self.summary(swapped.out), "time": None})
        for name in ("sent", "received", "lost"):
            self.assertEqual(merged[name], sum(each[name] for each in runs))
        times = [each["rtt"] for each in runs]
        self.assertEqual(merged["rtt"]["count"], sum(each["count"] for each in times))
        self.assertEqual(merged["connections"]["opened"], 140)
        self.assertEqual(merged["connections"]["handshake"]["count"], 140)
        for name in ("p50", "p90", "p95", "p99", "p99.9", "min", "max"):
            between = [each[name] for each in times]
            self.assertTrue(min(between) <= merged["rtt"][name] <= max(between), name)

    def test_text(self) -> None:
        changes = {**self.SMALL, "200ms@p99": "1us@p99", " --json": ""}
        process = self.ask(
            LOAD, WebSocketServer(self).url, {**changes, " > a.ndjson": ""}
        )
        run = self.finish(process)
        self.assertEqual(run.status, 1)
        self.found(
            r"connections: 20 of 20 opened, 0 failed, 0 closed by the server", run.out
        )
        self.found(r"handshake p50/p90/p95/p99/p99\.9 = .* ms", run.out)
        self.found(r"FAILED: --max-rtt 1us@p99: [\d.]+ ms", run.out)

    def test_stoppedServerEndsRun(self) -> None:
        """
        Its closes are counted by code.
        """
        changes = {**self.SMALL, "30s": "30s", "> a.ndjson": ""}
        ends = ((signal.SIGTERM, "1001"), (signal.SIGKILL, "1006"))
        daemons = [self.daemon() for _ in ends]
        processes = [self.ask(LOAD, each.url(), changes) for each in daemons]
        for (number, code), daemon, process in zip(
            ends, daemons, processes, strict=True
        ):
            while self.next(process)["open"] < 20:
                pass
            daemon.signal(number)
            run = self.finish(process)
            summary = self.summary(run.out)
            self.assertEqual(summary["connections"]["closes"], {code: 20})
            self.assertEqual(summary["sent"], summary["received"] + summary["lost"])
            self.assertEqual(run.status, summary["status"])
            self.assertEqual(run.status, 6)

    def next(self, process: ClientProcess) -> dict[str, Any]:
        """
        @return: The next record.
        """
        record: dict[str, Any] = json.loads(self.untilReceived(process))
        return record

    def test_closedPortIsCounted(self) -> None:
        run = self.finish(
            self.ask(
                LOAD,
                f"ws://127.0.0.1:{freePort()}/",
                {**self.SMALL, "> a.ndjson": ""},
            )
        )
        self.assertEqual(run.status, 3)
        summary = self.summary(run.out)
        self.assertEqual(summary["connections"]["opened"], 0)
        self.assertEqual(
            summary["connections"]["failures"], {"TCP: connection refused": 20}
        )

    def test_descriptorLimit(self) -> None:
        """
        The client reports the limit before it connects.
        """
        server = WebSocketServer(self)
        command = changed(LOAD, {URL: server.url, "> a.ndjson": ""})
        run = self.finish(self.shell(f"ulimit -n 500; {command}"))
        self.assertEqual((run.status, run.out), (2, ""))
        (line,) = run.errorLines
        self.assertMatches(
            line,
            r"(.*: )?1000 connections need 1\d\d\d file descriptors, and the limit is"
            r" 500: raise it .*",
        )
        self.assertEqual(server.requests, [])
