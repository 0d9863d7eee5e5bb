"""
C{--histogram}: a distribution of times, drawn in characters.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate, groupby, pairwise
from typing import TextIO

from echo.client.measure.distribution import Distribution


def drawsBlocks(stream: TextIO) -> bool:
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
    Draw a row for each interval of times: its upper edge, a bar, the count, the share
    and the percentiles in it. The edges are round numbers.

    @param width: Columns at most.

    @param rows: Rows at most, unless the times spread over more decades.

    @param blocks: Whether to use block characters, not only ASCII.

    @return: The lines; none without times.
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


# The longest time divided by the shortest, up to which rows have equal widths.
_SKEWED = 8

# The edges of the rows in one decade, from the finest grid to the coarsest. They are
# nearly even on a logarithmic scale: uneven rows would distort the shape.
_FORTY = (
    *(1, 1.05, 1.1, 1.2, 1.25, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.1, 2.2, 2.4),
    *(2.5, 2.6, 2.8, 3, 3.2, 3.4, 3.6, 3.8, 4, 4.2, 4.5, 4.8, 5, 5.3, 5.6, 6, 6.3),
    *(6.7, 7, 7.5, 8, 8.5, 9, 9.5),
)
_SERIES = (_FORTY, _FORTY[::2], _FORTY[::4], _FORTY[::8], (1, 2, 5), (1,))

# Finer rows would show the buckets of the distribution.
_FINEST = 500

# A distribution counts up to a week, which is below 10**15 ns.
_DECADES = 16

# Rows for a few times.
_FEWEST = 8

# Empty rows from which on a gap is drawn instead.
_GAP = 3

_UNITS = (("s", 10**9), ("ms", 10**6), ("µs", 10**3), ("ns", 1))


def _binned(
    distribution: Distribution, skewed: bool, rows: int
) -> tuple[list[int], list[int]]:
    """
    @return: The upper edges of the rows on the finest grid that fits, and the counts.
    """
    low, high = distribution.minimum, distribution.maximum
    grids = list(_logarithmic(low, high) if skewed else _linear(low, high))
    # Counting is slow, so count once for all grids.
    union = sorted({edge for grid in grids for edge in grid})
    upTo = dict(zip(union, accumulate(distribution.counts(union)), strict=True))
    rows = min(rows, max(_FEWEST, int(2 * math.cbrt(distribution.count))))
    for grid in grids:
        # The last row takes the rest: the maximum is exact, the buckets are not.
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
    last = min(bisect_left(edges, high), len(edges) - 1)
    return edges[min(bisect_left(edges, low), last) : last + 1]


def _rows(counts: list[int]) -> Iterator[int | None]:
    """
    @return: The rows to draw, in order, with C{None} for a gap of empty rows. Empty
        rows at both ends are left out.
    """
    used = [row for row, count in enumerate(counts) if count]
    for isEmpty, group in groupby(
        range(used[0], used[-1] + 1), key=lambda row: not counts[row]
    ):
        run = list(group)
        yield from [None] if isEmpty and len(run) >= _GAP else run


def _labels(edges: list[int], skewed: bool, blocks: bool) -> list[str]:
    """
    @return: The edges with units: one unit for all, or one for each if skewed.
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
    marks: list[list[str]] = [[] for _ in edges]
    for percent in (50, 90, 99):
        row = bisect_left(edges, distribution.percentile(percent))
        marks[min(row, len(edges) - 1)].append(f"p{percent}")
    return [" ".join(each) for each in marks]


def _bar(length: float, blocks: bool) -> str:
    if not blocks:
        return "#" * math.ceil(length)
    whole, eighths = divmod(math.ceil(8 * length), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()


def _share(count: int, total: int) -> str:
    percent = 100 * count / total
    return "<0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"
