"""
Connects a probe again after each outage, and measures the outages: C{--reconnect}.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.application.internet import backoffPolicy
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from echo.client.connection import Connection
from echo.client.errors import EchoClientError
from echo.client.measure.events import Connected, Outcome, ReconnectFailed, Tell
from echo.client.measure.summary import Outage
from echo.client.run.probe.probe import Probe


def _jitter() -> float:
    return random.random() / 20  # noqa: S311  (clients should not reconnect all at once)


#: Seconds before an attempt to connect, by the number of attempts before: 0.1 s at
#: first, then about a tenth of the outage so far, up to 3 s. An outage ends with the
#: first attempt that succeeds, so its length is known to a tenth.
RETRY: Callable[[int], float] = backoffPolicy(0.1, 3.0, 1.1, _jitter)


@dataclass
class ReconnectingProbe:
    """
    Runs a probe over one connection after another.

    Twisted's C{ClientService} does not serve: it counts a transport as connected before
    the WebSocket handshake, and does not report the attempts of an outage.

    @ivar interval: Seconds from a message to the next.

    @ivar retry: Seconds before an attempt, by the number of attempts before.

    @ivar outages: The times without a connection.
    """

    reactor: IReactorTime
    dial: Callable[[], Deferred[Connection]]
    probe: Probe
    interval: float
    tell: Tell
    retry: Callable[[int], float] = RETRY
    outages: list[Outage] = field(default_factory=list, init=False)
    _stopped: bool = field(default=False, init=False)
    _attempt: Deferred[Connection] | Deferred[None] | None = field(
        default=None, init=False
    )

    def run(self, connection: Connection) -> Deferred[Outcome]:
        """
        Run until all messages are sent, or L{stop} is called.

        @return: The end of the last connection.
        """
        self._began = self.reactor.seconds()
        return Deferred.fromCoroutine(self._run(connection))

    def stop(self) -> None:
        self._stopped = True
        self.probe.stop()
        if self._attempt is not None:
            self._attempt.cancel()

    async def _run(self, connection: Connection) -> Outcome:
        while True:
            outcome = await self.probe.run(connection)
            if self._stopped or not outcome.byPeer:
                return outcome
            lost = self.reactor.seconds()
            self.tell(outcome)
            again, attempts = await self._reconnect()
            outage = self._outage(outcome, lost, again is not None, attempts)
            self.outages.append(outage)
            if again is None:
                return outcome
            self.tell(outage)
            self.tell(Connected(again))
            connection = again

    async def _reconnect(self) -> tuple[Connection | None, int]:
        """
        @return: The next connection, or C{None} after L{stop}; and the number of
            attempts.
        """
        attempts = 0
        while not self._stopped:
            try:
                self._attempt = deferLater(self.reactor, self.retry(attempts))
                await self._attempt
                attempts += 1
                self._attempt = self.dial()
                return await self._attempt, attempts
            except CancelledError:
                pass
            except EchoClientError as error:
                self.tell(ReconnectFailed(error))
        return None, attempts

    def _outage(
        self, outcome: Outcome, lost: float, over: bool, attempts: int
    ) -> Outage:
        end, now = outcome.end.toClose(), self.reactor.seconds()
        # The outage began before the loss if the peer was silent before.
        began = max(self._began, lost - outcome.silent)
        return Outage(
            at=began - self._began,
            when=began,  # the reactor's clock is time.time()
            seconds=now - began if over else None,
            code=end.code,
            reason=end.reason,
            lost=outcome.unanswered,
            skipped=int((now - lost) / self.interval) if self.interval else 0,
            attempts=attempts,
        )
