"""
Tests for L{echo.client.measure.statistics}.
"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.distribution import Distribution
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.statistics import (
    NAMED,
    Connections,
    MessageCounts,
    PingStatistics,
    Statistics,
)
from echo.client.measure.summary import Step
from tests.kit.samples import distribution, roundTrips


class MessageCountsTests(SynchronousTestCase):
    """
    Tests for L{MessageCounts}.
    """

    def test_allAreCountedAndFirstAreNamed(self) -> None:
        counts = MessageCounts()
        for seq in range(100):
            counts.add(seq)
        counts.add(None)
        self.assertEqual((counts.count, counts.seqs), (101, list(range(NAMED))))
        counts.remove(3)
        counts.remove(50)
        self.assertEqual(counts.count, 99)
        self.assertNotIn(3, counts.seqs)


class StatisticsTests(SynchronousTestCase):
    """
    Tests for L{Statistics}.
    """

    def setUp(self) -> None:
        self.statistics = Statistics(sent=2)
        self.stream = self.statistics.roundTrips.stream()

    def _arrive(self, *echoes: Echo) -> None:
        for echo in echoes:
            self.statistics.arrived(echo, self.stream)

    def test_initialCounts(self) -> None:
        connections = Connections()
        self.assertEqual((connections.wanted, connections.tried), (1, 0))
        statistics = Statistics()
        self.assertEqual((statistics.sent, statistics.ungreeted), (0, 0))

    def test_exactEchoesAndTheirTimesCount(self) -> None:
        self._arrive(Echo(1, 10, answers=True), Echo(2, 20, answers=True))
        self.assertEqual(self.statistics.received, 2)
        self.assertEqual(self.statistics.roundTrips.mean, 15)
        self.assertEqual(self.stream.jitter, 10)
        self.assertTrue(self.statistics.exact)

    def test_anomaliesAreNamed(self) -> None:
        """
        Times of altered and second echoes are not recorded. Late echoes are lost
        messages only.
        """
        for anomaly in Anomaly:
            self.setUp()
            self._arrive(Echo(1, 10, (anomaly,)))
            self.assertEqual(self.statistics.exact, anomaly is Anomaly.LATE)
            self.assertEqual(list(self.statistics.anomalies), [anomaly])
            self.assertEqual(self.statistics.anomalies[anomaly].seqs, [1])
            self.assertEqual(self.statistics.received, 0)
            timed = anomaly not in {Anomaly.ALTERED, Anomaly.TWICE, Anomaly.LATE}
            self.assertEqual(self.statistics.roundTrips.count, int(timed))

    def test_responseTimesNeedDueTimes(self) -> None:
        """
        Those of late echoes are recorded, those of altered ones are not.
        """
        self.statistics.warmup = 1
        self._arrive(
            Echo(1, 10, answers=True, response=1),
            Echo(2, 10, answers=True, response=20),
            Echo(3, 10, (Anomaly.LATE,), response=400),
            Echo(4, 10, (Anomaly.ALTERED,), answers=True, response=8000),
            Echo(5, 10, answers=True),
        )
        responses = self.statistics.responses
        self.assertEqual((responses.count, responses.total), (2, 420))

    def test_echoCanHaveSeveralAnomalies(self) -> None:
        self._arrive(
            Echo(1, 10, (Anomaly.TYPE_CHANGED, Anomaly.OUT_OF_ORDER), answers=True)
        )
        counts = {each: n.count for each, n in self.statistics.anomalies.items()}
        self.assertEqual(counts, {Anomaly.TYPE_CHANGED: 1, Anomaly.OUT_OF_ORDER: 1})
        self.assertEqual(self.statistics.roundTrips.count, 1)

    def test_unexpectedMessageHasNoNumberAndNoTime(self) -> None:
        self._arrive(Echo(None, None, (Anomaly.UNEXPECTED,)))
        self.assertEqual(
            self.statistics.anomalies[Anomaly.UNEXPECTED], MessageCounts(1, [])
        )
        self.assertEqual(self.statistics.roundTrips.count, 0)
        self.assertFalse(self.statistics.exact)

    def test_warmupExcludesOnlyTimes(self) -> None:
        self.statistics.warmup = 2
        self._arrive(*(Echo(seq, seq, answers=True) for seq in (1, 2, 3)))
        self.assertEqual(self.statistics.received, 3)
        self.assertEqual(self.statistics.roundTrips.count, 1)
        self.assertEqual(self.statistics.roundTrips.minimum, 3)

    def test_lostMessagesAreNamed(self) -> None:
        """
        The arrived messages are still exact.
        """
        self.assertEqual(Statistics().loss, 0.0)
        self.statistics.gaveUp([4, 5])
        self.assertEqual(self.statistics.lost.seqs, [4, 5])
        self.assertEqual(self.statistics.loss, 100.0)
        self.assertTrue(self.statistics.exact)
        self.statistics.sent = 3
        self.assertAlmostEqual(self.statistics.loss, 200 / 3)

    def test_noMessagesAreNamedOfSeveralConnections(self) -> None:
        self.statistics.named = False
        self._arrive(Echo(1, 10, (Anomaly.TWICE,)))
        self.statistics.gaveUp([2])
        self.assertEqual(self.statistics.anomalies, {Anomaly.TWICE: MessageCounts(1)})
        self.assertEqual(self.statistics.lost, MessageCounts(1))

    def test_correctedGuessIsUnexpectedMessage(self) -> None:
        self._arrive(
            Echo(1, 10, (Anomaly.ALTERED,), answers=True),
            Echo(2, 10, (Anomaly.ALTERED,), answers=True),
            Echo(1, 11, corrects=True),
        )
        anomalies = self.statistics.anomalies
        self.assertEqual(self.statistics.received, 2)
        self.assertEqual(anomalies[Anomaly.ALTERED].seqs, [2])
        self.assertEqual(anomalies[Anomaly.UNEXPECTED].count, 1)
        self._arrive(Echo(2, 11, corrects=True))
        self.assertEqual(list(anomalies), [Anomaly.UNEXPECTED])
        self.assertEqual(self.statistics.roundTrips.count, 2)


class MergeTests(SynchronousTestCase):
    """
    Tests for adding up.
    """

    @given(st.lists(st.integers(0, 9), min_size=8, max_size=8))
    def test_countsAndTimesAreAdded(self, counts: list[int]) -> None:
        late, altered = Anomaly.LATE, Anomaly.ALTERED
        one = Statistics(
            sent=counts[0],
            received=counts[1],
            lost=MessageCounts(counts[2], [1]),
            anomalies={late: MessageCounts(counts[3])},
            roundTrips=roundTrips([1, 2]),
        )
        one.merge(
            Statistics(
                sent=counts[4],
                received=counts[5],
                lost=MessageCounts(counts[6], [2]),
                anomalies={
                    late: MessageCounts(counts[7], [2]),
                    altered: MessageCounts(1),
                },
                roundTrips=roundTrips([3]),
            )
        )
        self.assertEqual(one.sent, counts[0] + counts[4])
        self.assertEqual(one.received, counts[1] + counts[5])
        self.assertEqual(one.lost.count, counts[2] + counts[6])
        self.assertEqual(one.anomalies[late].count, counts[3] + counts[7])
        self.assertEqual(one.anomalies[altered].count, 1)
        self.assertEqual((one.roundTrips.count, one.roundTrips.maximum), (3, 3))

    def test_responseTimesAreAdded(self) -> None:
        """
        Cross-talk is recognised if both runs recognise it.
        """
        one = Statistics(responses=distribution(1), tellsCrossTalk=True)
        one.merge(Statistics(responses=distribution(2), tellsCrossTalk=True))
        self.assertEqual((one.responses.count, one.tellsCrossTalk), (2, True))
        one.merge(Statistics())
        self.assertEqual((one.responses.count, one.tellsCrossTalk), (2, False))

    def test_numbersOfOtherRunAreDropped(self) -> None:
        one = Statistics(lost=MessageCounts(1, [1]))
        other = Statistics(
            lost=MessageCounts(1, [7]), anomalies={Anomaly.LATE: MessageCounts(1, [7])}
        )
        one.merge(other)
        self.assertEqual(one.lost.seqs, [1])
        self.assertEqual(one.anomalies[Anomaly.LATE].seqs, [])
        self.assertEqual(other.anomalies[Anomaly.LATE].seqs, [7])

    def test_pingsAreAdded(self) -> None:
        one = Statistics()
        one.merge(Statistics())
        self.assertIsNone(one.pings)
        for _ in range(2):
            one.merge(Statistics(pings=PingStatistics(3, 2, 1, roundTrips([5]))))
        pings = one.pings
        assert pings is not None
        self.assertEqual((pings.sent, pings.received, pings.lost), (6, 4, 2))
        self.assertEqual(pings.roundTrips.count, 2)
        one.merge(Statistics())
        self.assertEqual(one.pings, pings)

    def test_connectionsAreAdded(self) -> None:
        one = Connections(2, 1, Counter(a=1), Counter([1000]), distribution(5))
        one.reasons[1000, "a"] = 1
        other = Connections(3, 2, Counter(a=1, b=1), Counter([1006]), distribution(6))
        other.reasons.update({(1000, "a"): 1, (1000, "b"): 1})
        other.broken, other.unanswered = 1, 2
        one.merge(other)
        self.assertEqual(one.reasons, {(1000, "a"): 2, (1000, "b"): 1})
        self.assertEqual((one.broken, one.unanswered, one.tried), (1, 2, 5))
        self.assertEqual((one.wanted, one.opened), (5, 3))
        self.assertEqual(one.failures, {"a": 2, "b": 1})
        self.assertEqual(one.closes, {1000: 1, 1006: 1})
        self.assertEqual(one.handshakes.count, 2)


class StepTests(SynchronousTestCase):
    """
    Tests for L{Step}.
    """

    def test_throughputIsBytesPerMeanRoundTrip(self) -> None:
        """
        C{None} without a round trip.
        """
        step = Step(1000, 2, distribution(10**6, 3 * 10**6))
        self.assertEqual(step.throughput, 500_000)
        self.assertIsNone(Step(1000, 1, Distribution()).throughput)
        self.assertIsNone(Step(1000, 1, distribution(0)).throughput)
