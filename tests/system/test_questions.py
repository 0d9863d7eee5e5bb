"""
The questions of README.rst, each answered by its command, as it stands there: with
the program and the daemon as processes, real proxies and real sockets.
"""

import contextlib
import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import termios
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from websockets.sync.server import ServerConnection

from tests.kit.forks import Fork
from tests.kit.processes import (
    CLIENT_CODE,
    CLIENT_COMMAND,
    ENVIRONMENT,
    PATIENCE,
    ClientProcess,
    ClientProcessTestCase,
    ClientRun,
    DaemonProcess,
    freePort,
    until,
)
from tests.kit.proxies import cutting, nginx
from tests.kit.readme import README, blocks
from tests.kit.servers import (
    ScriptedServer,
    Step,
    WebSocketServer,
    acceptUpgrade,
    halfClose,
    inTurn,
    readNothing,
    readRequest,
    receive,
    reset,
    send,
)

_URL = "wss://echo.example/socket"

# Seconds of silence that a proxy cuts after: it takes a busy machine less to ping.
_CUT = 3

DISTANCE = f"echo-client -w 10s -i 50ms --ping --histogram {_URL}"
HOLD = f"echo-client --hold -w 1h {_URL}"
HOLD_PING = f"echo-client --hold-ping 30s -w 1h {_URL}"
RECONNECT = f"echo-client --reconnect -i 100ms -w 5m {_URL}"
LOAD = (
    "echo-client --connections 1000 --ramp 200/s --rate 1000/s -w 30s"
    f" --max-rtt 200ms@p99 --json {_URL} > a.ndjson"
)
MERGE = "echo-client merge --max-rtt 200ms@p99 a.ndjson b.ndjson"
SWEEP = f"echo-client --sweep 1k..16m {_URL}"
CHECK = f"echo-client check {_URL}"
SECTIONS = f"echo-client check --section 5.4 --section 5.5 --junit check.xml {_URL}"
LISTING = "echo-client check --list --section 5.5"
LINES = rf"printf 'first\nsecond\n' | echo-client -m @- --lines {_URL}"


def changed(command: str, changes: dict[str, str]) -> str:
    """
    @return: A command, with something else where something was.
    """
    for old, new in changes.items():
        assert old in command, f"{old!r} is not in {command!r}"
        command = command.replace(old, new)
    return command


class QuestionTestCase(ClientProcessTestCase):
    """
    Asks what README.rst asks, in a directory of the test's own; through a shell where
    a command takes one.
    """

    def setUp(self) -> None:
        """
        Have C{echo-client} on the shell's path.
        """
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        script = self.directory / "echo-client"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(CLIENT_COMMAND)} "$@"\n')
        script.chmod(0o755)

    def daemon(self, *arguments: str, port: int = 0) -> DaemonProcess:
        """
        @return: A daemon that listens.
        """
        listen = ("--listen", f"tcp:{port}:interface=127.0.0.1")
        directory = Path(self.mktemp())
        directory.mkdir()
        daemon = DaemonProcess(directory, *listen, *arguments)
        self.addCleanup(daemon.end)
        daemon.port()
        return daemon

    def shell(self, line: str) -> ClientProcess:
        """
        @return: The running shell.
        """
        path = f"{self.directory}:{os.environ['PATH']}"
        process = subprocess.Popen(
            ["sh", "-c", line],
            cwd=self.directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**ENVIRONMENT, "PATH": path},
            start_new_session=True,
        )

        def clean() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

        self.addCleanup(clean)
        return process

    def ask(
        self, command: str, url: str, changes: dict[str, str] | None = None
    ) -> ClientProcess:
        """
        @param command: A command of the section.

        @param changes: What has to be different in it for a test.

        @return: The program, that runs.
        """
        return self.line(changed(command, {_URL: url, **(changes or {})}))

    def line(self, line: str) -> ClientProcess:
        """
        @param line: A command, with files where it has them.

        @return: The program, that runs; a shell starts it where there is a pipe.
        """
        if "|" in line:
            return self.shell(line)
        lexer = shlex.shlex(line, posix=True, punctuation_chars="<>")
        lexer.whitespace_split = True
        words: list[str] = []
        streams: list[int | None] = [None, None, None]
        with contextlib.ExitStack() as stack:
            for word in lexer:
                if word in ("<", ">"):
                    number, mode = (0, "rb") if word == "<" else (1, "wb")
                    path = self.directory / next(lexer)
                    streams[number] = stack.enter_context(path.open(mode)).fileno()
                else:
                    words.append(word)
            return self.startWith(
                words[1:], streams=streams, env=ENVIRONMENT, cwd=self.directory
            )

    def summary(self, text: str) -> dict[str, Any]:
        """
        @return: The last record, which has to be the summary.
        """
        record: dict[str, Any] = json.loads(text.splitlines()[-1])
        self.assertEqual(record["type"], "summary")
        return record

    def found(self, pattern: str, text: str) -> "re.Match[str]":
        """
        @return: Where a line matches, which one has to.
        """
        match = re.search(f"^{pattern}$", text, re.MULTILINE)
        assert match is not None, f"{pattern!r} / {text!r}"
        return match


