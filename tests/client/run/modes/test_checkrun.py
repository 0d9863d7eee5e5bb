"""
Tests for L{echo.client.run.modes.checkrun}.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree as ET

from twisted.internet.interfaces import IProtocol

from echo.client.check.cases.table import CASES, select
from echo.client.program.checkoptions import CheckOptions
from tests.kit.client import BrokenStream
from tests.kit.network import Network
from tests.kit.referenceserver import ReferenceServer
from tests.kit.runs import RunTestCase


class Mute(ReferenceServer):
    """
    A server that conforms, but echoes nothing.
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        pass


class CheckRunTests(RunTestCase):
    """
    Tests for L{CheckRun}.
    """

    options = CheckOptions

    def setUp(self) -> None:
        super().setUp()
        self.path = self.mktemp()

    def _check(
        self, serve: Callable[[], IProtocol], *arguments: str, **to: Any
    ) -> None:
        """
        Check a server until the end.
        """
        self.reactor = network = Network(serve)
        self.out, self.err = io.StringIO(), io.StringIO()
        self.begin(*arguments, **to)
        while not self.over.called:
            network.turn()

    def test_okIfServerConforms(self) -> None:
        """
        One line a demand.
        """
        self._check(ReferenceServer)
        lines = self.out.getvalue().splitlines()
        ok, skipped = (
            len([each for each in lines if each.startswith(f"{mark}  ")])
            for mark in ("ok  ", "skip")
        )
        self.assertEqual(ok + skipped, len(CASES))
        self.assertStatus(0, f": {ok} ok, 0 notes, 0 failed, {skipped} not checked\n")
        self.assertEqual(len(self.out.getvalue().splitlines()), len(CASES) + 1)
        self.assertEqual(self.err.getvalue(), "")

    def test_failedIfServerDoesNotConform(self) -> None:
        self._check(Mute, "--json", "--timeout", "2s")
        self.assertStatus(1)
        *checks, summary = self.records()
        self.assertEqual({each["type"] for each in checks}, {"check"})
        self.assertGreater(summary["check"]["fail"], 0)
        self.assertGreater(summary["check"]["ok"], 0)
        self.assertEqual((summary["status"], summary["error"]), (1, None))

    def junit(self) -> ET.Element:
        """
        @return: The written report.
        """
        return ET.parse(self.path).getroot()  # noqa: S314  (ours)

    def messages(self, tag: str) -> list[str | None]:
        """
        @return: The messages in the report, each once.
        """
        return sorted({each.get("message") for each in self.junit().iter(tag)}, key=str)

    def test_sectionSelectsDemands(self) -> None:
        self._check(ReferenceServer, "--section", "5.5")
        count = len(select(["5.5"]))
        self.assertStatus(0, f": {count} ok, 0 notes, 0 failed\n")

    def test_junitHasVerdicts(self) -> None:
        self._check(Mute, "--junit", self.path, "--section", "5.6", "--section", "5.1")
        self.assertStatus(1)
        top = self.junit()
        self.assertEqual(top.get("tests"), str(len(select(["5.6", "5.1"]))))
        self.assertEqual((top.get("errors"), top.get("skipped")), ("0", "0"))
        self.assertEqual(self.messages("failure"), ["no answer within 5 s"])
        passed = [each for each in top.iter("testcase") if not len(each)]
        self.assertGreater(len(passed), 0)

    def test_junitHasErrorsWithoutConnection(self) -> None:
        self.begin("--junit", self.path)
        self.assertEqual(self.messages("error"), ["not checked: the run did not end"])
        self.reactor.advance(10)
        self.assertStatus(3)
        self.assertEqual(self.junit().get("errors"), str(len(CASES)))
        (message,) = self.messages("error")
        self.assertIn("no answer within 5 s", str(message))

    def test_junitHasErrorsAfterDeadline(self) -> None:
        """
        And the verdicts from before it.
        """
        self._check(
            Mute, "-w", "7s", "--junit", self.path, "--section", "4", "--section", "5.6"
        )
        self.assertStatus(1)
        top = self.junit()
        self.assertEqual(
            self.messages("error"),
            ["not checked: --deadline: not all was checked in time"],
        )
        self.assertGreater(int(top.get("tests", 0)), int(top.get("errors", 0)))

    def test_junitHasErrorsAfterInterrupt(self) -> None:
        self.begin("--junit", self.path)
        self.run_.interrupt()
        self.assertStatus(130)
        self.assertEqual(self.messages("error"), ["not checked: interrupted"])

    def test_failedIfJunitIsUnwritable(self) -> None:
        Path(self.path).mkdir()
        self._check(ReferenceServer, "--junit", f"{self.path}/a", "--section", "9")
        self.assertStatus(0)
        with mock.patch.object(Path, "write_bytes", side_effect=OSError(28, "Full")):
            self._check(ReferenceServer, "--junit", f"{self.path}/a", "--section", "9")
        self.assertStatus(1)
        self.assertEqual(
            self.err.getvalue(), "echo-client: --junit: [Errno 28] Full\n" * 2
        )

    def test_closedPipeIsNoFault(self) -> None:
        self._check(ReferenceServer, stdout=BrokenStream(32))
        self.assertStatus(0)

    def test_unreachable(self) -> None:
        """
        Status 3, and one line on standard error.
        """
        self.begin()
        self.reactor.advance(10)
        self.assertStatus(3)
        self.assertEqual(self.out.getvalue(), "")
        self.assertIn("no answer within 5 s\n", self.err.getvalue())

    def test_interrupted(self) -> None:
        self.begin("--json")
        self.run_.interrupt()
        self.assertStatus(130)
        (summary,) = self.records()
        self.assertEqual((summary["type"], summary["status"]), ("summary", 130))

    def test_countsUncheckedDemands(self) -> None:
        """
        After a deadline and after an interrupt, in text and in JSON.
        """
        for asJSON in (False, True):
            for arguments, status in ((("-w", "7s"), 1), ((), 130)):
                with self.subTest(json=asJSON, status=status):
                    self.reactor = Network(Mute)
                    self.out, self.err = io.StringIO(), io.StringIO()
                    self.begin(*arguments, *(["--json"] * asJSON))
                    if status == 130:
                        while self.reactor.seconds() < 7:
                            self.reactor.turn()
                        self.run_.interrupt()
                    while not self.over.called:
                        self.reactor.turn()
                    self.assertStatus(status)
                    self.reactor.advance(0)
                    self.assertCut(asJSON)

    def assertCut(self, asJSON: bool) -> None:
        """
        Assert that all demands are counted, and that some are not checked.
        """
        *lines, last = self.out.getvalue().splitlines()
        left = len(CASES) - len(lines)
        self.assertGreater(left, 0)
        if asJSON:
            summary = self.records()[-1]
            self.assertEqual(summary["check"]["unchecked"], left)
            self.assertEqual(sum(summary["check"].values()), len(CASES))
            self.assertIs(summary["complete"], False)
            connections = summary["connections"]
            self.assertGreater(connections["opened"], 0)
            self.assertEqual(connections["wanted"], connections["opened"])
        else:
            left += len([each for each in lines if each.startswith("skip")])
            self.assertTrue(last.endswith(f", {left} not checked"), last)

    def test_countsUncheckedDemandsBeforeFirstConnection(self) -> None:
        self.begin()
        self.run_.interrupt()
        text = f": 0 ok, 0 notes, 0 failed, {len(CASES)} not checked\n"
        self.assertStatus(130, text)

    def _die(self, connections: int, *arguments: str) -> None:
        """
        Check a server that refuses all connections after the first few.
        """
        left = iter(range(connections - 1, -1, -1))

        def serve() -> IProtocol:
            assert isinstance(self.reactor, Network)
            self.reactor.gone = not next(left)
            return ReferenceServer()

        self._check(serve, *arguments)

    def test_failedIfServerDies(self) -> None:
        """
        One line says so, and the last line counts the demands without a verdict.
        """
        self._die(20, "--junit", self.path)
        self.assertStatus(1)
        *lines, last = self.out.getvalue().splitlines()
        self.assertFalse([each for each in lines if each.startswith("FAIL")])
        text = "the server cannot be reached any more: cannot connect (TCP): "
        self.assertIn(text, self.err.getvalue())
        self.assertEqual(self.err.getvalue().count("\n"), 1)
        left = len(CASES) - len(lines)
        self.assertTrue(last.endswith(f", {left} not checked"), last)
        self.assertEqual(self.junit().get("errors"), str(left))

    def test_unreachableIfServerDiesAtOnce(self) -> None:
        self._die(1)
        self.assertStatus(3)
        self.assertEqual(self.out.getvalue(), "")

    def test_failedAtDeadline(self) -> None:
        self.begin("--json", "-w", "3s")
        self.meet().accept()
        self.reactor.advance(3)
        self.assertStatus(1)
        self.assertEqual(
            self.err.getvalue(),
            "echo-client: --deadline: not all was checked in time\n",
        )
        self.assertEqual(
            self.records()[-1]["failed"], ["--deadline: not all was checked in time"]
        )
