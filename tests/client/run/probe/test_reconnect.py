"""
Tests for L{echo.client.run.probe.reconnect}.
"""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.python.failure import Failure

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import (
    CannotConnect,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.measure.events import Outcome
from echo.client.measure.summary import Outage
from echo.client.run.probe.probe import Probe
from echo.client.run.probe.reconnect import RETRY, ReconnectingProbe
from echo.client.traffic.plan import Plan
from tests.client.run.events import EventLog
from tests.kit.client import URL, ClientTestCase, Server, texts
from tests.kit.frames import CLOSE, TEXT, serverClose, serverFrame

# The time at which the tests begin.
_WHEN = 1_000.0


class ReconnectingProbeTests(ClientTestCase):
    """
    Tests for L{ReconnectingProbe}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.reactor.advance(_WHEN)
        self.events = EventLog()
        self.retries: list[int] = []

    def _retry(self, attempts: int) -> float:
        self.retries.append(attempts)
        return (0.5, 1.0, 2.0)[min(attempts, 2)]

    def _dial(self) -> Deferred[Connection]:
        return connect(self.reactor, URL, clock=self.reactor.nanoseconds, timeout=10.0)

    def _begin(self, interval: float = 1.0, **plan: Any) -> Deferred[Outcome]:
        self.server, connection = self.open()
        self.dials = len(self.reactor.tcpClients)
        plan = {"interval": interval, "timeout": 10.0, **plan}
        self.probe = Probe(
            self.reactor, Plan(**plan), self.events, clock=self.reactor.nanoseconds
        )
        self.reconnecting = ReconnectingProbe(
            self.reactor, self._dial, self.probe, interval, self.events, self._retry
        )
        return self.reconnecting.run(connection)

    def _cut(self, *said: bytes) -> None:
        self.server.say(*said)
        self.server.hangUp()

    def _attempted(self) -> Any:
        """
        @return: The factory of the latest attempt to connect.
        """
        self.dials += 1
        self.assertEqual(len(self.reactor.tcpClients), self.dials)
        host, port, factory, _, _ = self.reactor.tcpClients[-1]
        self.assertEqual((host, port), ("127.0.0.1", 8080))
        return factory

    def _idle(self) -> None:
        self.assertEqual(len(self.reactor.tcpClients), self.dials)

    def _meet(self) -> Server:
        return Server(self._attempted(), self.server.transport.getPeer())

    def _accept(self) -> None:
        self.server = self._meet()
        self.server.accept()
        self.addCleanup(self.server.hangUp)

    def _end(self, outcome: Deferred[Outcome]) -> Outcome:
        self.assertEqual(self.server.frames()[-1], (CLOSE, b"\x03\xe8"))
        self._cut(serverClose(1000))
        return self.successResultOf(outcome)

    def test_outageIsDescribed(self) -> None:
        outcome = self._begin(interval=0.25)
        self.server.say(serverFrame(TEXT, b"Hello 1"))
        self.reactor.pump([0.25, 0.25])
        self._cut(serverClose(1012, "restart"))
        self.assertEqual(self.events.told, ["lost [2, 3]", "disconnected"])
        self._idle()
        self.reactor.advance(0.5)
        server = self._meet()
        self.reactor.advance(0.25)
        self.server = server
        self.server.accept()
        self.addCleanup(self.server.hangUp)
        expected = Outage(
            at=0.5,
            when=_WHEN + 0.5,
            seconds=0.75,
            code=1012,
            reason="restart",
            lost=2,
            skipped=3,
            attempts=1,
        )
        self.assertEqual(self.events.outages, [expected])
        self.assertEqual(self.reconnecting.outages, [expected])
        self.assertEqual(texts(self.server.frames()), ["Hello 4"])
        self.reconnecting.stop()
        self.server.say(serverFrame(TEXT, b"Hello 4"))
        ended = self._end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual(self.reconnecting.outages, [expected])

    def test_earlierLossIsNotOutages(self) -> None:
        self._begin(interval=4.0, timeout=3.0)
        self.reactor.pump([3, 1])
        self.assertEqual(self.events.told, ["lost [1]"])
        self._cut()
        self.reactor.advance(0.5)
        self._accept()
        self.assertEqual(self.events.outages[0].lost, 1)
        self.assertEqual(self.probe.statistics.lost.count, 2)
        self._stopped()

    def _stopped(self) -> None:
        """
        The test has seen enough.
        """
        self.reconnecting.stop()
        self.server.hangUp()

    def test_nothingIsSkippedWithoutInterval(self) -> None:
        self._begin(interval=0.0)
        self._cut()
        self.reactor.advance(0.5)
        self._accept()
        self.assertEqual(self.events.outages[0].skipped, 0)
        self._stopped()

    def test_eachEndByPeerBeginsOutage(self) -> None:
        """
        Without a close frame its code is 1006, also after a protocol error.
        """
        self._begin()
        self._cut()
        self.reactor.advance(0.5)
        self._accept()
        self.reactor.advance(3)
        self._cut(serverFrame(TEXT, rsv=7))
        self.reactor.advance(0.5)
        self._accept()
        self.reactor.advance(3)
        self._cut(serverClose(1000))
        self.reactor.advance(0.5)
        self._accept()
        first, second, third = self.reconnecting.outages
        self.assertEqual(first.code, 1006)
        self.assertTrue(first.reason.endswith(" without a close frame"))
        self.assertEqual(second.code, 1006)
        self.assertIn("protocol error: ", second.reason)
        self.assertEqual((third.code, third.reason), (1000, ""))
        self.assertEqual([each.at for each in self.reconnecting.outages], [0, 3.5, 7])
        self._stopped()

    def test_frozenServerEndsRunWhenAllIsSent(self) -> None:
        outcome = self._begin(count=1, timeout=5.0, abandon=True)
        self.reactor.advance(5)
        self.assertEqual(self.events.told, ["lost [1]"])
        self.assertFalse(self._end(outcome).byPeer)
        self.assertEqual(self.reconnecting.outages, [])

    def test_eachFailedAttemptIsRepeated(self) -> None:
        """
        All attempts are counted. After an open connection, the delays start anew.
        """
        self._begin()
        self._cut()
        self.reactor.advance(0.375)
        self._idle()
        self.reactor.advance(0.125)
        factory = self._attempted()
        factory.clientConnectionFailed(None, Failure(Refused()))
        self.reactor.advance(0.125)  # there could have been another address
        self.reactor.advance(0.875)
        self._idle()
        self.reactor.advance(0.125)
        self._meet().say(b"HTTP/1.1 503 Starting\r\nContent-Length: 0\r\n\r\n")
        self.reactor.advance(2)
        self._meet().say(b"not HTTP at all\r\n\r\n")
        self.reactor.advance(2)
        self._attempted()
        self.reactor.advance(10)  # nobody answers, and this is how long it may take
        self.reactor.advance(2)
        self._accept()
        self.assertEqual(self.retries, [0, 1, 2, 3, 4])
        self.assertEqual(
            [type(each) for each in self.events.refusals],
            [CannotConnect, HandshakeRefused, ProtocolError, CannotConnect],
        )
        (outage,) = self.events.outages
        self.assertEqual((outage.attempts, outage.seconds), (5, 17.625))
        self.assertEqual(outage.skipped, 17)
        self._cut()
        self.assertEqual(self.retries[5:], [0])
        self.reactor.advance(0.5)
        self._accept()
        self.assertEqual(self.events.outages[1].attempts, 1)
        self._stopped()

    def test_frozenServerIsOneOutage(self) -> None:
        """
        It begins with the first unanswered message. Messages to the frozen server are
        lost, and not skipped as well.
        """
        self._begin(interval=0.25, timeout=5.0, abandon=True)
        for number in range(1, 5):
            self.server.say(serverFrame(TEXT, b"Hello %d" % number))
            self.reactor.advance(0.25)
        self.assertEqual(self.events.told, [])  # it froze after 0.75 s
        self.reactor.pump([0.25] * 20)
        self.assertFalse(self.server.transport.connected)
        self.reactor.advance(0.5)
        frozen = self._meet()  # the kernel accepts, and nobody answers
        self.reactor.pump([0.25] * 36)
        self.server = frozen
        self.server.accept()
        self.addCleanup(self.server.hangUp)
        (outage,) = self.events.outages
        self.assertEqual((outage.at, outage.when), (1.0, _WHEN + 1.0))
        self.assertEqual(outage.seconds, 14.5)
        self.assertEqual(outage.reason, "nothing came for 5.2 s")
        self.assertEqual((outage.lost, outage.skipped), (20, 38))
        self._stopped()

    def test_outageExcludesSilenceBeforeUnansweredMessage(self) -> None:
        self._begin(interval=60.0, timeout=5.0, abandon=True)
        self.server.say(serverFrame(TEXT, b"Hello 1"))
        self.reactor.pump([60, 5, 0.5])
        self._accept()
        (outage,) = self.events.outages
        self.assertEqual((outage.at, outage.seconds, outage.lost), (60, 5.5, 1))
        self._stopped()

    def test_outageBeginsWithLastEchoOfSlowServer(self) -> None:
        self._begin(interval=1.0, timeout=5.0, abandon=True)
        self.reactor.pump([1, 1])  # the echoes take 2 s
        self.server.say(serverFrame(TEXT, b"Hello 1"))
        self.reactor.pump([1, 1, 1, 1, 1, 0.5])
        self._accept()
        (outage,) = self.events.outages
        self.assertEqual((outage.at, outage.seconds), (2, 5.5))
        self._stopped()

    def test_runWithCountReconnectsThoughTransportIsPaused(self) -> None:
        self._begin(interval=1.0, timeout=5.0, count=9, abandon=True)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1, 4, 1, 0.5])
        self._accept()
        (outage,) = self.events.outages
        self.assertEqual(outage.code, 1006)
        self._stopped()

    def test_delaysGrowToLimitAndAreRandom(self) -> None:
        for attempts, seconds in [(0, 0.1), (1, 0.11), (2, 0.121), (50, 3.0)]:
            delays = {RETRY(attempts) for _ in range(20)}
            self.assertGreaterEqual(min(delays), seconds - 1e-9)
            self.assertLess(max(delays), seconds + 0.05)
            self.assertGreater(len(delays), 1)

    def test_lengthIsKnownToTenth(self) -> None:
        """
        And 0.15 s.
        """
        attempt = 0.0
        for attempts in range(60):
            earlier, attempt = attempt, attempt + RETRY(attempts)
            self.assertLess(attempt, earlier + earlier / 10 + 0.151)

    def test_defaultDelays(self) -> None:
        self.server, connection = self.open()
        self.dials = len(self.reactor.tcpClients)
        probe = Probe(self.reactor, Plan(), self.events)
        self.reconnecting = ReconnectingProbe(
            self.reactor, self._dial, probe, 1.0, self.events
        )
        self.reconnecting.run(connection)
        self._cut()
        self.reactor.advance(0.099)
        self._idle()
        self.reactor.advance(0.101)
        self._accept()
        self._stopped()

    def test_ourCloseIsNoOutage(self) -> None:
        """
        Neither after the last echo, nor after a stop.
        """
        outcome = self._begin(count=1)
        self.server.say(serverFrame(TEXT, b"Hello 1"))
        self.assertFalse(self._end(outcome).byPeer)
        outcome = self._begin()
        self.reconnecting.stop()
        self._cut(serverClose(1001))  # it does not wait for ours
        self.assertTrue(self.successResultOf(outcome).complete)
        self.assertEqual(self.reconnecting.outages, [])
        self.assertNotIn("disconnected", self.events.told)

    def test_newConnectionClosesWhenAllIsSent(self) -> None:
        """
        The last echo was lost with the old connection.
        """
        outcome = self._begin(count=1)
        self._cut()
        self.reactor.advance(0.5)
        self._accept()
        ended = self._end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual(self.probe.statistics.sent, 1)
        self.assertEqual(self.events.outages[0].lost, 1)

    def test_stopBetweenAttemptsEndsRun(self) -> None:
        """
        The outage is not over.
        """
        outcome = self._begin()
        self._cut(serverClose(1012))
        self.reactor.advance(0.25)
        self.reconnecting.stop()
        ended = self.successResultOf(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (True, False))
        (outage,) = self.reconnecting.outages
        self.assertEqual(
            (outage.seconds, outage.attempts, outage.code), (None, 0, 1012)
        )
        self.assertEqual(self.events.outages, [])
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_stopDuringAttemptAbortsIt(self) -> None:
        outcome = self._begin(interval=0.5)
        self._cut()
        self.reactor.advance(0.5)
        server = self._meet()
        self.reactor.advance(1)
        self.reconnecting.stop()
        self.reconnecting.stop()
        self.assertTrue(self.successResultOf(outcome).byPeer)
        self.assertFalse(server.transport.connected)
        (outage,) = self.reconnecting.outages
        self.assertEqual(
            (outage.seconds, outage.attempts, outage.skipped), (None, 1, 3)
        )

    def test_stopFromReport(self) -> None:
        """
        At the start of an outage nothing is tried, at its end nothing is sent.
        """
        outcome = self._begin()
        self.events.reactions[Outcome] = self.reconnecting.stop
        self._cut()
        self.assertTrue(self.successResultOf(outcome).byPeer)
        self.assertEqual(self.retries, [])
        self.events = EventLog()
        outcome = self._begin()
        self.events.reactions[Outage] = self.reconnecting.stop
        self._cut()
        self.reactor.advance(0.5)
        self._accept()
        self.assertFalse(self._end(outcome).byPeer)
        self.assertEqual(self.probe.statistics.sent, 1)

    def test_bugIsNotRetried(self) -> None:
        outcome = self._begin()
        self.reconnecting.dial = lambda: 1 / 0  # type: ignore[assignment,return-value]
        self._cut()
        self.reactor.advance(0.5)
        self.failureResultOf(outcome, ZeroDivisionError)

    def test_outcomeIsThatOfLastConnection(self) -> None:
        outcome = self._begin()
        self._cut(serverFrame(TEXT, rsv=7))
        self.reconnecting.stop()
        self.assertIsInstance(self.successResultOf(outcome).end, ProtocolError)