class CommandTests(QuestionTestCase):
    """
    The section itself.
    """

    def test_commands(self) -> None:
        """
        These are its commands, and no others: each is asked below.
        """
        section = re.split(r"^Questions\n=+\n", README, flags=re.MULTILINE)[1]
        section = re.split(r"^.+\n===+\n", section, flags=re.MULTILINE)[0]
        lines = [line for block in blocks("shell") for line in block.splitlines()]
        self.assertEqual(
            [line for line in lines if f"    {line}\n" in section],
            [
                *(DISTANCE, HOLD, HOLD_PING, RECONNECT, LOAD, MERGE, SWEEP),
                *(CHECK, SECTIONS, LISTING, LINES),
            ],
        )


def late(connection: ServerConnection) -> None:
    """
    Be an echo that takes its time; C{websockets} answers pings at once.
    """
    for message in connection:
        time.sleep(0.1)
        connection.send(message)


class DistanceTests(QuestionTestCase):
    """
    How far away is it?
    """

    def test_distance(self) -> None:
        """
        Percentiles of messages and of pings stand side by side, above a drawing.
        """
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

    def test_gap(self) -> None:
        """
        What answers pings at once, and messages after 100 ms, is found out.
        """
        changes = {"-w 10s": "-w 2s", "-i 50ms": "-i 200ms"}
        run = self.finish(self.ask(DISTANCE, WebSocketServer(self, late).url, changes))
        self.assertEqual(run.status, 0)
        gap = self.found(r".*a message takes ([\d.]+) ms longer than a ping", run.out)
        self.assertGreater(float(gap[1]), 50)


