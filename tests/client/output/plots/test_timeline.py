"""
Tests for L{echo.client.output.plots.timeline}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.output.plots.timeline import POINTS, SPANS, Series, Spans


class SeriesTests(SynchronousTestCase):
    """
    Tests for L{Series}.
    """

    def test_keepsFewPointsInOrder(self) -> None:
        series = Series()
        for at in (2.0, 1.0, 3.0):
            series.add(at, 5)
        self.assertEqual(series.points, [(1.0, 5), (2.0, 5), (3.0, 5)])

    def test_keepsSampleWithExtremes(self) -> None:
        """
        Also if the times alternate. The distribution has all times.
        """
        series = Series()
        count = 2 * POINTS + 3
        for each in range(count):
            series.add(each, 1000 + each % 2)
            if each == POINTS:
                series.add(each, 1)
                series.add(each, 10**9)
        points = series.points
        self.assertLessEqual(len(points), POINTS)
        self.assertGreater(len(points), POINTS // 4)
        self.assertIn((POINTS, 1), points)
        self.assertIn((POINTS, 10**9), points)
        self.assertEqual(series.distribution.count, count + 2)
        odd = sum(time == 1001 for _, time in points)
        self.assertTrue(0.4 < odd / len(points) < 0.6, odd)
        early = sum(at < count / 2 for at, _ in points)
        self.assertTrue(0.4 < early / len(points) < 0.6, early)


class SpansTests(SynchronousTestCase):
    """
    Tests for L{Spans}.
    """

    def test_keepsFewSpansInOrder(self) -> None:
        spans = Spans()
        spans.add(5, 6)
        spans.add(1, 2)
        self.assertEqual(spans.kept, [(1, 2), (5, 6)])

    def test_joinsClosestSpans(self) -> None:
        """
        A span far from the others stays.
        """
        spans = Spans()
        spans.add(0, 1)
        for each in range(5 * SPANS):
            spans.add(10**6 + each, 10**6 + each + (0.5 if each else 10))
        self.assertLessEqual(len(spans.kept), SPANS)
        self.assertEqual(spans.kept[0], (0, 1))
        self.assertEqual(spans.kept[1][0], 10**6)
        self.assertGreaterEqual(spans.kept[1][1], 10**6 + 10)
        self.assertEqual(spans.kept[-1][1], 10**6 + 5 * SPANS - 0.5)
