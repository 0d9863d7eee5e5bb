"""
A probe on a connection in memory, and lines that a test makes.
"""

from collections import deque
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from echo.client.measure.events import Outcome
from echo.client.run.probe.probe import Probe
from echo.client.traffic.plan import Plan
from tests.client.run.events import EventLog
from tests.kit.client import ClientTestCase
from tests.kit.frames import (
    CLOSE,
    TEXT,
    serverClose,
    serverFrame,
)


class Lines:
    """
    Gives the lines of the test.

    @ivar asked: Number of calls of C{take}.

    @ivar waiting: The line that is awaited.
    """

    def __init__(self, *lines: bytes | Exception | None) -> None:
        self.asked = 0
        self.waiting: Deferred[bytes | None] | None = None
        self._lines = deque(lines)

    def take(self) -> Deferred[bytes | None]:
        self.asked += 1
        if self._lines:
            line = self._lines.popleft()
            return fail(line) if isinstance(line, Exception) else succeed(line)
        self.waiting = Deferred(self._forget)
        return self.waiting

    def _forget(self, _: object) -> None:
        self.waiting = None

    def come(self, line: bytes | Exception | None) -> None:
        assert self.waiting is not None
        waiting, self.waiting = self.waiting, None
        taken = fail(line) if isinstance(line, Exception) else succeed(line)
        taken.chainDeferred(waiting)


class ProbeTestCase(ClientTestCase):
    """
    A test with a probe, and the server's side of its connection.
    """

    def setUp(self) -> None:
        super().setUp()
        self.server, self.connection = self.open()
        self.events = EventLog()

    def make(self, lines: Lines | None = None, **plan: Any) -> Probe:
        """
        @return: A probe that does not run yet.
        """
        self.probe = Probe(
            self.reactor,
            Plan(**plan),
            self.events,
            takeLine=None if lines is None else lines.take,
            clock=self.reactor.nanoseconds,
        )
        return self.probe

    def begin(self, lines: Lines | None = None, **plan: Any) -> Deferred[Outcome]:
        return self.make(lines, **plan).run(self.connection)

    def again(self) -> Deferred[Outcome]:
        """
        Run the probe on a new connection.
        """
        self.server, self.connection = self.open()
        return self.probe.run(self.connection)

    def echo(self, *payloads: bytes) -> None:
        """
        Send these texts from the server.
        """
        self.server.say(*(serverFrame(TEXT, payload) for payload in payloads))

    def end(self, outcome: Deferred[Outcome]) -> Outcome:
        """
        Answer our close frame, which must have arrived.
        """
        self.assertIn((CLOSE, b"\x03\xe8"), self.server.frames())
        self.server.say(serverClose(1000))
        self.server.hangUp()
        return self.successResultOf(outcome)

    def cut(self, outcome: Deferred[Outcome], code: int = 4001) -> Outcome:
        """
        Close from the server.
        """
        self.assertNoResult(outcome)
        self.server.say(serverClose(code, "off"))
        self.server.hangUp()
        return self.successResultOf(outcome)