class HoldTests(QuestionTestCase):
    """
    Does a proxy cut idle connections, after how long, and do pings help?
    """

    def proxy(self, cut: Step) -> str:
        """
        @return: Where a proxy is that cuts a connection after some silence.
        """
        return ScriptedServer(self, cutting(self.daemon().port(), _CUT, cut)).url

    def assertCut(self, process: ClientProcess) -> None:
        """
        Fail unless the connection is cut, and it is told after how long.
        """
        run = self.finish(process)
        self.assertEqual(run.status, 6)
        self.assertEqual(len([t for t in run.told if "connection lost: " in t]), 1)
        seconds = self.found(
            r"held open for ([\d.]+) s, silent for the last ([\d.]+) s: cut", run.out
        )
        self.assertPlausible(float(seconds[1]), float(seconds[2]))

    def assertPlausible(self, held: float, idle: float) -> None:
        """
        Fail unless that is what the proxy waits, or more, if the machine is busy.
        """
        self.assertGreaterEqual(held, idle)
        self.assertGreater(idle, 0.9 * _CUT)

    def test_reset(self) -> None:
        """
        A proxy that resets the connection is found out.
        """
        self.assertCut(self.ask(HOLD, self.proxy(reset), {"1h": "1m"}))

    def test_hangUp(self) -> None:
        """
        So is one that hangs up in good order, as TCP has it, but without a close
        frame; programs are told the same.
        """
        data = self.ask(HOLD, self.proxy(halfClose), {"1h": "1m --json"})
        self.assertCut(self.ask(HOLD, self.proxy(halfClose), {"1h": "1m"}))
        run = self.finish(data)
        self.assertEqual(run.status, 6)
        summary = self.summary(run.out)
        self.assertEqual((summary["status"], summary["hold"]["cut"]), (6, True))
        self.assertEqual(summary["connections"]["closes"], {"1006": 1})
        self.assertPlausible(summary["hold"]["seconds"], summary["hold"]["idle"])

    def test_pings(self) -> None:
        """
        Pings keep the connection open to the end.
        """
        url = self.proxy(reset)
        run = self.finish(
            self.ask(HOLD_PING, url, {"30s": "500ms", "1h": f"{2 * _CUT}s"})
        )
        self.assertEqual(run.status, 0)
        self.found(r"held open for [\d.]+ s, silent for .* s: not cut", run.out)
        self.assertIn("closed by us, answered with 1000", run.told)
        answered = self.found(r"pings: (\d+) sent, \1 answered, 0 lost", run.out)
        self.assertGreater(int(answered[1]), 1)

    def test_nginx(self) -> None:
        """
        The proxy nginx cuts, and pings help against it, too.
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


class ReconnectTests(QuestionTestCase):
    """
    How many messages does a rolling restart lose, and how long are the outages?
    """

    def restart(
        self, daemon: DaemonProcess, number: int
    ) -> tuple[DaemonProcess, float]:
        """
        @return: The daemon that took the place of another, and how long there was
            none at least.
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
        @return: The next record of that type, as soon as it is there.
        """
        while line := self.untilReceived(process):
            record: dict[str, Any] = json.loads(line)
            if record["type"] == name:
                return record
        raise AssertionError(f"no {name}")

    def assertOutage(self, outage: dict[str, Any], code: int, least: float) -> None:
        """
        Fail unless an outage is what it was.
        """
        self.assertEqual(outage["code"], code)
        self.assertGreaterEqual(outage["attempts"], 1)
        self.assertGreater(outage["seconds"], least - 0.002)  # they are rounded
        skipped = int(outage["seconds"] / 0.05)
        self.assertIn(outage["skipped"], (skipped - 1, skipped))

    def assertSum(self, summary: dict[str, Any], outages: list[dict[str, Any]]) -> None:
        """
        Fail unless a summary fits the outages.
        """
        self.assertEqual(
            [{k: each[k] for k in summary["outages"][0]} for each in outages],
            summary["outages"],
        )
        lost = sum(each["lost"] for each in outages)
        self.assertEqual(summary["lost"], lost)
        self.assertEqual(summary["sent"], summary["received"] + lost)
        self.assertEqual(summary["status"], 1 if lost else 0)

    def test_restarts(self) -> None:
        """
        Each of two restarts is an outage, as long as it was, that began with 1001;
        people and programs are told the same.
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
        @return: How many messages were sent, received and lost.
        """
        counts = self.found(r"(\d+) sent, (\d+) received, (\d+) lost .*", run.out)
        return int(counts[1]), int(counts[2]), int(counts[3])

    def test_killed(self) -> None:
        """
        A daemon that dies says nothing, and that is told as 1006.
        """
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


class LoadTests(QuestionTestCase):
    """
    Does p99 stay under 200 ms with a thousand connections?
    """

    SMALL = {"1000 --ramp": "20 --ramp", "1000/s": "200/s", "30s": "3s"}

    def written(self, name: str, process: ClientProcess) -> dict[str, Any]:
        """
        @return: The summary in the file that a run has written, once it is over.
        """
        run = self.finish(process)
        summary = self.summary((self.directory / name).read_text())
        self.assertEqual(run.status, summary["status"])
        self.assertEqual(summary["sent"], summary["received"] + summary["lost"])
        return summary

    def test_load(self) -> None:
        """
        The exit status says whether it does, and so does the merge of several runs,
        which is as good as one run over all of the connections, in whatever order.
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
        @return: What the gates say of a run, but for the load: that is for a busy
            machine to apply or not. The status fits all that they say.
        """
        failed: list[str] = summary["failed"]
        self.assertEqual(summary["status"], int(bool(failed)))
        return [line for line in failed if "of the load was applied" not in line]

    def assertMerge(self, *runs: dict[str, Any]) -> None:
        """
        Fail unless the merge of three files is the sum of their summaries.
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
        """
        A person is told the same.
        """
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

    def test_stopped(self) -> None:
        """
        A server that stops in mid-run, or dies, ends the run, and is named: its
        closes are counted by code.
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

    def test_nobody(self) -> None:
        """
        Where nobody listens there is no connection, and the reason is counted.
        """
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

    def test_descriptors(self) -> None:
        """
        Where the system does not allow so many, that is said before anything is
        begun.
        """
        peer = WebSocketServer(self)
        command = changed(LOAD, {_URL: peer.url, "> a.ndjson": ""})
        run = self.finish(self.shell(f"ulimit -n 500; {command}"))
        self.assertEqual((run.status, run.out), (2, ""))
        (line,) = run.told
        self.assertMatches(
            line,
            r"(.*: )?1000 connections need 1\d\d\d file descriptors, and the limit is"
            r" 500: raise it .*",
        )
        self.assertEqual(peer.requests, [])


class SweepTests(QuestionTestCase):
    """
    How do large messages fare?
    """

    def test_sweep(self) -> None:
        """
        The sizes double from one to the other, and each has its line.
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

    def test_limit(self) -> None:
        """
        A server that takes no more says so with 1009; what fits has its line.
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


class CheckTests(QuestionTestCase):
    """
    Does it keep to RFC 6455?
    """

    def test_conformant(self) -> None:
        """
        Our own daemon does, with compression as without.
        """
        urls = [self.daemon(*each).url() for each in ((), ("--compression",))]
        for url, process in [
            (url, self.ask(CHECK, f"--timeout 1m {url}")) for url in urls
        ]:
            run = self.finish(process)
            self.assertEqual((run.status, run.err), (0, ""))
            *lines, last = run.lines
            self.assertGreater(len(lines), 50)
            skipped = [line for line in lines if line[:4] == "skip"]
            ok = [line for line in lines if line[:4] == "ok  "]
            self.assertEqual(len(ok) + len(skipped), len(lines))
            declined = [line for line in skipped if line.endswith(" was declined")]
            self.assertEqual(bool(declined), url == urls[0])
            end = f", {len(skipped)} not checked" if skipped else ""
            self.assertEqual(last, f"{url}: {len(ok)} ok, 0 notes, 0 failed{end}")

    def test_sections(self) -> None:
        """
        Only the demands of two sections are checked, and the report for the CI system
        has a case for each; the other command lists those of one section.
        """
        url = self.daemon().url()
        path = self.directory / "check.xml"
        run = self.finish(self.ask(SECTIONS, url, {"check.xml": str(path)}))
        self.assertEqual(run.status, 0)
        sections = {line.split()[1] for line in run.lines[:-1]}
        self.assertTrue(all(each.startswith(("5.4", "5.5")) for each in sections))
        report = ET.parse(path)  # noqa: S314  (our own)
        self.assertEqual(len(report.findall(".//testcase")), len(run.lines) - 1)
        listed = self.finish(self.start(*LISTING.split()[1:]))
        self.assertEqual(listed.status, 0)
        checked = [line for line in run.lines if line.split()[1].startswith("5.5")]
        self.assertEqual(len(listed.lines), len(checked))

    def test_wrong(self) -> None:
        """
        A server that does not gets a line for each demand that it does not meet.
        """
        url = WebSocketServer(self, _shout).url
        text = self.ask(CHECK, f"--timeout 20s {url}")
        data = self.ask(CHECK, f"--timeout 20s --json {url}")
        run = self.finish(text)
        self.assertEqual(run.status, 1)
        self.found(r"FAIL +5\.6 +a text comes back.*", run.out)
        lines = [line for line in run.lines if line[:4] == "FAIL"]
        failed = rf"ws://.*: \d+ ok, \d+ notes, {len(lines)} failed, \d+ not checked"
        self.found(failed, run.out)
        run = self.finish(data)
        summary = self.summary(run.out)
        self.assertEqual((run.status, summary["status"]), (1, 1))
        self.assertEqual(summary["check"]["fail"], len(lines))


def _shout(connection: ServerConnection) -> None:
    """
    Be no echo.
    """
    for message in connection:
        connection.send(message.upper())


class LineTests(QuestionTestCase):
    """
    What does it say to this?
    """

    def lines(self, source: str, url: str) -> ClientProcess:
        """
        @param source: Where the lines come from.

        @return: The program, that runs.
        """
        return self.ask(LINES, url, {r"printf 'first\nsecond\n' |": source})

    def test_lines(self) -> None:
        """
        Each line is a message, and the end of them the end.
        """
        run = self.finish(self.ask(LINES, self.daemon().url()))
        self.assertEqual(run.status, 0)
        for number, line in enumerate(("first", "second"), 1):
            pattern = rf'Received: "{line}" seq={number} time=[\d.]+ ms'
            self.assertMatches(run.lines[number - 1], pattern)
        self.found(r"2 sent, 2 received, 0 lost \(0\.0 %\)", run.out)

    def test_slow(self) -> None:
        """
        A line is sent as it comes, and not when the next one does; the last one
        need not end.
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
        The lines can be those of a file. If there are none, nothing was sent, and
        that is no success.
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
        self.assertIn("standard input: there was nothing to send", run.told)
        self.found(r"0 sent, 0 received, 0 lost \(0\.0 %\)", run.out)

    def test_notUTF8(self) -> None:
        """
        What is no text is not sent as text; what came before it is.
        """
        run = self.finish(
            self.lines(r"printf 'fine\n\377\n' |", WebSocketServer(self).url)
        )
        self.assertEqual(run.status, 2)
        self.assertIn("standard input: line 2 is not UTF-8: try --binary", run.told)
        self.found(r"1 sent, 1 received, 0 lost \(0\.0 %\)", run.out)

    def test_endless(self) -> None:
        """
        Who says more than the server can take is not read, and not kept in memory.
        """
        process = self.lines("", f"-q -w 1s {self.daemon().url()}")
        assert process.stdin is not None
        fileno = process.stdin.fileno()
        producer = threading.Thread(target=_sayForEver, args=(fileno,))
        producer.start()
        status, peaks = Path(f"/proc/{process.pid}/status"), [0]

        def over() -> bool:
            used = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            if used is not None:  # it has memory until it is over
                peaks.append(int(used[1]) * 1024)
            return process.poll() is not None

        until(over, "the end")
        producer.join()
        self.assertTrue(10e6 < max(peaks) < 200e6, max(peaks))
        run = self.finish(process)
        sent = int(self.found(r"(\d+) sent, \1 received, 0 lost .*", run.out)[1])
        self.assertGreater(sent, 1)


