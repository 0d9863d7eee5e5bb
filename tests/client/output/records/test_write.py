"""
Tests for L{echo.client.output.records.write}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.distribution import Distribution
from echo.client.measure.matching import Anomaly
from echo.client.measure.roundtrips import RoundTrips
from echo.client.measure.statistics import MessageCounts, Statistics
from echo.client.measure.summary import Step, Summary
from echo.client.measure.throughput import Throughput
from echo.client.output.records.write import (
    ANOMALIES,
    instant,
    loadRecord,
    milliseconds,
    outageRecord,
    phasesRecord,
    stepRecord,
    summaryRecord,
    timesRecord,
)
from echo.client.transport.phases import Phases
from tests.kit.samples import (
    HOSTILE,
    LAST_OUTAGE,
    OUTAGE,
    distribution,
    fullSummary,
    roundTrips,
)


class RecordsTests(SynchronousTestCase):
    """
    Tests for the records of each part of a summary.
    """

    def test_milliseconds(self) -> None:
        """
        Times are milliseconds, rounded to microseconds.
        """
        self.assertEqual(milliseconds(1_234_567), 1.235)
        self.assertEqual(milliseconds(400), 0.0)

    def test_instantIsUTC(self) -> None:
        self.assertEqual(instant(0), "1970-01-01T00:00:00.000+00:00")
        self.assertEqual(instant(1_700_000_000.25), "2023-11-14T22:13:20.250+00:00")

    def test_anomaliesHaveDifferentNames(self) -> None:
        self.assertEqual(len({ANOMALIES[each] for each in Anomaly}), len(Anomaly))

    def test_phasesRecord(self) -> None:
        """
        A phase that was not needed has no time.
        """
        self.assertEqual(
            phasesRecord(Phases(0.001, 0.002, None, 0.0035, 0.0040004)),
            {
                "dns": 1.0,
                "connect": 2.0,
                "proxy": None,
                "tls": 3.5,
                "upgrade": 4.0,
                "total": 10.5,
            },
        )
        found = phasesRecord(Phases(None, 0.0, 0.5, None, 0.0))
        self.assertEqual(
            (found["dns"], found["proxy"], found["tls"]), (None, 500, None)
        )

    def test_timesHaveFiguresAndExactValues(self) -> None:
        found = timesRecord(distribution(10**6, 2 * 10**6, 6 * 10**6))
        assert found is not None
        exact = found.pop("exact")
        self.assertEqual(
            {name: found[name] for name in ("count", "min", "avg", "max", "stddev")},
            {"count": 3, "min": 1.0, "avg": 3.0, "max": 6.0, "stddev": 2.16},
        )
        self.assertTrue(2.0 <= found["p50"] <= 2.002)
        for name in ("p90", "p95", "p99", "p99.9"):
            self.assertEqual(found[name], 6.0)
        self.assertTrue(exact.pop("histogram"))
        self.assertEqual(
            exact,
            {
                "minimum": 10**6,
                "maximum": 6 * 10**6,
                "total": str(9 * 10**6),
                "squares": str(41 * 10**12),
            },
        )

    def test_roundTripsHaveJitter(self) -> None:
        found = timesRecord(roundTrips([0, 32_000], [0, 64_000], [7]))
        assert found is not None
        self.assertEqual((found["jitter"], found["streams"]), (0.048, 2))
        self.assertEqual(found["exact"]["jitter"], "96000")

    def test_noTimesAreNull(self) -> None:
        self.assertIsNone(timesRecord(Distribution()))
        self.assertIsNone(timesRecord(RoundTrips()))

    def test_outageWithoutEndHasNoDuration(self) -> None:
        self.assertEqual(
            outageRecord(OUTAGE),
            {
                "at": 1.5,
                "when": "2023-11-14T22:13:20.250+00:00",
                "seconds": 2.25,
                "code": 1006,
                "reason": HOSTILE,
                "lost": 3,
                "skipped": 4,
                "attempts": 5,
            },
        )
        self.assertIsNone(outageRecord(LAST_OUTAGE)["seconds"])

    def test_stepWithoutEchoHasNoTimes(self) -> None:
        found = stepRecord(Step(1024, 3, distribution(10**6)))
        self.assertEqual((found["size"], found["sent"]), (1024, 3))
        self.assertEqual(found["bytesPerSecond"], 1_024_000)
        self.assertEqual(found["rtt"]["count"], 1)
        found = stepRecord(Step(1024, 3, Distribution()))
        self.assertEqual((found["bytesPerSecond"], found["rtt"]), (None, None))

    def test_summaryHasAllFields(self) -> None:
        found = summaryRecord(fullSummary())
        self.assertEqual(found["url"], "ws://server.example/?token=***")
        self.assertEqual(found["seconds"], 12.346)
        counts = ("sent", "received", "lost", "loss")
        self.assertEqual([found[name] for name in counts], [20, 12, 8, 40.0])
        anomalies = [found[ANOMALIES[each]] for each in Anomaly]
        self.assertEqual(anomalies, [1, 2, 3, 4, 5, 6, None])
        self.assertEqual(found["rtt"]["count"], 6)
        self.assertEqual(found["response"]["count"], 3)
        load = {
            "asked": 2.5,
            "reached": 2.105,
            "due": 23,
            "sent": 20,
            "notSent": 3,
            "seconds": 9.5,
            "scheduled": 9.2,
        }
        self.assertEqual(found["load"], load)
        ping = found["ping"]
        self.assertEqual([ping[name] for name in counts[:3]], [5, 4, 1])
        self.assertEqual(ping["rtt"]["count"], 4)
        connections = found["connections"]
        self.assertEqual((connections["wanted"], connections["opened"]), (9, 6))
        self.assertEqual(connections["failures"], {"refused": 2, HOSTILE: 1})
        self.assertEqual(connections["closes"], {"1006": 1, "4000": 2})
        self.assertEqual(connections["handshake"]["count"], 2)
        self.assertEqual([each["at"] for each in found["outages"]], [1.5, 9.0])
        self.assertEqual([each["size"] for each in found["steps"]], [0, 1024])
        hold = {"seconds": 60.0, "idle": 59.5, "cut": True, "pinged": 3}
        self.assertEqual(found["hold"], hold)
        self.assertEqual(found["error"], "it did not go well")
        self.assertEqual(found["failed"], ["--max-loss 0%: 40 % lost"])
        self.assertEqual(found["status"], 6)

    def test_loadWithoutDueTimesHasNoDueMessages(self) -> None:
        load = loadRecord(Throughput(None, 5, 0, 2.0))
        self.assertEqual((load["reached"], load["sent"]), (2.5, 5))
        for name in ("asked", "due", "notSent", "scheduled"):
            self.assertIsNone(load[name])

    def test_totalLoss(self) -> None:
        found = summaryRecord(
            Summary("", statistics=Statistics(sent=3, lost=MessageCounts(3)))
        )
        self.assertEqual((found["sent"], found["lost"], found["loss"]), (3, 3, 100.0))
        for name in ("rtt", "ping", "hold", "error"):
            self.assertIsNone(found[name])
        self.assertIsNone(found["connections"]["handshake"])
