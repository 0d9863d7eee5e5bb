"""
Tests for L{echo.client.output.records.merge}.
"""

import io
import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

import echo.client.output.records.merge
from echo.client.measure.distribution import Distribution
from echo.client.measure.matching import Anomaly
from echo.client.measure.statistics import (
    Connections,
    MessageCounts,
    PingStatistics,
    Statistics,
)
from echo.client.measure.summary import FailedDemand, Step, Summary
from echo.client.output.records.merge import merge, readRuns
from echo.client.output.records.read import readSummary
from echo.client.output.records.write import SCHEMA, summaryRecord
from tests.kit.samples import (
    OUTAGE,
    distribution,
    fullSummary,
    mergeableSummary,
    roundTrips,
)

_A, _B = (FailedDemand("", "", each) for each in "ab")


def line(summary: Summary, kind: str = "summary") -> bytes:
    """
    @return: The line of a summary in the output of a run.
    """
    record = {"type": kind, "schema": SCHEMA, **summaryRecord(summary)}
    return json.dumps(record).encode() + b"\n"


def run(url: str = "ws://x/", **attributes: Any) -> Summary:
    """
    @return: The summary of a run.
    """
    return Summary(url, **attributes)


class ReadTests(SynchronousTestCase):
    """
    Tests for L{readRuns}.
    """

    def _written(self, data: bytes) -> str:
        path = Path(self.mktemp())
        path.write_bytes(data)
        return str(path)

    def _read(self, name: str, stdin: io.BytesIO | None = None) -> Summary:
        (found,) = readRuns(name, stdin)
        return found

    def _refused(self, data: bytes, error: str) -> None:
        name = self._written(data)
        with self.assertRaises(ValueError) as caught:
            readRuns(name)
        self.assertEqual(str(caught.exception), f"{name}: {error}")

    def test_findsSummaryBetweenOtherLines(self) -> None:
        name = self._written(
            b'{"type":"echo"}\n\n \t \r\n[]\n"summary"\nnull\r\n'
            + line(mergeableSummary(), "interim")
            + line(fullSummary())
            + b'{"type":["summary"]}'
        )
        (found,) = readRuns(name)
        expected = {
            **summaryRecord(mergeableSummary()),
            "failed": [*map(str, fullSummary().failed)],
        }
        self.assertEqual(summaryRecord(found), expected)

    def test_readsSeveralSummaries(self) -> None:
        name = self._written(b"".join(line(run(seconds=each)) for each in (3, 1, 2)))
        self.assertEqual([each.seconds for each in readRuns(name)], [3, 1, 2])

    def test_refusesSummaryOfCheck(self) -> None:
        record = json.loads(line(run())) | {"check": {"ok": 1, "note": 0, "fail": 0}}
        data = json.dumps(record).encode()
        self._refused(data, "it is the summary of a check, and not of a run")

    def test_lastLineNeedsNoNewline(self) -> None:
        self.assertEqual(self._read(self._written(line(run()).strip())).url, "ws://x/")

    def test_dashIsStandardInput(self) -> None:
        stdin = io.BytesIO(line(run(seconds=1.5)))
        self.assertEqual(self._read("-", stdin).seconds, 1.5)
        real = io.TextIOWrapper(io.BytesIO(line(run(seconds=2.5))))
        self.patch(sys, "stdin", real)
        self.assertEqual(self._read("-").seconds, 2.5)
        with self.assertRaises(ValueError) as caught:
            readRuns("-", io.BytesIO(b"{"))
        self.assertEqual(str(caught.exception), "-: line 1 is not JSON")

    def test_namesUnreadableFile(self) -> None:
        missing, directory = self.mktemp(), self.mktemp()
        Path(directory).mkdir()
        for name, reason in [
            (missing, "No such file or directory"),
            (directory, "Is a directory"),
            ("", "Is a directory"),
        ]:
            with self.assertRaises(ValueError) as caught:
                readRuns(name)
            self.assertEqual(str(caught.exception), f"cannot read {name!r}: {reason}")
        with self.assertRaises(ValueError):
            readRuns("a\0b")

    def test_namesLineWithoutJSON(self) -> None:
        good = line(run())
        for bad in (b"Received: x", b"{", b"\xff\xfe\x00", b"1" * 5000, b"NaN1"):
            self._refused(good + b"\n" + bad, "line 3 is not JSON")

    def test_refusesDeepNesting(self) -> None:
        self._refused(b"[" * 10**6, "line 1 is not JSON")
        self._refused(b'{"type":' * 10**5, "line 1 is not JSON")

    def test_readsBoundedLines(self) -> None:
        self.patch(echo.client.output.records.merge, "_LONGEST", 10**5)
        name = self._written(line(run(url="x" * 10**5)))
        with self.assertRaises(ValueError) as caught:
            readRuns(name)
        self.assertEqual(str(caught.exception), f"{name}: line 1 is not JSON")

    def test_refusesFileWithoutSummary(self) -> None:
        error = "it has no summary: is it the output of --json?"
        for data in (b"", b"\n", b"{}", b'{"type":"echo"}', line(run(), "interim")):
            self._refused(data, error)

    def test_refusesInvalidSummary(self) -> None:
        self._refused(b'{"type":"summary"}', "the summary has no 'schema'")
        self._refused(
            b'{"type":"summary","schema":2}',
            "schema 2 is unknown: expected 1",
        )

    @settings(max_examples=60)
    @given(st.binary())
    def test_refusesGarbage(self, data: bytes) -> None:
        with self.assertRaises(ValueError):
            readRuns("-", io.BytesIO(data))


