"""
The options with demands on the results of a run, which a run and C{merge} share.
"""

from collections.abc import Callable, Mapping

from echo.client.measure.gates import (
    Gates,
    parseCloseCode,
    parseLeastRate,
    parseLimit,
    parsePercent,
)
from echo.usage import CommonOptions, repeatable

GROUP = [
    *("max-loss PERCENT", "max-rtt TIME@WHICH", "min-rate RATE", "expect-close CODE"),
]
PARAMETERS: list[list[str | None]] = [
    ["max-loss", None, None, "Fail if more messages are lost: 0.1%."],
    ["min-rate", None, None, "Fail if the applied load is lower: 500/s or 99%."],
    [
        *("expect-close", None, None),
        "Fail unless the server closes first, with this code.",
    ],
]
CONVERTERS: Mapping[str, Callable[[str], object]] = {
    "max-loss": parsePercent,
    "max-rtt": parseLimit,
    "min-rate": parseLeastRate,
    "expect-close": parseCloseCode,
}
HISTOGRAM = ["histogram", None, "Draw a histogram of the round trips."]

opt_max_rtt = repeatable(
    "max-rtt", "Fail if messages take longer: 200ms@p99. Repeatable."
)


def makeGates(options: CommonOptions) -> Gates:
    return Gates(
        maxLoss=options["max-loss"],
        limits=options.get("max-rtt", ()),
        leastRate=options["min-rate"],
        close=options["expect-close"],
    )