def _sayForEver(pipe: int) -> None:
    with contextlib.suppress(BrokenPipeError):
        while True:
            os.write(pipe, b"y\n" * 4096)


class Terminal:
    """
    The program on a terminal of its own.

    @ivar shown: All that it has written.
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
            start_new_session=True,  # Ctrl-C is for those whose terminal it is
        )
        os.close(its)
        self.shown = ""
        test.addCleanup(os.close, ours)
        test.addCleanup(self._process.wait)
        test.addCleanup(self._process.kill)

    def type(self, keys: str) -> None:
        """
        Press keys.
        """
        os.write(self._terminal, keys.encode())

    def until(self, *patterns: str) -> None:
        """
        Wait until all of this was written, one after the other, from now on.
        """
        since = len(self.shown)
        pattern = re.compile(".*?".join(patterns), re.DOTALL)
        until(
            lambda: pattern.search(self.shown, since) or self._read(), pattern.pattern
        )

    def end(self) -> int:
        """
        @return: The exit status, once it is over.
        """
        while self._read() is None:
            pass
        return self._process.wait(PATIENCE)

    def _read(self) -> bool | None:
        """
        @return: C{False} at the end; C{None} if there may be more.
        """
        if not select.select([self._terminal], [], [], PATIENCE)[0]:
            raise AssertionError(f"nothing more after {self.shown!r}")
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # nobody has the other end any more
            return False
        self.shown += data.decode()
        return None


class TerminalTests(ClientProcessTestCase):
    """
    How it looks, and what keys do.
    """

    LIVE = r"\r\d+ sent  \d+ received  0\.0 % lost  [\d.,]+/s  p50 .* p99 .* ms\x1b\[K"

    def test_live(self) -> None:
        """
        A fast run is one line that changes, and leaves nothing behind but the
        summary.
        """
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

    def test_pipe(self) -> None:
        """
        There is nothing of it in a pipe.
        """
        run = self.run_(
            "-i", "10ms", "-c", "30", "--max-rtt", "1us", WebSocketServer(self).url
        )
        self.assertEqual(run.status, 1)
        self.assertNotRegex(run.out + run.err, r"[\x1b\r]")
        self.assertEqual(len([x for x in run.lines if x.startswith("Received")]), 30)

    def test_color(self) -> None:
        """
        Colours are for a terminal, unless somebody says otherwise.
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

    def test_keys(self) -> None:
        """
        SIGQUIT's key sums up, and the run goes on; Ctrl-C closes, and sums up.
        """
        peer = WebSocketServer(self)
        terminal = Terminal(self, "-i", "100ms", peer.url)
        terminal.until("Received")
        terminal.type("\x1c")
        terminal.until(
            r"echo-client: --- ws://", r"echo-client: \d+ sent, ", "Received"
        )
        terminal.type("\x03")
        terminal.until("closed by us, answered with 1000", "\n--- ws://", r"\d+ sent, ")
        self.assertEqual(terminal.end(), 0)
        self.assertTrue(peer.closed.wait(PATIENCE))
        self.assertEqual(peer.closes, [1000])

    def test_impatience(self) -> None:
        """
        The second Ctrl-C does not wait for a server that does not answer.
        """
        asked = threading.Event()
        peer = ScriptedServer(
            self, inTurn(acceptUpgrade, receive, lambda _: asked.set(), readNothing)
        )
        terminal = Terminal(self, "--hold", "--close-timeout", "1h", peer.url)
        terminal.until("connected to ")
        terminal.type("\x03")
        self.assertTrue(asked.wait(PATIENCE))
        terminal.type("\x03")
        self.assertEqual(terminal.end(), 130)