class MergeTests(SynchronousTestCase):
    """
    Tests for L{merge}.
    """

    def test_oneRunStaysAsItIs(self) -> None:
        self.assertEqual(
            summaryRecord(merge([mergeableSummary()])),
            summaryRecord(mergeableSummary()),
        )

    def test_addsCounts(self) -> None:
        merged = summaryRecord(
            merge([mergeableSummary(), mergeableSummary(), mergeableSummary()])
        )
        single = summaryRecord(mergeableSummary())
        for name in (
            *("sent", "received", "lost", "duplicated", "reordered", "altered"),
            *("typeChanged", "late", "unexpected"),
        ):
            self.assertEqual(merged[name], 3 * single[name], name)
        self.assertEqual(merged["loss"], single["loss"])
        for name in ("sent", "received", "lost"):
            self.assertEqual(merged["ping"][name], 3 * single["ping"][name], name)
        self.assertEqual(merged["connections"]["wanted"], 27)
        self.assertEqual(merged["connections"]["opened"], 18)
        self.assertEqual(merged["connections"]["closes"], {"1006": 3, "4000": 6})
        self.assertEqual(merged["connections"]["failures"]["refused"], 6)
        self.assertEqual(merged["response"]["count"], 3 * single["response"]["count"])
        load = merged["load"]
        self.assertEqual((load["asked"], load["due"], load["notSent"]), (7.5, 69, 9))
        self.assertEqual((load["seconds"], load["scheduled"]), (9.5, 9.2))

    def test_addsTimesOfEachKind(self) -> None:
        merged = merge(
            [
                run(
                    statistics=Statistics(
                        roundTrips=roundTrips([1, 17]),
                        pings=PingStatistics(roundTrips=roundTrips([5])),
                    ),
                    connections=Connections(handshakes=distribution(7)),
                ),
                run(
                    statistics=Statistics(
                        roundTrips=roundTrips([2, 50]),
                        pings=PingStatistics(roundTrips=roundTrips([6])),
                    ),
                    connections=Connections(handshakes=distribution(8, 9)),
                ),
            ]
        )
        statistics = merged.statistics
        assert statistics.pings is not None
        self.assertEqual(self._found(statistics.roundTrips), (1, 50, 4))
        self.assertEqual(statistics.roundTrips.jitter, 32)
        self.assertEqual(self._found(statistics.pings.roundTrips), (5, 6, 2))
        self.assertEqual(self._found(merged.connections.handshakes), (7, 9, 3))

    def _found(self, times: Distribution) -> tuple[int, int, int]:
        return times.minimum, times.maximum, times.count

    def test_addsAnomalies(self) -> None:
        merged = merge(
            [
                run(statistics=Statistics(anomalies={Anomaly.LATE: MessageCounts(1)})),
                run(
                    statistics=Statistics(anomalies={Anomaly.ALTERED: MessageCounts(2)})
                ),
            ]
        )
        counts = {each: n.count for each, n in merged.statistics.anomalies.items()}
        self.assertEqual(counts, {Anomaly.LATE: 1, Anomaly.ALTERED: 2})

    def test_crossTalkIsKnownIfEachRunKnowsIt(self) -> None:
        told, untold = mergeableSummary(), mergeableSummary()
        told.statistics.tellsCrossTalk = True
        for second, count in [(told, 14), (untold, None)]:
            again = [
                readSummary({**summaryRecord(each), "schema": SCHEMA})
                for each in (told, second)
            ]
            self.assertEqual(summaryRecord(merge(again))["crossed"], count)

    def test_hasPingsIfOneRunHas(self) -> None:
        for at in range(2):
            runs = [run(), run()]
            runs[at].statistics.pings = PingStatistics(3, 2, 1, roundTrips([4]))
            pings = merge(runs).statistics.pings
            assert pings is not None
            found = (pings.sent, pings.received, pings.lost, pings.roundTrips.count)
            self.assertEqual(found, (3, 2, 1, 1))
        self.assertIsNone(merge([run(), run()]).statistics.pings)

    def test_runsAreTakenAsSimultaneous(self) -> None:
        """
        Each URL is named once, the first error is kept, and one incomplete run makes
        all incomplete.
        """
        merged = merge(
            [
                run(
                    "ws://b/",
                    seconds=2.0,
                    cutOff=1,
                    failed=[_A, FailedDemand("--max-rtt", "1s", "2 s")],
                ),
                run("ws://a/", seconds=5.0, complete=False, error="first"),
                run(
                    "ws://b/",
                    seconds=3.0,
                    cutOff=2,
                    error="second",
                    failed=[_B, _A, FailedDemand("--max-loss", "0%", "1 %")],
                ),
            ]
        )
        self.assertEqual(merged.url, "ws://b/, ws://a/")
        self.assertEqual((merged.seconds, merged.cutOff), (5.0, 3))
        self.assertFalse(merged.complete)
        self.assertEqual(merged.failed, [_A, _B])
        self.assertTrue(merge([run(), run()]).complete)
        self.assertEqual(merged.error, "first")

    def test_sortsOutagesByBegin(self) -> None:
        first, second = replace(OUTAGE, when=1.0), replace(OUTAGE, when=2.0)
        merged = merge([run(outages=[second]), run(), run(outages=[first])])
        self.assertEqual(merged.outages, [first, second])

    def test_addsStepsOfOneSize(self) -> None:
        small = [Step(1, 2, distribution(5, 6)), Step(8, 3, distribution(7))]
        large = [Step(8, 1, distribution(9)), Step(64, 1, distribution())]
        merged = merge([run(steps=large), run(steps=small)])
        self.assertEqual(
            [(each.size, each.sent) for each in merged.steps], [(1, 2), (8, 4), (64, 1)]
        )
        times = [each.roundTrips for each in merged.steps]
        self.assertEqual(
            [(each.count, each.total) for each in times], [(2, 11), (2, 16), (0, 0)]
        )

    @settings(max_examples=20)
    @given(st.data(), st.permutations(range(3)), st.booleans())
    def test_orderDoesNotMatter(
        self, data: st.DataObject, order: list[int], nested: bool
    ) -> None:
        """
        Neither does an earlier merge.
        """

        def runs() -> list[Summary]:
            closed = Connections(
                closes=Counter([1000]), reasons=Counter([(1000, "bye")])
            )
            third = run(connections=closed)
            fast = Statistics(sent=2, roundTrips=roundTrips([1, 2], [3, 5]))
            return [mergeableSummary(), run(statistics=fast), third]

        first, second, third = (runs()[each] for each in order)
        if nested:
            written = io.BytesIO(line(merge([second, third])))
            both = [first, *readRuns("-", written)]
            merged = merge(data.draw(st.permutations(both)))
        else:
            merged = merge([first, second, third])
        expected, found = summaryRecord(merge(runs())), summaryRecord(merged)
        for each in (expected, found):
            each["url"] = sorted(each["url"].split(", "))
            del each["status"]  # merge judges again, by its own demands
        self.assertEqual(found, expected)
