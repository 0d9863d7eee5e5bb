"""
Both sides of L{echo} in the Autobahn testsuite.
"""

import json
import os
import shlex
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.trial.unittest import SkipTest, TestCase

from echo.client.connecting import connect
from echo.client.errors import EchoClientError
from tests.kit.processes import DaemonProcess, sockets, until

AGENT = "echo"

#: The chapters on permessage-deflate.
DEFLATE = ["12.*", "13.*"]

#: All but sizes and speed (9) and deflate (12, 13), which take minutes.
QUICK = {"cases": ["*"], "exclude-cases": ["9.*", *DEFLATE]}

#: Cases that deflate can break, and one case with each set of its parameters.
QUICK_DEFLATED = {
    "cases": ["1.*", "5.*", "6.4.*", "7.*", "12.1.1", "12.2.1", "13.1.1", "13.7.1"],
    "exclude-cases": ["12.1.10", "12.2.10", "13.1.10", "13.7.10"]
    + [
        f"{chapter}.1{n}"
        for chapter in ("12.1", "12.2", "13.1", "13.7")
        for n in range(1, 9)
    ],
}

PASSED = {"OK", "INFORMATIONAL"}
CLOSED = {"OK", "INFORMATIONAL", "FAILED BY CLIENT"}


def cases(quick: dict[str, list[str]], deflate: bool = True) -> dict[str, list[str]]:
    """
    @param quick: The cases to run by default.

    @param deflate: Whether cases of compression apply.

    @return: The cases to run.
    """
    chosen = os.environ.get("WSTEST_CASES", "")
    if chosen == "full":
        return {"cases": ["*"], "exclude-cases": [] if deflate else DEFLATE}
    return {"cases": chosen.split(), "exclude-cases": []} if chosen else quick


class ConformanceTests(TestCase):
    """
    All cases pass strictly.
    """

    timeout = 3600

    def setUp(self) -> None:
        self.command = shlex.split(os.environ.get("WSTEST", ""))
        if not self.command:
            raise SkipTest("WSTEST does not say how to run wstest")
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()

    def wstest(self, mode: str, **spec: Any) -> "subprocess.Popen[bytes]":
        """
        @return: The running testsuite.
        """
        path = self.directory / "spec.json"
        path.write_text(json.dumps({"outdir": str(self.directory / "reports"), **spec}))
        log = (self.directory / "wstest.log").open("wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [*self.command, "--mode", mode, "--spec", str(path), "--webport", "0"],
            cwd=self.directory,
            stdout=log,
            stderr=log,
        )

        def end() -> None:
            process.kill()
            process.wait()

        self.addCleanup(end)
        return process

    def assertPassed(self, least: int) -> None:
        """
        Assert that the report has enough cases, and that all passed strictly.
        """
        report = json.loads((self.directory / "reports" / "index.json").read_text())
        results = report[AGENT]
        print(
            f"{len(results)} cases:",
            dict(Counter(result["behavior"] for result in results.values())),
        )
        bad = {
            case: (result["behavior"], result["behaviorClose"])
            for case, result in results.items()
            if result["behavior"] not in PASSED or result["behaviorClose"] not in CLOSED
        }
        self.assertEqual(bad, {})
        self.assertGreaterEqual(len(results), least)

    def runFuzzingClient(self, spec: dict[str, list[str]], *arguments: str) -> None:
        """
        Run the fuzzing client against a daemon.
        """
        daemon = DaemonProcess(
            self.directory, "--listen", "tcp:0:interface=127.0.0.1", *arguments
        )
        self.addCleanup(daemon.end)
        server = {"url": daemon.url(), "agent": AGENT}
        self.wstest("fuzzingclient", servers=[server], **spec).wait()

    def test_daemon(self) -> None:
        spec = cases(QUICK, deflate=False)
        self.runFuzzingClient(spec)
        self.assertPassed(247 if spec is QUICK else 1)

    def test_daemonWithCompression(self) -> None:
        spec = cases(QUICK_DEFLATED)
        self.runFuzzingClient(spec, "--compression")
        self.assertPassed(80 if spec is QUICK_DEFLATED else 1)

    @inlineCallbacks
    def test_client(self) -> Any:
        """
        The library echoes the fuzzing server's messages.
        """
        spec = cases(QUICK)
        process = self.wstest("fuzzingserver", url="ws://127.0.0.1:0", **spec)
        port = until(lambda: listening(process.pid), "the testsuite to listen")
        server = f"ws://127.0.0.1:{port}"
        (count,) = yield self.converse(f"{server}/getCaseCount")
        for number in range(1, int(count) + 1):
            url = f"{server}/runCase?case={number}&agent={AGENT}"
            yield self.converse(url, answer=True)
        yield self.converse(f"{server}/updateReports?agent={AGENT}")
        self.assertPassed(247 if spec is QUICK else 1)

    @inlineCallbacks
    def converse(self, url: str, answer: bool = False) -> Any:
        """
        Connect, and wait for the close.

        @param answer: Whether to echo messages.

        @return: The messages.
        """
        connection = yield connect(
            reactor, url, timeout=60, maxMessage=2**26, compression=answer
        )
        messages = []
        try:
            while True:
                message = yield connection.receive()
                if answer:
                    yield connection.send(message)
                else:
                    messages.append(message)
        except EchoClientError:
            yield connection.close()
        return messages


def listening(pid: int) -> int | None:
    """
    @return: The port that a process listens on, or None.
    """
    names = sockets(pid)
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in names:
            return int(fields[1].partition(":")[2], 16)
    return None
