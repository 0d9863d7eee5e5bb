"""
A fleet whose connections are in memory.
"""

from typing import Any

from twisted.internet.defer import Deferred

from echo.client.connection import Connection
from echo.client.run.fleet.closingqueue import TICK
from echo.client.run.fleet.fleet import Fleet
from echo.client.traffic.plan import Load, Plan
from tests.client.run.events import EventLog
from tests.kit.client import ClientTestCase, Server, texts
from tests.kit.frames import TEXT, serverFrame


class FleetTestCase(ClientTestCase):
    """
    A test with a fleet, and the servers' side of its connections.

    @ivar servers: One for each attempt to connect, in order.

    @ivar accepts: Whether the servers accept at once.
    """

    def setUp(self) -> None:
        super().setUp()
        self.events = EventLog()
        self.servers: list[Server] = []
        self.attempts: list[Deferred[Connection]] = []
        self.accepts = True
        self.greeting = b""

    def _dial(self) -> Deferred[Connection]:
        server, attempt = self.dial(clock=self._now)
        self.servers.append(server)
        self.attempts.append(attempt)
        if self.accepts:
            server.accept(then=self.greeting)
        return attempt

    def _now(self) -> int:
        return round(self.reactor.seconds() * 1e9)

    def begin(
        self,
        connections: int = 1,
        ramp: float = 1e6,
        rate: float | None = None,
        **plan: Any,
    ) -> Deferred[None]:
        """
        Start a fleet. Unless the ramp is slow, all is open after one L{tick}.
        """
        load = Load(connections, ramp, rate, Plan(**plan))
        self.fleet = Fleet(self.reactor, self._dial, load, self.events, self._now)
        return self.fleet.run()

    def tick(self, count: int = 1) -> None:
        self.reactor.pump([TICK] * count)

    def echo(self) -> None:
        """
        Echo all texts, and answer close frames.
        """
        for server in self.servers:
            if server.transport.connected:
                for opcode, payload in server.frames():
                    if opcode == TEXT:
                        server.say(serverFrame(TEXT, payload))
                    else:
                        server.say(serverFrame(opcode, payload))
                        server.hangUp()

    def received(self) -> list[list[str]]:
        """
        @return: The texts that each server received since the last call.
        """
        return [texts(server.frames()) for server in self.servers]

    def end(self, run: Deferred[None]) -> None:
        """
        Lose all connections, which ends the run.
        """
        for server in self.servers:
            server.hangUp()
        self.successResultOf(run)
