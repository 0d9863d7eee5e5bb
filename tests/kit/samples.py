"""
Summaries, distributions and records of a client.
"""

import json
from collections import Counter
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it is

import echo.client.output
from echo.client.measure.distribution import Distribution
from echo.client.measure.matching import Anomaly
from echo.client.measure.roundtrips import RoundTrips
from echo.client.measure.statistics import (
    Connections,
    MessageCounts,
    PingStatistics,
    Statistics,
)
from echo.client.measure.summary import FailedDemand, Hold, Outage, Step, Summary
from echo.client.measure.throughput import Throughput

#: A text that would confuse a terminal, and how it must be shown.
HOSTILE, HARMLESS = "\x1b[2J\r\n\u202e", r"\x1b[2J\r\n\u202e"

#: The client's published schema.
SCHEMA: dict[str, Any] = json.loads(
    (files(echo.client.output) / "schema.json").read_text("utf-8")
)

_VALIDATOR = Draft202012Validator(SCHEMA)


def invalid(record: Any) -> list[str]:
    """
    @return: The violations of the schema.
    """
    return [each.message for each in _VALIDATOR.iter_errors(record)]


def distribution(*times: float) -> Distribution:
    """
    @return: The distribution of these nanoseconds.
    """
    found = Distribution()
    for time in times:
        found.add(int(time))
    return found


def roundTrips(*streams: list[int]) -> RoundTrips:
    """
    @return: The round trips of several connections.
    """
    trips = RoundTrips()
    for times in streams:
        stream = trips.stream()
        for time in times:
            stream.add(time)
    return trips


OUTAGE = Outage(
    at=1.5,
    when=1_700_000_000.25,
    seconds=2.25,
    code=1006,
    reason=HOSTILE,
    lost=3,
    skipped=4,
    attempts=5,
)

LAST_OUTAGE = Outage(
    at=9.0,
    when=1_700_000_007.75,
    seconds=None,
    code=1001,
    reason="",
    lost=1,
    skipped=0,
    attempts=0,
)


def mergeableSummary() -> Summary:
    """
    @return: A summary that uses every field of those that a merge adds up.
    """
    trips = roundTrips([10**6, 2 * 10**6, 10**6], [3 * 10**6], [10**3, 10**9])
    return Summary(
        "ws://server.example/?token=***",
        12.3456,
        Statistics(
            sent=20,
            received=12,
            lost=MessageCounts(8),
            roundTrips=trips,
            anomalies={each: MessageCounts(at) for at, each in enumerate(Anomaly, 1)},
            pings=PingStatistics(5, 4, 1, roundTrips([7, 8, 900_000, 10**7])),
            responses=distribution(10**6, 3 * 10**6, 5 * 10**9),
        ),
        Connections(
            wanted=9,
            opened=6,
            failures=Counter({"refused": 2, HOSTILE: 1}),
            closes=Counter({1006: 1, 4000: 2}),
            handshakes=distribution(10**7, 2 * 10**7),
            broken=1,
            reasons=Counter({(1006, ""): 1, (4000, HOSTILE): 1, (4000, "full"): 1}),
            unanswered=2,
        ),
        [OUTAGE, LAST_OUTAGE],
        [Step(0, 1, Distribution()), Step(1024, 3, distribution(10**6))],
        error="it did not go well",
        status=6,
        throughput=Throughput(2.5, 20, 3, 9.5, 9.2),
    )


def fullSummary() -> Summary:
    """
    @return: A summary that uses every field.
    """
    summary = mergeableSummary()
    summary.hold = Hold(60.0, 59.5, cut=True, pinged=3)
    summary.failed = [FailedDemand("--max-loss", "0%", "40 % lost")]
    return summary