class SecretTests(ClientProcessTestCase):
    """
    What is nobody's business.
    """

    SECRETS = ("s3cret", "t0ken", "b3arer", "k00kie", "czNjcmV0")

    def secret(self, url: str) -> tuple[str, ...]:
        """
        @return: Arguments that are full of credentials.
        """
        where = url.replace("ws://", "ws://user:s3cret@").replace("/socket", "/")
        return (
            *("-H", "Authorization: Bearer b3arer", "-H", "Cookie: session=k00kie"),
            f"{where}?room=public&token=t0ken",
        )

    def assertSecret(self, *runs: tuple[int, tuple[str, ...]]) -> list[ClientRun]:
        """
        Fail if a secret is told.

        @param runs: The exit status, and the arguments, of each.

        @return: What was told.
        """
        results = self.runAll(*(arguments for _, arguments in runs))
        for (status, _), run in zip(runs, results, strict=True):
            self.assertEqual(run.status, status, run.err)
            for secret in self.SECRETS:
                self.assertNotIn(secret, run.out)
                self.assertNotIn(secret, run.err)
        return results

    def test_secrets(self) -> None:
        """
        Credentials are not shown, whatever is to be shown of a run; all else is.
        """
        secret = self.secret(WebSocketServer(self).url)
        once = ("-c1", "-i0")
        text, data, *_ = self.assertSecret(
            (0, ("-v", *once, *secret)),
            (0, ("-v", "--json", *once, *secret)),
            (0, ("--hold", "-w", "1s", *secret)),
            (0, ("--connections", "2", "-v", "--json", *once, *secret)),
        )
        self.assertIn("> GET /?room=public&token=*** HTTP/1.1", text.told)
        self.assertIn("> Authorization: Bearer ***", text.told)
        self.assertIn("room=public", data.records[0]["url"])

    def test_shown(self) -> None:
        """
        Who insists can see them.
        """
        secret = self.secret(WebSocketServer(self).url)
        shows = ("--show-secrets", "-c1", "-i0", *secret)
        for run in self.runAll(["-v", *shows], ["--json", *shows]):
            for shown in ("t0ken", "b3arer", "k00kie"):
                self.assertIn(shown, run.out + run.err)

    def test_errors(self) -> None:
        """
        Neither are they in what is told of failures.
        """
        redirect = inTurn(
            readRequest,
            send(
                b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                b"Location: wss://user:s3cret@other.example/?room=public&token=t0ken\r\n\r\n"
            ),
        )
        elsewhere = self.secret(ScriptedServer(self, redirect).url)
        nobody = self.secret(f"ws://127.0.0.1:{freePort()}/socket")
        first, *others = self.assertSecret(
            (4, elsewhere),
            (4, ("-v", "--json", *elsewhere)),
            (4, ("check", "--json", *elsewhere)),
            (3, ("-v", *nobody)),
            (3, ("--connections", "2", "--json", *nobody)),
            (3, ("--json", *self.secret("ws://nowhere.invalid/socket"))),
        )
        self.assertIn("other.example/?room=public", first.err)
        for run in others:
            self.assertTrue(run.out or run.told)

    def test_usage(self) -> None:
        """
        Nor in what is told of arguments that make no sense.
        """
        for run in self.assertSecret(
            (2, self.secret("ws://127.0.0.1:99999/socket")),
            (2, self.secret("https://127.0.0.1/socket")),
            (2, ("wss//user:s3cret@127.0.0.1/?token=t0ken",)),
            (2, ("-H", "Authorization Bearer b3arer")),
        ):
            self.assertEqual(len(run.told), 1)
