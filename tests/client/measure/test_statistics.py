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

    def test_bounded(self) -> None:
        """
        All are counted, the first are named.
        """
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
        """
        Have statistics, and a connection.
        """
        self.statistics = Statistics(sent=2)
        self.stream = self.statistics.roundTrips.stream()

    def _arrive(self, *echoes: Echo) -> None:
        for echo in echoes:
            self.statistics.arrived(echo, self.stream)

    def test_nothing(self) -> None:
        """
        Before anything happens, there is one connection to open, and no messages.
        """
        connections = Connections()
        self.assertEqual((connections.wanted, connections.tried), (1, 0))
        statistics = Statistics()
        self.assertEqual((statistics.sent, statistics.ungreeted), (0, 0))

    def test_exact(self) -> None:
        """
        Echoes without anomalies count, and their times do.
        """
        self._arrive(Echo(1, 10, answers=True), Echo(2, 20, answers=True))
        self.assertEqual(self.statistics.received, 2)
        self.assertEqual(self.statistics.roundTrips.mean, 15)
        self.assertEqual(self.stream.jitter, 10)
        self.assertTrue(self.statistics.exact)

    def test_anomalies(self) -> None:
        """
        Each anomaly is named, and times that are not an echo's do not count; but
        being late is no more than being lost.
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

    def test_responses(self) -> None:
        """
        Response times are those of messages that had a due time, late echoes
        included, and altered ones not.
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

    def test_several(self) -> None:
        """
        An echo can have more than one.
        """
        self._arrive(
            Echo(1, 10, (Anomaly.TYPE_CHANGED, Anomaly.OUT_OF_ORDER), answers=True)
        )
        counts = {each: n.count for each, n in self.statistics.anomalies.items()}
        self.assertEqual(counts, {Anomaly.TYPE_CHANGED: 1, Anomaly.OUT_OF_ORDER: 1})
        self.assertEqual(self.statistics.roundTrips.count, 1)

    def test_unexpected(self) -> None:
        """
        What is nobody's echo has no number and no time.
        """
        self._arrive(Echo(None, None, (Anomaly.UNEXPECTED,)))
        self.assertEqual(
            self.statistics.anomalies[Anomaly.UNEXPECTED], MessageCounts(1, [])
        )
        self.assertEqual(self.statistics.roundTrips.count, 0)
        self.assertFalse(self.statistics.exact)

    def test_warmup(self) -> None:
        """
        The first ones are messages as all are, but their times do not count.
        """
        self.statistics.warmup = 2
        self._arrive(*(Echo(seq, seq, answers=True) for seq in (1, 2, 3)))
        self.assertEqual(self.statistics.received, 3)
        self.assertEqual(self.statistics.roundTrips.count, 1)
        self.assertEqual(self.statistics.roundTrips.minimum, 3)

    def test_lost(self) -> None:
        """
        What is lost is named; what came is exact all the same.
        """
        self.assertEqual(Statistics().loss, 0.0)
        self.statistics.gaveUp([4, 5])
        self.assertEqual(self.statistics.lost.seqs, [4, 5])
        self.assertEqual(self.statistics.loss, 100.0)
        self.assertTrue(self.statistics.exact)
        self.statistics.sent = 3
        self.assertAlmostEqual(self.statistics.loss, 200 / 3)

    def test_unnamed(self) -> None:
        """
        With several connections, messages are counted and none are named.
        """
        self.statistics.named = False
        self._arrive(Echo(1, 10, (Anomaly.TWICE,)))
        self.statistics.gaveUp([2])
        self.assertEqual(self.statistics.anomalies, {Anomaly.TWICE: MessageCounts(1)})
        self.assertEqual(self.statistics.lost, MessageCounts(1))

    def test_corrected(self) -> None:
        """
        A guess that is taken back leaves a message that nobody asked for.
        """
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
    def test_statistics(self, counts: list[int]) -> None:
        """
        Counts and times of another run are added to one's own.
        """
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

    def test_responses(self) -> None:
        """
        Response times are added up; cross-talk can be told if it can in both runs.
        """
        one = Statistics(responses=distribution(1), tellsCrossTalk=True)
        one.merge(Statistics(responses=distribution(2), tellsCrossTalk=True))
        self.assertEqual((one.responses.count, one.tellsCrossTalk), (2, True))
        one.merge(Statistics())
        self.assertEqual((one.responses.count, one.tellsCrossTalk), (2, False))

    def test_names(self) -> None:
        """
        Numbers of messages are those of one run: none of another are taken over.
        """
        one = Statistics(lost=MessageCounts(1, [1]))
        other = Statistics(
            lost=MessageCounts(1, [7]), anomalies={Anomaly.LATE: MessageCounts(1, [7])}
        )
        one.merge(other)
        self.assertEqual(one.lost.seqs, [1])
        self.assertEqual(one.anomalies[Anomaly.LATE].seqs, [])
        self.assertEqual(other.anomalies[Anomaly.LATE].seqs, [7])

    def test_pings(self) -> None:
        """
        Pings add up where there are any.
        """
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

    def test_connections(self) -> None:
        """
        So do connections, their failures and their ends.
        """
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

    def test_throughput(self) -> None:
        """
        A size's bytes a second are those that go one way at the mean round trip.
        There are none without a round trip.
        """
        step = Step(1000, 2, distribution(10**6, 3 * 10**6))
        self.assertEqual(step.throughput, 500_000)
        self.assertIsNone(Step(1000, 1, Distribution()).throughput)
        self.assertIsNone(Step(1000, 1, distribution(0)).throughput)
