"""
C{echo-client check}: check a server for conformance.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime

from echo.client.check.runner import Runner
from echo.client.check.verdicts import Level, Verdict
from echo.client.connecting import connect
from echo.client.errors import CannotConnect
from echo.client.measure.events import CheckFinished, Problem, Tell
from echo.client.measure.status import Status
from echo.client.measure.summary import FailedDemand
from echo.client.output.junit import JUnitFile
from echo.client.run.modes.base import Run
from echo.client.run.modes.settings import CheckSettings


class CheckRun(Run):
    """
    Runs the cases of a check.
    """

    _checking: Deferred[None]

    def __init__(
        self, reactor: IReactorTime, settings: CheckSettings, tell: Tell
    ) -> None:
        super().__init__(reactor, settings, tell)
        self._cases = settings.cases
        self._verdicts: list[Verdict] = []
        path = settings.junit
        self._junit = None if path is None else JUnitFile(path, settings.cases)

    async def _work(self) -> None:
        if self._junit is not None:
            self._save(self._junit.begin)
        target = replace(self._targetInTime(), compression=False)
        connector = partial(connect, self._reactor, **vars(target))
        runner = Runner(
            self._reactor, connector, target.timeout, self._verdict, self._opened
        )
        self._checking = Deferred.fromCoroutine(runner.check(self._cases))
        try:
            await self._checking
        except CannotConnect as error:
            if not self._verdicts:
                raise
            unreachable = "the server cannot be reached any more"
            self._late(FailedDemand("", "", f"{unreachable}: {error}"))
            return
        except CancelledError:
            if not self._expired:
                self.summary.error = "interrupted"
            else:
                late = "not all was checked in time"
                self._late(FailedDemand("--deadline", "", late))
            return
        failed = any(each.level is Level.FAIL for each in self._verdicts)
        self.status = Status.FAILED if failed else Status.OK

    def _opened(self) -> None:
        connections = self.summary.connections
        connections.opened += 1
        connections.wanted = connections.opened

    def _verdict(self, verdict: Verdict) -> None:
        self._verdicts.append(verdict)
        self._tell(verdict)

    def _late(self, failed: FailedDemand) -> None:
        self.summary.failed.append(failed)
        self._tell(Problem(str(failed)))
        self.status = Status.FAILED

    def _finish(self) -> None:
        if self._junit is not None:
            missing = self.summary.error or "; ".join(map(str, self.summary.failed))
            self._save(self._junit.end, self._verdicts, missing)
        self.summary.status = self.status
        left = len(self._cases) - len(self._verdicts)
        self.summary.complete = not left
        self._tell(CheckFinished(self.summary, left))

    def _save(self, write: Callable[..., None], *arguments: object) -> None:
        try:
            write(self.summary.url, *arguments)
        except OSError as error:
            self._tell(Problem(f"--junit: {error}"))
            self.status = self.status or Status.FAILED

    def _stop(self) -> None:
        self._checking.cancel()
