"""
Tests for L{echo.client.measure.gates}.
"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.gates import (
    Gates,
    LeastRate,
    Limit,
    parseCloseCode,
    parseLeastRate,
    parseLimit,
    parsePercent,
)
from echo.client.measure.statistics import Connections, MessageCounts, Statistics
from echo.client.measure.summary import FailedDemand, Summary
from echo.client.measure.throughput import Throughput
from tests.kit.samples import roundTrips

MILLISECOND = 10**6


def texts(failed: list[FailedDemand]) -> list[str]:
    """
    @return: The demands as the summary shows them.
    """
    return [*map(str, failed)]


class UnitTests(SynchronousTestCase):
    """
    Tests for times without a unit.
    """

    def test_limitWithoutUnitIsRefused(self) -> None:
        for text, meant in [("200@p99", "200ms@p99"), ("1.5", "1.5ms@max")]:
            error = self.assertRaises(ValueError, parseLimit, text)
            self.assertEqual(str(error), f"{text!r} has no unit: try {meant}")


class LimitTests(SynchronousTestCase):
    """
    Tests for C{--max-rtt}.
    """

    def _failed(self, text: str, *times: int) -> list[str]:
        statistics = Statistics(sent=len(times), roundTrips=roundTrips([*times]))
        gates = Gates(limits=[parseLimit(text)])
        return texts(gates.ended(Summary("ws://x/", statistics=statistics)))

    def test_limitIsTimeAndFigure(self) -> None:
        self.assertEqual(parseLimit("200ms"), Limit("200ms", 0.2, "max"))
        self.assertEqual(parseLimit("1.5s@avg"), Limit("1.5s@avg", 1.5, "avg"))
        for which in ("max", "p5", "p50", "p99.9", "p99.999"):
            self.assertEqual(parseLimit(f"1m@{which}").which, which)

    def test_refusedLimitShowsExample(self) -> None:
        for text in ("", "@p99", "fast@p99", "-1s", "p99@1s"):
            with self.assertRaises(ValueError) as caught:
                parseLimit(text)
            self.assertIn("try ", str(caught.exception))
        for text in ("1s@p100", "1s@p", "1s@p9.", "1s@p9.9999", "1s@min", "1s@p99@avg"):
            with self.assertRaises(ValueError) as caught:
                parseLimit(text)
            which = text.partition("@")[2]
            self.assertEqual(
                str(caught.exception),
                f"{which!r} is none of avg, max, p50, p99.9 and the like:"
                " try 200ms@p99",
            )

    @given(st.integers(1, 10**6))
    def test_timeAtLimitPasses(self, milliseconds: int) -> None:
        """
        A nanosecond more does not.
        """
        limit = milliseconds * MILLISECOND
        for time in (0, limit - 1, limit):
            self.assertEqual(self._failed(f"{milliseconds}ms", time), [])
        self.assertEqual(len(self._failed(f"{milliseconds}ms", limit + 1)), 1)

    def test_maximumIsLimitedByDefault(self) -> None:
        limit = 200 * MILLISECOND
        self.assertEqual(self._failed("200ms", 1, limit), [])
        self.assertEqual(
            self._failed("200ms", 1, limit + 5 * MILLISECOND),
            ["--max-rtt 200ms: 205.000 ms"],
        )

    def test_averageIsLimited(self) -> None:
        self.assertEqual(self._failed("2ms@avg", MILLISECOND, 3 * MILLISECOND), [])
        self.assertEqual(
            self._failed("2ms@avg", MILLISECOND, 3 * MILLISECOND + 2000),
            ["--max-rtt 2ms@avg: 2.001 ms"],
        )

    def test_percentileIsLimited(self) -> None:
        times = [1000] * 98
        slow = 10 * MILLISECOND
        self.assertEqual(self._failed("1ms@p99", *times, 1000, slow), [])
        self.assertEqual(self._failed("1ms@p98", *times, slow, slow), [])
        [failed] = self._failed("1ms@p99", *times, slow, slow)
        self.assertEqual(failed, "--max-rtt 1ms@p99: 10.000 ms")

    def test_limitFailsWithoutRoundTrip(self) -> None:
        expected = ["--max-rtt 1s@avg: there was no round trip"]
        self.assertEqual(self._failed("1s@avg"), expected)

    def test_eachLimitIsChecked(self) -> None:
        statistics = Statistics(roundTrips=roundTrips([5 * MILLISECOND]))
        limits = [parseLimit(text) for text in ("1ms@p50", "9ms@p50", "2ms")]
        summary = Summary("", statistics=statistics)
        failed = texts(Gates(limits=limits).ended(summary))
        self.assertEqual(
            failed, ["--max-rtt 1ms@p50: 5.000 ms", "--max-rtt 2ms: 5.000 ms"]
        )


class LossTests(SynchronousTestCase):
    """
    Tests for C{--max-loss}.
    """

    def _failed(self, text: str, sent: int, lost: int) -> list[str]:
        statistics = Statistics(sent=sent, lost=MessageCounts(lost))
        gates = Gates(maxLoss=parsePercent(text))
        return texts(gates.ended(Summary("", statistics=statistics)))

    def test_percentageHasOptionalSign(self) -> None:
        for text, percent in [
            ("0", 0.0),
            ("0.5%", 0.5),
            (" 12.25 % ", 12.25),
            ("100", 100.0),
        ]:
            self.assertEqual(parsePercent(text), percent)

    def test_badPercentageIsRefused(self) -> None:
        for text in ("", "%", "-1", "a", "1e1", "0.5.5", "nan", "5%%", "1,5"):
            with self.assertRaises(ValueError) as caught:
                parsePercent(text)
            expected = f"{text!r} is not a percentage: try 0.5%"
            self.assertEqual(str(caught.exception), expected)
        for text in ("100.000001", "101%", "999"):
            with self.assertRaises(ValueError) as caught:
                parsePercent(text)
            expected = f"{text!r} is more than all: at most 100%"
            self.assertEqual(str(caught.exception), expected)

    @given(st.integers(1, 999), st.integers(0, 999))
    def test_lossAtLimitPasses(self, allowed: int, lost: int) -> None:
        failed = self._failed(f"{allowed / 10}%", 1000, lost)
        self.assertEqual(bool(failed), lost > allowed)

    def test_failureNamesLimitAndLoss(self) -> None:
        self.assertEqual(self._failed("0.5%", 3, 1), ["--max-loss 0.5%: 33.3 % lost"])
        self.assertEqual(self._failed("100%", 3, 3), [])

    def test_nothingSentFails(self) -> None:
        expected = ["--max-loss 100%: nothing was sent"]
        self.assertEqual(self._failed("100%", 0, 0), expected)


class LoadTests(SynchronousTestCase):
    """
    The load that must be applied.
    """

    def ended(self, gates: Gates, throughput: Throughput) -> list[str]:
        """
        @return: What does not hold for a run with quick round trips, quick response
            times but one, and this throughput.
        """
        summary = Summary("", statistics=Statistics(sent=3), throughput=throughput)
        stream = summary.statistics.roundTrips.stream()
        for time in (1_000_000, 1_000_000):
            stream.add(time)
        summary.statistics.responses.add(900_000_000)
        return texts(gates.ended(summary))

    def test_leastRateIsRateOrPercentage(self) -> None:
        self.assertEqual(parseLeastRate("500/s"), LeastRate("500/s", rate=500.0))
        self.assertEqual(parseLeastRate("99.5%"), LeastRate("99.5%", percent=99.5))
        for text in ("", "fast", "101%", "5/x", "%"):
            with self.assertRaises(ValueError):
                parseLeastRate(text)

    def test_rateIsComparedWithMessagesSent(self) -> None:
        gates = Gates(leastRate=parseLeastRate("100/s"))
        self.assertEqual(self.ended(gates, Throughput(None, 100, 0, 1.0)), [])
        self.assertEqual(
            self.ended(gates, Throughput(None, 99, 0, 1.0)),
            ["--min-rate 100/s: 99.0/s"],
        )

    def test_percentageIsComparedWithRequestedLoad(self) -> None:
        """
        It fails without due times.
        """
        gates = Gates(leastRate=parseLeastRate("90%"))
        self.assertEqual(self.ended(gates, Throughput(100.0, 90, 10, 1.0, 1.0)), [])
        self.assertEqual(
            self.ended(gates, Throughput(100.0, 89, 11, 1.0, 1.0)),
            ["--min-rate 90%: 89.0 %"],
        )
        self.assertEqual(
            self.ended(gates, Throughput(None, 100, 0, 1.0)),
            ["--min-rate 90%: no message had a due time"],
        )
        gates = Gates(leastRate=parseLeastRate("0%"))
        self.assertEqual(self.ended(gates, Throughput(100.0, 0, 100)), [])

    def test_limitsHoldForResponseTimesIfThereAreDueTimes(self) -> None:
        gates = Gates(limits=[parseLimit("200ms")])
        self.assertEqual(self.ended(gates, Throughput(None, 3, 0, 1.0)), [])
        self.assertEqual(
            self.ended(gates, Throughput(3.0, 3, 0, 1.0, 1.0)),
            ["--max-rtt 200ms: 900.000 ms"],
        )

    def test_limitsFailBelow99PercentOfLoad(self) -> None:
        """
        Without limits, a lower load is no failure.
        """
        for sent, failed in [(99, False), (98, True)]:
            throughput = Throughput(100.0, sent, 100 - sent, 1.0, 1.0)
            gates = Gates(limits=[parseLimit("2s"), parseLimit("1s@p50")])
            expected = ["--max-rtt 2s: only 98.0 % of the load was applied"]
            self.assertEqual(self.ended(gates, throughput), expected * failed)
            self.assertEqual(self.ended(Gates(), throughput), [])


class CloseTests(SynchronousTestCase):
    """
    Tests for C{--expect-close}.
    """

    def _failed(self, *closes: int) -> list[str]:
        connections = Connections(closes=Counter(closes))
        return texts(Gates(close=1001).ended(Summary("", connections=connections)))

    def test_closeCodeHasFourDigitsUpTo4999(self) -> None:
        for code in (1000, 1005, 1006, 4999):
            self.assertEqual(parseCloseCode(str(code)), code)
        for text in ("", "999", "0999", "5000", "10000", "1000 ", "-1000", "none"):
            with self.assertRaises(ValueError) as caught:
                parseCloseCode(text)
            expected = f"{text!r} is not a close code: try 1000 or 4001"
            self.assertEqual(str(caught.exception), expected)

    def test_eachConnectionMustCloseWithCode(self) -> None:
        self.assertEqual(self._failed(1001), [])
        self.assertEqual(self._failed(1001, 1001), [])
        self.assertEqual(
            self._failed(1006), ["--expect-close 1001: the server closed with 1006"]
        )
        self.assertEqual(
            self._failed(4000, 1001, 1000, 1000),
            ["--expect-close 1001: the server closed with 1000, 1001, 4000"],
        )

    def test_openConnectionFails(self) -> None:
        self.assertEqual(self._failed(), ["--expect-close 1001: it did not close"])


class GatesTests(SynchronousTestCase):
    """
    Tests for L{Gates}.
    """

    def test_noDemandsNeverFail(self) -> None:
        summary = Summary(
            "",
            statistics=Statistics(sent=2, lost=MessageCounts(2)),
            connections=Connections(closes=Counter([1006])),
        )
        self.assertEqual(Gates().ended(summary), [])
        self.assertEqual(Gates().opened(None, False), [])

    def test_allFailedDemandsAreReported(self) -> None:
        gates = Gates(0.0, [parseLimit("1s")], 1000)
        failed = gates.ended(Summary(""))
        self.assertEqual(
            [f"{each.option} {each.limit}" for each in failed],
            ["--max-loss 0%", "--max-rtt 1s", "--expect-close 1000"],
        )

    def test_greetingMustArriveOnEachConnection(self) -> None:
        summary = Summary("", connections=Connections(opened=3))
        gates = Gates(greeting=2)
        for missing, failed in [
            (0, []),
            (1, ["--greeting 2: only 5 of 6 greetings came before the first echo"]),
            (6, ["--greeting 2: none came before the first echo"]),
        ]:
            summary.statistics.ungreeted = missing
            self.assertEqual(texts(gates.ended(summary)), failed)
        self.assertEqual(Gates().ended(summary), [])

    def test_wrongSubprotocolFailsAndIsEscaped(self) -> None:
        gates = Gates(subprotocol="chat")
        self.assertEqual(gates.opened("chat", False), [])
        self.assertEqual(
            texts(gates.opened(None, False)),
            ["--expect-subprotocol chat: the server chose none"],
        )
        self.assertEqual(
            texts(gates.opened("none\x1b", False)),
            ['--expect-subprotocol chat: the server chose "none\\x1b"'],
        )

    def test_declinedCompressionFails(self) -> None:
        gates = Gates(compression=True)
        self.assertEqual(gates.opened(None, True), [])
        self.assertEqual(
            texts(gates.opened(None, False)),
            ["--expect-compression: the server declined"],
        )
