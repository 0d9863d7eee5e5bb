"""
Tests for L{echo.client.transport.phases}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.transport.phases import Opening, Progress


class OpeningTests(SynchronousTestCase):
    """
    Tests for L{Progress} and L{Opening}.
    """

    def _progress(self, *phases: str) -> Progress:
        times = iter([0, 10**9, 3 * 10**9, 7 * 10**9, 15 * 10**9, 31 * 10**9])
        progress = Progress(lambda: next(times))
        self.assertEqual(progress.phase, "")
        for each in phases:
            progress.enter(each)
            self.assertEqual(progress.phase, each)
        return progress

    def test_all(self) -> None:
        """
        Each phase takes from when it was reached to when the next one was.
        """
        progress = self._progress("DNS", "TCP", "proxy", "TLS", "HTTP", "open")
        opening = progress.opening()
        self.assertEqual(opening, Opening(1.0, 2.0, 4.0, 8.0, 16.0))
        self.assertEqual(opening.total, 31.0)

    def test_few(self) -> None:
        """
        What did not happen took no time at all, not even none.
        """
        opening = self._progress("unix socket", "HTTP", "open").opening()
        self.assertEqual(opening, Opening(None, 1.0, None, None, 2.0, "unix socket"))
        self.assertEqual(opening.total, 3.0)

    def test_again(self) -> None:
        """
        A second attempt at a phase is part of the first.
        """
        progress = self._progress("DNS", "TCP")
        progress.enter("DNS")
        progress.enter("TCP")
        self.assertEqual(progress.phase, "TCP")
        progress.enter("HTTP")
        progress.enter("open")
        self.assertEqual(progress.opening(), Opening(1.0, 2.0, None, None, 4.0))
