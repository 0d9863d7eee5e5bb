"""
The drawing of a plot, by matplotlib.

It uses no display, no window and no settings file. The same run makes the same bytes
with the same version of matplotlib.
"""

import io
import warnings
from itertools import accumulate
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator

from echo.client.measure.distribution import Distribution
from echo.client.output.plots.timeline import Point, Series, Span, Timeline

# The palette of Okabe and Ito, which colour-blind people can tell apart.
_MESSAGES, _PINGS, _OUTAGE, _LOST = "#0072B2", "#E69F00", "#D9D9D9", "#000000"

_STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#808080",
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.h_pad": 0.1,
    "figure.constrained_layout.w_pad": 0.1,
    "font.size": 9,
    "grid.color": "#EBEBEB",
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: small and searchable
    "svg.hashsalt": "echo",
    "text.parse_math": False,  # a dollar in a title is a dollar
    "xtick.color": "#404040",
    "ytick.color": "#404040",
}

# Characters of a title that fit into the width of the figure.
_TITLE = 110

# The longest time divided by the shortest, up to which the scale is linear.
_SKEWED = 8

# Points of a curve.
_STEPS = 400

# Nines of the highest percentile: 99.999.
_NINES = 5

_UNITS = ((3 * 3600, 3600, "h"), (300, 60, "min"), (0, 1, "s"))


def drawFigure(timeline: Timeline, title: str, form: str) -> bytes:
    """
    Draw the round trips over time, and beside them their percentiles on the same scale.

    @param form: C{svg} or C{png}.
    """
    file = io.BytesIO()
    with mpl.rc_context(), warnings.catch_warnings():
        # matplotlib warns of characters that its font does not have.
        warnings.simplefilter("ignore")
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(11, 5), dpi=150, layout="constrained")
        cut = title if len(title) <= _TITLE else f"{title[: _TITLE - 3]}..."
        figure.suptitle(cut, x=0.01, ha="left", fontsize=11, fontweight="bold")
        overTime, percentiles = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
        _drawOverTime(overTime, timeline)
        _drawPercentiles(percentiles, timeline)
        _scale(overTime, timeline)
        figure.legend(handles=_legend(timeline), loc="outside lower left", ncols=4)
        figure.savefig(
            file, format=form, metadata={"Date": None} if form == "svg" else {}
        )
    return file.getvalue()


def _drawn(timeline: Timeline) -> list[tuple[str, str, Series]]:
    every = (("messages", _MESSAGES, timeline.trips), ("pings", _PINGS, timeline.pings))
    return [each for each in every if each[2].distribution.count]


def _drawOverTime(axes: Axes, timeline: Timeline) -> None:
    drawn = [
        (color, series.distribution, series.points)
        for _, color, series in _drawn(timeline)
    ]
    outages, losses = timeline.outages.kept, timeline.losses.kept
    last = max(
        [0.0, *(end for _, end in outages + losses)]
        + [points[-1][0] for _, _, points in drawn]
    )
    second, unit = next(each[1:] for each in _UNITS if last >= each[0])

    _drawSpans(axes, outages, second, 1.0, _OUTAGE)
    _drawSpans(axes, losses, second, 0.025, _LOST)
    for color, distribution, points in drawn:
        # Points in a crowd are transparent. Outliers are not, so that they show.
        usual = 1.5 * distribution.percentile(99)
        few = [point for point in points if point[1] > usual]
        many = [point for point in points if point[1] <= usual]
        _drawPoints(axes, many, second, color, max(0.2, min(0.8, 3000 / len(points))))
        _drawPoints(axes, few, second, color, 0.8)
    end = last / second or 1.0
    axes.set_xlim(-end / 100, end * 1.01)
    axes.set_xlabel(f"time since the start ({unit})")


def _drawPoints(
    axes: Axes, points: list[Point], second: float, color: str, alpha: float
) -> None:
    axes.plot(
        [at / second for at, _ in points],
        [max(time, 1) / 1e6 for _, time in points],
        color=color,
        linestyle="none",
        marker="o",
        markersize=3.5 if len(points) < 2000 else 2,
        markeredgewidth=0,
        alpha=alpha,
        rasterized=True,  # one SVG element for each point would take megabytes
    )


def _drawSpans(
    axes: Axes, spans: list[Span], second: float, height: float, color: str
) -> None:
    """
    @param height: The part of the height of the axes.
    """
    axes.broken_barh(
        [(begin / second, (end - begin) / second) for begin, end in spans],
        (0, height),
        transform=axes.get_xaxis_transform(),
        facecolor=color,
        edgecolor=color,  # so that a span without length shows, too
        linewidth=0.8,
        zorder=1,
    )


def _drawPercentiles(axes: Axes, timeline: Timeline) -> None:
    """
    Draw the time at each percentile. Each further nine takes the same width.
    """
    drawn = [(color, series.distribution) for _, color, series in _drawn(timeline)]
    most = max([10, *(distribution.count for _, distribution in drawn)])
    nines = [10**each for each in range(1, _NINES + 1) if 10**each <= most]
    end = max(5 * nines[-1], min(2 * most, 10 ** (_NINES + 1)))
    for color, distribution in drawn:
        ones, times = zip(*_curve(distribution, end), strict=True)
        axes.plot(ones, times, color=color, linewidth=1.8, drawstyle="steps-pre")
    axes.set_xscale("log")
    axes.set_xlim(1, end)
    labels = ["0", "50", *(f"{100 - 100 / each:g}" for each in nines), "100"]
    axes.set_xticks([1, 2, *nines, end], labels)
    axes.minorticks_off()
    axes.tick_params(left=False)
    axes.set_xlabel("percentile")


def _curve(distribution: Distribution, end: int) -> list[tuple[float, float]]:
    """
    @param end: The right end of the curve.

    @return: Points C{(n, milliseconds)}: one of C{n} round trips takes longer.
    """
    low, high = max(distribution.minimum, 1), max(distribution.maximum, 1)
    ratios = ((high / low) ** (step / _STEPS) for step in range(_STEPS))
    edges = sorted({round(low * ratio) for ratio in ratios})
    points: list[tuple[float, float]] = [(1, low / 1e6)]
    for edge, count in zip(edges, accumulate(distribution.counts(edges)), strict=True):
        longer = max(1, distribution.count - count)
        points.append((min(distribution.count / longer, end), edge / 1e6))
    return [*points, (end, high / 1e6)]


def _scale(axes: Axes, timeline: Timeline) -> None:
    axes.set_ylabel("round trip (ms)")
    found = [series.distribution for _, _, series in _drawn(timeline)]
    if not found:
        axes.text(0.5, 0.5, "nothing came back", transform=axes.transAxes, ha="center")
        axes.set_yticks([])
        return
    low = max(min(each.minimum for each in found), 1) / 1e6
    high = max(each.maximum for each in found) / 1e6
    if high > _SKEWED * low:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.3, high * 1.3)
        subs = (1, 2, 5) if high < 10**4 * low else (1,)
        axes.yaxis.set_major_locator(LogLocator(subs=subs))
        axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")


def _legend(timeline: Timeline) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = []
    for name, color, series in _drawn(timeline):
        values = (
            f"p{percent} {series.distribution.percentile(percent) / 1e6:,.2f} ms"
            for percent in (50, 99)
        )
        label = f"{name}: {', '.join(values)}"
        handles.append(Line2D([], [], color=color, label=label, linewidth=4))
    if timeline.outages.kept:
        handles.append(Patch(color=_OUTAGE, label="no connection"))
    if timeline.losses.kept:
        handles.append(Patch(color=_LOST, label="lost"))
    return handles
