"""
A distribution, drawn in characters.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate, groupby, pairwise
from typing import TextIO

from echo.client.measure.distribution import Distribution


def drawsBlocks(stream: TextIO) -> bool:
    """
    @return: Whether a stream takes the characters of L{drawHistogram}.
    """
    try:
        f"{_EIGHTHS}⋮µ".encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


_EIGHTHS = " ▏▎▍▌▋▊▉█"


def drawHistogram(
    distribution: Distribution, width: int = 72, rows: int = 20, blocks: bool = True
) -> list[str]:
    """
    Draw a distribution: how many times are up to each of some round ones, and
    where the percentiles are.

    @param width: Columns to use.

    @param rows: Rows to use. It takes more only if times lie in as many decades.

    @param blocks: Whether to use more than ASCII.

    @return: The lines; none if there are no times.
    """
    if not distribution.count:
        return []
    skewed = distribution.maximum > _SKEWED * distribution.minimum
    edges, counts = _binned(distribution, skewed, rows)
    labels = _labels(edges, skewed, blocks)
    numbers = [f"{count:,}" for count in counts]
    marks = _marks(distribution, edges)
    wide = [max(map(len, column)) for column in (["up to", *labels], numbers, marks)]
    room = max(8, width - sum(wide) - len("    100.0 %  "))
    most = max(counts)

    lines = [f"{'up to':>{wide[0]}}"]
    for row in _rows(counts):
        if row is None:
            lines.append(f"{'⋮' if blocks else ':':>{wide[0] - len(' ms')}}")
            continue
        bar = _bar(counts[row] / most * room, blocks)
        share = _share(counts[row], distribution.count)
        line = f"{labels[row]:>{wide[0]}} {bar:{room}} {numbers[row]:>{wide[1]}}"
        lines.append(f"{line}  {share:>7}  {marks[row]}".rstrip())
    return lines


# How many times the least the greatest may be for rows of equal width.
_SKEWED = 8

# Where the rows of one decade end: evenly on the logarithmic scale, nearly, for
# uneven rows would make a shape of their own. From the finest to the coarsest.
_FORTY = (
    *(1, 1.05, 1.1, 1.2, 1.25, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.1, 2.2, 2.4),
    *(2.5, 2.6, 2.8, 3, 3.2, 3.4, 3.6, 3.8, 4, 4.2, 4.5, 4.8, 5, 5.3, 5.6, 6, 6.3),
    *(6.7, 7, 7.5, 8, 8.5, 9, 9.5),
)
_SERIES = (_FORTY, _FORTY[::2], _FORTY[::4], _FORTY[::8], (1, 2, 5), (1,))

# Rows that are finer would count the steps of the distribution itself.
_FINEST = 500

# A week, the longest that a distribution tells from others, is below 10**15.
_DECADES = 16

# How many rows even a few times are worth.
_FEWEST = 8

# Fewer empty rows than that are drawn; it is also how rows are left out.
_GAP = 3

_UNITS = (("s", 10**9), ("ms", 10**6), ("µs", 10**3), ("ns", 1))


def _binned(
    distribution: Distribution, skewed: bool, rows: int
) -> tuple[list[int], list[int]]:
    """
    @return: Up to which times the rows go, as finely as there is room and there
        are times for it; and how many there are in each.
    """
    low, high = distribution.minimum, distribution.maximum
    grids = list(_logarithmic(low, high) if skewed else _linear(low, high))
    # Counting takes far longer than all else: once, for all of them.
    union = sorted({edge for grid in grids for edge in grid})
    upTo = dict(zip(union, accumulate(distribution.counts(union)), strict=True))
    rows = min(rows, max(_FEWEST, int(2 * math.cbrt(distribution.count))))
    for grid in grids:
        # The last takes all the rest: the maximum is exact, what is counted is not.
        sums = [0, *(upTo[edge] for edge in grid[:-1]), distribution.count]
        counts = [b - a for a, b in pairwise(sums)]
        if len(list(_rows(counts))) <= rows:
            break
    return grid, counts


def _logarithmic(low: int, high: int) -> Iterator[list[int]]:
    for series in _SERIES:
        edges = {
            round(10**decade * each) for decade in range(_DECADES) for each in series
        }
        yield _spanning(sorted(edges), low, high)


def _linear(low: int, high: int) -> Iterator[list[int]]:
    decade = 10 ** max(0, len(str(high)) - 3)
    for step in (decade * each for each in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)):
        if step * _FINEST >= high:
            yield _spanning(list(range(low - low % step, high + step, step)), low, high)


def _spanning(edges: list[int], low: int, high: int) -> list[int]:
    """
    @return: Those of them that it takes, one at least.
    """
    last = min(bisect_left(edges, high), len(edges) - 1)
    return edges[min(bisect_left(edges, low), last) : last + 1]


def _rows(counts: list[int]) -> Iterator[int | None]:
    """
    @return: Which to draw, in order, with L{None} for some that are left out because
        there is nothing in them. At both ends there is nothing said of those.
    """
    used = [row for row, count in enumerate(counts) if count]
    for isEmpty, group in groupby(
        range(used[0], used[-1] + 1), key=lambda row: not counts[row]
    ):
        run = list(group)
        yield from [None] if isEmpty and len(run) >= _GAP else run


def _labels(edges: list[int], skewed: bool, blocks: bool) -> list[str]:
    """
    @return: The edges, with their units: each has its own if they are skewed.
    """
    units = [_unit(edge if skewed else edges[-1]) for edge in edges]
    texts = [f"{edge / unit[1]:g}" for edge, unit in zip(edges, units, strict=True)]
    if not skewed:
        digits = max(len(text.partition(".")[2]) for text in texts)
        texts = [f"{edge / units[0][1]:.{digits}f}" for edge in edges]
    labels = [f"{text} {unit[0]:2}" for text, unit in zip(texts, units, strict=True)]
    return labels if blocks else [label.replace("µ", "u") for label in labels]


def _unit(time: int) -> tuple[str, int]:
    return next((unit for unit in _UNITS if time >= unit[1]), _UNITS[-1])


def _marks(distribution: Distribution, edges: list[int]) -> list[str]:
    """
    @return: The percentiles that are in each row.
    """
    marks: list[list[str]] = [[] for _ in edges]
    for percent in (50, 90, 99):
        row = bisect_left(edges, distribution.percentile(percent))
        marks[min(row, len(edges) - 1)].append(f"p{percent}")
    return [" ".join(each) for each in marks]


def _bar(length: float, blocks: bool) -> str:
    """
    @return: So many columns; something at least if it is more than nothing.
    """
    if not blocks:
        return "#" * math.ceil(length)
    whole, eighths = divmod(math.ceil(8 * length), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()


def _share(count: int, total: int) -> str:
    percent = 100 * count / total
    return "<0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"
