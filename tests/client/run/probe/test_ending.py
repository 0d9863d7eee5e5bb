"""
Tests for L{echo.client.run.probe.probe}: ends of a connection, and the next one.
"""

from echo.client.errors import ConnectionClosed, ProtocolError
from echo.client.measure.events import Received
from echo.client.measure.matching import Anomaly
from tests.client.run.events import bug
from tests.client.run.probe.probecase import ProbeTestCase
from tests.kit.client import texts
from tests.kit.frames import (
    TEXT,
    serverClose,
    serverFrame,
)


class EndTests(ProbeTestCase):
    """
    Ends that come.
    """

    def test_outstandingMessagesAreLostWhenPeerCloses(self) -> None:
        outcome = self.begin(count=5, interval=1.0)
        self.reactor.advance(1)
        ended = self.cut(outcome)
        self.assertEqual(
            (ended.byPeer, ended.complete, ended.unanswered), (True, False, 2)
        )
        assert isinstance(ended.end, ConnectionClosed)
        self.assertEqual((ended.end.code, ended.end.reason), (4001, "off"))
        self.assertEqual((self.events.lost, ended.silent), ([1, 2], 0.0))

    def test_nothingIsSentWhileServerCloses(self) -> None:
        """
        Messages that are due then are not lost either.
        """
        outcome = self.begin(interval=0.0)
        sent = self.probe.statistics.sent
        self.server.say(serverClose(1001))
        self.reactor.pump([0, 0, 0])
        self.server.hangUp()
        self.assertEqual(self.successResultOf(outcome).unanswered, sent)
        self.assertEqual(self.probe.statistics.sent, sent)
        self.assertEqual(self.events.lost, list(range(1, sent + 1)))

    def test_connectionEndsWhileTransportIsPaused(self) -> None:
        outcome = self.begin(interval=1.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.advance(1)
        self.server.hangUp()
        self.assertTrue(self.successResultOf(outcome).byPeer)

    def test_protocolErrorEndsRun(self) -> None:
        outcome = self.begin()
        self.server.say(serverFrame(TEXT, b"Hello 1"), serverFrame(TEXT, rsv=7))
        self.reactor.advance(1)
        self.assertIsInstance(self.successResultOf(outcome).end, ProtocolError)
        self.assertEqual(self.events.lost, [])

    def test_connectionThatIsClosedAlreadyGetsNoMessages(self) -> None:
        """
        No message is due on it.
        """
        self.server.say(serverClose(1001))
        self.server.hangUp()
        self.server.frames()
        outcome = self.successResultOf(self.begin())
        self.assertTrue(outcome.byPeer)
        self.assertEqual(self.probe.throughput.throughput().due, 0)

    def test_manyWaitingMessagesAreReceived(self) -> None:
        self.echo(*[b"x"] * 3000)
        outcome = self.begin()
        self.assertEqual(len(self.events.echoes), 3000)
        self.cut(outcome)

    def test_bugInReportFailsRun(self) -> None:
        self.events.reactions[Received] = bug
        outcome = self.begin(count=1)
        self.echo(b"Hello 1")
        self.echo(b"Hello 1")
        self.failureResultOf(outcome, RuntimeError)
        for call in self.reactor.getDelayedCalls():
            call.cancel()


class AgainTests(ProbeTestCase):
    """
    One connection after another.
    """

    def test_countsContinueOnNewConnection(self) -> None:
        """
        Messages of the old connection are lost, and their echoes late.
        """
        outcome = self.begin(interval=1.0, timeout=10.0)
        self.assertEqual(self.cut(outcome).unanswered, 1)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        outcome = self.again()
        self.assertEqual(texts(self.server.frames()), ["Hello 2"])
        self.echo(b"Hello 1", b"Hello 2")
        first, second = self.events.echoes
        self.assertEqual((first.seq, first.anomalies), (1, (Anomaly.LATE,)))
        self.assertEqual((second.seq, second.anomalies), (2, ()))
        self.assertEqual(self.cut(outcome).unanswered, 0)
        statistics = self.probe.statistics
        self.assertEqual((statistics.sent, statistics.received), (2, 1))
        self.assertEqual(self.events.lost, [1])

    def test_messagesHaveFullTimeoutOnNewConnection(self) -> None:
        outcome = self.begin(interval=100.0, timeout=3.0)
        self.reactor.advance(2)
        self.cut(outcome)
        outcome = self.again()
        self.reactor.advance(2.9)
        self.assertEqual(self.events.lost, [1])
        self.reactor.advance(0.1)
        self.assertEqual(self.events.lost, [1, 2])
        self.cut(outcome)

    def test_newConnectionClosesAtOnceWhenAllIsSent(self) -> None:
        outcome = self.begin(count=1)
        self.assertEqual(self.cut(outcome).unanswered, 1)
        ended = self.end(self.again())
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual(self.probe.statistics.sent, 1)

    def test_stopDuringOutage(self) -> None:
        """
        The next connection is closed at once.
        """
        self.cut(self.begin())
        self.probe.stop()
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertTrue(self.end(self.again()).complete)
        self.assertEqual(self.probe.statistics.sent, 1)

    def test_pausedTransportDoesNotBlockNewConnection(self) -> None:
        outcome = self.begin(interval=1.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.advance(1)
        self.cut(outcome)
        outcome = self.again()
        self.reactor.advance(1)
        self.assertEqual(texts(self.server.frames()), ["Hello 3", "Hello 4"])
        self.cut(outcome)
