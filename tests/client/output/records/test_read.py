"""
Tests for L{echo.client.output.records.read}.
"""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.matching import Anomaly
from echo.client.measure.statistics import MessageCounts, Statistics
from echo.client.measure.summary import FailedDemand, Summary
from echo.client.output.records.read import readSummary
from echo.client.output.records.write import ANOMALIES, SCHEMA, summaryRecord
from echo.client.output.text.summarylines import summaryLines
from tests.client.output.reports import places
from tests.kit.samples import HOSTILE, fullSummary, invalid, mergeableSummary


def record(summary: Summary) -> dict[str, Any]:
    """
    @return: The record of a summary, after its way through JSON.
    """
    written = {
        "type": "summary",
        "schema": SCHEMA,
        "time": "2023-11-14T22:13:20.250+00:00",
        **summaryRecord(summary),
        "check": None,
    }
    found: dict[str, Any] = json.loads(json.dumps(written))
    return found


WHOLE = record(mergeableSummary())
EVERYTHING = json.dumps(record(fullSummary()))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 1, 2**53 + 1, 10**30, 10**400])
    | st.floats()
    | st.text()
    | st.sampled_from(["1" * 5000, "12", "-12", "1e3", "\u0661"]),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    max_leaves=5,
)


class SummaryTests(SynchronousTestCase):
    """
    Tests for L{readSummary}.
    """

    def _refused(self, wrong: dict[str, Any]) -> str:
        with self.assertRaises(ValueError) as caught:
            readSummary(wrong)
        return str(caught.exception)

    def test_readsWhatIsWritten(self) -> None:
        silent = Statistics(sent=2, lost=MessageCounts(2))
        for summary in (
            mergeableSummary(),
            Summary("ws://x/"),
            Summary("", statistics=silent),
        ):
            written = record(summary)
            self.assertEqual(record(readSummary(written)), written)

    def test_leavesOutHold(self) -> None:
        """
        It belongs to a single run.
        """
        found = readSummary(record(fullSummary()))
        failed = [*map(str, fullSummary().failed)]
        self.assertEqual(record(found), {**WHOLE, "failed": failed})

    def test_failedDemands(self) -> None:
        """
        A demand is read as its option, its limit and what was observed. Any other text
        is kept as it is.
        """
        for text, demand in [
            ("--max-rtt 1s@p99: 2.000 ms", ("--max-rtt", "1s@p99", "2.000 ms")),
            ("--deadline: too late", ("--deadline", "", "too late")),
            ("standard input: a: b", ("", "", "standard input: a: b")),
            ("--max-rtt", ("", "", "--max-rtt")),
            ("--max-rtt : x", ("", "", "--max-rtt : x")),
        ]:
            (found,) = readSummary({**WHOLE, "failed": [text]}).failed
            self.assertEqual(found, FailedDemand(*demand))
            self.assertEqual(str(found), text)

    def test_refusesInvalidLists(self) -> None:
        for name, wrong, error in [
            ("outages", {}, "invalid 'outages'"),
            ("outages", [1], "invalid 'outages'"),
            ("outages", [{}], "no 'at'"),
            ("steps", [None], "invalid 'steps'"),
        ]:
            self.assertIn(error, self._refused({**WHOLE, name: wrong}))
        for when in ("yesterday", "", 5, "2026-11-22T00:00:00", "0001-01-01T00:00Z"):
            outage = {**WHOLE["outages"][0], "when": when}
            self.assertIn("'when'", self._refused({**WHOLE, "outages": [outage]}))

    def test_dropsCountsOfZero(self) -> None:
        written = record(Summary(""))
        written["connections"]["failures"] = {"refused": 0}
        written["connections"]["closes"] = {"1000": 0}
        nothing = {"code": 1000, "reason": "", "count": 0}
        written["connections"]["closeReasons"] = [nothing]
        self.assertEqual(record(readSummary(written)), record(Summary("")))

    def test_readsRecordsWithoutCloseReasons(self) -> None:
        """
        An earlier version wrote them.
        """
        written = copy.deepcopy(WHOLE)
        for name in ("broken", "closeReasons", "unanswered"):
            del written["connections"][name]
        connections = readSummary(written).connections
        self.assertEqual(connections.closes, {1006: 1, 4000: 2})
        self.assertEqual(connections.reasons, {(1006, ""): 1, (4000, ""): 2})
        self.assertEqual((connections.broken, connections.unanswered), (0, 0))

    def test_refusesOtherVersion(self) -> None:
        written = WHOLE | {"schema": 2}
        expected = "schema 2 is unknown: expected 1"
        self.assertEqual(self._refused(written), expected)

    def test_namesMissingField(self) -> None:
        unread = {"type", "time", "loss", "outages", "steps", "hold", "failed", "check"}
        for name in WHOLE.keys() - unread:
            written = copy.deepcopy(WHOLE)
            del written[name]
            self.assertEqual(self._refused(written), f"the summary has no {name!r}")
        for path in (
            ("rtt", "count"),
            ("rtt", "streams"),
            ("rtt", "exact"),
            ("rtt", "exact", "jitter"),
            ("rtt", "exact", "minimum"),
            ("rtt", "exact", "maximum"),
            ("rtt", "exact", "total"),
            ("rtt", "exact", "squares"),
            ("rtt", "exact", "histogram"),
            ("ping", "sent"),
            ("ping", "received"),
            ("ping", "lost"),
            ("ping", "rtt"),
            ("connections", "wanted"),
            ("connections", "opened"),
            ("connections", "failures"),
            ("connections", "closes"),
            ("connections", "broken"),
            ("connections", "unanswered"),
            ("connections", "handshake"),
            ("connections", "handshake", "exact"),
        ):
            written = copy.deepcopy(WHOLE)
            place = written
            for name in path[:-1]:
                place = place[name]
            del place[path[-1]]
            self.assertEqual(self._refused(written), f"the summary has no {path[-1]!r}")

    def test_namesInvalidField(self) -> None:
        """
        Its value is not shown: it can be anything.
        """
        cases: dict[str, list[Any]] = {
            "schema": [None, "1", True, 1.0, []],
            "sent": [-1, 2**53 + 1, 1.0, True, None, "1", {}],
            "lost": [21, -1],
            "received": [-1],
            **{ANOMALIES[each]: [-1] for each in Anomaly},
            "seconds": [-0.1, float("nan"), float("inf"), "1", 2**53 + 1, 10**400],
            "url": [None, 1],
            "error": [5, {}],
            "status": [256, None, -1],
            "rtt": [[], 0, "x"],
            "ping": ["", False],
            "connections": [None, []],
        }
        for name, wrongs in cases.items():
            for wrong in wrongs:
                error = self._refused(WHOLE | {name: wrong})
                expected = f"the summary has an invalid {name!r}"
                self.assertEqual(error, expected)

    def test_refusesInvalidConnections(self) -> None:
        for name, wrong in [
            ("failures", []),
            ("failures", {"refused": -1}),
            ("failures", {"refused": 1.5}),
            ("failures", {"refused": True}),
            ("failures", {"refused": 2**54}),
            ("closes", None),
            ("closes", {"1000": "1"}),
            *(
                ("closes", {code: 1})
                for code in ("", "999", "5000", "10000", "1_00", "\u0661000", "x")
            ),
            ("handshake", 1),
            ("broken", 4),
            ("broken", -1),
            ("unanswered", -1),
            ("closeReasons", {}),
            ("closeReasons", [None]),
            ("closeReasons", []),
            ("closeReasons", [{"code": 1006, "reason": "", "count": 3}]),
        ]:
            written = copy.deepcopy(WHOLE)
            written["connections"][name] = wrong
            expected = f"the summary has an invalid {name!r}"
            self.assertEqual(self._refused(written), expected)

    def test_refusesImpossibleTimes(self) -> None:
        expected = "the summary has an invalid {!r}"
        for name, wrong in [("count", -1), ("streams", 4), ("streams", -1)]:
            written = copy.deepcopy(WHOLE)
            written["rtt"][name] = wrong
            self.assertEqual(self._refused(written), expected.format(name))
        wrongs: list[tuple[str, Any]] = [
            ("total", 1),
            ("total", "-1"),
            ("total", "9" * 61),
            ("total", ""),
            ("squares", "1e3"),
            ("squares", "\u0661"),
            ("jitter", "1.5"),
            ("minimum", "1"),
            ("maximum", -1),
            ("histogram", None),
        ]
        for name, digits in wrongs:
            written = copy.deepcopy(WHOLE)
            written["rtt"]["exact"][name] = digits
            self.assertEqual(self._refused(written), expected.format(name))
        written = copy.deepcopy(WHOLE)
        written["rtt"]["exact"]["jitter"] = "9" * 20
        error = "the summary has an impossible jitter"
        self.assertEqual(self._refused(written), error)
        written = copy.deepcopy(WHOLE)
        written["connections"]["handshake"]["exact"]["total"] = "5"
        self.assertEqual(self._refused(written), "the times contradict each other")

    def test_refusesTimesWithoutCount(self) -> None:
        """
        C{null} stands for no times.
        """
        for name in ("rtt", "ping"):
            written = copy.deepcopy(WHOLE)
            written[name] = {}
            self.assertIn("the summary has no ", self._refused(written))
        written = copy.deepcopy(WHOLE)
        written["connections"]["handshake"] = {}
        self.assertEqual(self._refused(written), "the summary has no 'exact'")

    @settings(max_examples=120)
    @given(st.data())
    def test_mutationIsRefusedOrHarmless(self, data: st.DataObject) -> None:
        """
        A changed summary raises C{ValueError}, or it can be shown, and written as the
        schema says.
        """
        written = json.loads(EVERYTHING)
        found = list(places(written))
        place, at = found[data.draw(st.integers(0, len(found) - 1))]
        if data.draw(st.booleans()):
            place[at] = data.draw(JSON)
        elif isinstance(place, dict) and data.draw(st.booleans()):
            place[data.draw(st.text())] = place.pop(at)
        else:
            del place[at]
        try:
            summary = readSummary(written)
        except ValueError as error:
            self.assertLess(len(str(error)), 100)
            return
        self.assertEqual(invalid(record(summary)), [])
        summaryLines(summary)

    def test_keepsTextOfPeer(self) -> None:
        found = readSummary(WHOLE)
        self.assertEqual(found.connections.failures[HOSTILE], 1)
