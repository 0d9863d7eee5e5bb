"""
Conformance checks of servers in memory.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol
from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.cases.case import Case
from echo.client.check.cases.table import CASES
from echo.client.check.runner import Runner
from echo.client.check.verdicts import Level, Verdict
from echo.client.connecting import connect
from tests.kit.client import URL
from tests.kit.network import Network
from tests.kit.referenceserver import ReferenceServer

#: Seconds for each case.
TIMEOUT = 10.0


class CheckTestCase(SynchronousTestCase):
    """
    Checks servers in memory.

    @ivar reported: The verdicts of the latest check.

    @ivar opened: How many WebSockets the server has opened.
    """

    def check(
        self,
        serve: Callable[[], IProtocol] = ReferenceServer,
        cases: Sequence[Case] = CASES,
        **arguments: Any,
    ) -> list[Verdict]:
        """
        Check a server to the end.

        @param arguments: Arguments of L{connect}.
        """
        self.start(serve, cases, **arguments)
        while not self.checking.called:
            self.reactor.turn()
        self.successResultOf(self.checking)
        return self.reported

    def start(
        self,
        serve: Callable[[], IProtocol] = ReferenceServer,
        cases: Sequence[Case] = CASES,
        **arguments: Any,
    ) -> None:
        """
        Start the check of a server.
        """
        self.reactor = Network(serve)
        self.reported: list[Verdict] = []
        self.opened = 0
        arguments.setdefault("timeout", TIMEOUT)
        runner = Runner(
            self.reactor,
            partial(connect, self.reactor, URL, **arguments),
            arguments["timeout"],
            self.reported.append,
            self._opened,
        )
        self.checking = Deferred.fromCoroutine(runner.check(cases))

    def _opened(self) -> None:
        self.opened += 1

    def assertFound(
        self,
        serve: Callable[[], IProtocol],
        fails: Sequence[str],
        notes: Sequence[str] = (),
    ) -> None:
        """
        Assert that a server fails or gets notes in these cases, and passes the rest.

        @param fails: Beginnings of the names of failed cases.

        @param notes: Beginnings of the names of cases with notes.
        """
        verdicts = self.check(serve)
        found = [each for each in verdicts if each.level in (Level.FAIL, Level.NOTE)]
        expected = {
            case.name: level
            for level, names in ((Level.FAIL, fails), (Level.NOTE, notes))
            for case in named(*names)
        }
        self.assertEqual({each.name: each.level for each in found}, expected)
        self.assertTrue(all(each.detail for each in found))

    def judge(
        self, serve: Callable[[], IProtocol], name: str, **arguments: Any
    ) -> tuple[Level, str]:
        """
        @param name: The beginning of the name of one case.

        @return: The level and the detail of its verdict.
        """
        (verdict,) = self.check(serve, named(name), **arguments)
        return verdict.level, verdict.detail

    def assertJudged(
        self, serve: Callable[[], IProtocol], name: str, level: Level, detail: str = ""
    ) -> None:
        """
        Assert the level and the detail of one verdict.
        """
        self.assertEqual(self.judge(serve, name), (level, detail))


def named(*names: str) -> list[Case]:
    """
    @param names: Beginnings of names; each must be that of a case.

    @return: The cases.
    """
    for name in names:
        assert any(case.name.startswith(name) for case in CASES), name
    return [case for case in CASES if case.name.startswith(names)]
