"""
Tests for L{echo.client.output.text.summarylines}.
"""

from collections import Counter
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.matching import Anomaly
from echo.client.measure.statistics import (
    Connections,
    MessageCounts,
    PingStatistics,
    Statistics,
)
from echo.client.measure.summary import Hold, Outage, Summary
from echo.client.measure.throughput import Throughput
from echo.client.output.text.summarylines import (
    holdLine,
    loadWarning,
    summaryLines,
)
from tests.kit.samples import (
    HARMLESS,
    HOSTILE,
    LAST_OUTAGE,
    OUTAGE,
    distribution,
    fullSummary,
    roundTrips,
)


def telling(**attributes: Any) -> Statistics:
    """
    @return: Statistics of messages that name their connections.
    """
    return Statistics(**{"tellsCrossTalk": True, **attributes})


class SummaryTests(SynchronousTestCase):
    """
    Tests for L{summaryLines}.
    """

    def test_countsAndTimes(self) -> None:
        """
        In the format of C{ping}.
        """
        trips = roundTrips([388_000, 421_000, 462_000])
        statistics = telling(sent=3, received=3, roundTrips=trips)
        self.assertEqual(
            summaryLines(Summary("ws://x/\n", statistics=statistics)),
            [
                r"--- ws://x/\n ---",
                "3 sent, 3 received, 0 lost (0.0 %)",
                "round trip min/avg/max/stddev = 0.388/0.424/0.462/0.030 ms",
                (
                    "round trip p50/p90/p95/p99/p99.9 ="
                    " 0.421/0.462/0.462/0.462/0.462 ms, jitter 0.034 ms"
                ),
            ],
        )

    def test_requestedAndAppliedLoad(self) -> None:
        """
        Response times stand beside round trips.
        """
        summary = Summary("ws://x/", 2.0, telling(sent=20, received=20))
        summary.statistics.responses.add(5_000_000)
        summary.throughput = Throughput(15.0, 20, 10, 2.0, 2.0)
        lines = summaryLines(summary)
        self.assertIn(
            "load: 15.0/s asked for, 10.0/s reached; "
            "due, not sent: 10 of 30 (33.3 %); duration 2.00 s",
            lines,
        )
        self.assertIn(
            "response time min/avg/max/stddev = 5.000/5.000/5.000/0.000 ms", lines
        )
        self.assertIn("66.7 %", loadWarning(summary.throughput) or "")
        summary.throughput = Throughput(None, 20, 0, 2.0)
        self.assertIn("load: 10.0/s reached; duration 2.00 s", summaryLines(summary))
        summary.throughput = Throughput(None, 20, 0, 0.0)
        self.assertNotIn("load", "".join(summaryLines(summary)))
        for fine in (summary.throughput, Throughput(10.0, 20, 0, 2.0, 2.0)):
            self.assertIsNone(loadWarning(fine))

    def test_oneMessageHasNoDeviation(self) -> None:
        statistics = telling(sent=1, received=1, roundTrips=roundTrips([10**6]))
        self.assertEqual(
            summaryLines(Summary("", statistics=statistics))[1:],
            [
                "1 sent, 1 received, 0 lost (0.0 %)",
                "round trip min/avg/max/stddev = 1.000/1.000/1.000/0.000 ms",
                (
                    "round trip p50/p90/p95/p99/p99.9 ="
                    " 1.000/1.000/1.000/1.000/1.000 ms, jitter 0.000 ms"
                ),
            ],
        )

    def test_nothingSentIsNothingLost(self) -> None:
        lines = summaryLines(Summary("ws://x/", statistics=telling(warmup=3)))
        self.assertEqual(
            lines, ["--- ws://x/ ---", "0 sent, 0 received, 0 lost (0.0 %)"]
        )

    def test_namesWarmup(self) -> None:
        statistics = telling(warmup=2, sent=3, roundTrips=roundTrips([1]))
        lines = summaryLines(Summary("", statistics=statistics))
        self.assertEqual(lines[-1], "the first 2 are left out of the times")

    def test_countsFaults(self) -> None:
        """
        And lists the first ten messages of each kind.
        """
        statistics = telling(
            sent=30,
            received=1,
            lost=MessageCounts(12, [*range(1, 11)]),
            anomalies={
                Anomaly.ALTERED: MessageCounts(1, [2]),
                Anomaly.UNEXPECTED: MessageCounts(1),
            },
        )
        lost = "lost: 12 (seq 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...)"
        self.assertEqual(
            summaryLines(Summary("", statistics=statistics))[1:],
            [
                "30 sent, 1 received, 12 lost (40.0 %)",
                f"altered: 1 (seq 2); unexpected: 1; {lost}",
            ],
        )

    def test_comparesMessagesWithPings(self) -> None:
        statistics = telling(
            roundTrips=roundTrips([5 * 10**6]),
            pings=PingStatistics(3, 1, 2, roundTrips([2 * 10**6])),
        )
        self.assertEqual(
            summaryLines(Summary("", statistics=statistics))[4:],
            [
                "pings: 3 sent, 1 answered, 2 lost",
                "ping min/avg/max/stddev = 2.000/2.000/2.000/0.000 ms",
                (
                    "ping p50/p90/p95/p99/p99.9 ="
                    " 2.000/2.000/2.000/2.000/2.000 ms, jitter 0.000 ms"
                ),
                "at the median (p50), a message takes 3.000 ms longer than a ping",
            ],
        )
        statistics.roundTrips = roundTrips([10**6])
        lines = summaryLines(Summary("", statistics=statistics))
        expected = "at the median (p50), a message takes 1.000 ms less than a ping"
        self.assertEqual(lines[-1], expected)

    def test_pingsWithoutMessagesAreNotCompared(self) -> None:
        none = ["pings: 1 sent, 0 answered, 1 lost"]
        for trips in ([], [1]):
            statistics = telling(
                roundTrips=roundTrips(trips), pings=PingStatistics(1, 0, 1)
            )
            lines = summaryLines(Summary("", statistics=statistics))
            self.assertEqual(lines[-1:], none)
        statistics = telling(pings=PingStatistics(1, 1, 0, roundTrips([1])))
        lines = summaryLines(Summary("", statistics=statistics))
        self.assertIn("ping p50", lines[-1])

    def test_countsConnections(self) -> None:
        """
        Their handshakes, failures and closes.
        """
        connections = Connections(
            wanted=9,
            opened=5,
            failures=Counter({"refused": 1, HOSTILE: 3}),
            closes=Counter({4000: 2, 1006: 2, 1005: 1}),
            handshakes=distribution(10**7),
            broken=1,
            reasons=Counter(
                {(4000, HOSTILE): 1, (4000, ""): 1, (1006, "reset"): 2, (1005, ""): 1}
            ),
            unanswered=3,
        )
        self.assertEqual(
            summaryLines(Summary("", connections=connections))[2:],
            [
                (
                    "connections: 5 of 9 opened, 4 failed, 5 closed by the server,"
                    " 1 not tried to the end"
                ),
                "handshake min/avg/max/stddev = 10.000/10.000/10.000/0.000 ms",
                (
                    "handshake p50/p90/p95/p99/p99.9 ="
                    " 10.000/10.000/10.000/10.000/10.000 ms"
                ),
                f"failed: 3 connections: {HARMLESS}",
                "failed: 1 connection: refused",
                "closed by the server: 1 connection: 1005 (no code)",
                "closed by the server: 2 connections: 1006 (reset)",
                "closed by the server: 1 connection: 4000",
                f'closed by the server: 1 connection: 4000 "{HARMLESS}"',
                "closed by us, not answered: 3",
            ],
        )

    def test_namesEarlyEnd(self) -> None:
        for status, complete, opened, line in [
            (6, False, 1, "cut short: the server closed 1 of 1 connections before"),
            (6, False, 2, "cut short: the server closed 1 of 2 connections before"),
            (6, True, 1, None),
            (0, False, 1, None),
        ]:
            connections = Connections(opened=opened, closes=Counter({1000: 1}))
            summary = Summary(
                "", connections=connections, status=status, complete=complete
            )
            expected = [] if line is None else [f"{line} the end of the run"]
            self.assertEqual(summaryLines(summary)[2:], expected)

    def test_saysWhereLateEchoesCount(self) -> None:
        where = "late echoes are in the response times and not in the round trips"
        late = {Anomaly.LATE: MessageCounts(1)}
        for responses, anomalies, told in [
            (distribution(10**6), late, True),
            (distribution(), late, False),  # a message without a due time has none
            (distribution(10**6), {Anomaly.TWICE: MessageCounts(1)}, False),
        ]:
            statistics = Statistics(responses=responses, anomalies=anomalies)
            lines = summaryLines(Summary("", statistics=statistics))
            self.assertEqual(where in lines, told)

    def test_oneConnectionShowsOnlyFault(self) -> None:
        connections = Connections(opened=1, handshakes=distribution(10**7))
        self.assertEqual(len(summaryLines(Summary("", connections=connections))), 2)
        connections.reasons[1001, "bye"] = 1
        lines = summaryLines(Summary("", connections=connections))[2:]
        self.assertEqual(lines, ['closed by the server: 1 connection: 1001 "bye"'])

    def test_addsOutages(self) -> None:
        """
        One without an end lasts to the end of the run.
        """
        summary = Summary("", seconds=10.0, outages=[OUTAGE, LAST_OUTAGE])
        self.assertEqual(
            summaryLines(summary)[-1],
            "outages: 2, 3.25 s in all, 4 messages lost, 4 not sent",
        )

    def test_outageWithoutDuration(self) -> None:
        outage = Outage(1.0, 0.0, 0.0, 1006, "", 0, 0, 1)
        summary = Summary("", seconds=10.0, outages=[outage])
        self.assertEqual(
            summaryLines(summary)[-1],
            "outages: 1, 0.00 s in all, 0 messages lost, 0 not sent",
        )

    def test_holdHasNoMessages(self) -> None:
        summary = Summary(
            "ws://x/",
            statistics=telling(pings=PingStatistics(1, 0, 1)),
            hold=Hold(2.0, 1.0, cut=True),
        )
        self.assertEqual(
            summaryLines(summary),
            [
                "--- ws://x/ ---",
                "held open for 2.00 s, silent for the last 1.00 s: cut",
                "pings: 1 sent, 0 answered, 1 lost",
            ],
        )

    def test_holdLineNamesCutAndSilence(self) -> None:
        self.assertEqual(
            holdLine(Hold(60.0, 59.5, cut=True)),
            "held open for 60.00 s, silent for the last 59.50 s: cut",
        )
        self.assertEqual(
            holdLine(Hold(1.0, 0.0, cut=False, pinged=3)),
            "held open for 1.00 s, silent for the last 0.00 s: not cut,"
            " 3 pings of the server",
        )

    def test_order(self) -> None:
        summary = fullSummary()
        summary.hold = None
        starts = [each.replace(":", " ").split()[0] for each in summaryLines(summary)]
        found = [
            *(
                "---",
                "20",
                "load",
                *("response", "response"),
                "round",
                "round",
                *("altered", "late"),
            ),
            *("pings", "ping", "ping", "at"),
            *("connections", "handshake", "handshake", "failed", "failed"),
            *("closed", "closed", "closed", "closed", "outages"),
        ]
        self.assertEqual(starts, found)
