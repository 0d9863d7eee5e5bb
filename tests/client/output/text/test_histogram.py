"""
Tests for L{echo.client.output.text.histogram}.
"""

import io
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.distribution import Distribution
from echo.client.output.text.histogram import drawHistogram, drawsBlocks
from tests.kit.samples import distribution


class HistogramTests(SynchronousTestCase):
    """
    Tests for L{drawHistogram}.
    """

    def test_blocksNeedEncoding(self) -> None:
        for encoding, expected in (("utf-8", True), ("ascii", False), ("cp437", False)):
            stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
            self.assertIs(drawsBlocks(stream), expected)
        self.assertFalse(drawsBlocks(io.StringIO()))

    def test_noTimesNoLines(self) -> None:
        self.assertEqual(drawHistogram(Distribution()), [])

    def test_oneTimeOneRow(self) -> None:
        self.assertEqual(
            drawHistogram(distribution(412_345), width=52),
            [
                " up to",
                "413 µs █████████████████████ 1  100.0 %  p50 p90 p99",
            ],
        )

    def test_closeTimesHaveRowsOfEqualWidth(self) -> None:
        times = [250.5] * 4 + [251.5] * 8 + [252.5] * 3 + [253.5]
        self.assertEqual(
            drawHistogram(distribution(*(1000 * each for each in times)), width=38),
            [
                " up to",
                "251 µs ███████▌        4   25.0 %",
                "252 µs ███████████████ 8   50.0 %  p50",
                "253 µs █████▋          3   18.8 %  p90",
                "254 µs █▉              1    6.2 %  p99",
            ],
        )

    def test_fewRowsTakeCoarsestGrid(self) -> None:
        """
        No time is left out.
        """
        decades = [10**exponent for exponent in range(1, 12)]
        lines = drawHistogram(distribution(*decades), rows=2)[1:]
        self.assertEqual(
            len(lines), len(drawHistogram(distribution(*decades), rows=1)) - 1
        )
        counts = [int(line.split("%")[0].split()[-2]) for line in lines if "%" in line]
        self.assertEqual(sum(counts), len(decades))

    def test_rowsOfEqualWidthShareUnitAndDigits(self) -> None:
        lines = drawHistogram(distribution(*range(950_000, 1_050_000, 997)))
        labels = [line[: line.index("s") + 1] for line in lines[1:]]
        self.assertEqual(labels[:2], ["0.96 ms", "0.98 ms"])
        self.assertEqual(labels[-1], "1.06 ms")

    def test_skewedTimesHaveWideningRows(self) -> None:
        """
        Each has its unit, and a gap stands for empty rows.
        """
        times = [4e2, 9e5, 9e5, 1.02e6, 2.5e9]
        self.assertEqual(
            drawHistogram(distribution(*times), width=40, blocks=False),
            [
                "  up to",
                " 400 ns ######       1   20.0 %",
                "   :",
                " 950 us ############ 2   40.0 %  p50",
                "   1 ms              0    0.0 %",
                "1.05 ms ######       1   20.0 %",
                "   :",
                " 2.5 s  ######       1   20.0 %  p90 p99",
            ],
        )

    def test_outlierKeepsShapeOfOthers(self) -> None:
        times = [280_000 + 500 * (each % 100) for each in range(1000)]
        lines = drawHistogram(distribution(*times, 3e11))
        self.assertIn("   ⋮", lines)
        self.assertGreater(lines.index("   ⋮"), 2)
        self.assertRegex(lines[-1], r"^ 300 s  ▏ +1    0\.1 %$")

    def test_rowForEachDecade(self) -> None:
        times = [10**each for each in range(15) for _ in range(100)]
        lines = drawHistogram(distribution(0, *times, 10**15, 10**17))
        self.assertEqual(lines[1].split()[:2], ["1", "ns"])
        self.assertLessEqual(len(lines), 1 + 16)

    def test_rareTimeIsNotZeroPercent(self) -> None:
        lines = drawHistogram(distribution(*[100_000] * 5000, 120_000))
        self.assertRegex(lines[-1], "▏ +1   <0.1 %$")

    @settings(max_examples=25)
    @given(
        st.lists(st.integers(0, 10**9) | st.integers(10**5, 10**6), min_size=1),
        st.integers(40, 120),
        st.integers(16, 40),
        st.booleans(),
    )
    def test_rowsCountAllTimes(
        self, times: list[int], width: int, rows: int, blocks: bool
    ) -> None:
        """
        They fit into the columns and rows, the first and the last are not empty, and
        each percentile is in a row with times.
        """
        lines = drawHistogram(distribution(*times), width, rows, blocks)[1:]
        drawn = [line for line in lines if "%" in line]
        counts = [
            int(match[1].replace(",", ""))
            for match in (re.search(r" ([0-9,]+) +<?[0-9.]+ %", line) for line in drawn)
            if match is not None
        ]
        self.assertEqual(len(counts), len(drawn))
        self.assertEqual(sum(counts), len(times))
        self.assertTrue(counts[0] and counts[-1])
        self.assertEqual(
            [mark for line in drawn for mark in re.findall("p[0-9]+", line)],
            ["p50", "p90", "p99"],
        )
        for line, count in zip(drawn, counts, strict=True):
            self.assertTrue(count or not re.search("[p#▏▎▍▌▋▊▉█]", line))
        self.assertLessEqual(max(map(len, lines)), width)
        self.assertLessEqual(len(lines), rows)
